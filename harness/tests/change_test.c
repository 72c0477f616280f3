/* The judge of a change: against scipy's figures, by its properties, and by simulation. */
#include "test_near.h"

#include "runner/change.h"
#include "test_normal.h"

#include <errno.h>
#include <string.h>

static const vb_change_rules plain = {.level = 0.01, .min_effect = 0.0025, .tolerance = 0.01};

static vb_change judge(const double *old_ns, size_t old_count, const double *new_ns,
                       size_t new_count, vb_change_rules rules)
{
    vb_change change;
    assert_int_equal(vb_change_judge(old_ns, old_count, new_ns, new_count, &rules, &change), 0);
    return change;
}

#define COUNT(array)           (sizeof(array) / sizeof *(array))
#define JUDGE(old, new, rules) judge(old, COUNT(old), new, COUNT(new), rules)

static const double steady[] = {100, 101, 99, 102, 98.5, 100.5, 99.5, 101.5, 100};
static const double slower[] = {103, 104, 102, 105, 101.5, 103.5, 102.5, 104.5, 103};

/* Computed with scipy 1.10: the quantile by stats.t.ppf; that ttest_ind(equal_var=False) gives
 * 1 - confidence at the interval's edge was checked with it. */
static void intervals_are_those_of_scipy(void **state)
{
    (void)state;
    static const double uneven[] = {10, 20, 15};
    static const double even[] = {12, 11, 13, 12.5, 11.5, 12.25, 12.75};
    static const double two[] = {1e6, 1.1e6}, two_more[] = {3, 3.5};
    static const double constant[] = {5, 5, 5}, rising[] = {5, 6, 7, 8};
    static const double few[] = {0.25, 0.26};
    static const double many[] = {0.125, 0.126, 0.124, 0.127, 0.123, 0.128, 0.122,
                                  0.129, 0.121, 0.13,  0.12,  0.131, 0.119, 0.132,
                                  0.118, 0.133, 0.117, 0.134, 0.116, 0.135};
    static const struct {
        const double *old;
        size_t old_count;
        const double *new;
        size_t new_count;
        double confidence, drift, estimate, low, high, visible;
    } expected[] = {
        {steady, 9, slower, 9, 0.99, 0, 0.029936923527418, 0.0140453922130181, 0.0460774977046482,
         0.0156714200729405},
        {steady, 9, slower, 9, 0.99, 0.05, 0.029936923527418, -0.0342424836066494,
         0.0983813725898806, 0.0664549910765875},
        {uneven, 3, even, 7, 0.95, 0.02, -0.159299681772231, -0.647938632490662, 1.00753928233698,
         1.38793686502814},
        {two, 2, two_more, 2, 0.99, 0, -0.999996910428097, -0.999999132536655, -0.999988996129236,
         2.56161666045583},
        {constant, 3, rising, 4, 0.9, 0.01, 0.280434349177472, -0.000940716563528441,
         0.641055891011886, 0.281640009162572},
        {few, 2, many, 20, 0.99, 0.05, -0.508268803056518, -0.658765892881819, -0.291396829907961,
         0.441037653288212},
    };
    for (size_t i = 0; i < COUNT(expected); i++) {
        vb_change_rules rules = {.level = 1 - expected[i].confidence, .drift = expected[i].drift};
        vb_change change = judge(expected[i].old, expected[i].old_count, expected[i].new,
                                 expected[i].new_count, rules);
        assert_near(change.estimate, expected[i].estimate, 1e-9);
        assert_near(change.low, expected[i].low, 1e-7);
        assert_near(change.high, expected[i].high, 1e-7);
        assert_near(change.visible, expected[i].visible, 1e-7);
    }
}

static void swapping_old_and_new_negates_the_change_of_the_logarithm(void **state)
{
    (void)state;
    const vb_change_rules rules = {.level = 0.01, .drift = 0.01, .min_effect = 0.0025};
    vb_change there = JUDGE(steady, slower, rules), back = JUDGE(slower, steady, rules);
    assert_near(log1p(there.estimate), -log1p(back.estimate), 1e-14);
    assert_near(log1p(there.low), -log1p(back.high), 1e-14);
    assert_near(log1p(there.high), -log1p(back.low), 1e-14);
    assert_near(there.visible, back.visible, 1e-14);
    assert_int_equal(there.verdict, VB_REGRESSED);
    assert_int_equal(back.verdict, VB_IMPROVED);
}

