#include "runner/measure.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "runner/allocation_pass.h"
#include "runner/judge.h"
#include "runner/machine.h"
#include "runner/random.h"
#include "runner/shortfall.h"
#include "runner/units.h"
#include "runner/worker.h"

enum {
    BLOCK_NS = 1000000,           /* the shortest block: long against the clock's resolution */
    THREADED_BLOCK_NS = 20000000, /* and with threads, whose start would weigh too much */
    THREAD_STARTS = 50,           /* a threaded block is at least so many times their start */
    BLOCKS_MAX = 2000,            /* about so many samples a benchmark: they are all saved */
    OVERHEAD_BLOCK_MAX_NS = 50000000,
    WALL_FACTOR = 3, /* a process with much untimed work gets so many times its share of time */
    BLOCKS_MIN = 3,  /* but no fewer blocks than this for want of time */
};

/* Even an empty loop that is still a loop takes minutes for so many. */
static const uint64_t ITERATIONS_MAX = 1000000000000u;

static void shuffle(size_t *order, size_t count, uint64_t *state)
{
    for (size_t i = count; i > 1; i--) {
        size_t j = (size_t)(vb_random_next(state) % i);
        size_t kept = order[i - 1];
        order[i - 1] = order[j];
        order[j] = kept;
    }
}

static uint64_t expected_ns(const vb_benchmark *benchmark, uint64_t iterations)
{
    double ns = benchmark->ns_per_iteration * (double)iterations;
    return ns < 1e18 ? (uint64_t)ns : (uint64_t)1e18;
}

static vb_worker_outcome run_block(vb_worker *worker, vb_benchmark *benchmark, uint64_t iterations,
                                   vb_block *block)
{
    vb_worker_outcome outcome =
        vb_worker_block(worker, iterations, expected_ns(benchmark, iterations), block);
    if (outcome == VB_WORKER_OK)
        benchmark->ns_per_iteration = block->real_ns / (double)iterations;
    return outcome;
}

/* How long a block of this benchmark should be. */
static double block_target_ns(const vb_benchmark *benchmark, const vb_measure_options *options)
{
    double target = fmax(BLOCK_NS, options->budget_s * 1e9 / BLOCKS_MAX);
    if (benchmark->threads > 1) {
        double start = vb_machine_thread_start_ns(benchmark->threads);
        target = fmax(target, fmax(THREADED_BLOCK_NS, THREAD_STARTS * start));
    }
    return target;
}

static uint64_t scaled(uint64_t iterations, double factor, uint64_t max)
{
    double wanted = fmax(1, (double)iterations * factor);
    if (max > 0 && wanted > (double)max)
        return max;
    return wanted < (double)ITERATIONS_MAX ? (uint64_t)wanted : ITERATIONS_MAX;
}

/*
 * Plans a process's blocks: how many iterations in one, and how many blocks. Both are fixed before
 * the first timed block, and the same for all processes: a process that went on until its share of
 * the budget is spent would stop after a long block rather than after a short one, and the long
 * ones would be over-represented.
 *
 * A length counts only when it has been seen twice: the first run of anything may include what
 * happens once. A block whose untimed part (reset, finish, thread start) is longer than itself is
 * made longer, so that the budget is not mostly spent outside of it; that part, too, counts as the
 * shorter of two, because a disturbed one would decide on the blocks of all processes.
 */
static vb_worker_outcome calibrate(vb_worker *worker, vb_benchmark *benchmark,
                                   const vb_measure_options *options)
{
    const double least = block_target_ns(benchmark, options);
    double target = least;
    const uint64_t max = benchmark->max_iterations;
    uint64_t iterations = 1;
    double outside = 0;
    bool settled = false;
    vb_block block;
    for (;;) {
        uint64_t begin = vb_process_now_ns();
        vb_worker_outcome outcome = run_block(worker, benchmark, iterations, &block);
        if (outcome != VB_WORKER_OK)
            return outcome;
        double untimed = fmax(0, (double)(vb_process_now_ns() - begin) - block.real_ns);
        outside = settled ? fmin(outside, untimed) : untimed;
        target = fmax(least, fmin(outside, OVERHEAD_BLOCK_MAX_NS));
        bool enough = block.real_ns >= target / 2 || iterations == max;
        if (enough && settled)
            break;
        if (!enough && iterations == ITERATIONS_MAX) {
            vb_say(&worker->why, "its loop takes no time: the compiler has removed the body; keep "
                                 "what it computes with VB_KEEP");
            return VB_WORKER_REFUSED;
        }
        settled = enough;
        double factor = block.real_ns > 0 ? target / block.real_ns : 10;
        if (!enough)
            factor = fmin(fmax(factor, 1.5), 10) + 0.5;
        iterations = scaled(iterations, factor, max);
    }
    const double share_ns = options->budget_s * 1e9 / options->processes;
    benchmark->iterations = scaled(iterations, target / fmax(block.real_ns, 1), max);
    double block_ns = fmax(1, benchmark->ns_per_iteration * (double)benchmark->iterations);
    double affordable = fmax(BLOCKS_MIN, WALL_FACTOR * share_ns / (block_ns + outside));
    double most = fmax(BLOCKS_MIN, (double)BLOCKS_MAX / options->processes);
    double blocks = fmin(fmin(share_ns / block_ns, affordable), most);
    benchmark->blocks = blocks < 1 ? 1 : (size_t)(blocks + 0.5);
    return VB_WORKER_OK;
}

