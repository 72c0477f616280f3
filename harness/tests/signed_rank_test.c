/* The signed rank test and its interval: against published tables, by hand, and by properties. */
#include "test_near.h"

#include "runner/signed_rank.h"
#include "test_memory.h"
#include "test_normal.h"

#include <errno.h>

static vb_signed_rank made_of(const double *values, size_t count)
{
    vb_signed_rank made;
    assert_int_equal(vb_signed_rank_make(values, count, &made), 0);
    return made;
}

/* 1, 2, ... count: the means of two are easy to count. */
static vb_signed_rank made_of_numbers(size_t count)
{
    double values[VB_SIGNED_RANK_MAX];
    for (size_t i = 0; i < count; i++)
        values[i] = (double)(i + 1);
    return made_of(values, count);
}

/* F. Wilcoxon and R. A. Wilcox, "Some Rapid Approximate Statistical Procedures", 1964, table 2: the
 * largest rank sums that are significant at these levels, two-sided; -1: none is. */
static void rank_sums_are_significant_as_published(void **state)
{
    (void)state;
    static const double levels[] = {0.1, 0.05, 0.02, 0.01};
    static const struct {
        size_t count;
        int critical[4];
    } published[] = {
        {4, {-1, -1, -1, -1}},  {5, {0, -1, -1, -1}},   {6, {2, 0, -1, -1}},
        {7, {3, 2, 0, -1}},     {8, {5, 3, 1, 0}},      {9, {8, 5, 3, 1}},
        {10, {10, 8, 5, 3}},    {11, {13, 10, 7, 5}},   {12, {17, 13, 9, 7}},
        {16, {35, 29, 23, 19}}, {20, {60, 52, 43, 37}}, {25, {100, 89, 76, 68}},
    };
    for (size_t i = 0; i < sizeof published / sizeof *published; i++) {
        vb_signed_rank made = made_of_numbers(published[i].count);
        for (size_t k = 0; k < 4; k++) {
            double low, high;
            const int critical = published[i].critical[k];
            vb_signed_rank_interval(&made, levels[k], &low, &high);
            if (critical < 0) {
                assert_true(low == -INFINITY && high == INFINITY);
                continue;
            }
            assert_near(low, made.means[critical], 0);
            assert_near(high, made.means[made.mean_count - 1 - (size_t)critical], 0);
        }
        vb_signed_rank_free(&made);
    }
}

/* Of the eight signs of three ranks one gives each sum but 3, which 1 + 2 gives, too. */
static void probabilities_are_those_counted_by_hand(void **state)
{
    (void)state;
    static const double eighths[] = {1, 1, 1, 2, 1, 1, 1};
    vb_signed_rank made = made_of_numbers(3);
    assert_int_equal(made.mean_count, 6);
    for (size_t sum = 0; sum <= 6; sum++)
        assert_near(made.probabilities[sum], eighths[sum] / 8, 0);
    vb_signed_rank_free(&made);
}

static void probabilities_add_up_to_one_and_are_symmetrical(void **state)
{
    (void)state;
    static const size_t counts[] = {1, 2, 5, 30, 100, VB_SIGNED_RANK_MAX};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        vb_signed_rank made = made_of_numbers(counts[i]);
        double total = 0;
        for (size_t sum = 0; sum <= made.mean_count; sum++) {
            total += made.probabilities[sum];
            assert_near(made.probabilities[sum], made.probabilities[made.mean_count - sum],
                        1e-12 * made.probabilities[sum]);
        }
        assert_near(total, 1, 1e-12);
        vb_signed_rank_free(&made);
    }
}

/* Of 1, 2, 4 and 9 the means of two are 1 1.5 2 2.5 3 4 5 5.5 6.5 9: the middle is (3 + 4) / 2. */
static void estimate_is_the_median_of_the_means_of_two(void **state)
{
    (void)state;
    vb_signed_rank made = made_of((const double[]){9, 1, 4, 2}, 4);
    assert_int_equal(made.mean_count, 10);
    assert_near(vb_signed_rank_estimate(&made), 3.5, 1e-15);
    vb_signed_rank_free(&made);
    made = made_of((const double[]){1, 2, 9}, 3); /* 1 1.5 2 5 5.5 9 */
    assert_near(vb_signed_rank_estimate(&made), 3.5, 1e-15);
    vb_signed_rank_free(&made);
}

