/* Tukey's fences and what lies beyond them. */
#include "test_block_times.h"

#include "runner/outliers.h"

static vb_outliers outliers_of(const double *ns, size_t count)
{
    vb_outliers outliers;
    vb_block_times times = times_of(ns, 1, count);
    vb_outliers_find(&times, &outliers);
    vb_block_times_free(&times);
    return outliers;
}

/* Quartiles 20 and 24 whatever the outer ones are: the fences are 8, 14, 30 and 36. */
static void a_block_on_a_fence_lies_within_it(void **state)
{
    (void)state;
    static const struct {
        double low, high;
        size_t counts[VB_OUTLIER_CLASSES];
    } cases[] = {
        {14, 30, {0, 0, 0, 0}},    {13.999, 30, {0, 1, 0, 0}}, {8, 30.001, {0, 1, 1, 0}},
        {7.999, 36, {1, 0, 1, 0}}, {14, 36.001, {0, 0, 0, 1}}, {0, 1000, {1, 0, 0, 1}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const double ns[] = {cases[i].low, 20, 20, 22, 22, 22, 24, 24, cases[i].high};
        const vb_outliers outliers = outliers_of(ns, 9);
        assert_near(outliers.fences_ns[VB_LOW_SEVERE], 8, 1e-12);
        assert_near(outliers.fences_ns[VB_LOW_MILD], 14, 1e-12);
        assert_near(outliers.fences_ns[VB_HIGH_MILD], 30, 1e-12);
        assert_near(outliers.fences_ns[VB_HIGH_SEVERE], 36, 1e-12);
        for (size_t k = 0; k < VB_OUTLIER_CLASSES; k++)
            assert_int_equal(outliers.counts[k], cases[i].counts[k]);
    }
}

static void equal_blocks_have_no_outliers_and_what_differs_from_most_is_severe(void **state)
{
    (void)state;
    static const double equal[] = {5, 5, 5, 5, 5, 5, 5, 5}, most[] = {4, 5, 5, 5, 5, 5, 5, 6};
    for (size_t i = 0; i < VB_OUTLIER_CLASSES; i++) {
        assert_int_equal(outliers_of(equal, 8).counts[i], 0);
        assert_near(outliers_of(equal, 8).fences_ns[i], 5, 0);
        assert_int_equal(outliers_of(most, 8).counts[i], i == VB_LOW_SEVERE || i == VB_HIGH_SEVERE);
    }
}

static void fences_may_lie_below_zero(void **state)
{
    (void)state;
    static const double ns[] = {1, 2, 30, 40};
    const vb_outliers outliers = outliers_of(ns, 4);
    assert_true(outliers.fences_ns[VB_LOW_SEVERE] < outliers.fences_ns[VB_LOW_MILD]);
    assert_true(outliers.fences_ns[VB_LOW_MILD] < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_on_a_fence_lies_within_it),
        cmocka_unit_test(equal_blocks_have_no_outliers_and_what_differs_from_most_is_severe),
        cmocka_unit_test(fences_may_lie_below_zero),
    };
    return cmocka_run_group_tests_name("outliers", tests, NULL, NULL);
}
