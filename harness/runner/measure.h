/*
 * The schedule of a run: which process measures what, when, and for how long.
 *
 * Every benchmark gets `processes` worker processes. They are interleaved: each round runs one
 * process of every benchmark in a random order (seeded, recorded), so that a slow spell of the
 * machine spreads over all benchmarks instead of falling on one. Before its timed blocks a
 * process measures a ladder of shorter ones (ladder.h), and has fewer of them for it; where these
 * would be few, only the first process does, and beyond the budget. Where allocations are
 * counted, each benchmark has one more process for that, after all rounds.
 */
#ifndef VBENCH_MEASURE_H
#define VBENCH_MEASURE_H

#include "runner/benchmark.h"
#include "runner/progress.h"

typedef struct {
    double budget_s;        /* of timed blocks, for each benchmark, over all its processes */
    double max_budget_s;    /* side by side: what one that is undecided then may take */
    uint64_t stop_ns;       /* side by side: when to begin nothing more, on vb_process_now_ns's
                               clock; 0: never */
    int processes;          /* of each benchmark */
    uint64_t seed;          /* of the order */
    uint64_t time_limit_ns; /* a worker that does not answer for so long hangs; stretched to 20
                               times the expected length of a block */
    const int *cpus;        /* worker thread k runs on cpus[k % cpu_count]; none: not pinned */
    int cpu_count;
    int usable_cpus;                /* pinned or not, how many the threads may use; 0: unknown */
    const char *allocation_library; /* NULL: allocations are not counted */
} vb_measure_options;

/*
 * Measures all benchmarks of the list into itself: samples, or an error. Returns 0, or -EINTR when
 * the user interrupted it (no worker is left, the samples are incomplete).
 */
int vb_measure(vb_benchmark_list *list, const vb_measure_options *options, vb_progress *progress);

#endif