static void one_value_is_its_own_estimate_and_has_no_interval(void **state)
{
    (void)state;
    double low, high;
    vb_signed_rank made = made_of((const double[]){-7}, 1);
    assert_near(vb_signed_rank_estimate(&made), -7, 0);
    vb_signed_rank_interval(&made, 0.99, &low, &high);
    assert_true(low == -INFINITY && high == INFINITY);
    assert_near(vb_signed_rank_p_value(&made, 0), 1, 0);
    vb_signed_rank_free(&made);
}

/* Of `count` values the strictest level is 2 / 2^count: that all have one sign. */
static void fewer_values_than_a_level_needs_have_no_interval(void **state)
{
    (void)state;
    for (size_t count = 2; count <= 40; count++) {
        const double strictest = ldexp(2, -(int)count);
        double low, high;
        vb_signed_rank made = made_of_numbers(count);
        vb_signed_rank_interval(&made, strictest, &low, &high);
        assert_near(low, 1, 0);
        assert_near(high, (double)count, 0);
        vb_signed_rank_interval(&made, nextafter(strictest, 0), &low, &high);
        assert_true(low == -INFINITY && high == INFINITY);
        assert_near(vb_signed_rank_p_value(&made, 0), strictest, 0);
        vb_signed_rank_free(&made);
    }
}

static void equal_values_are_their_estimate_and_their_interval(void **state)
{
    (void)state;
    double values[20], low, high;
    for (size_t i = 0; i < 20; i++)
        values[i] = 0.25;
    vb_signed_rank made = made_of(values, 20);
    vb_signed_rank_interval(&made, 0.01, &low, &high);
    assert_near(vb_signed_rank_estimate(&made), 0.25, 0);
    assert_near(low, 0.25, 0);
    assert_near(high, 0.25, 0);
    assert_near(vb_signed_rank_p_value(&made, 0), 2 / 1048576.0, 0);
    vb_signed_rank_free(&made);
}

/* A zero speaks for neither side: the test is cautious. */
static void values_of_zero_make_nothing_certain(void **state)
{
    (void)state;
    double values[12] = {0};
    vb_signed_rank made = made_of(values, 12);
    assert_near(vb_signed_rank_p_value(&made, 0), 1, 0);
    vb_signed_rank_free(&made);
    for (size_t i = 0; i < 12; i++)
        values[i] = i < 6 ? 0 : 1;
    made = made_of(values, 12);
    double low, high;
    vb_signed_rank_interval(&made, 0.05, &low, &high);
    assert_true(low <= 0);
    assert_true(vb_signed_rank_p_value(&made, 0) > 0.05);
    vb_signed_rank_free(&made);
}

static void wild_values_count_by_rank_not_by_size(void **state)
{
    (void)state;
    double values[20], low, high, wild_low, wild_high;
    for (size_t i = 0; i < 20; i++)
        values[i] = (double)i;
    vb_signed_rank tame = made_of(values, 20);
    values[19] = 1e300; /* half of which, and half of which again, is still a number */
    vb_signed_rank wild = made_of(values, 20);
    vb_signed_rank_interval(&tame, 0.01, &low, &high);
    vb_signed_rank_interval(&wild, 0.01, &wild_low, &wild_high);
    assert_near(wild_low, low, 1);
    assert_near(wild_high, high, 2.5);
    assert_near(vb_signed_rank_estimate(&wild), vb_signed_rank_estimate(&tame), 1);
    assert_near(vb_signed_rank_p_value(&wild, 0), vb_signed_rank_p_value(&tame, 0), 0);
    vb_signed_rank_free(&tame);
    vb_signed_rank_free(&wild);
}

/* Whatever the values, and however many of them are equal. */
static void p_value_is_at_most_the_level_where_the_interval_leaves_out_0(void **state)
{
    (void)state;
    static const double levels[] = {1e-5, 1e-3, 0.01, 0.05, 0.3};
    uint64_t random = 5;
    int excluding = 0, including = 0;
    for (int i = 0; i < 4000; i++) {
        double values[40];
        const size_t count = 1 + random_below(&random, 40);
        const double middle = 0.4 * random_normal(&random);
        for (size_t k = 0; k < count; k++) {
            values[k] = middle + random_normal(&random);
            if (i % 2)
                values[k] = round(2 * values[k]) / 2;
        }
        const double margin = i % 3 ? 0 : 0.25;
        vb_signed_rank made = made_of(values, count);
        for (size_t k = 0; k < sizeof levels / sizeof *levels; k++) {
            double low, high;
            vb_signed_rank_interval(&made, levels[k], &low, &high);
            const bool excluded = low > margin || high < -margin;
            assert_int_equal(excluded, vb_signed_rank_p_value(&made, margin) <= levels[k]);
            excluding += excluded;
            including += !excluded;
        }
        vb_signed_rank_free(&made);
    }
    assert_true(excluding > 1000 && including > 1000);
}

