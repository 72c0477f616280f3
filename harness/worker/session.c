#include "worker/session.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/affinity.h"

static int allocate_runs(vb_session *session)
{
    session->runs = calloc((size_t)session->spec->threads, sizeof *session->runs);
    if (!session->runs)
        return -ENOMEM;
    for (int i = 0; i < session->spec->threads; i++) {
        session->runs[i].session = session;
        session->runs[i].thread = i;
        int status = vb_histogram_create(&session->runs[i].latencies);
        if (status != 0)
            return status;
    }
    return 0;
}

/* Says what a callback's status other than 0 means. */
static void describe_status(const char *callback, int status, char *text, size_t text_bytes)
{
    if (status < 0)
        snprintf(text, text_bytes, "its %s failed: %s", callback, strerror(-status));
    else
        snprintf(text, text_bytes, "its %s returned %d instead of 0 or -errno", callback, status);
}

static void free_session(vb_session *session)
{
    for (int i = 0; session->runs && i < session->spec->threads; i++)
        vb_histogram_free(session->runs[i].latencies);
    free(session->runs);
    free(session);
}

int vb_session_open(const vb_case *spec, const int *cpus, int cpu_count, char *error,
                    size_t error_bytes, vb_session **session)
{
    vb_session *opened = calloc(1, sizeof *opened);
    if (!opened) {
        snprintf(error, error_bytes, "not enough memory to start it");
        return -ENOMEM;
    }
    opened->spec = spec;
    opened->cpus = cpus;
    opened->cpu_count = cpu_count;
    int status = allocate_runs(opened);
    if (status == 0)
        status = -pthread_barrier_init(&opened->gate, NULL, (unsigned)spec->threads);
    if (status != 0) {
        snprintf(error, error_bytes, "its %d threads cannot be prepared: %s", spec->threads,
                 strerror(-status));
        free_session(opened);
        return status;
    }

    if (spec->bench->setup) {
        status = spec->bench->setup(&opened->runs[0], &opened->fixture);
        const char *failure = vb_session_failure(opened);
        if (status != 0 || failure) {
            if (failure)
                snprintf(error, error_bytes, "its setup failed: %s", failure);
            else
                describe_status("setup", status, error, error_bytes);
            if (status == 0 && spec->bench->teardown)
                spec->bench->teardown(opened->fixture);
            pthread_barrier_destroy(&opened->gate);
            free_session(opened);
            return status < 0 ? status : -EINVAL;
        }
    }
    *session = opened;
    return 0;
}

void vb_session_close(vb_session *session)
{
    if (!session)
        return;
    if (session->spec->bench->teardown)
        session->spec->bench->teardown(session->fixture);
    pthread_barrier_destroy(&session->gate);
    free_session(session);
}

void vb_session_begin_block(vb_session *session, uint64_t iterations)
{
    const vb_bench *bench = session->spec->bench;
    session->failed = 0;
    session->loops_begun = 0;
    /* Threads that reset starts may run anywhere; this one is pinned again right after it. */
    if (session->cpu_count > 0)
        vb_affinity_set(session->cpus, session->cpu_count);
    for (int i = 0; i < session->spec->threads; i++) {
        vb_run *run = &session->runs[i];
        run->state = NULL;
        run->iterations = iterations;
        run->loop = VB_LOOP_NOT_ENTERED;
        run->items_per_iteration = 0;
        run->bytes_per_iteration = 0;
        run->counter_count = 0;
    }
    if (bench->max_iterations > 0 && iterations > bench->max_iterations) {
        vb_fail(&session->runs[0], "a block was asked for more than its max_iterations");
        return;
    }
    if (bench->reset) {
        int status = bench->reset(&session->runs[0]);
        if (status != 0) {
            char reason[VB_REASON_MAX + 1];
            describe_status("reset", status, reason, sizeof reason);
            vb_fail(&session->runs[0], reason);
        }
    }
}

void vb_session_pin_thread(vb_session *session, int thread)
{
    if (session->cpu_count == 0)
        return;
    int status = vb_affinity_set(&session->cpus[thread % session->cpu_count], 1);
    if (status != 0 && status != -ENOSYS) {
        char reason[VB_REASON_MAX + 1];
        snprintf(reason, sizeof reason, "thread %d cannot be pinned to CPU %d: %s", thread,
                 session->cpus[thread % session->cpu_count], strerror(-status));
        vb_fail(&session->runs[thread], reason);
    }
}

bool vb_session_gate(vb_session *session)
{
    if (session->spec->threads == 1)
        return vb_session_failure(session) != NULL;
    pthread_barrier_wait(&session->gate);
    bool failed = vb_session_failure(session) != NULL;
    pthread_barrier_wait(&session->gate); /* nobody goes on, and fails, before all have looked */
    return failed;
}

void vb_session_finish_block(vb_session *session)
{
    if (!vb_session_failure(session) && session->spec->bench->finish)
        session->spec->bench->finish(&session->runs[0]);
}

const char *vb_session_failure(const vb_session *session)
{
    return __atomic_load_n(&session->failed, __ATOMIC_ACQUIRE) == 2 ? session->reason : NULL;
}

int vb_session_counters(vb_session *session, vb_counter_value *counters, int max)
{
    char reason[VB_REASON_MAX + 1];
    int count = 0;
    for (int thread = 0; thread < session->spec->threads; thread++) {
        vb_run *run = &session->runs[thread];
        for (int i = 0; i < run->counter_count; i++) {
            int found = 0;
            while (found < count && strcmp(counters[found].name, run->counters[i].name) != 0)
                found++;
            if (found == max) {
                snprintf(reason, sizeof reason,
                         "its threads together gave more than %d different counters", max);
                vb_fail(run, reason);
                return -EINVAL;
            }
            if (found == count) {
                counters[count++] = run->counters[i];
            } else if (counters[found].kind != run->counters[i].kind) {
                snprintf(reason, sizeof reason, "counter \"%s\" was given two kinds by its threads",
                         counters[found].name);
                vb_fail(run, reason);
                return -EINVAL;
            } else {
                counters[found].value += run->counters[i].value;
                counters[found].calls += run->counters[i].calls;
            }
        }
    }
    for (int i = 0; i < count; i++) {
        if (counters[i].kind == VB_MEAN)
            counters[i].value /= counters[i].calls;
        if (!isfinite(counters[i].value)) {
            snprintf(reason, sizeof reason, "counter \"%s\" has grown beyond every number",
                     counters[i].name);
            vb_fail(&session->runs[0], reason);
            return -EINVAL;
        }
    }
    return count;
}
