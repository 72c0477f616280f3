/* The exact interval of a count: against scipy's figures, at its ends, and by what it promises. */
#include "test_near.h"

#include "selftest/rate.h"

#include <errno.h>
#include <string.h>

static vb_rate interval(uint64_t hits, uint64_t trials)
{
    vb_rate rate;
    assert_int_equal(vb_rate_interval(hits, trials, 0.95, &rate), 0);
    return rate;
}

/* stats.binomtest(k, n).proportion_ci(method="exact") of scipy 1.10. */
static void intervals_are_those_of_scipy(void **state)
{
    (void)state;
    static const struct {
        uint64_t hits, trials;
        double low, high;
    } expected[] = {
        {0, 100, 0, 0.0362166926452},
        {1, 100, 0.000253146032682, 0.0544593853921},
        {2, 100, 0.00243133682392, 0.0703839324711},
        {3, 600, 0.00103230951687, 0.0145420421391},
        {5, 20, 0.0865714691014, 0.491045871708},
        {10, 10, 0.691502892181, 1},
        {95, 100, 0.887165088895, 0.983568120818},
        {99, 100, 0.945540614608, 0.999746853967},
        {88, 100, 0.79976431638, 0.936431097439},
        {5, 1000, 0.00162541951756, 0.0116294705598},
        {500, 1000, 0.468549172972, 0.531450827028},
        {1, 1, 0.025, 1},
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        vb_rate rate = interval(expected[i].hits, expected[i].trials);
        assert_near(rate.low, expected[i].low, 1e-9);
        assert_near(rate.high, expected[i].high, 1e-9);
    }
}

/* Where nothing or everything was hit the other end has a closed form: (alpha/2)^(1/n). */
static void without_a_hit_it_begins_at_0_and_with_all_it_ends_at_1(void **state)
{
    (void)state;
    for (uint64_t trials = 1; trials <= 100000; trials *= 10) {
        double end = pow(0.025, 1 / (double)trials);
        vb_rate none = interval(0, trials), all = interval(trials, trials);
        assert_near(none.low, 0, 0);
        assert_near(none.high, 1 - end, 1e-9);
        assert_near(all.low, end, 1e-9);
        assert_near(all.high, 1, 0);
    }
}

static void of_no_trials_nothing_is_known(void **state)
{
    (void)state;
    vb_rate rate = interval(0, 0);
    assert_near(rate.low, 0, 0);
    assert_near(rate.high, 1, 0);
}

static void hits_and_misses_are_mirrored(void **state)
{
    (void)state;
    for (uint64_t hits = 0; hits <= 37; hits++) {
        vb_rate rate = interval(hits, 37), mirrored = interval(37 - hits, 37);
        assert_near(rate.low, 1 - mirrored.high, 1e-9);
        assert_near(rate.high, 1 - mirrored.low, 1e-9);
    }
}

/* Summed over all counts that can come, not drawn: coverage is a number, not luck. */
static void it_contains_the_true_share_at_least_as_often_as_promised(void **state)
{
    (void)state;
    enum { TRIALS = 100 };
    static const double shares[] = {0.001, 0.01, 0.013, 0.05, 0.3, 0.5, 0.9, 0.95, 0.99};
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        double covered = 0;
        for (uint64_t hits = 0; hits <= TRIALS; hits++) {
            vb_rate rate = interval(hits, TRIALS);
            double k = (double)hits;
            double log_ways = lgamma(TRIALS + 1) - lgamma(k + 1) - lgamma(TRIALS - k + 1);
            if (rate.low <= shares[i] && shares[i] <= rate.high)
                covered += exp(log_ways + k * log(shares[i]) + (TRIALS - k) * log1p(-shares[i]));
        }
        assert_between(covered, 0.95, 1 + 1e-9);
    }
}

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    static const double confidences[] = {0, 1, -0.5, 1.5, NAN};
    vb_rate rate;
    assert_int_equal(vb_rate_interval(2, 1, 0.95, &rate), -EINVAL);
    for (size_t i = 0; i < sizeof confidences / sizeof *confidences; i++)
        assert_int_equal(vb_rate_interval(1, 2, confidences[i], &rate), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(intervals_are_those_of_scipy),
        cmocka_unit_test(without_a_hit_it_begins_at_0_and_with_all_it_ends_at_1),
        cmocka_unit_test(of_no_trials_nothing_is_known),
        cmocka_unit_test(hits_and_misses_are_mirrored),
        cmocka_unit_test(it_contains_the_true_share_at_least_as_often_as_promised),
        cmocka_unit_test(what_cannot_be_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