static void unit_of_time_makes_no_difference(void **state)
{
    (void)state;
    double old_ms[COUNT(steady)], new_ms[COUNT(slower)];
    for (size_t i = 0; i < COUNT(steady); i++) {
        old_ms[i] = steady[i] * 1e6;
        new_ms[i] = slower[i] * 1e6;
    }
    vb_change ns = JUDGE(steady, slower, plain), ms = JUDGE(old_ms, new_ms, plain);
    assert_near(ns.estimate, ms.estimate, 1e-13);
    assert_near(ns.low, ms.low, 1e-12);
    assert_near(ns.high, ms.high, 1e-12);
    assert_int_equal(ns.verdict, ms.verdict);
}

static void order_of_processes_makes_no_difference(void **state)
{
    (void)state;
    double reversed[COUNT(slower)];
    for (size_t i = 0; i < COUNT(slower); i++)
        reversed[i] = slower[COUNT(slower) - 1 - i];
    vb_change a = JUDGE(steady, slower, plain), b = JUDGE(steady, reversed, plain);
    assert_near(a.low, b.low, 1e-13);
    assert_near(a.high, b.high, 1e-13);
}

static void drift_widens_both_ends_by_its_logarithm(void **state)
{
    (void)state;
    vb_change narrow = JUDGE(steady, slower, plain);
    static const double drifts[] = {0.001, 0.05, 1};
    for (size_t i = 0; i < COUNT(drifts); i++) {
        vb_change_rules rules = plain;
        rules.drift = drifts[i];
        vb_change wide = JUDGE(steady, slower, rules);
        assert_near(wide.estimate, narrow.estimate, 0);
        assert_near(log1p(narrow.low) - log1p(wide.low), log1p(drifts[i]), 1e-13);
        assert_near(log1p(wide.high) - log1p(narrow.high), log1p(drifts[i]), 1e-13);
        assert_near(log1p(wide.visible) - log1p(narrow.visible), log1p(drifts[i]), 1e-13);
    }
}

static void more_confidence_is_a_wider_interval_within_which_the_other_lies(void **state)
{
    (void)state;
    vb_change_rules rules = plain;
    rules.level = 0.1;
    vb_change narrow = JUDGE(steady, slower, rules), wide = JUDGE(steady, slower, plain);
    assert_true(wide.low < narrow.low && narrow.high < wide.high);
}

/* Without spread the interval is the estimate, widened by the drift alone. */
static vb_change change_of(double old_ns, double new_ns, vb_change_rules rules)
{
    const double old[] = {old_ns, old_ns, old_ns}, new[] = {new_ns, new_ns, new_ns};
    return JUDGE(old, new, rules);
}

static void first_verdict_that_holds_is_given(void **state)
{
    (void)state;
    vb_change_rules rules = {.level = 0.01, .min_effect = 0.0025, .tolerance = 0.05};
    /* within the tolerance as well, but a sure regression is one */
    assert_int_equal(change_of(1000, 1010, rules).verdict, VB_REGRESSED);
    assert_int_equal(change_of(1000, 990, rules).verdict, VB_IMPROVED);
    /* sure, but less than the least effect */
    assert_int_equal(change_of(1000, 1002, rules).verdict, VB_EQUIVALENT);
    assert_int_equal(change_of(1000, 998, rules).verdict, VB_EQUIVALENT);
    assert_int_equal(change_of(1000, 1000, rules).verdict, VB_EQUIVALENT);
    rules.drift = 0.02;
    assert_int_equal(change_of(1000, 1010, rules).verdict, VB_EQUIVALENT);
    assert_int_equal(change_of(1000, 1021, rules).verdict, VB_REGRESSED);
    rules.tolerance = 0.025; /* -0.98 to 3.02 %: neither surely slower nor surely the same */
    assert_int_equal(change_of(1000, 1010, rules).verdict, VB_INCONCLUSIVE);
    assert_int_equal(change_of(1000, 990, rules).verdict, VB_INCONCLUSIVE);
}

static void change_that_reaches_the_least_effect_counts(void **state)
{
    (void)state;
    vb_change_rules rules = {.level = 0.01};
    rules.min_effect = change_of(1000, 1003, rules).estimate;
    assert_int_equal(change_of(1000, 1003, rules).verdict, VB_REGRESSED);
    rules.min_effect = nextafter(rules.min_effect, 1);
    assert_int_equal(change_of(1000, 1003, rules).verdict, VB_INCONCLUSIVE);

    rules.min_effect = -change_of(1000, 997, rules).estimate;
    assert_int_equal(change_of(1000, 997, rules).verdict, VB_IMPROVED);
    rules.min_effect = nextafter(rules.min_effect, 1);
    assert_int_equal(change_of(1000, 997, rules).verdict, VB_INCONCLUSIVE);
}

