/* The blocks that have run, and what each thread has recorded of them: lists that only grow. */
#include "measure.h"

#include <stdlib.h>
#include <string.h>

velox_clock velox_measure_clock = {
    .source = VELOX_CLOCK_MONOTONIC,
    .ns_per_tick_scaled = UINT64_C(1) << VELOX_CLOCK_SHIFT,
};

static _Atomic(velox_measure_site *) sites;

void velox_measure_use_clock(const velox_clock *clock)
{
    velox_measure_clock = *clock;
}

/* Release: who finds the site finds all of it. */
static void list(velox_measure_site *site)
{
    velox_measure_site *first = atomic_load_explicit(&sites, memory_order_relaxed);
    do
        site->next = first;
    while (!atomic_compare_exchange_weak_explicit(&sites, &first, site, memory_order_release,
                                                  memory_order_relaxed));
}

velox_measure_record *velox_measure_join(velox_measure_site *site)
{
    if (!atomic_exchange_explicit(&site->listed, true, memory_order_relaxed))
        list(site);
    velox_measure_record *made = malloc(sizeof *made);
    if (made == NULL) {
        atomic_fetch_add_explicit(&site->lost, 1, memory_order_relaxed);
        return NULL;
    }
    velox_histogram_init(&made->histogram);
    atomic_init(&made->clamped, 0);
    velox_measure_record *first = atomic_load_explicit(&site->records, memory_order_relaxed);
    do
        made->next = first;
    while (!atomic_compare_exchange_weak_explicit(&site->records, &first, made,
                                                  memory_order_release, memory_order_relaxed));
    return made;
}

/* Whether a block before this one has its name. */
static bool was_given(const velox_measure_cursor *cursor)
{
    for (const velox_measure_site *site = cursor->first; site != cursor->at; site = site->next) {
        if (strcmp(site->name, cursor->at->name) == 0)
            return true;
    }
    return false;
}

static void merge(velox_measured *into, const velox_measure_site *site)
{
    const velox_measure_record *record = atomic_load_explicit(&site->records, memory_order_acquire);
    for (; record != NULL; record = record->next) {
        velox_histogram_merge(&into->histogram, &record->histogram);
        into->clamped += atomic_load_explicit(&record->clamped, memory_order_relaxed);
    }
    into->lost += atomic_load_explicit(&site->lost, memory_order_relaxed);
}

bool velox_measure_next(velox_measure_cursor *cursor, velox_measured *measured)
{
    /* What lies behind the first is older, and was complete when that was listed. */
    if (cursor->first == NULL)
        cursor->first = cursor->at = atomic_load_explicit(&sites, memory_order_acquire);
    else
        cursor->at = cursor->at->next;
    while (cursor->at != NULL && was_given(cursor))
        cursor->at = cursor->at->next;
    if (cursor->at == NULL)
        return false;
    measured->name = cursor->at->name;
    measured->clamped = measured->lost = 0;
    velox_histogram_init(&measured->histogram);
    for (const velox_measure_site *site = cursor->at; site != NULL; site = site->next) {
        if (strcmp(site->name, measured->name) == 0)
            merge(measured, site);
    }
    return true;
}