static void moved_and_mirrored_values_move_and_mirror_all(void **state)
{
    (void)state;
    uint64_t random = 6;
    double values[30], mirrored[30], low, high, other_low, other_high;
    for (size_t i = 0; i < 30; i++) {
        values[i] = random_normal(&random);
        mirrored[29 - i] = 3 - values[i];
    }
    vb_signed_rank made = made_of(values, 30), mirror = made_of(mirrored, 30);
    vb_signed_rank_interval(&made, 0.01, &low, &high);
    vb_signed_rank_interval(&mirror, 0.01, &other_low, &other_high);
    assert_near(other_low, 3 - high, 1e-12);
    assert_near(other_high, 3 - low, 1e-12);
    assert_near(vb_signed_rank_estimate(&mirror), 3 - vb_signed_rank_estimate(&made), 1e-12);
    vb_signed_rank_free(&made);
    vb_signed_rank_free(&mirror);
}

/* By the normal approximation, which is good for so many: mean 16448, standard deviation 1187. */
static void as_many_values_as_are_allowed_are_judged(void **state)
{
    (void)state;
    double low, high;
    vb_signed_rank made = made_of_numbers(VB_SIGNED_RANK_MAX);
    size_t beyond = 0;
    vb_signed_rank_interval(&made, 0.01, &low, &high);
    while (made.means[beyond] < low)
        beyond++;
    assert_near((double)beyond, 16448 - 2.5758 * 1187, 300); /* ties lie on the edge */
    assert_near(vb_signed_rank_estimate(&made), 128.5, 0);
    assert_true(vb_signed_rank_p_value(&made, 0) < 1e-70);
    vb_signed_rank_free(&made);
}

/* Of symmetrical values, however heavy their tails; at so strict a level as a share of a run's. */
static void interval_misses_the_middle_as_seldom_as_it_says(void **state)
{
    (void)state;
    enum { SIMULATIONS = 20000 };
    static const double level = 0.01;
    uint64_t random = 7;
    int missed = 0;
    for (int i = 0; i < SIMULATIONS; i++) {
        double values[16], low, high;
        for (size_t k = 0; k < 16; k++)
            values[k] = random_heavy(&random);
        vb_signed_rank made = made_of(values, 16);
        vb_signed_rank_interval(&made, level, &low, &high);
        missed += low > 0 || high < 0;
        vb_signed_rank_free(&made);
    }
    /* of 16 values 0.92 % miss: 142 to 230 in all but one of a thousand seeds (binomial limits) */
    assert_in_range(missed, 142, 230);
}

static void running_out_of_memory_is_told_and_leaks_nothing(void **state)
{
    (void)state;
    vb_signed_rank made;
    for (long allowed = 0; allowed < 2; allowed++) {
        fail_allocation_after(allowed);
        assert_int_equal(vb_signed_rank_make((const double[]){1, 2}, 2, &made), -ENOMEM);
        assert_true(allocation_has_failed());
        vb_signed_rank_free(&made);
        vb_signed_rank_free(&made); /* a second time */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rank_sums_are_significant_as_published),
        cmocka_unit_test(probabilities_are_those_counted_by_hand),
        cmocka_unit_test(probabilities_add_up_to_one_and_are_symmetrical),
        cmocka_unit_test(estimate_is_the_median_of_the_means_of_two),
        cmocka_unit_test(one_value_is_its_own_estimate_and_has_no_interval),
        cmocka_unit_test(fewer_values_than_a_level_needs_have_no_interval),
        cmocka_unit_test(equal_values_are_their_estimate_and_their_interval),
        cmocka_unit_test(values_of_zero_make_nothing_certain),
        cmocka_unit_test(wild_values_count_by_rank_not_by_size),
        cmocka_unit_test(p_value_is_at_most_the_level_where_the_interval_leaves_out_0),
        cmocka_unit_test(moved_and_mirrored_values_move_and_mirror_all),
        cmocka_unit_test(as_many_values_as_are_allowed_are_judged),
        cmocka_unit_test(interval_misses_the_middle_as_seldom_as_it_says),
        cmocka_unit_test(running_out_of_memory_is_told_and_leaks_nothing),
    };
    return cmocka_run_group_tests_name("signed_rank", tests, NULL, NULL);
}
