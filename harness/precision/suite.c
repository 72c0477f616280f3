/* The workloads as benchmarks, a microsecond or a few each. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "workloads.h"

#include <vbench/vbench.h>

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void hash(vb_run *run)
{
    uint64_t value = 1;
    VB_LOOP (run) {
        value = workload_hash(value, 300);
        VB_KEEP(value);
    }
}

/* One cycle through all cache lines in random order (S. Sattolo, "An algorithm to generate a random
 * cyclic permutation", 1986). */
static int make_links(vb_run *run, void **fixture)
{
    size_t count = ((size_t)vb_param(run, 0) << 10) / WORKLOAD_LINK_BYTES;
    uint64_t random = 0x5DEECE66Du;
    enum { STEP = WORKLOAD_LINK_BYTES / sizeof(uint32_t) };
    uint32_t *order = malloc(count * sizeof *order);
    uint32_t *links = aligned_alloc(WORKLOAD_LINK_BYTES, count * WORKLOAD_LINK_BYTES);
    if (!order || !links) {
        free(order);
        free(links);
        return -ENOMEM;
    }
    for (size_t i = 0; i < count; i++)
        order[i] = (uint32_t)i;
    for (size_t i = count - 1; i > 0; i--) {
        size_t k = next_random(&random) % i;
        uint32_t kept = order[i];
        order[i] = order[k];
        order[k] = kept;
    }
    memset(links, 0, count * WORKLOAD_LINK_BYTES);
    for (size_t i = 0; i < count; i++)
        links[order[i] * STEP] = order[(i + 1) % count] * STEP;
    free(order);
    *fixture = links;
    return 0;
}

static void chase(vb_run *run)
{
    const uint32_t *links = vb_fixture(run);
    uint32_t position = 0;
    VB_LOOP (run) {
        position = workload_chase(links, position, 100);
        VB_KEEP(position);
    }
}

static int make_ring(vb_run *run, void **fixture)
{
    (void)run;
    *fixture = calloc(1, sizeof(workload_ring));
    return *fixture ? 0 : -ENOMEM;
}

static void ring(vb_run *run)
{
    workload_ring *ring = vb_fixture(run);
    VB_LOOP (run)
        VB_KEEP(workload_ring_pass(ring, 200));
}

enum { SORTED = 16, INPUTS = 1024, SORTS = 16 };

static int make_numbers(vb_run *run, void **fixture)
{
    (void)run;
    uint64_t random = 0x2545F4914F6CDD1Du;
    int32_t *numbers = malloc(INPUTS * SORTED * sizeof *numbers);
    for (size_t i = 0; numbers && i < (size_t)INPUTS * SORTED; i++)
        numbers[i] = (int32_t)(next_random(&random) >> 33);
    *fixture = numbers;
    return numbers ? 0 : -ENOMEM;
}

static void sort(vb_run *run)
{
    const int32_t(*inputs)[SORTED] = vb_fixture(run);
    size_t next = 0;
    VB_LOOP (run) {
        for (int i = 0; i < SORTS; i++) {
            int32_t numbers[SORTED];
            memcpy(numbers, inputs[next++ % INPUTS], sizeof numbers);
            workload_sort(numbers, SORTED);
            VB_KEEP(&numbers);
        }
    }
}

static uint64_t shared_word;

static void add(vb_run *run)
{
    VB_LOOP (run)
        VB_KEEP(workload_add(&shared_word));
}

static const vb_bench table[] = {
    {.name = "hash", .fn = hash},
    {.name = "chase",
     .fn = chase,
     .setup = make_links,
     .teardown = free,
     .axes = {VB_VALUES("kibibytes", 512, 1024, 4096, 16384)}},
    {.name = "ring", .fn = ring, .setup = make_ring, .teardown = free},
    {.name = "sort", .fn = sort, .setup = make_numbers, .teardown = free},
    {.name = "add", .fn = add, .threads = VB_VALUES("threads", 4, 8)},
};
VB_MAIN(table)
