/* What is not on the recording path of a histogram: life, merging, quantiles, rebuilding. */
#include "histogram.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

static_assert(256 + (41 - 8) * 128 + ((VELOX_HISTOGRAM_MAX_NS >> 34) - 128) ==
                  VELOX_HISTOGRAM_OVERFLOW_BUCKET - 1,
              "the bucket before the last is the one that holds an hour");

static void store(_Atomic uint64_t *number, uint64_t value)
{
    atomic_store_explicit(number, value, memory_order_relaxed);
}

/* Pairs with the release in velox_histogram_record_n(). */
static uint64_t load_bucket(const velox_histogram *histogram, size_t bucket)
{
    return atomic_load_explicit(&histogram->buckets[bucket], memory_order_acquire);
}

static uint64_t saturated_sum(uint64_t a, uint64_t b)
{
    uint64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

static void include_range(velox_histogram *histogram, uint64_t min_ns, uint64_t max_ns)
{
    if (min_ns < velox_histogram_load(&histogram->min_ns))
        store(&histogram->min_ns, min_ns);
    if (max_ns > velox_histogram_load(&histogram->max_ns))
        store(&histogram->max_ns, max_ns);
}

void velox_histogram_init(velox_histogram *histogram)
{
    store(&histogram->count, 0);
    store(&histogram->sum_ns, 0);
    store(&histogram->min_ns, UINT64_MAX);
    store(&histogram->max_ns, 0);
    for (size_t bucket = 0; bucket < VELOX_HISTOGRAM_BUCKETS; bucket++)
        store(&histogram->buckets[bucket], 0);
}

int velox_histogram_create(velox_histogram **histogram)
{
    velox_histogram *made = malloc(sizeof *made);
    if (made == NULL)
        return -ENOMEM;
    velox_histogram_init(made);
    *histogram = made;
    return 0;
}

void velox_histogram_free(velox_histogram *histogram)
{
    free(histogram);
}

void velox_histogram_merge(velox_histogram *into, const velox_histogram *from)
{
    /*
     * The count is that of the buckets taken over, not the field of `from`, which may be ahead of
     * or behind them: then `into` agrees with itself. The range is read after the buckets, to cover
     * them, and stored before, as in recording.
     */
    uint64_t taken[VELOX_HISTOGRAM_BUCKETS];
    uint64_t count = 0;
    for (size_t bucket = 0; bucket < VELOX_HISTOGRAM_BUCKETS; bucket++) {
        taken[bucket] = load_bucket(from, bucket);
        count = saturated_sum(count, taken[bucket]);
    }
    if (count == 0)
        return;

    include_range(into, velox_histogram_load(&from->min_ns), velox_histogram_load(&from->max_ns));
    store(&into->sum_ns,
          saturated_sum(velox_histogram_load(&into->sum_ns), velox_histogram_load(&from->sum_ns)));
    store(&into->count, saturated_sum(velox_histogram_load(&into->count), count));
    for (size_t bucket = 0; bucket < VELOX_HISTOGRAM_BUCKETS; bucket++) {
        if (taken[bucket] == 0)
            continue;
        uint64_t before = velox_histogram_load(&into->buckets[bucket]);
        atomic_store_explicit(&into->buckets[bucket], saturated_sum(before, taken[bucket]),
                              memory_order_release);
    }
}

/* How many of `count` recordings make up the share q, at least 1. */
static uint64_t nearest_rank(double q, uint64_t count)
{
    double exact = q * (double)count;
    uint64_t rank = (uint64_t)exact;
    /*
     * 0.07 * 100 is a little more than 7 in binary, which must not become rank 8: a fraction this
     * small is rounding.
     */
    if (exact - (double)rank > exact * 1e-12)
        rank++;
    if (rank > count)
        return count;
    return rank > 0 ? rank : 1;
}

uint64_t velox_histogram_quantile(const velox_histogram *histogram, double q)
{
    if (!(q > 0.0))
        return velox_histogram_min(histogram);
    if (q >= 1.0)
        return velox_histogram_max(histogram);

    uint64_t count = 0;
    for (size_t bucket = 0; bucket < VELOX_HISTOGRAM_BUCKETS; bucket++)
        count = saturated_sum(count, load_bucket(histogram, bucket));
    if (count == 0)
        return 0;

    /* Counts only grow, so the second pass gets to the rank even while another thread records. */
    uint64_t rank = nearest_rank(q, count);
    uint64_t passed = 0;
    size_t bucket = 0;
    for (; bucket < VELOX_HISTOGRAM_OVERFLOW_BUCKET; bucket++) {
        passed = saturated_sum(passed, load_bucket(histogram, bucket));
        if (passed >= rank)
            break;
    }

    uint64_t highest_ns = bucket == VELOX_HISTOGRAM_OVERFLOW_BUCKET - 1
                              ? VELOX_HISTOGRAM_MAX_NS
                              : velox_histogram_bucket_highest(bucket);
    uint64_t max_ns = velox_histogram_max(histogram);
    return highest_ns < max_ns ? highest_ns : max_ns;
}

bool velox_histogram_next_bucket(const velox_histogram *histogram, size_t *cursor,
                                 uint64_t *lowest_ns, uint64_t *count)
{
    while (*cursor < VELOX_HISTOGRAM_BUCKETS) {
        size_t bucket = (*cursor)++;
        uint64_t found = load_bucket(histogram, bucket);
        if (found > 0) {
            *lowest_ns = velox_histogram_bucket_lowest(bucket);
            *count = found;
            return true;
        }
    }
    return false;
}

void velox_histogram_split(const velox_histogram *histogram, const uint64_t *edges_ns,
                           size_t edge_count, uint64_t *counts)
{
    for (size_t i = 0; i <= edge_count; i++)
        counts[i] = 0;
    size_t cursor = 0;
    uint64_t lowest_ns, count;
    while (velox_histogram_next_bucket(histogram, &cursor, &lowest_ns, &count)) {
        uint64_t highest_ns = velox_histogram_bucket_highest(velox_histogram_bucket_of(lowest_ns));
        uint64_t max_ns = velox_histogram_max(histogram); /* after the bucket: it then covers it */
        uint64_t ns = highest_ns < max_ns ? highest_ns : max_ns;
        size_t place = edge_count;
        while (place > 0 && ns < edges_ns[place - 1])
            place--;
        counts[place] = saturated_sum(counts[place], count);
    }
}

int velox_histogram_add(velox_histogram *histogram, uint64_t lowest_ns, uint64_t count)
{
    uint64_t total;
    if (__builtin_add_overflow(velox_histogram_load(&histogram->count), count, &total))
        return -EOVERFLOW;
    if (count == 0)
        return 0;

    velox_histogram_record_n(histogram, lowest_ns, count);
    return 0;
}

int velox_histogram_restore(velox_histogram *histogram, uint64_t min_ns, uint64_t max_ns,
                            uint64_t sum_ns)
{
    size_t min_bucket = velox_histogram_bucket_of(velox_histogram_load(&histogram->min_ns));
    size_t max_bucket = velox_histogram_bucket_of(velox_histogram_load(&histogram->max_ns));
    if (velox_histogram_count(histogram) == 0 || min_ns > max_ns ||
        velox_histogram_bucket_of(min_ns) != min_bucket ||
        velox_histogram_bucket_of(max_ns) != max_bucket)
        return -EINVAL;
    store(&histogram->min_ns, min_ns);
    store(&histogram->max_ns, max_ns);
    store(&histogram->sum_ns, sum_ns);
    return 0;
}