static vb_worker_outcome run_blocks(vb_worker *worker, vb_benchmark *benchmark,
                                    vb_process_samples *samples)
{
    vb_block block;
    for (size_t i = 0; i < benchmark->blocks; i++) {
        vb_worker_outcome outcome = run_block(worker, benchmark, benchmark->iterations, &block);
        if (outcome != VB_WORKER_OK)
            return outcome;
        int status = vb_process_samples_add(samples, &block);
        if (status == -ERANGE) {
            vb_say(&worker->why, "a counter has grown beyond every number");
            return VB_WORKER_REFUSED;
        }
        if (status != 0) {
            vb_say(&worker->why, "its samples cannot be kept: %s", strerror(-status));
            return VB_WORKER_REFUSED;
        }
    }
    return VB_WORKER_OK;
}

/* One worker process of one benchmark, from start to end. */
static vb_worker_outcome run_process(vb_benchmark *benchmark, const vb_measure_options *options,
                                     vb_worker *worker)
{
    vb_block warm_up;
    uint64_t peak_bytes = 0;
    vb_suite hello = *benchmark->suite; /* a hello that repeats what is known already */
    vb_worker_outcome outcome = vb_worker_start(worker, &hello, options->time_limit_ns);
    if (outcome == VB_WORKER_OK)
        outcome = vb_worker_select(worker, benchmark, options->cpus, options->cpu_count);
    if (outcome == VB_WORKER_OK)
        outcome = benchmark->iterations == 0
                      ? calibrate(worker, benchmark, options)
                      : run_block(worker, benchmark, benchmark->iterations, &warm_up);
    if (outcome == VB_WORKER_OK)
        outcome = vb_worker_forget(worker);
    if (outcome != VB_WORKER_OK)
        return outcome;

    vb_process_samples *samples = vb_benchmark_add_process(benchmark);
    if (!samples) {
        vb_say(&worker->why, "there is not enough memory for its samples");
        return VB_WORKER_REFUSED;
    }
    outcome = run_blocks(worker, benchmark, samples);
    if (outcome == VB_WORKER_OK)
        outcome = vb_worker_latencies(worker, &benchmark->latencies);
    if (outcome == VB_WORKER_OK)
        outcome = vb_worker_peak_memory(worker, &peak_bytes);
    if (peak_bytes > benchmark->peak_memory_bytes)
        benchmark->peak_memory_bytes = peak_bytes;
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

/* A bound on latencies is part of what a benchmark claims: beyond it, it has failed. */
static void check_p99_limit(vb_benchmark *benchmark)
{
    if (benchmark->p99_limit_ns == 0 || !benchmark->latencies)
        return;
    uint64_t p99_ns = vb_histogram_quantile(benchmark->latencies, VELOX_HISTOGRAM_P99);
    if (p99_ns > benchmark->p99_limit_ns) {
        char measured[VB_UNIT_TEXT_MAX], limit[VB_UNIT_TEXT_MAX];
        vb_message reason;
        vb_say(&reason, "its p99 latency of %s is above its limit of %s",
               vb_format_time_ns((double)p99_ns, measured),
               vb_format_time_ns((double)benchmark->p99_limit_ns, limit));
        vb_benchmark_fail(benchmark, reason.text);
    }
}

/* The timer's own calls lie inside a block: about a microsecond, which a short block shows. */
static void check_block_length(vb_benchmark *benchmark)
{
    enum { SHORT_BLOCK_NS = 50000 };
    double block_ns = benchmark->ns_per_iteration * (double)benchmark->iterations;
    if (benchmark->error || benchmark->iterations == 0 || block_ns >= SHORT_BLOCK_NS)
        return;
    char length[VB_UNIT_TEXT_MAX];
    vb_benchmark_warn(benchmark,
                      "max_iterations limits a block to %s, and the timer itself takes up to 1 "
                      "\xC2\xB5s of it; allow more iterations",
                      vb_format_time_ns(block_ns, length));
}

static void check_groups(vb_benchmark *benchmark)
{
    vb_groups groups;
    if (benchmark->error || benchmark->process_count == 0)
        return;
    int status = vb_judge_groups(benchmark, &groups);
    if (status != 0)
        vb_shortfall_note(-status);
    if (status != 0 || groups.lower_count == 0)
        return;
    char lower[VB_UNIT_TEXT_MAX], upper[VB_UNIT_TEXT_MAX];
    vb_benchmark_warn(benchmark, "%zu of %zu processes took about %s and %zu about %s",
                      groups.lower_count, benchmark->process_count,
                      vb_format_time_ns(groups.lower_ns, lower), groups.upper_count,
                      vb_format_time_ns(groups.upper_ns, upper));
}

static void check_cpus(vb_benchmark *benchmark, const vb_measure_options *options)
{
    if (!benchmark->error && options->cpu_count > 0 && benchmark->threads > options->cpu_count)
        vb_benchmark_warn(benchmark, "%d threads share %d CPU%s", benchmark->threads,
                          options->cpu_count, options->cpu_count == 1 ? "" : "s");
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
        shuffle(order, list->count, &random);
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
        check_p99_limit(&list->items[i]);
        check_block_length(&list->items[i]);
        check_groups(&list->items[i]);
        check_cpus(&list->items[i], options);
    }
    return status;
}
