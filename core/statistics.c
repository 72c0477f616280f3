/* Event counters, padded to a cache line each or packed. What they count is not known here. */
#include "velox/statistics.h"

#include <assert.h>
#include <errno.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>

#if VELOX_STATISTICS_PADDED
typedef struct {
    alignas(VELOX_SEPARATION_BYTES) _Atomic uint64_t count;
} slot;
static_assert(sizeof(slot) == VELOX_SEPARATION_BYTES, "a counter shares its lines with none");
#else
typedef struct {
    _Atomic uint64_t count;
} slot;
static_assert(sizeof(slot) == sizeof(uint64_t), "counters lie side by side");
#endif

/* Both variants begin at a block of their own, so that they differ in nothing else. */
struct velox_statistics {
    alignas(VELOX_SEPARATION_BYTES) size_t counters; /* read only; no counter is near it */
    alignas(VELOX_SEPARATION_BYTES) slot slots[];
};

static_assert(offsetof(struct velox_statistics, slots) == VELOX_SEPARATION_BYTES,
              "the counters' own block");

size_t velox_statistics_bytes(size_t counters)
{
    if (counters == 0 || counters > VELOX_STATISTICS_COUNTERS_MAX)
        return 0;
    /* Rounded up, so that the last counter's block holds nobody else's data. */
    size_t bytes = sizeof(velox_statistics) + counters * sizeof(slot);
    return (bytes + VELOX_SEPARATION_BYTES - 1) & ~(size_t)(VELOX_SEPARATION_BYTES - 1);
}

int velox_statistics_init(void *memory, size_t memory_bytes, size_t counters,
                          velox_statistics **statistics)
{
    size_t needed_bytes = velox_statistics_bytes(counters);
    if (needed_bytes == 0 || memory_bytes < needed_bytes || memory == NULL ||
        (uintptr_t)memory % VELOX_SEPARATION_BYTES != 0)
        return -EINVAL;
    velox_statistics *made = memory;
    made->counters = counters;
    velox_statistics_reset(made);
    *statistics = made;
    return 0;
}

int velox_statistics_create(size_t counters, velox_statistics **statistics)
{
    size_t bytes = velox_statistics_bytes(counters);
    if (bytes == 0)
        return -EINVAL;
    void *memory = aligned_alloc(VELOX_SEPARATION_BYTES, bytes);
    if (memory == NULL)
        return -ENOMEM;
    return velox_statistics_init(memory, bytes, counters, statistics);
}

void velox_statistics_free(velox_statistics *statistics)
{
    free(statistics);
}

void velox_statistics_add(velox_statistics *statistics, size_t counter, uint64_t amount)
{
    assert(counter < statistics->counters);
    atomic_fetch_add_explicit(&statistics->slots[counter].count, amount, memory_order_relaxed);
}

uint64_t velox_statistics_read(const velox_statistics *statistics, size_t counter)
{
    assert(counter < statistics->counters);
    return atomic_load_explicit(&statistics->slots[counter].count, memory_order_relaxed);
}

void velox_statistics_reset(velox_statistics *statistics)
{
    for (size_t i = 0; i < statistics->counters; i++)
        atomic_store_explicit(&statistics->slots[i].count, 0, memory_order_relaxed);
}
