/*
 * Blocks of different lengths, so that it can be seen whether time grows as iterations do: a fifth,
 * two fifths and so on of a block, once each, in random order, after a process's warm-up and before
 * its timed blocks. They count for nothing else: neither for times nor for counters, and latencies
 * recorded meanwhile are forgotten with those of warming up.
 */
#ifndef VBENCH_LADDER_H
#define VBENCH_LADDER_H

#include <stddef.h>
#include <stdint.h>

#include "runner/benchmark.h"

enum {
    VB_LADDER_BLOCKS = 3,          /* it takes as long as so many */
    VB_LADDER_BLOCKS_MIN = 20,     /* in a run: processes with fewer have none, but for the first */
    VB_LADDER_PAIR_BLOCKS_MIN = 6, /* side by side: the first cycle's pairs with fewer have none */
};

/* The ladder for blocks of so many iterations, its times still to be filled in, in an order that
 * follows from the seed and the process's number. Lengths that are the same make one step; a single
 * one is no ladder, and its count 0. */
void vb_ladder_plan(uint64_t iterations, uint64_t seed, size_t process, vb_ladder *ladder);
/* Keeps the time of a step. */
void vb_ladder_keep(vb_ladder *ladder, size_t step, const vb_block *block);

#endif
