/* The histogram: error bound, quantiles, merging, rebuilding, reading while a thread writes. */
#include "test_cmocka.h"
#include "test_random.h"

#include "instruments/histogram.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

void *__real_malloc(size_t bytes);
void *__wrap_malloc(size_t bytes);

static bool allocation_fails;

void *__wrap_malloc(size_t bytes)
{
    return allocation_fails ? NULL : __real_malloc(bytes);
}

static velox_histogram *make_histogram(void)
{
    velox_histogram *histogram = NULL;
    assert_int_equal(velox_histogram_create(&histogram), 0);
    return histogram;
}

/* From 1 ns to one hour, each power of two as likely as another. */
static uint64_t random_duration_ns(uint64_t *random)
{
    uint64_t magnitude = UINT64_C(1) << random_below(random, 42);
    uint64_t ns = magnitude + random_below(random, magnitude);
    return ns <= VELOX_HISTOGRAM_MAX_NS ? ns : VELOX_HISTOGRAM_MAX_NS;
}

static int compare_ns(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

static void assert_same_histogram(const velox_histogram *a, const velox_histogram *b)
{
    assert_int_equal(velox_histogram_count(a), velox_histogram_count(b));
    assert_int_equal(velox_histogram_sum(a), velox_histogram_sum(b));
    assert_int_equal(velox_histogram_min(a), velox_histogram_min(b));
    assert_int_equal(velox_histogram_max(a), velox_histogram_max(b));
    assert_int_equal(velox_histogram_overflow(a), velox_histogram_overflow(b));
    for (size_t bucket = 0; bucket < VELOX_HISTOGRAM_BUCKETS; bucket++)
        assert_int_equal(a->buckets[bucket], b->buckets[bucket]);
}

static void create_reports_a_failed_allocation(void **state)
{
    (void)state;
    velox_histogram *histogram = NULL;
    allocation_fails = true;
    int result = velox_histogram_create(&histogram);
    allocation_fails = false;
    assert_int_equal(result, -ENOMEM);
    assert_null(histogram);
}

static void free_accepts_null(void **state)
{
    (void)state;
    velox_histogram_free(NULL);
}

static void empty_histogram_reports_zero(void **state)
{
    (void)state;
    velox_histogram *histogram = make_histogram();
    size_t cursor = 0;
    uint64_t lowest_ns, count;
    assert_int_equal(velox_histogram_count(histogram), 0);
    assert_int_equal(velox_histogram_min(histogram), 0);
    assert_int_equal(velox_histogram_max(histogram), 0);
    assert_true(velox_histogram_mean(histogram) == 0.0);
    assert_int_equal(velox_histogram_quantile(histogram, 0.0), 0);
    assert_int_equal(velox_histogram_quantile(histogram, 0.5), 0);
    assert_int_equal(velox_histogram_quantile(histogram, 1.0), 0);
    assert_false(velox_histogram_next_bucket(histogram, &cursor, &lowest_ns, &count));
    velox_histogram_free(histogram);
}

static void buckets_follow_each_other_without_gap_or_overlap(void **state)
{
    (void)state;
    assert_int_equal(velox_histogram_bucket_lowest(0), 0);
    for (size_t bucket = 0; bucket < VELOX_HISTOGRAM_OVERFLOW_BUCKET; bucket++) {
        uint64_t lowest_ns = velox_histogram_bucket_lowest(bucket);
        uint64_t highest_ns = velox_histogram_bucket_highest(bucket);
        assert_true(highest_ns >= lowest_ns);
        assert_int_equal(velox_histogram_bucket_of(lowest_ns), bucket);
        assert_int_equal(velox_histogram_bucket_of(highest_ns), bucket);
        assert_int_equal(velox_histogram_bucket_of(highest_ns + 1), bucket + 1);
        assert_int_equal(velox_histogram_bucket_lowest(bucket + 1), highest_ns + 1);
        assert_true((highest_ns - lowest_ns) * 128 < lowest_ns || highest_ns == lowest_ns);
    }
    assert_int_equal(velox_histogram_bucket_of(UINT64_MAX), VELOX_HISTOGRAM_OVERFLOW_BUCKET);
    assert_int_equal(velox_histogram_bucket_highest(VELOX_HISTOGRAM_OVERFLOW_BUCKET), UINT64_MAX);
}

static void any_duration_up_to_an_hour_is_reported_within_one_128th(void **state)
{
    (void)state;
    velox_histogram *histogram = make_histogram();
    uint64_t random = 2;
    for (int round = 0; round < 2000; round++) {
        /* Three values, so that the middle one is not covered by the exact minimum or maximum. */
        uint64_t value_ns = random_duration_ns(&random);
        velox_histogram_init(histogram);
        velox_histogram_record(histogram, 0);
        velox_histogram_record(histogram, value_ns);
        velox_histogram_record(histogram, UINT64_MAX);
        uint64_t reported_ns = velox_histogram_quantile(histogram, 0.5);
        assert_true(reported_ns >= value_ns);
        assert_true((reported_ns - value_ns) * 128 < value_ns || reported_ns == value_ns);
    }
    velox_histogram_free(histogram);
}

static void quantiles_match_sorted_values_within_one_128th(void **state)
{
    (void)state;
    enum { VALUES = 20011 };
    static uint64_t values_ns[VALUES];
    const double quantiles[] = {1e-9,
                                0.01,
                                0.25,
                                VELOX_HISTOGRAM_P50,
                                VELOX_HISTOGRAM_P90,
                                VELOX_HISTOGRAM_P95,
                                VELOX_HISTOGRAM_P99,
                                VELOX_HISTOGRAM_P99_9,
                                VELOX_HISTOGRAM_P99_99};
    velox_histogram *histogram = make_histogram();
    uint64_t random = 3;
    for (int i = 0; i < VALUES; i++) {
        values_ns[i] = random_duration_ns(&random);
        velox_histogram_record(histogram, values_ns[i]);
    }
    qsort(values_ns, VALUES, sizeof values_ns[0], compare_ns);

    for (size_t i = 0; i < sizeof quantiles / sizeof quantiles[0]; i++) {
        size_t rank = (size_t)(quantiles[i] * VALUES) + 1; /* no product here is a whole number */
        uint64_t exact_ns = values_ns[rank - 1];
        uint64_t reported_ns = velox_histogram_quantile(histogram, quantiles[i]);
        assert_true(reported_ns >= exact_ns);
        assert_true((reported_ns - exact_ns) * 128 <= exact_ns);
    }
    assert_int_equal(velox_histogram_quantile(histogram, 0.0), values_ns[0]);
    assert_int_equal(velox_histogram_quantile(histogram, 1.0), values_ns[VALUES - 1]);
    velox_histogram_free(histogram);
}

static void quantile_is_the_nearest_rank_despite_binary_rounding(void **state)
{
    (void)state;
    velox_histogram *histogram = make_histogram();
    for (uint64_t ns = 1; ns <= 100; ns++)
        velox_histogram_record(histogram, ns);
    for (uint64_t percent = 1; percent <= 100; percent++)
        assert_int_equal(velox_histogram_quantile(histogram, (double)percent / 100), percent);
    assert_int_equal(velox_histogram_quantile(histogram, 0.07 + 1e-6), 8);
    velox_histogram_free(histogram);
}

static void quantile_outside_of_0_to_1_gives_the_nearer_end(void **state)
{
    (void)state;
    velox_histogram *histogram = make_histogram();
    velox_histogram_record(histogram, 1000001);
    velox_histogram_record(histogram, 3000001);
    assert_int_equal(velox_histogram_quantile(histogram, -1.0), 1000001);
    assert_int_equal(velox_histogram_quantile(histogram, (double)NAN), 1000001);
    assert_int_equal(velox_histogram_quantile(histogram, 2.0), 3000001);
    velox_histogram_free(histogram);
}

static void quantile_is_never_above_the_maximum(void **state)
{
    (void)state;
    velox_histogram *histogram = make_histogram();
    velox_histogram_record(histogram, 1000001);
    assert_int_equal(velox_histogram_quantile(histogram, 0.5), 1000001);
    velox_histogram_free(histogram);
}

static void count_sum_minimum_maximum_and_mean_are_exact(void **state)
{
    (void)state;
    velox_histogram *histogram = make_histogram();
    velox_histogram_record(histogram, 1000003);
    velox_histogram_record(histogram, 777);
    velox_histogram_record(histogram, 5000000009);
    assert_int_equal(velox_histogram_count(histogram), 3);
    assert_int_equal(velox_histogram_sum(histogram), 5001000789);
    assert_int_equal(velox_histogram_min(histogram), 777);
    assert_int_equal(velox_histogram_max(histogram), 5000000009);
    assert_true(velox_histogram_mean(histogram) == 5001000789.0 / 3);
    velox_histogram_free(histogram);
}

static void more_than_an_hour_is_counted_and_reported_as_overflow(void **state)
{
    (void)state;
    velox_histogram *histogram = make_histogram();
    velox_histogram_record(histogram, VELOX_HISTOGRAM_MAX_NS);
    assert_int_equal(velox_histogram_overflow(histogram), 0);
    velox_histogram_record(histogram, VELOX_HISTOGRAM_MAX_NS + 1);
    velox_histogram_record(histogram, 9 * VELOX_HISTOGRAM_MAX_NS);
    assert_int_equal(velox_histogram_overflow(histogram), 2);
    assert_int_equal(velox_histogram_count(histogram), 3);
    assert_int_equal(velox_histogram_quantile(histogram, 0.1), VELOX_HISTOGRAM_MAX_NS);
    assert_int_equal(velox_histogram_quantile(histogram, 0.9), 9 * VELOX_HISTOGRAM_MAX_NS);
    velox_histogram_free(histogram);
}

static void sum_stays_at_its_limit_instead_of_wrapping(void **state)
{
    (void)state;
    velox_histogram *histogram = make_histogram();
    velox_histogram_record(histogram, UINT64_MAX);
    velox_histogram_record(histogram, 5);
    assert_int_equal(velox_histogram_sum(histogram), UINT64_MAX);
    velox_histogram *into = make_histogram();
    velox_histogram_record(into, 7);
    velox_histogram_merge(into, histogram);
    assert_int_equal(velox_histogram_sum(into), UINT64_MAX);
    velox_histogram_free(into);
    velox_histogram_free(histogram);
}

static void recording_several_times_equals_recording_one_by_one(void **state)
{
    (void)state;
    velox_histogram *together = make_histogram();
    velox_histogram *one_by_one = make_histogram();
    uint64_t random = 9;
    for (uint64_t times = 1; times <= 100; times++) {
        uint64_t ns = random_duration_ns(&random) + (times == 50) * VELOX_HISTOGRAM_MAX_NS;
        velox_histogram_record_n(together, ns, times);
        for (uint64_t i = 0; i < times; i++)
            velox_histogram_record(one_by_one, ns);
    }
    assert_same_histogram(together, one_by_one);
    velox_histogram_record_n(together, UINT64_MAX / 2, 3);
    assert_int_equal(velox_histogram_sum(together), UINT64_MAX);
    velox_histogram_free(one_by_one);
    velox_histogram_free(together);
}

static void merge_equals_recording_into_one(void **state)
{
    (void)state;
    velox_histogram *one = make_histogram();
    velox_histogram *merged = make_histogram();
    uint64_t random = 4;
    for (int part = 0; part < 4; part++) {
        velox_histogram *histogram = make_histogram();
        for (int i = 0; i < 5000; i++) {
            uint64_t ns = random_duration_ns(&random) + (i == 0) * VELOX_HISTOGRAM_MAX_NS;
            velox_histogram_record(one, ns);
            velox_histogram_record(histogram, ns);
        }
        velox_histogram_merge(merged, histogram);
        velox_histogram_free(histogram);
    }
    assert_same_histogram(merged, one);
    velox_histogram_free(merged);
    velox_histogram_free(one);
}

static void merge_of_an_empty_histogram_changes_nothing(void **state)
{
    (void)state;
    velox_histogram *into = make_histogram();
    velox_histogram *empty = make_histogram();
    velox_histogram *expected = make_histogram();
    velox_histogram_record(into, 5);
    velox_histogram_record(expected, 5);
    velox_histogram_merge(into, empty);
    assert_same_histogram(into, expected);
    velox_histogram_free(into);
    velox_histogram_free(empty);
    velox_histogram_free(expected);
}

static void histogram_rebuilt_from_its_buckets_equals_the_original(void **state)
{
    (void)state;
    velox_histogram *original = make_histogram();
    velox_histogram *rebuilt = make_histogram();
    uint64_t random = 5;
    for (int i = 0; i < 5000; i++)
        velox_histogram_record(original, random_duration_ns(&random));
    velox_histogram_record(original, 5 * VELOX_HISTOGRAM_MAX_NS);

    size_t cursor = 0;
    uint64_t lowest_ns, count, last_ns = 0;
    while (velox_histogram_next_bucket(original, &cursor, &lowest_ns, &count)) {
        assert_true(lowest_ns > last_ns);
        last_ns = lowest_ns;
        assert_int_equal(velox_histogram_add(rebuilt, lowest_ns, count), 0);
    }
    assert_int_equal(velox_histogram_restore(rebuilt, velox_histogram_min(original),
                                             velox_histogram_max(original),
                                             velox_histogram_sum(original)),
                     0);
    assert_same_histogram(rebuilt, original);
    velox_histogram_free(original);
    velox_histogram_free(rebuilt);
}

static void restore_refuses_a_range_that_contradicts_the_buckets(void **state)
{
    (void)state;
    velox_histogram *histogram = make_histogram();
    assert_int_equal(velox_histogram_restore(histogram, 0, 0, 0), -EINVAL);
    assert_int_equal(velox_histogram_add(histogram, 1024, 2), 0);
    assert_int_equal(velox_histogram_add(histogram, 2048, 1), 0);
    assert_int_equal(velox_histogram_restore(histogram, 1023, 2050, 1), -EINVAL);
    assert_int_equal(velox_histogram_restore(histogram, 1025, 2064, 1), -EINVAL);
    assert_int_equal(velox_histogram_restore(histogram, 2050, 1025, 1), -EINVAL);
    assert_int_equal(velox_histogram_min(histogram), 1024);
    assert_int_equal(velox_histogram_max(histogram), 2048);
    assert_int_equal(velox_histogram_sum(histogram), 4096);
    assert_int_equal(velox_histogram_restore(histogram, 1025, 2050, 4102), 0);
    assert_int_equal(velox_histogram_max(histogram), 2050);
    velox_histogram_free(histogram);
}

static void add_refuses_more_than_64_bits_of_count(void **state)
{
    (void)state;
    velox_histogram *histogram = make_histogram();
    assert_int_equal(velox_histogram_add(histogram, 10, UINT64_MAX), 0);
    assert_int_equal(velox_histogram_add(histogram, 20, 1), -EOVERFLOW);
    assert_int_equal(velox_histogram_add(histogram, 20, 0), 0);
    assert_int_equal(velox_histogram_count(histogram), UINT64_MAX);
    assert_int_equal(velox_histogram_max(histogram), 10);
    assert_int_equal(velox_histogram_sum(histogram), UINT64_MAX);
    velox_histogram_free(histogram);
}

enum { LIVE_RECORDINGS = 200000 };

static void *record_live(void *shared)
{
    uint64_t random = 6;
    for (int i = 0; i < LIVE_RECORDINGS; i++)
        velox_histogram_record(shared, random_duration_ns(&random));
    return NULL;
}

static void merge_while_another_thread_records_agrees_with_itself(void **state)
{
    (void)state;
    velox_histogram *live = make_histogram();
    velox_histogram *snapshot = make_histogram();
    pthread_t writer;
    assert_int_equal(pthread_create(&writer, NULL, record_live, live), 0);

    uint64_t count_before = 0;
    do {
        velox_histogram_init(snapshot);
        velox_histogram_merge(snapshot, live);
        uint64_t count = velox_histogram_count(snapshot);
        assert_true(count >= count_before);
        count_before = count;

        size_t cursor = 0;
        uint64_t lowest_ns, in_bucket, total = 0;
        while (velox_histogram_next_bucket(snapshot, &cursor, &lowest_ns, &in_bucket)) {
            total += in_bucket;
            assert_true(lowest_ns <= velox_histogram_max(snapshot));
            assert_true(velox_histogram_bucket_highest(velox_histogram_bucket_of(lowest_ns)) >=
                        velox_histogram_min(snapshot));
        }
        assert_int_equal(total, count);
        assert_true(velox_histogram_quantile(live, 0.5) <= velox_histogram_max(live));
        sched_yield();
    } while (count_before < LIVE_RECORDINGS);

    assert_int_equal(pthread_join(writer, NULL), 0);
    velox_histogram_free(snapshot);
    velox_histogram_free(live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(create_reports_a_failed_allocation),
        cmocka_unit_test(free_accepts_null),
        cmocka_unit_test(empty_histogram_reports_zero),
        cmocka_unit_test(buckets_follow_each_other_without_gap_or_overlap),
        cmocka_unit_test(any_duration_up_to_an_hour_is_reported_within_one_128th),
        cmocka_unit_test(quantiles_match_sorted_values_within_one_128th),
        cmocka_unit_test(quantile_is_the_nearest_rank_despite_binary_rounding),
        cmocka_unit_test(quantile_outside_of_0_to_1_gives_the_nearer_end),
        cmocka_unit_test(quantile_is_never_above_the_maximum),
        cmocka_unit_test(count_sum_minimum_maximum_and_mean_are_exact),
        cmocka_unit_test(more_than_an_hour_is_counted_and_reported_as_overflow),
        cmocka_unit_test(sum_stays_at_its_limit_instead_of_wrapping),
        cmocka_unit_test(recording_several_times_equals_recording_one_by_one),
        cmocka_unit_test(merge_equals_recording_into_one),
        cmocka_unit_test(merge_of_an_empty_histogram_changes_nothing),
        cmocka_unit_test(histogram_rebuilt_from_its_buckets_equals_the_original),
        cmocka_unit_test(restore_refuses_a_range_that_contradicts_the_buckets),
        cmocka_unit_test(add_refuses_more_than_64_bits_of_count),
        cmocka_unit_test(merge_while_another_thread_records_agrees_with_itself),
    };
    return cmocka_run_group_tests_name("histogram", tests, NULL, NULL);
}
