#include "runner/live_pair.h"

#include "runner/blocks.h"
#include "runner/ladder.h"

vb_worker_outcome vb_live_pair_run(vb_live_pair *pair, int side, uint64_t iterations,
                                   vb_block *block)
{
    pair->broken = side;
    return vb_blocks_run(&pair->workers[side], pair->benchmarks[side], iterations, block);
}

vb_worker_outcome vb_live_pair_run_both(vb_live_pair *pair, int first, uint64_t iterations,
                                        uint64_t warm_up, vb_block blocks[VB_SIDES])
{
    vb_worker_outcome outcome = VB_WORKER_OK;
    for (int turn = 0; turn < VB_SIDES && outcome == VB_WORKER_OK; turn++) {
        int side = turn == 0 ? first : 1 - first;
        if (warm_up > 0)
            outcome = vb_live_pair_run(pair, side, warm_up, &blocks[side]);
        if (outcome == VB_WORKER_OK)
            outcome = vb_live_pair_run(pair, side, iterations, &blocks[side]);
    }
    return outcome;
}

vb_worker_outcome vb_live_pair_climb(vb_live_pair *pair)
{
    const vb_benchmark *new = pair->benchmarks[VB_NEW];
    vb_ladder ladder;
    vb_worker_outcome outcome = VB_WORKER_OK;
    vb_ladder_plan(new->iterations, pair->options->seed, new->process_count, &ladder);
    for (int side = 0; side < VB_SIDES; side++)
        pair->ladders[side] = ladder;
    for (size_t i = 0; i < ladder.count && outcome == VB_WORKER_OK; i++) {
        vb_block blocks[VB_SIDES];
        outcome = vb_live_pair_run_both(pair, pair->first, ladder.steps[i].iterations,
                                        pair->paired->warm_up, blocks);
        for (int side = 0; side < VB_SIDES && outcome == VB_WORKER_OK; side++)
            vb_ladder_keep(&pair->ladders[side], i, &blocks[side]);
    }
    return outcome;
}
