#define _GNU_SOURCE
#include "runner/load_watch.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "runner/shortfall.h"

static double seconds_of(int who)
{
    struct rusage used;
    if (getrusage(who, &used) != 0)
        return 0;
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

void vb_load_watch_take(const char *root, vb_load_watch *watch)
{
    *watch = (vb_load_watch){0};
    vb_load_totals_take(root, &watch->totals);
    watch->own_s = seconds_of(RUSAGE_SELF) + seconds_of(RUSAGE_CHILDREN);
}

static vb_severity severity_of(double share, double warning, double problem)
{
    return share >= problem   ? VB_FINDING_PROBLEM
           : share >= warning ? VB_FINDING_WARNING
                              : VB_FINDING_OK;
}

/* Counters of some guests step back. */
static double since(uint64_t before, uint64_t after)
{
    return after > before ? (double)(after - before) : 0;
}

void vb_load_watch_judge(const vb_load_watch *before, const vb_load_watch *after,
                         double ticks_per_s, vb_findings *findings)
{
    const vb_load_sample *then = &before->totals, *now = &after->totals;
    const double ticks = since(then->ticks, now->ticks);
    if (!then->is_known || !now->is_known || ticks <= 0)
        return;
    const double stolen = fmin(since(then->steal_ticks, now->steal_ticks), ticks);
    const double idle = since(then->idle_ticks, now->idle_ticks) + stolen;
    const double own = fmax(after->own_s - before->own_s, 0) * ticks_per_s;
    const double load = fmax(ticks - idle - own, 0) / ticks;
    vb_finding *found =
        vb_findings_add(findings, "load", severity_of(load, VB_LOAD_WARNING, VB_LOAD_PROBLEM),
                        "Other programs used %.1f %% of the CPUs meanwhile.", 100 * load);
    found->is_noise = true;
    if (found->severity != VB_FINDING_OK) {
        vb_say(&found->effect, "They took CPU, caches and memory from what was measured: blocks "
                               "scatter, and intervals grow.");
        vb_say(&found->mend, "Measure again when they have ended; `top` shows them.");
    }
    found = vb_findings_add(
        findings, "steal", severity_of(stolen / ticks, VB_STEAL_WARNING, VB_STEAL_PROBLEM),
        "The host took %.1f %% of the CPUs away meanwhile.", 100 * stolen / ticks);
    found->is_noise = true;
    if (found->severity != VB_FINDING_OK) {
        vb_say(&found->effect, "The measured code stood still then: single blocks and high "
                               "quantiles of latencies became longer.");
        vb_say(&found->mend, "Measure at another hour, or on a machine whose CPUs are its own.");
    }
}

void vb_load_watch_record(const vb_load_watch *before, json_t *findings)
{
    vb_load_watch after;
    vb_findings *found = calloc(1, sizeof *found);
    const long ticks_per_s = sysconf(_SC_CLK_TCK);
    if (!found) {
        vb_shortfall_note(ENOMEM);
        return;
    }
    vb_load_watch_take("", &after);
    vb_load_watch_judge(before, &after, ticks_per_s > 0 ? (double)ticks_per_s : 100, found);
    json_t *array = vb_findings_json(found);
    for (size_t i = 0; i < json_array_size(array); i++) {
        if (json_array_insert(findings, i, json_array_get(array, i)) != 0)
            vb_shortfall_note(ENOMEM);
    }
    json_decref(array);
    free(found);
}
