/* Quantiles of what a process has recorded: by hand, and against sorted samples. */
#include "test_near.h"

#include "runner/quantile.h"
#include "test_normal.h"

#include <stdlib.h>
#include <string.h>

/* `count` recordings of `ns`. */
static void record(vb_histogram *histogram, uint64_t ns, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        vb_histogram_record(histogram, ns);
}

static void quantile_is_interpolated_by_rank_within_its_bucket(void **state)
{
    (void)state;
    static const struct {
        double share, ns;
    } expected[] = {{0.1, 10.4}, {0.25, 11}, {0.5, 20 + 1 / 3.0}, {0.75, 20 + 2 / 3.0}, {0.99, 21}};
    vb_histogram *histogram;
    assert_int_equal(vb_histogram_create(&histogram), 0);
    record(histogram, 10, 25);
    record(histogram, 20, 75);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        double ns = fmin(expected[i].ns, 20); /* nothing longer was recorded */
        assert_near(vb_quantile_ns(histogram, expected[i].share), ns, 1e-9);
    }
    record(histogram, 1000, 1); /* now something was */
    assert_near(vb_quantile_ns(histogram, 0.5), 20 + (50.5 - 25) / 75, 1e-9);
    vb_histogram_free(histogram);
}

/* The bucket of 1024 is 8 ns wide. */
static void wide_buckets_are_divided_too(void **state)
{
    (void)state;
    vb_histogram *histogram;
    assert_int_equal(vb_histogram_create(&histogram), 0);
    record(histogram, 1025, 1);
    record(histogram, 1027, 2);
    record(histogram, 1030, 1);
    assert_near(vb_quantile_ns(histogram, 0.5), 1028, 1e-8);
    assert_near(vb_quantile_ns(histogram, 0.01), 1025, 0); /* the least that was recorded */
    assert_near(vb_quantile_ns(histogram, 0.99), 1030, 0); /* and the most */
    vb_histogram_free(histogram);
}

static void steps_are_as_wide_as_buckets(void **state)
{
    (void)state;
    static const struct {
        double ns, step;
    } expected[] = {{1, 1},   {20.7, 1}, {255.9, 1},  {256, 2},       {511.9, 2},
                    {512, 4}, {1025, 8}, {1e6, 4096}, {1e12, 0x1p32}, {7.2e12, 7.2e12}};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        assert_near(vb_quantile_step_ns(expected[i].ns), expected[i].step, 0);
}

static void quantile_is_known_where_twenty_values_lie_beyond_it(void **state)
{
    (void)state;
    static const struct {
        uint64_t count;
        int known; /* how many of the three */
    } expected[] = {{39, 0}, {40, 1}, {1999, 1}, {2000, 2}, {19999, 2}, {20000, 3}};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        vb_histogram *histogram;
        double found[VB_QUANTILES];
        assert_int_equal(vb_histogram_create(&histogram), 0);
        record(histogram, 500, expected[i].count);
        vb_quantiles_take(histogram, found);
        for (int k = 0; k < VB_QUANTILES; k++)
            assert_near(found[k], k < expected[i].known ? 500 : 0, 0);
        vb_histogram_free(histogram);
    }
}

static void process_that_recorded_nothing_has_no_quantiles(void **state)
{
    (void)state;
    double found[VB_QUANTILES] = {1, 1, 1};
    vb_quantiles_take(NULL, found);
    for (int k = 0; k < VB_QUANTILES; k++)
        assert_near(found[k], 0, 0);
}

static void quantile_of_no_time_is_the_least_that_a_clock_tells(void **state)
{
    (void)state;
    vb_histogram *histogram;
    double found[VB_QUANTILES];
    assert_int_equal(vb_histogram_create(&histogram), 0);
    record(histogram, 0, 30000);
    vb_quantiles_take(histogram, found);
    for (int k = 0; k < VB_QUANTILES; k++)
        assert_near(found[k], 1, 0);
    vb_histogram_free(histogram);
}

static void what_is_longer_than_an_hour_has_quantiles_as_well(void **state)
{
    (void)state;
    const uint64_t hours_ns = 3 * VELOX_HISTOGRAM_MAX_NS;
    vb_histogram *histogram;
    assert_int_equal(vb_histogram_create(&histogram), 0);
    record(histogram, hours_ns, 10);
    assert_near(vb_quantile_ns(histogram, 0.5), (double)hours_ns, 0);
    vb_histogram_free(histogram);
}

static int by_size(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return a < b ? -1 : a > b;
}

/* Whatever the values are, it lies in the bucket of the one that has its rank. */
static void quantile_is_within_a_bucket_of_the_sorted_value(void **state)
{
    (void)state;
    enum { ROUNDS = 300, VALUES_MAX = 3000 };
    static uint64_t values[VALUES_MAX];
    uint64_t random = 5;
    for (int round = 0; round < ROUNDS; round++) {
        const size_t count = 1 + random_below(&random, VALUES_MAX);
        const double middle = (double)(1 + random_below(&random, 1000000));
        const double width = (double)random_below(&random, 300) / 100;
        vb_histogram *histogram;
        double before = 0;
        assert_int_equal(vb_histogram_create(&histogram), 0);
        for (size_t i = 0; i < count; i++) {
            values[i] = (uint64_t)(middle * exp(width * random_normal(&random)));
            vb_histogram_record(histogram, values[i]);
        }
        qsort(values, count, sizeof *values, by_size);
        for (double share = 0.005; share < 1; share += 0.005) {
            const size_t rank = (size_t)ceil(share * (double)count - 1e-9);
            const uint64_t value = values[rank > 0 ? rank - 1 : 0];
            const double lowest = (double)vb_histogram_bucket_lowest(vb_histogram_bucket_of(value));
            const double found = vb_quantile_ns(histogram, share);
            assert_between(found, lowest - 1e-6,
                           lowest + vb_quantile_step_ns((double)value) + 1e-6);
            assert_between(found, (double)values[0], (double)values[count - 1]);
            assert_true(found >= before);
            before = found;
        }
        vb_histogram_free(histogram);
    }
}

/* Values that lie evenly are told much better than to a bucket: those here are 32 to 64 ns wide. */
static void even_values_are_told_better_than_to_a_bucket(void **state)
{
    (void)state;
    vb_histogram *histogram;
    assert_int_equal(vb_histogram_create(&histogram), 0);
    for (uint64_t ns = 4096; ns < 12288; ns++)
        vb_histogram_record(histogram, ns);
    for (double share = 0.01; share < 1; share += 0.01)
        assert_near(vb_quantile_ns(histogram, share), 4096 + share * 8192, 1e-6);
    vb_histogram_free(histogram);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantile_is_interpolated_by_rank_within_its_bucket),
        cmocka_unit_test(wide_buckets_are_divided_too),
        cmocka_unit_test(steps_are_as_wide_as_buckets),
        cmocka_unit_test(quantile_is_known_where_twenty_values_lie_beyond_it),
        cmocka_unit_test(process_that_recorded_nothing_has_no_quantiles),
        cmocka_unit_test(quantile_of_no_time_is_the_least_that_a_clock_tells),
        cmocka_unit_test(what_is_longer_than_an_hour_has_quantiles_as_well),
        cmocka_unit_test(quantile_is_within_a_bucket_of_the_sorted_value),
        cmocka_unit_test(even_values_are_told_better_than_to_a_bucket),
    };
    return cmocka_run_group_tests_name("quantile", tests, NULL, NULL);
}
