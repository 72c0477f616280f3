/* The functions of vbench.h that a benchmark calls on its vb_run; the loop's two are in
 * gbench_shim.cc, next to the State they speak to. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/text.h"
#include "worker/session.h"

/* Google Benchmark writes counters as keys of a row: one of these would overwrite the row's own. */
static const char *const reserved_names[] = {
    "name",
    "family_index",
    "per_family_instance_index",
    "run_name",
    "run_type",
    "repetitions",
    "repetition_index",
    "threads",
    "iterations",
    "real_time",
    "cpu_time",
    "time_unit",
    "items_per_second",
    "bytes_per_second",
    "label",
    "error_occurred",
    "error_message",
    "aggregate_name",
    "aggregate_unit",
    "skipped",
    "skip_message",
    "big_o",
    "rms",
    "cpu_coefficient",
    "real_coefficient",
    "allocs_per_iter",
    "max_bytes_used",
};

void *vb_fixture(const vb_run *run)
{
    return run->session->fixture;
}

int64_t vb_param(const vb_run *run, int axis)
{
    if (axis < 0 || axis >= run->session->spec->param_count) {
        char reason[VB_REASON_MAX + 1];
        snprintf(reason, sizeof reason, "vb_param was asked for axis %d, but it has %d", axis,
                 run->session->spec->param_count);
        vb_fail(&run->session->runs[run->thread], reason);
        return 0;
    }
    return run->session->spec->params[axis];
}

int vb_thread(const vb_run *run)
{
    return run->thread;
}

int vb_thread_count(const vb_run *run)
{
    return run->session->spec->threads;
}

uint64_t vb_iterations(const vb_run *run)
{
    return run->iterations;
}

void vb_items(vb_run *run, uint64_t per_iteration)
{
    run->items_per_iteration = per_iteration;
}

void vb_bytes(vb_run *run, uint64_t per_iteration)
{
    run->bytes_per_iteration = per_iteration;
}

/* What is wrong with a counter, or NULL. */
static const char *counter_fault(const char *name, double value, vb_kind kind)
{
    if (!name || name[0] == '\0')
        return "has no name";
    if (strlen(name) > VB_COUNTER_NAME_MAX)
        return "has a name of more than 63 bytes";
    if (vb_has_control(name))
        return "has a control character in its name";
    if (!vb_is_utf8(name))
        return "has a name that is not UTF-8";
    for (size_t i = 0; i < sizeof reserved_names / sizeof *reserved_names; i++) {
        if (strcmp(name, reserved_names[i]) == 0)
            return "has the name of a field of the result format";
    }
    if (!isfinite(value))
        return "is not a finite number";
    if (kind != VB_SUM && kind != VB_PER_SEC && kind != VB_MEAN)
        return "has an unknown kind";
    return NULL;
}

void vb_counter(vb_run *run, const char *name, double value, vb_kind kind)
{
    const char *fault = counter_fault(name, value, kind);
    int index = 0;
    if (!fault) {
        while (index < run->counter_count && strcmp(run->counters[index].name, name) != 0)
            index++;
        if (index == VB_COUNTERS_MAX)
            fault = "is one too many: a run has at most 16";
        else if (index < run->counter_count && run->counters[index].kind != kind)
            fault = "was given two kinds";
    }
    if (fault) {
        char reason[VB_REASON_MAX + 1];
        snprintf(reason, sizeof reason, "counter \"%.80s\" %s", name ? name : "", fault);
        vb_fail(run, reason);
        return;
    }
    vb_counter_value *counter = &run->counters[index];
    if (index == run->counter_count) {
        run->counter_count++;
        snprintf(counter->name, sizeof counter->name, "%s", name);
        counter->kind = kind;
        counter->value = 0;
        counter->calls = 0;
    }
    counter->value += value;
    counter->calls++;
}

void vb_latency_ns(vb_run *run, uint64_t ns)
{
    if (ns > INT64_MAX) {
        vb_fail(run, "a latency is negative: its end was taken before its begin");
        return;
    }
    vb_histogram_record(run->latencies, ns);
}

void vb_fail(vb_run *run, const char *reason)
{
    vb_session *session = run->session;
    int expected = 0;
    if (!__atomic_compare_exchange_n(&session->failed, &expected, 1, 0, __ATOMIC_RELAXED,
                                     __ATOMIC_RELAXED))
        return; /* an earlier reason stands */
    snprintf(session->reason, sizeof session->reason, "%s",
             reason && reason[0] ? reason : "it called vb_fail without a reason");
    vb_blank_controls(session->reason); /* it travels as one line */
    __atomic_store_n(&session->failed, 2, __ATOMIC_RELEASE);
}
