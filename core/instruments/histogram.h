/*
 * A histogram of durations in ns whose buckets grow with the value: exact below 256 ns, and from
 * there to one hour off by less than 1/128 (0.8 %), in 37 KiB. Values above one hour are counted
 * together, never dropped. Count, minimum, maximum and sum are exact.
 *
 * Depends on nothing else of the engine; what is printed of it is decided elsewhere.
 *
 * Thread rule: one thread at a time writes (init, record, add, restore, and the target of merge).
 * Any thread may read meanwhile (the source of merge, and all that takes it const). A reader sees a
 * state that lacks the newest recordings, and every value that it sees counted lies between the
 * minimum and the maximum that it sees. Recording is wait-free: plain loads and stores, no
 * read-modify-write, since nobody else writes. To record in many threads, give each its own and
 * merge on read.
 *
 * The bucket scheme is that of HdrHistogram (G. Tene): the exponent and the next 7 bits of a value.
 */
#ifndef VELOX_INSTRUMENTS_HISTOGRAM_H
#define VELOX_INSTRUMENTS_HISTOGRAM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The largest value with a bucket of its own size: one hour. */
#define VELOX_HISTOGRAM_MAX_NS UINT64_C(3600000000000)

/* A power of two of values is cut into 2^7 buckets: the relative error is at most 2^-7. */
#define VELOX_HISTOGRAM_SUB_BUCKET_BITS 7

/*
 * 256 exact buckets, 128 for each of the 33 powers of two from 2^8 to 2^40, 82 from 2^41 to the one
 * that holds an hour, and the last, which counts all that is longer.
 */
#define VELOX_HISTOGRAM_BUCKETS         (256 + 33 * 128 + 82 + 1)
#define VELOX_HISTOGRAM_OVERFLOW_BUCKET (VELOX_HISTOGRAM_BUCKETS - 1)

/* The quantiles that reports speak of. */
#define VELOX_HISTOGRAM_P50    0.50
#define VELOX_HISTOGRAM_P90    0.90
#define VELOX_HISTOGRAM_P95    0.95
#define VELOX_HISTOGRAM_P99    0.99
#define VELOX_HISTOGRAM_P99_9  0.999
#define VELOX_HISTOGRAM_P99_99 0.9999

typedef struct {
    _Atomic uint64_t count;
    _Atomic uint64_t sum_ns; /* stays at UINT64_MAX once it got there: 584 years */
    _Atomic uint64_t min_ns; /* UINT64_MAX while empty */
    _Atomic uint64_t max_ns;
    _Atomic uint64_t buckets[VELOX_HISTOGRAM_BUCKETS];
} velox_histogram;

/* Makes the caller's memory an empty histogram; also empties a used one. Nothing to destroy. */
void velox_histogram_init(velox_histogram *histogram);

/* The same on the heap; ends with velox_histogram_free(). 0 or -ENOMEM. */
int velox_histogram_create(velox_histogram **histogram);

/* Frees a histogram of velox_histogram_create(). NULL is allowed. */
void velox_histogram_free(velox_histogram *histogram);

/*
 * Adds all that `from` holds to `into`. Only `into` must have no other writer. A number that would
 * exceed 64 bits stays at UINT64_MAX.
 */
void velox_histogram_merge(velox_histogram *into, const velox_histogram *from);

/* Makes `to` a copy of what `from` holds at this moment, although somebody may be recording. */
static inline void velox_histogram_snapshot(velox_histogram *to, const velox_histogram *from)
{
    velox_histogram_init(to);
    velox_histogram_merge(to, from);
}

/*
 * The value that a share q of all recordings does not exceed (nearest rank), in ns. Reported is the
 * highest value of its bucket, but not more than the maximum: never less than the true quantile,
 * and more by less than 1/128 of it. q <= 0 or NaN gives the minimum, q >= 1 the maximum, both
 * exact. If the quantile lies above one hour, the maximum is all that is known, and is returned.
 * An empty histogram gives 0.
 */
uint64_t velox_histogram_quantile(const velox_histogram *histogram, double q);

/*
 * Steps through the buckets that are not empty, in ascending order. Start with *cursor = 0. Returns
 * true and the bucket's lowest value and its count, or false when there are no more.
 */
bool velox_histogram_next_bucket(const velox_histogram *histogram, size_t *cursor,
                                 uint64_t *lowest_ns, uint64_t *count);

/*
 * How many recordings lie between ascending edges: counts[0] below the first one, counts[i] from
 * edge i - 1 on and below edge i, and counts[edge_count] from the last one on. All are counted, so
 * that they add up to the count.
 *
 * An edge of 256 ns and more may lie inside a bucket. That bucket is counted above the edge, as
 * quantiles report the highest value of a bucket, too (but not more than the maximum): values less
 * than 1/128 below an edge may count as above it.
 */
void velox_histogram_split(const velox_histogram *histogram, const uint64_t *edges_ns,
                           size_t edge_count, uint64_t *counts);

/*
 * Records a value `count` times. With what velox_histogram_next_bucket() gave, this rebuilds a
 * histogram elsewhere; minimum, maximum and sum are then known only to the bucket, until
 * velox_histogram_restore(). Returns 0, or -EOVERFLOW if the total would exceed 64 bits; nothing
 * is added then.
 */
