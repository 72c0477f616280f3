#define _GNU_SOURCE
#include "runner/allocation_pass.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/worker.h"

enum {
    SHORT_ITERATIONS = 1024, /* of the shorter block; the longer one has twice as many */
    SHORT_BLOCK_MAX_NS = 20000000,
    PAIRS = 3, /* of blocks: a subject that allocates by chance gets its mean */
};

/* The library in front of whatever the user preloads, malloc'd; NULL if there is no memory. */
static char *preloaded(const char *library)
{
    const char *others = getenv("LD_PRELOAD");
    char *all = NULL;
    return asprintf(&all, "%s%s%s", library, others && others[0] ? ":" : "",
                    others && others[0] ? others : "") < 0
               ? NULL
               : all;
}

static vb_worker_outcome start_with_library(vb_worker *worker, const vb_suite *suite,
                                            const vb_measure_options *options)
{
    vb_suite hello = *suite; /* a hello that repeats what is known already */
    char *preload = preloaded(options->allocation_library);
    vb_worker_outcome outcome =
        vb_worker_start_preloaded(worker, &hello, options->time_limit_ns, preload);
    if (!preload && outcome == VB_WORKER_OK) {
        vb_say(&worker->why, "there is not enough memory");
        outcome = VB_WORKER_REFUSED;
    }
    free(preload);
    return outcome;
}

/* How many iterations the shorter block has: few, always the same for a quick subject, and a power
 * of two less for a slow one. */
static uint64_t short_iterations(const vb_benchmark *benchmark)
{
    uint64_t iterations = SHORT_ITERATIONS;
    if (benchmark->max_iterations > 0 && benchmark->max_iterations / 2 < iterations)
        iterations = benchmark->max_iterations / 2;
    while (iterations > 1 && (double)iterations * benchmark->ns_per_iteration > SHORT_BLOCK_MAX_NS)
        iterations /= 2;
    return iterations;
}

/* Runs one block and adds what it allocated, `sign` times. */
static vb_worker_outcome add_block(vb_worker *worker, const vb_benchmark *benchmark,
                                   uint64_t iterations, double sign, vb_allocations *sum)
{
    vb_block block;
    uint64_t expected_ns = (uint64_t)fmin(1e18, (double)iterations * benchmark->ns_per_iteration);
    vb_worker_outcome outcome = vb_worker_block(worker, iterations, expected_ns, &block);
    if (outcome == VB_WORKER_OK && !block.allocations_told) {
        vb_say(&worker->why, "its process does not tell them");
        return VB_WORKER_REFUSED;
    }
    if (outcome == VB_WORKER_OK) {
        sum->count += sign * (double)block.allocations;
        sum->bytes += sign * (double)block.allocated_bytes;
    }
    return outcome;
}

static vb_worker_outcome run_blocks(vb_worker *worker, const vb_benchmark *benchmark,
                                    vb_allocations *figures)
{
    const uint64_t shorter = short_iterations(benchmark); /* 0: max_iterations is 1 */
    const uint64_t longer = shorter > 0 ? 2 * shorter : 1;
    vb_allocations warm_up = {0}, sum = {0};
    vb_worker_outcome outcome = add_block(worker, benchmark, longer, 0, &warm_up);
    for (int pair = 0; pair < PAIRS && outcome == VB_WORKER_OK; pair++) {
        if (shorter > 0)
            outcome = add_block(worker, benchmark, shorter, -1, &sum);
        if (outcome == VB_WORKER_OK)
            outcome = add_block(worker, benchmark, longer, 1, &sum);
    }
    const double iterations = PAIRS * (double)(longer - shorter);
    figures->known = true;
    figures->count = fmax(0, sum.count / iterations); /* chance may have it below 0 */
    figures->bytes = fmax(0, sum.bytes / iterations);
    return outcome;
}

static vb_worker_outcome run_process(vb_worker *worker, const vb_benchmark *benchmark,
                                     const vb_measure_options *options, vb_allocations *figures)
{
    vb_worker_outcome outcome = start_with_library(worker, benchmark->suite, options);
    if (outcome == VB_WORKER_OK)
        outcome = vb_worker_count_allocations(worker);
    if (outcome == VB_WORKER_OK)
        outcome = vb_worker_select(worker, benchmark, options->cpus, options->cpu_count);
    if (outcome == VB_WORKER_OK)
        outcome = run_blocks(worker, benchmark, figures);
    if (outcome == VB_WORKER_OK) {
        outcome = vb_worker_quit(worker);
        if (outcome == VB_WORKER_BROKEN) {
            vb_message how = worker->why;
            vb_say(&worker->why, "in teardown or at exit %s", how.text);
        }
    }
    vb_worker_stop(worker);
    return outcome;
}

int vb_allocation_pass(vb_benchmark *benchmark, const vb_measure_options *options)
{
    static const char warning[] = "allocations cannot be counted: %s";
    vb_worker worker;
    vb_allocations figures;
    if (benchmark->suite->sanitizer[0] != '\0') {
        /* Not even started: with another allocator in front of its own it may hang or crash. */
        char why[VB_INFO_MAX + 128];
        snprintf(why, sizeof why, "the suite is built with %s, which has an allocator of its own",
                 benchmark->suite->sanitizer);
        vb_benchmark_warn(benchmark, warning, why);
        return 0;
    }
    vb_worker_outcome outcome = run_process(&worker, benchmark, options, &figures);
    if (outcome == VB_WORKER_INTERRUPTED || vb_process_interrupted())
        return -EINTR;
    if (outcome == VB_WORKER_OK)
        benchmark->allocations = figures;
    else
        vb_benchmark_warn(benchmark, warning, worker.why.text);
    return 0;
}
