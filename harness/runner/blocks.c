#include "runner/blocks.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "runner/machine.h"

enum {
    BLOCK_NS = 1000000,
    THREADED_BLOCK_NS = 20000000,
    THREAD_STARTS = 50, /* a threaded block is at least so many times their start */
    OVERHEAD_BLOCK_MAX_NS = 50000000,
};

/* Even an empty loop that is still a loop takes minutes for so many. */
static const uint64_t iterations_max = 1000000000000u;

vb_worker_outcome vb_blocks_open(vb_worker *worker, const vb_benchmark *benchmark,
                                 const vb_measure_options *options)
{
    vb_suite hello = *benchmark->suite; /* a hello that repeats what is known already */
    vb_worker_outcome outcome = vb_worker_greet(worker, &hello);
    if (outcome == VB_WORKER_OK)
        outcome = vb_worker_select(worker, benchmark, options->cpus, options->cpu_count);
    return outcome;
}

static uint64_t expected_ns(const vb_benchmark *benchmark, uint64_t iterations)
{
    double ns = benchmark->ns_per_iteration * (double)iterations;
    return ns < 1e18 ? (uint64_t)ns : (uint64_t)1e18;
}

vb_worker_outcome vb_blocks_run(vb_worker *worker, vb_benchmark *benchmark, uint64_t iterations,
                                vb_block *block)
{
    vb_worker_outcome outcome =
        vb_worker_block(worker, iterations, expected_ns(benchmark, iterations), block);
    if (outcome == VB_WORKER_OK)
        benchmark->ns_per_iteration = block->real_ns / (double)iterations;
    return outcome;
}

double vb_blocks_least_ns(const vb_benchmark *benchmark)
{
    if (benchmark->threads == 1)
        return BLOCK_NS;
    double start = vb_machine_thread_start_ns(benchmark->threads);
    return fmax(THREADED_BLOCK_NS, THREAD_STARTS * start);
}

uint64_t vb_blocks_scaled(const vb_benchmark *benchmark, uint64_t iterations, double factor)
{
    double wanted = fmax(1, (double)iterations * factor);
    if (benchmark->max_iterations > 0 && wanted > (double)benchmark->max_iterations)
        return benchmark->max_iterations;
    return wanted < (double)iterations_max ? (uint64_t)wanted : iterations_max;
}

vb_worker_outcome vb_blocks_calibrate(vb_worker *worker, vb_benchmark *benchmark, double least_ns,
                                      vb_block_length *length)
{
    double target = least_ns;
    uint64_t iterations = 1;
    double outside = 0;
    bool settled = false;
    vb_block block;
    for (;;) {
        uint64_t begin = vb_process_now_ns();
        vb_worker_outcome outcome = vb_blocks_run(worker, benchmark, iterations, &block);
        if (outcome != VB_WORKER_OK)
            return outcome;
        double untimed = fmax(0, (double)(vb_process_now_ns() - begin) - block.real_ns);
        outside = settled ? fmin(outside, untimed) : untimed;
        target = fmax(least_ns, fmin(outside, OVERHEAD_BLOCK_MAX_NS));
        bool enough = block.real_ns >= target / 2 || iterations == benchmark->max_iterations;
        if (enough && settled)
            break;
        if (!enough && iterations == iterations_max) {
            vb_say(&worker->why, "its loop takes no time: the compiler has removed the body; keep "
                                 "what it computes with VB_KEEP");
            return VB_WORKER_REFUSED;
        }
        settled = enough;
        double factor = block.real_ns > 0 ? target / block.real_ns : 10;
        if (!enough)
            factor = fmin(fmax(factor, 1.5), 10) + 0.5;
        iterations = vb_blocks_scaled(benchmark, iterations, factor);
    }
    length->iterations = vb_blocks_scaled(benchmark, iterations, target / fmax(block.real_ns, 1));
    length->block_ns = fmax(1, benchmark->ns_per_iteration * (double)length->iterations);
    length->outside_ns = outside;
    return VB_WORKER_OK;
}

vb_worker_outcome vb_blocks_keep(vb_worker *worker, vb_process_samples *samples,
                                 const vb_block *block)
{
    int status = vb_process_samples_add(samples, block);
    if (status == 0)
        return VB_WORKER_OK;
    if (status == -ERANGE)
        vb_say(&worker->why, "a counter has grown beyond every number");
    else
        vb_say(&worker->why, "its samples cannot be kept: %s", strerror(-status));
    return VB_WORKER_REFUSED;
}

vb_worker_outcome vb_blocks_close(vb_worker *worker, vb_benchmark *benchmark,
                                  double quantiles_ns[VB_QUANTILES])
{
    uint64_t peak_bytes = 0;
    vb_histogram *own = NULL;
    vb_worker_outcome outcome = vb_worker_latencies(worker, &own);
    if (outcome == VB_WORKER_OK)
        outcome = vb_worker_peak_memory(worker, &peak_bytes);
    if (outcome == VB_WORKER_OK && quantiles_ns)
        vb_quantiles_take(own, quantiles_ns);
    if (outcome == VB_WORKER_OK && own && benchmark->latencies) {
        vb_histogram_merge(benchmark->latencies, own);
    } else if (outcome == VB_WORKER_OK && own) {
        benchmark->latencies = own;
        own = NULL;
    }
    vb_histogram_free(own);
    if (peak_bytes > benchmark->peak_memory_bytes)
        benchmark->peak_memory_bytes = peak_bytes;
    return outcome;
}
