/* Blocks of one worker: how long they should be, and running them. What every schedule shares. */
#ifndef VBENCH_BLOCKS_H
#define VBENCH_BLOCKS_H

#include "runner/benchmark.h"
#include "runner/measure.h"
#include "runner/quantile.h"
#include "runner/worker.h"

/* What has much untimed work, a long reset say, gets so many times its share of time. */
enum { VB_WALL_FACTOR = 3 };

/* Has a process that was launched pinned, and the benchmark's setup done. */
vb_worker_outcome vb_blocks_open(vb_worker *worker, const vb_benchmark *benchmark,
                                 const vb_measure_options *options);

/* Runs one block, and keeps its speed for the next one's deadline. */
vb_worker_outcome vb_blocks_run(vb_worker *worker, vb_benchmark *benchmark, uint64_t iterations,
                                vb_block *block);

/* The shortest good block: long against the clock's resolution and, with threads, against their
 * start. */
double vb_blocks_least_ns(const vb_benchmark *benchmark);

/* How many iterations make a block. */
typedef struct {
    uint64_t iterations;
    double block_ns;   /* timed */
    double outside_ns; /* beside it, untimed: reset, finish, thread start */
} vb_block_length;

/*
 * Finds a length of `least_ns` or more. A length counts only when it has been seen twice: the first
 * run of anything may include what happens once. A block whose untimed part is longer than itself
 * is made longer, so that the time is not mostly spent outside of it; that part, too, counts as the
 * shorter of two, because a disturbed one would decide on all blocks.
 */
vb_worker_outcome vb_blocks_calibrate(vb_worker *worker, vb_benchmark *benchmark, double least_ns,
                                      vb_block_length *length);

/* So many iterations times the factor, as far as the benchmark's limit allows; at least 1. */
uint64_t vb_blocks_scaled(const vb_benchmark *benchmark, uint64_t iterations, double factor);

/* Adds a block to a process's samples. REFUSED, with the reason, where that cannot be. */
vb_worker_outcome vb_blocks_keep(vb_worker *worker, vb_process_samples *samples,
                                 const vb_block *block);

/* Adds the process's latencies and memory to what is known of the benchmark. `quantiles_ns` (NULL:
 * not wanted) are those of this process alone, as vb_quantiles_take has them. */
vb_worker_outcome vb_blocks_close(vb_worker *worker, vb_benchmark *benchmark,
                                  double quantiles_ns[VB_QUANTILES]);

#endif
