#include "runner/measure.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "runner/machine.h"
#include "runner/units.h"
#include "runner/worker.h"

enum {
    BLOCK_NS = 1000000,           /* the shortest block: long against the clock's resolution */
    THREADED_BLOCK_NS = 20000000, /* and with threads, whose start would weigh too much */
    THREAD_STARTS = 50,           /* a threaded block is at least so many times their start */
    BLOCKS_MAX = 2000,            /* about so many samples a benchmark: they are all saved */
    OVERHEAD_BLOCK_MAX_NS = 50000000,
    WALL_FACTOR = 10, /* a process whose untimed work takes this much of its share is cut short */
    BLOCKS_MIN = 3,   /* but not below so many blocks */
};

/* splitmix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014). */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static void shuffle(size_t *order, size_t count, uint64_t *state)
{
    for (size_t i = count; i > 1; i--) {
        size_t j = (size_t)(next_random(state) % i);
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
    return wanted < 1e15 ? (uint64_t)wanted : (uint64_t)1e15;
}

/*
 * Finds the iterations of one block. A block whose untimed part (reset, finish, thread start) is
 * longer than itself is made longer, so that the budget is not mostly spent outside of it.
 */
static vb_worker_outcome calibrate(vb_worker *worker, vb_benchmark *benchmark,
                                   const vb_measure_options *options)
{
    double target = block_target_ns(benchmark, options);
    const uint64_t max = benchmark->max_iterations;
    uint64_t iterations = 1;
    vb_block block;
    for (;;) {
        uint64_t begin = vb_process_now_ns();
        vb_worker_outcome outcome = run_block(worker, benchmark, iterations, &block);
        if (outcome != VB_WORKER_OK)
            return outcome;
        double outside = (double)(vb_process_now_ns() - begin) - block.real_ns;
        if (outside > target)
            target = fmin(fmax(target, outside), fmax(target, OVERHEAD_BLOCK_MAX_NS));
        if (block.real_ns >= target / 2 || iterations == max || iterations >= (uint64_t)1e15)
            break;
        double factor = block.real_ns > 0 ? target / block.real_ns : 10;
        iterations = scaled(iterations, fmin(fmax(factor, 1.5), 10) + 0.5, max);
    }
    benchmark->iterations =
        block.real_ns > 0 ? scaled(iterations, target / block.real_ns, max) : iterations;
    return VB_WORKER_OK;
}

/* Timed blocks until this process's share of the budget is spent. */
static vb_worker_outcome run_blocks(vb_worker *worker, vb_benchmark *benchmark,
                                    vb_process_samples *samples, const vb_measure_options *options)
{
    const double share_ns = options->budget_s * 1e9 / options->processes;
    const uint64_t begin = vb_process_now_ns();
    vb_block block;
    do {
        vb_worker_outcome outcome = run_block(worker, benchmark, benchmark->iterations, &block);
        if (outcome != VB_WORKER_OK)
            return outcome;
        int status = vb_process_samples_add(samples, &block);
        if (status != 0) {
            vb_say(&worker->why, "its samples cannot be kept: %s", strerror(-status));
            return VB_WORKER_REFUSED;
        }
        if (samples->block_count >= BLOCKS_MIN &&
            (double)(vb_process_now_ns() - begin) > WALL_FACTOR * share_ns)
            break;
    } while (samples->real_ns + benchmark->ns_per_iteration * (double)benchmark->iterations / 2 <
             share_ns);
    return VB_WORKER_OK;
}

/* One worker process of one benchmark, from start to end. */
static vb_worker_outcome run_process(vb_benchmark *benchmark, const vb_measure_options *options,
                                     vb_worker *worker)
{
    vb_block warm_up;
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
    outcome = run_blocks(worker, benchmark, samples, options);
    if (outcome == VB_WORKER_OK)
        outcome = vb_worker_latencies(worker, &benchmark->latencies);
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
    for (size_t i = 0; i < list->count; i++)
        check_p99_limit(&list->items[i]);
    return status;
}