static void interval_that_touches_no_change_is_no_regression(void **state)
{
    (void)state;
    vb_change_rules rules = {.level = 0.01};
    vb_change change = change_of(1000, 1000, rules);
    assert_near(change.low, 0, 0);
    assert_near(change.high, 0, 0);
    assert_int_equal(change.verdict, VB_EQUIVALENT); /* even with a tolerance and an effect of 0 */
}

static void interval_that_reaches_the_tolerance_is_within_it(void **state)
{
    (void)state;
    vb_change_rules rules = {.level = 0.01, .min_effect = 1};
    rules.tolerance = change_of(1000, 1010, rules).high;
    assert_int_equal(change_of(1000, 1010, rules).verdict, VB_EQUIVALENT);
    rules.tolerance = nextafter(rules.tolerance, 0);
    assert_int_equal(change_of(1000, 1010, rules).verdict, VB_INCONCLUSIVE);

    rules.tolerance = -change_of(1000, 990, rules).low;
    assert_int_equal(change_of(1000, 990, rules).verdict, VB_EQUIVALENT);
    rules.tolerance = nextafter(rules.tolerance, 0);
    assert_int_equal(change_of(1000, 990, rules).verdict, VB_INCONCLUSIVE);
}

static void one_process_a_side_is_inconclusive(void **state)
{
    (void)state;
    const double one[] = {100}, other[] = {500};
    vb_change changes[] = {JUDGE(one, other, plain), JUDGE(one, slower, plain),
                           JUDGE(steady, other, plain)};
    for (size_t i = 0; i < COUNT(changes); i++) {
        assert_true(isnan(changes[i].low) && isnan(changes[i].high) && isnan(changes[i].visible));
        assert_int_equal(changes[i].verdict, VB_INCONCLUSIVE);
    }
    assert_near(changes[0].estimate, 4, 1e-12);
}

static void figures_that_are_no_times_are_refused(void **state)
{
    (void)state;
    const double bad[] = {0, -0.0, -1, NAN, INFINITY, -INFINITY};
    vb_change change;
    for (size_t i = 0; i < COUNT(bad); i++) {
        for (size_t k = 0; k < 3; k++) {
            double values[] = {1, 2, 3};
            values[k] = bad[i];
            assert_int_equal(vb_change_judge(values, 3, steady, 9, &plain, &change), -EDOM);
            assert_int_equal(vb_change_judge(steady, 9, values, 3, &plain, &change), -EDOM);
            assert_int_equal(vb_change_judge(values, 3, values, 3, &plain, &change), -EDOM);
        }
    }
}

static void ratio_of_more_than_a_billion_is_refused(void **state)
{
    (void)state;
    static const struct {
        double old_ns, new_ns;
        int status;
    } ratios[] = {{1, 9.9e8, 0},     {9.9e8, 1, 0},          {1, 1.1e9, -EDOM},
                  {1.1e9, 1, -EDOM}, {1e-300, 1e300, -EDOM}, {1e300, 1e-300, -EDOM}};
    for (size_t i = 0; i < COUNT(ratios); i++) {
        vb_change change;
        const double old[] = {ratios[i].old_ns}, new[] = {ratios[i].new_ns};
        assert_int_equal(vb_change_judge(old, 1, new, 1, &plain, &change), ratios[i].status);
        if (ratios[i].status == 0)
            assert_true(change.estimate > -1 && isfinite(change.estimate));
    }
}

static void every_verdict_has_a_name(void **state)
{
    (void)state;
    assert_string_equal(vb_verdict_name(VB_REGRESSED), "regressed");
    assert_string_equal(vb_verdict_name(VB_IMPROVED), "improved");
    assert_string_equal(vb_verdict_name(VB_EQUIVALENT), "equivalent");
    assert_string_equal(vb_verdict_name(VB_INCONCLUSIVE), "inconclusive");
}

typedef struct {
    size_t old_count, new_count;
    double old_spread, new_spread; /* of the logarithms */
    double (*draw)(uint64_t *random);
} design;

