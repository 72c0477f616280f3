#include "runner/measure.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "runner/allocation_pass.h"
#include "runner/blocks.h"
#include "runner/checks.h"
#include "runner/ladder.h"
#include "runner/random.h"

enum {
    BLOCKS_MAX = 2000, /* about so many samples a benchmark: they are all saved */
    BLOCKS_MIN = 3,    /* but no fewer blocks than this for want of time */
};

/*
 * Plans a process's blocks: how many iterations in one, and how many blocks. Both are fixed before
 * the first timed block, and the same for all processes: a process that went on until its share of
 * the budget is spent would stop after a long block rather than after a short one, and the long
 * ones would be over-represented.
 */
static vb_worker_outcome plan_blocks(vb_worker *worker, vb_benchmark *benchmark,
                                     const vb_measure_options *options)
{
    vb_block_length length;
    double least_ns = fmax(vb_blocks_least_ns(benchmark), options->budget_s * 1e9 / BLOCKS_MAX);
    vb_worker_outcome outcome = vb_blocks_calibrate(worker, benchmark, least_ns, &length);
    if (outcome != VB_WORKER_OK)
        return outcome;
    const double share_ns = options->budget_s * 1e9 / options->processes;
    double affordable =
        fmax(BLOCKS_MIN, VB_WALL_FACTOR * share_ns / (length.block_ns + length.outside_ns));
    double most = fmax(BLOCKS_MIN, (double)BLOCKS_MAX / options->processes);
    double blocks = fmin(fmin(share_ns / length.block_ns, affordable), most);
    benchmark->iterations = length.iterations;
    benchmark->blocks = blocks < 1 ? 1 : (size_t)(blocks + 0.5);
    /* What each process has a ladder for it pays for with blocks, so that the budget stays. */
    benchmark->laddered = benchmark->blocks >= VB_LADDER_BLOCKS_MIN;
    if (benchmark->laddered)
        benchmark->blocks -= VB_LADDER_BLOCKS;
    return VB_WORKER_OK;
}

/* The first process has one in any case: a line of few points is better than none. */
static vb_worker_outcome run_ladder(vb_worker *worker, vb_benchmark *benchmark, uint64_t seed,
                                    vb_ladder *ladder)
{
    vb_block block;
    vb_worker_outcome outcome = VB_WORKER_OK;
    *ladder = (vb_ladder){0};
    if (benchmark->laddered || benchmark->process_count == 0)
        vb_ladder_plan(benchmark->iterations, seed, benchmark->process_count, ladder);
    for (size_t i = 0; i < ladder->count && outcome == VB_WORKER_OK; i++) {
        outcome = vb_blocks_run(worker, benchmark, ladder->steps[i].iterations, &block);
        if (outcome == VB_WORKER_OK)
            vb_ladder_keep(ladder, i, &block);
    }
    return outcome;
}

static vb_worker_outcome run_blocks(vb_worker *worker, vb_benchmark *benchmark,
                                    vb_process_samples *samples)
{
    vb_block block;
    vb_worker_outcome outcome = VB_WORKER_OK;
    for (size_t i = 0; i < benchmark->blocks && outcome == VB_WORKER_OK; i++) {
        outcome = vb_blocks_run(worker, benchmark, benchmark->iterations, &block);
        if (outcome == VB_WORKER_OK)
            outcome = vb_blocks_keep(worker, samples, &block);
    }
    return outcome;
}