int velox_histogram_add(velox_histogram *histogram, uint64_t lowest_ns, uint64_t count);

/*
 * The last step of rebuilding: puts back the exact minimum, maximum and sum of the original.
 * Returns 0, or -EINVAL if the histogram is empty, min_ns does not fall into the first bucket in
 * use, or max_ns not into the last; nothing changes then.
 */
int velox_histogram_restore(velox_histogram *histogram, uint64_t min_ns, uint64_t max_ns,
                            uint64_t sum_ns);

static inline uint64_t velox_histogram_load(const _Atomic uint64_t *number)
{
    return atomic_load_explicit(number, memory_order_relaxed);
}

/* The bucket that counts this value. */
static inline size_t velox_histogram_bucket_of(uint64_t ns)
{
    if (ns < 256)
        return (size_t)ns;
    if (ns > VELOX_HISTOGRAM_MAX_NS)
        return VELOX_HISTOGRAM_OVERFLOW_BUCKET;
    unsigned exponent = 63u - (unsigned)__builtin_clzll(ns);
    unsigned shift = exponent - VELOX_HISTOGRAM_SUB_BUCKET_BITS;
    /* ns >> shift is 128..255; at shift 1 the first 128 of them are already in the exact part. */
    return ((size_t)shift << VELOX_HISTOGRAM_SUB_BUCKET_BITS) + (size_t)(ns >> shift);
}

/* The lowest value that this bucket counts. */
static inline uint64_t velox_histogram_bucket_lowest(size_t bucket)
{
    if (bucket < 256)
        return bucket;
    if (bucket >= VELOX_HISTOGRAM_OVERFLOW_BUCKET)
        return VELOX_HISTOGRAM_MAX_NS + 1;
    unsigned shift = (unsigned)(bucket >> VELOX_HISTOGRAM_SUB_BUCKET_BITS) - 1;
    return (uint64_t)(bucket - ((size_t)shift << VELOX_HISTOGRAM_SUB_BUCKET_BITS)) << shift;
}

/* The highest value that this bucket counts; for the last bucket UINT64_MAX. */
static inline uint64_t velox_histogram_bucket_highest(size_t bucket)
{
    return bucket >= VELOX_HISTOGRAM_OVERFLOW_BUCKET
               ? UINT64_MAX
               : velox_histogram_bucket_lowest(bucket + 1) - 1;
}

/* Counts a duration that came n times, at least once; the total must stay below 2^64. */
static inline void velox_histogram_record_n(velox_histogram *histogram, uint64_t ns, uint64_t n)
{
    uint64_t sum_ns;
    if (__builtin_mul_overflow(ns, n, &sum_ns) ||
        __builtin_add_overflow(sum_ns, velox_histogram_load(&histogram->sum_ns), &sum_ns))
        sum_ns = UINT64_MAX;
    atomic_store_explicit(&histogram->sum_ns, sum_ns, memory_order_relaxed);
    if (ns < velox_histogram_load(&histogram->min_ns))
        atomic_store_explicit(&histogram->min_ns, ns, memory_order_relaxed);
    if (ns > velox_histogram_load(&histogram->max_ns))
        atomic_store_explicit(&histogram->max_ns, ns, memory_order_relaxed);
    uint64_t count = velox_histogram_load(&histogram->count) + n;
    atomic_store_explicit(&histogram->count, count, memory_order_relaxed);
    /* Release, and last: who sees the value counted sees a minimum and maximum that include it. */
    _Atomic uint64_t *bucket = &histogram->buckets[velox_histogram_bucket_of(ns)];
    atomic_store_explicit(bucket, velox_histogram_load(bucket) + n, memory_order_release);
}

/* Counts one duration. */
static inline void velox_histogram_record(velox_histogram *histogram, uint64_t ns)
{
    velox_histogram_record_n(histogram, ns, 1);
}

static inline uint64_t velox_histogram_count(const velox_histogram *histogram)
{
    return velox_histogram_load(&histogram->count);
}

/* How many recordings were above VELOX_HISTOGRAM_MAX_NS. They are part of the count. */
static inline uint64_t velox_histogram_overflow(const velox_histogram *histogram)
{
    return velox_histogram_load(&histogram->buckets[VELOX_HISTOGRAM_OVERFLOW_BUCKET]);
}

/* The smallest recorded value in ns; 0 if there is none. */
static inline uint64_t velox_histogram_min(const velox_histogram *histogram)
{
    uint64_t min_ns = velox_histogram_load(&histogram->min_ns);
    return velox_histogram_count(histogram) > 0 ? min_ns : 0;
}

/* The largest recorded value in ns; 0 if there is none. */
static inline uint64_t velox_histogram_max(const velox_histogram *histogram)
{
    return velox_histogram_load(&histogram->max_ns);
}

/* The sum of all recorded values in ns. */
static inline uint64_t velox_histogram_sum(const velox_histogram *histogram)
{
    return velox_histogram_load(&histogram->sum_ns);
}

/* The mean in ns; 0 if there is none. */
static inline double velox_histogram_mean(const velox_histogram *histogram)
{
    uint64_t count = velox_histogram_count(histogram);
    return count > 0 ? (double)velox_histogram_sum(histogram) / (double)count : 0.0;
}

#endif