/* The share of simulations, in percent, whose 99 % interval holds the true change of 1 %. */
static double coverage_percent(const design *how)
{
    enum { SIMULATIONS = 20000 };
    const double truth = 0.01;
    uint64_t random = 20240607;
    int covered = 0;
    for (int i = 0; i < SIMULATIONS; i++) {
        double old[20], new[20];
        for (size_t k = 0; k < how->old_count; k++)
            old[k] = 100 * exp(how->old_spread * how->draw(&random));
        for (size_t k = 0; k < how->new_count; k++)
            new[k] = 100 * (1 + truth) * exp(how->new_spread * how->draw(&random));
        vb_change change = judge(old, how->old_count, new, how->new_count, plain);
        covered += change.low <= truth && truth <= change.high;
    }
    return 100.0 * covered / SIMULATIONS;
}

/*
 * If the coverage is 99 %, 20,000 simulations show 98.76 to 99.22 % in all but one of a thousand
 * seeds (exact binomial limits).
 */
static void interval_of_99_percent_covers_the_truth_in_99_of_100(void **state)
{
    (void)state;
    assert_between(coverage_percent(&(design){9, 9, 0.02, 0.02, random_normal}), 98.76, 99.22);
    assert_between(coverage_percent(&(design){9, 9, 0.005, 0.05, random_normal}), 98.76, 99.22);
    assert_between(coverage_percent(&(design){9, 20, 0.02, 0.02, random_normal}), 98.76, 99.22);
    assert_between(coverage_percent(&(design){3, 20, 0.01, 0.05, random_normal}), 98.76, 99.22);
}

/* Tails heavier than the normal's make the interval wider than need be: 99.46 %. */
static void interval_still_covers_where_tails_are_heavy(void **state)
{
    (void)state;
    assert_between(coverage_percent(&(design){9, 9, 0.02, 0.02, random_heavy}), 98.76, 99.7);
}

/*
 * What Welch's approximation cannot do: where three processes of one side bring most of the
 * variance, their chance agreement is taken for precision. An independent simulation with scipy
 * finds the same shares. It is why a baseline needs nine processes.
 */
static void three_processes_cover_less_than_promised(void **state)
{
    (void)state;
    assert_between(coverage_percent(&(design){3, 20, 0.02, 0.02, random_normal}), 96.8, 97.6);
    assert_between(coverage_percent(&(design){3, 20, 0.05, 0.01, random_normal}), 97.6, 98.5);
}

static void false_regressions_are_no_more_than_half_of_what_the_interval_misses(void **state)
{
    (void)state;
    enum { SIMULATIONS = 20000 };
    uint64_t random = 42;
    int regressed = 0, improved = 0;
    for (int i = 0; i < SIMULATIONS; i++) {
        double old[9], new[9];
        for (int k = 0; k < 9; k++) {
            old[k] = 100 * exp(0.02 * random_normal(&random));
            new[k] = 100 * exp(0.02 * random_normal(&random));
        }
        vb_verdict verdict = JUDGE(old, new, plain).verdict;
        regressed += verdict == VB_REGRESSED;
        improved += verdict == VB_IMPROVED;
    }
    /* 0.5 % each: 69 to 135 in all but one of a thousand seeds (exact binomial limits) */
    assert_in_range(regressed, 69, 135);
    assert_in_range(improved, 69, 135);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(intervals_are_those_of_scipy),
        cmocka_unit_test(swapping_old_and_new_negates_the_change_of_the_logarithm),
        cmocka_unit_test(unit_of_time_makes_no_difference),
        cmocka_unit_test(order_of_processes_makes_no_difference),
        cmocka_unit_test(drift_widens_both_ends_by_its_logarithm),
        cmocka_unit_test(more_confidence_is_a_wider_interval_within_which_the_other_lies),
        cmocka_unit_test(first_verdict_that_holds_is_given),
        cmocka_unit_test(change_that_reaches_the_least_effect_counts),
        cmocka_unit_test(interval_that_touches_no_change_is_no_regression),
        cmocka_unit_test(interval_that_reaches_the_tolerance_is_within_it),
        cmocka_unit_test(one_process_a_side_is_inconclusive),
        cmocka_unit_test(figures_that_are_no_times_are_refused),
        cmocka_unit_test(ratio_of_more_than_a_billion_is_refused),
        cmocka_unit_test(every_verdict_has_a_name),
        cmocka_unit_test(interval_of_99_percent_covers_the_truth_in_99_of_100),
        cmocka_unit_test(interval_still_covers_where_tails_are_heavy),
        cmocka_unit_test(three_processes_cover_less_than_promised),
        cmocka_unit_test(false_regressions_are_no_more_than_half_of_what_the_interval_misses),
    };
    return cmocka_run_group_tests_name("change", tests, NULL, NULL);
}