/* One worker process of one benchmark, from start to end. */
static vb_worker_outcome run_process(vb_benchmark *benchmark, const vb_measure_options *options,
                                     vb_worker *worker)
{
    vb_block warm_up;
    vb_ladder ladder;
    vb_worker_outcome outcome =
        vb_worker_launch(worker, benchmark->suite->path, options->time_limit_ns, NULL);
    if (outcome == VB_WORKER_OK)
        outcome = vb_blocks_open(worker, benchmark, options);
    if (outcome == VB_WORKER_OK)
        outcome = benchmark->iterations == 0
                      ? plan_blocks(worker, benchmark, options)
                      : vb_blocks_run(worker, benchmark, benchmark->iterations, &warm_up);
    if (outcome == VB_WORKER_OK)
        outcome = run_ladder(worker, benchmark, options->seed, &ladder);
    if (outcome == VB_WORKER_OK)
        outcome = vb_worker_forget(worker);
    if (outcome != VB_WORKER_OK)
        return outcome;

    vb_process_samples *samples = vb_benchmark_add_process(benchmark);
    if (!samples) {
        vb_say(&worker->why, "there is not enough memory for its samples");
        return VB_WORKER_REFUSED;
    }
    samples->ladder = ladder;
    outcome = run_blocks(worker, benchmark, samples);
    if (outcome == VB_WORKER_OK)
        outcome = vb_blocks_close(worker, benchmark, NULL);
    if (outcome != VB_WORKER_OK)
        vb_benchmark_drop_process(benchmark);
    return outcome;
}

/* One process, started again once if it breaks; after that the benchmark has failed. */
static int measure_once(vb_benchmark *benchmark, const vb_measure_options *options)
{
    for (int tries = 0;; tries++) {
        vb_worker worker;
        vb_worker_outcome outcome = run_process(benchmark, options, &worker);
        if (outcome == VB_WORKER_OK && vb_worker_quit(&worker) == VB_WORKER_BROKEN) {
            /* What breaks in teardown may have been wrong all along: no second try. */
            vb_message reason;
            vb_say(&reason, "in teardown or at exit %s", worker.why.text);
            vb_benchmark_fail(benchmark, reason.text);
        }
        vb_worker_stop(&worker);
        switch (outcome) {
        case VB_WORKER_OK:
            return vb_process_interrupted() ? -EINTR : 0;
        case VB_WORKER_INTERRUPTED:
            return -EINTR;
        case VB_WORKER_REFUSED:
            vb_benchmark_fail(benchmark, worker.why.text);
            return 0;
        case VB_WORKER_BROKEN:
            if (tries > 0) {
                vb_benchmark_fail(benchmark, worker.why.text);
                return 0;
            }
            benchmark->restarts++;
            vb_benchmark_warn(benchmark, "a worker was started again: %s", worker.why.text);
            break;
        }
    }
}

int vb_measure(vb_benchmark_list *list, const vb_measure_options *options, vb_progress *progress)
{
    uint64_t random = options->seed;
    size_t *order = malloc((list->count ? list->count : 1) * sizeof *order);
    if (!order) {
        for (size_t i = 0; i < list->count; i++)
            vb_benchmark_fail(&list->items[i], "there is not enough memory to plan the run");
        return 0;
    }
    for (size_t i = 0; i < list->count; i++)
        order[i] = i;
    int status = 0;
    for (int round = 0; round < options->processes && status == 0; round++) {
        vb_random_shuffle(order, list->count, &random);
        for (size_t i = 0; i < list->count && status == 0; i++) {
            vb_benchmark *benchmark = &list->items[order[i]];
            if (!benchmark->error) {
                vb_progress_show(progress, benchmark->name);
                status = measure_once(benchmark, options);
            }
            vb_progress_advance(progress);
        }
    }
    free(order);
    for (size_t i = 0; options->allocation_library && i < list->count && status == 0; i++) {
        vb_benchmark *benchmark = &list->items[i];
        if (!benchmark->error) {
            vb_progress_show(progress, benchmark->name);
            status = vb_allocation_pass(benchmark, options);
        }
        vb_progress_advance(progress);
    }
    for (size_t i = 0; i < list->count && status == 0; i++) {
        vb_check_p99_limit(&list->items[i]);
        vb_check_block_length(&list->items[i]);
        vb_check_groups(&list->items[i]);
        vb_check_cpus(&list->items[i], options->usable_cpus);
    }
    return status;
}
