/* What is looked at once a benchmark is measured: each is a warning beside its row, or fails it. */
#ifndef VBENCH_CHECKS_H
#define VBENCH_CHECKS_H

#include "runner/benchmark.h"

/* A bound on latencies is part of what a benchmark claims: beyond it, it has failed. Not for a
 * comparison, where a verdict says it (quantile_judge.h). */
void vb_check_p99_limit(vb_benchmark *benchmark);
/* The timer's own calls lie inside a block: about a microsecond, which a short block shows. */
void vb_check_block_length(vb_benchmark *benchmark);
/* Two groups of processes: their mean is a time that none of them took. */
void vb_check_groups(vb_benchmark *benchmark);
/* More threads than CPUs take turns. cpu_count 0: unknown. */
void vb_check_cpus(vb_benchmark *benchmark, int cpu_count);
/* A CPU quota (NAN: none) that struck so often while this and the others were measured. */
void vb_check_quota(vb_benchmark *benchmark, double cpus, uint64_t stops);

#endif
