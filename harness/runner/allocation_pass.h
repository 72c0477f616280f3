/*
 * Counting a benchmark's allocations, in a worker process of its own after all timed ones: those
 * are never started with the counting library.
 *
 * The figures are those of one more iteration, all threads together: what the process allocates
 * while the measured loops run, the threads that the subject itself has started included, in a long
 * block less that in a block of half its length. So what happens once a process (which the block
 * before them warms up) or once a block (in the first iteration after reset) is in no figure, and
 * with an exact subject the figures are exact. A benchmark whose max_iterations is 1 has only its
 * first iteration: that is counted in full.
 */
#ifndef VBENCH_ALLOCATION_PASS_H
#define VBENCH_ALLOCATION_PASS_H

#include "runner/benchmark.h"
#include "runner/measure.h"

/*
 * Counts into the benchmark, which has been measured. Where that does not work it gets a warning
 * and no figure; its times stay. Returns 0, or -EINTR when the user interrupted it.
 */
int vb_allocation_pass(vb_benchmark *benchmark, const vb_measure_options *options);

#endif
