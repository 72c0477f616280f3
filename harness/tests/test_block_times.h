/* Blocks for tests of what is computed of them: times of one iteration, process by process. */
#ifndef VBENCH_TEST_BLOCK_TIMES_H
#define VBENCH_TEST_BLOCK_TIMES_H

#include "test_near.h"

#include <stdlib.h>

#include "runner/block_times.h"

/* So that thousandths of a ns are kept. */
enum { TEST_ITERATIONS = 1000 };

/* Adds a process of `count` blocks. */
static inline void add_blocks(vb_benchmark *benchmark, const double *ns, size_t count)
{
    vb_process_samples *samples = vb_benchmark_add_process(benchmark);
    assert_non_null(samples);
    samples->iterations_per_block = TEST_ITERATIONS;
    for (size_t i = 0; i < count; i++) {
        const vb_block block = {.real_ns = ns[i] * TEST_ITERATIONS};
        assert_int_equal(vb_process_samples_add(samples, &block), 0);
    }
}

static inline void free_blocks(vb_benchmark *benchmark)
{
    while (benchmark->process_count > 0)
        vb_benchmark_drop_process(benchmark);
    free(benchmark->processes);
    *benchmark = (vb_benchmark){0};
}

/* The times of `processes` processes of `count` blocks each, which stand in a row. */
static inline vb_block_times times_of(const double *ns, size_t processes, size_t count)
{
    vb_benchmark benchmark = {0};
    vb_block_times times;
    for (size_t i = 0; i < processes; i++)
        add_blocks(&benchmark, ns + i * count, count);
    assert_int_equal(vb_block_times_take(&benchmark, &times), 0);
    free_blocks(&benchmark);
    return times;
}

#endif
