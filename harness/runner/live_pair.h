/* A pair of worker processes while both are alive: what the schedule of pairs and its plan share.
 */
#ifndef VBENCH_LIVE_PAIR_H
#define VBENCH_LIVE_PAIR_H

#include "runner/pairing.h"
#include "runner/worker.h"

typedef struct {
    vb_paired_case *paired;
    const vb_measure_options *options;
    vb_benchmark *benchmarks[VB_SIDES];
    vb_worker workers[VB_SIDES];
    int first;                   /* the side that begins */
    int broken;                  /* the side that an outcome other than OK is about */
    vb_ladder ladders[VB_SIDES]; /* empty where the pair has none */
} vb_live_pair;

/* Runs one block of a side. */
vb_worker_outcome vb_live_pair_run(vb_live_pair *pair, int side, uint64_t iterations,
                                   vb_block *block);
/* Runs one block of each side, `first` before the other one; each after its warm-up, if there is
 * one. */
vb_worker_outcome vb_live_pair_run_both(vb_live_pair *pair, int first, uint64_t iterations,
                                        uint64_t warm_up, vb_block blocks[VB_SIDES]);
/* Runs the ladder of both sides (ladder.h), in turns and with the warm-up that blocks have. */
vb_worker_outcome vb_live_pair_climb(vb_live_pair *pair);

#endif
