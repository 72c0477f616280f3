/* How blocks spread, against hand-computed figures, other computations of the same, and simulation.
 */
#include "test_block_times.h"

#include "runner/judge.h"
#include "runner/spread.h"
#include "test_memory.h"
#include "test_normal.h"

#include <errno.h>
#include <string.h>

enum { P1 = VB_SPREAD_PERCENTILES, P5, P10, P25, P75, P90, P95, P99 };

static vb_spread spread_of(const double *ns, size_t processes, size_t count)
{
    vb_spread spread;
    vb_block_times times = times_of(ns, processes, count);
    assert_int_equal(vb_spread_find(&times, &spread), 0);
    vb_block_times_free(&times);
    return spread;
}

static void assert_interval(const vb_interval *interval, double estimate, double low, double high)
{
    assert_near(interval->estimate, estimate, 1e-9);
    assert_near(interval->low, low, 1e-6);
    assert_near(interval->high, high, 1e-6);
}

static void figures_agree_with_those_computed_by_hand(void **state)
{
    (void)state;
    static const double ns[] = {4, 1, 3, 2, 10}; /* distances from the median 1 2 0 1 7 */
    const vb_spread spread = spread_of(ns, 1, 5);
    assert_near(spread.figures[VB_SPREAD_MEAN].estimate, 4, 1e-12);
    assert_near(spread.figures[VB_SPREAD_MEDIAN].estimate, 3, 0);
    assert_near(spread.figures[VB_SPREAD_STANDARD_DEVIATION].estimate, 3.5355339059, 1e-9);
    assert_near(spread.figures[VB_SPREAD_MEDIAN_ABSOLUTE_DEVIATION].estimate, 1, 0);
    assert_near(spread.figures[P25].estimate, 2, 0);
    assert_near(spread.figures[P75].estimate, 4, 0);
}

static void
figures_are_those_of_the_summary_and_percentiles_lie_between_the_nearest_blocks(void **state)
{
    (void)state;
    double ns[101];
    for (size_t i = 0; i < 101; i++)
        ns[i] = 1000 + (double)(i * i * 37 % 101) + (double)(i % 10) / 10;
    const vb_spread spread = spread_of(ns, 1, 101);
    const vb_summary summary = vb_judge_summary(ns, 101);
    const vb_interval *figures = spread.figures;
    assert_near(figures[VB_SPREAD_MEAN].estimate, summary.mean, 1e-9);
    assert_near(figures[VB_SPREAD_MEDIAN].estimate, summary.median, 1e-9);
    assert_near(figures[VB_SPREAD_STANDARD_DEVIATION].estimate, summary.standard_deviation, 1e-9);
    assert_near(figures[VB_SPREAD_MEDIAN_ABSOLUTE_DEVIATION].estimate,
                summary.median_absolute_deviation, 1e-9);
    for (size_t i = 0; i < 101; i++)
        ns[i] = 500 - (double)i; /* of 101 blocks the percentiles are blocks themselves */
    const vb_spread even = spread_of(ns, 1, 101);
    assert_near(even.figures[P1].estimate, 401, 1e-9);
    assert_near(even.figures[P99].estimate, 499, 1e-9);
    assert_near(even.figures[P90].estimate, 490, 1e-9);
    ns[100] = 402; /* the quantile 0.5 of two blocks is half-way */
    assert_near(spread_of(ns + 99, 1, 2).figures[VB_SPREAD_MEDIAN].estimate, 401.5, 1e-9);
}

static void a_percentile_is_told_where_a_block_lies_beyond_it(void **state)
{
    (void)state;
    static const struct {
        size_t blocks, outermost;
    } known[] = {{3, SIZE_MAX}, {4, P25}, {9, P25}, {10, P10},
                 {19, P10},     {20, P5}, {99, P5}, {100, P1}};
    double ns[100];
    for (size_t i = 0; i < 100; i++)
        ns[i] = 1 + (double)i;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const vb_spread spread = spread_of(ns, 1, known[i].blocks);
        for (size_t k = P1; k <= P25; k++) {
            const bool told = known[i].outermost <= k;
            assert_int_equal(!isnan(spread.figures[k].estimate), told);
            assert_int_equal(!isnan(spread.figures[P99 - (k - P1)].estimate), told);
        }
        assert_false(isnan(spread.figures[VB_SPREAD_MEDIAN].estimate));
    }
}

static void one_process_has_figures_without_intervals(void **state)
{
    (void)state;
    static const double ns[] = {4, 1, 3, 2, 10};
    const vb_spread spread = spread_of(ns, 1, 5);
    for (size_t i = 0; i < VB_SPREAD_FIGURES; i++) {
        assert_true(isnan(spread.figures[i].low));
        assert_true(isnan(spread.figures[i].high));
    }
}

static void interval_of_the_mean_of_equal_processes_is_students(void **state)
{
    (void)state;
    static const double ns[] = {9, 11, 19, 21, 28, 32}; /* means 10, 20 and 30 */
    const vb_spread spread = spread_of(ns, 3, 2);
    const double half = 4.302652729911 * 10 / sqrt(3);
    assert_interval(&spread.figures[VB_SPREAD_MEAN], 20, 0, 20 + half); /* its low end below 0 */
    assert_true(20 - half < 0);
}

static void processes_count_by_their_blocks(void **state)
{
    (void)state;
    /* Of 1 and 3 blocks: mean 7; without the first 8, without the second 4. With parts 4 and 4/3:
     * the centre is 7 - 3/4 8 + 7 - 1/4 4 = 7, the pseudo-values 4 and 8, hence the variance is
     * (9/3 + 1/(1/3)) / 2 = 3. */
    static const double one[] = {4}, three[] = {7, 8, 9};
    vb_benchmark benchmark = {0};
    vb_block_times times;
    vb_spread spread;
    add_blocks(&benchmark, one, 1);
    add_blocks(&benchmark, three, 3);
    assert_int_equal(vb_block_times_take(&benchmark, &times), 0);
    assert_int_equal(vb_spread_find(&times, &spread), 0);
    const double half = 12.706204736175 * sqrt(3);
    assert_interval(&spread.figures[VB_SPREAD_MEAN], 7, 0, 7 + half);
    vb_block_times_free(&times);
    free_blocks(&benchmark);
}

static void interval_of_the_deviation_is_one_of_its_logarithm(void **state)
{
    (void)state;
    static const double ns[] = {10, 12, 10, 14, 10, 16},
                        pairs[3][4] = {{10, 14, 10, 16}, {10, 12, 10, 16}, {10, 12, 10, 14}};
    double logs[3], values[6];
    const vb_spread spread = spread_of(ns, 3, 2);
    memcpy(values, ns, sizeof ns);
    const double all = log(vb_judge_summary(values, 6).standard_deviation);
    for (size_t i = 0; i < 3; i++) {
        memcpy(values, pairs[i], sizeof pairs[i]);
        logs[i] = 3 * all - 2 * log(vb_judge_summary(values, 4).standard_deviation);
    }
    const double half = 4.302652729911 * vb_judge_summary(logs, 3).standard_deviation / sqrt(3);
    /* The summary has overwritten the pseudo-values, but it was made of them. */
    assert_interval(&spread.figures[VB_SPREAD_STANDARD_DEVIATION], exp(all), exp(all - half),
                    exp(all + half));
}

static void interval_of_a_quantile_lies_between_those_of_shares(void **state)
{
    (void)state;
    /* Four processes of 25 blocks, 1 to 100 ns in all: of the blocks up to 50 ns, 0.5, the first
     * has 20 of 25, the second and third 12 and 13, the fourth 5. */
    static const size_t below[] = {20, 12, 13, 5};
    double ns[100];
    size_t small = 1, large = 51;
    for (size_t process = 0; process < 4; process++) {
        for (size_t i = 0; i < 25; i++)
            ns[25 * process + i] = (double)(i < below[process] ? small++ : large++);
    }
    const vb_spread spread = spread_of(ns, 4, 25);
    const double error =
        sqrt((9.0 + 0.02 * 0.02 * 100 + 9.0) / 100 / 3) / 2; /* 0.3 0.02 0.02 0.3 */
    const double half = 3.182446305284 * error;
    const double low = 1 + 99 * (0.5 - half), high = 1 + 99 * (0.5 + half);
    assert_near(half, 0.3901, 0.001);
    assert_near(spread.figures[VB_SPREAD_MEDIAN].estimate, 50.5, 1e-9);
    assert_near(spread.figures[VB_SPREAD_MEDIAN].low, low, 0.05);
    assert_near(spread.figures[VB_SPREAD_MEDIAN].high, high, 0.05);
}

static void equal_blocks_have_intervals_without_width(void **state)
{
    (void)state;
    double ns[300];
    for (size_t i = 0; i < 300; i++)
        ns[i] = 7;
    const vb_spread spread = spread_of(ns, 3, 100);
    for (size_t i = 0; i < VB_SPREAD_FIGURES; i++) {
        const bool deviates =
            i == VB_SPREAD_STANDARD_DEVIATION || i == VB_SPREAD_MEDIAN_ABSOLUTE_DEVIATION;
        assert_interval(&spread.figures[i], deviates ? 0 : 7, deviates ? 0 : 7, deviates ? 0 : 7);
    }
}

static void intervals_of_any_blocks_contain_their_figures_and_no_time_below_0(void **state)
{
    (void)state;
    enum { SETS = 300, BLOCKS_MAX = 900 };
    uint64_t random = 5;
    static double ns[BLOCKS_MAX];
    for (int set = 0; set < SETS; set++) {
        const size_t processes = 2 + random_below(&random, 29);
        const size_t blocks = 1 + random_below(&random, 30);
        for (size_t i = 0; i < processes * blocks; i++) {
            const double heavy = fabs(random_heavy(&random));
            ns[i] = set % 3 == 0 ? floor(heavy) : heavy; /* a coarse clock, and blocks of no time */
        }
        const vb_spread spread = spread_of(ns, processes, blocks);
        for (size_t i = 0; i < VB_SPREAD_FIGURES; i++) {
            const vb_interval *figure = &spread.figures[i];
            if (isnan(figure->estimate))
                continue;
            assert_true(figure->low <= figure->estimate && figure->estimate <= figure->high);
            assert_true(figure->low >= 0);
        }
    }
}

static void
interval_of_a_median_between_two_modes_of_processes_is_no_wider_than_the_blocks(void **state)
{
    (void)state;
    static const double ns[] = {5,  5.1,  5.2,  5,  5.1,  5.3,  5,  5.2,  5.2,
                                5,  5.1,  5.2,  14, 14.1, 14.2, 14, 14.1, 14.3,
                                14, 14.2, 14.4, 14, 14.1, 14.2, 14, 14.3, 14.2};
    const vb_interval median = spread_of(ns, 9, 3).figures[VB_SPREAD_MEDIAN];
    assert_near(median.estimate, 14, 0.11);
    assert_between(median.low, 5, 5.3);
    assert_between(median.high, 14.1, 14.4);
}

static void many_processes_are_16_groups_of_neighbours(void **state)
{
    (void)state;
    assert_int_equal(vb_jackknife_groups(16), 16);
    assert_int_equal(vb_jackknife_groups(17), 16);
    assert_int_equal(vb_jackknife_group(15, 16), 15);
    size_t counts[VB_JACKKNIFE_GROUPS_MAX] = {0}, before = 0;
    for (size_t i = 0; i < 40; i++) {
        const size_t group = vb_jackknife_group(i, 40);
        assert_true(group == before || group == before + 1);
        counts[before = group]++;
    }
    for (size_t i = 0; i < VB_JACKKNIFE_GROUPS_MAX; i++)
        assert_between((double)counts[i], 2, 3);
}

/* How many of 100 sets of so many processes of 40 blocks have each figure's truth within its
 * interval. Processes scatter by `between_ns`, their blocks by 10 ns. */
static void find_coverage(size_t processes, double between_ns, double covered[VB_SPREAD_FIGURES])
{
    enum { SETS = 2000, BLOCKS = 40, PROCESSES_MAX = 40 };
    static double ns[PROCESSES_MAX * BLOCKS];
    /* The quantiles of the normal distribution. */
    static const double z[VB_SPREAD_FIGURES] = {
        [P1] = -2.326348, [P5] = -1.644854, [P10] = -1.281552, [P25] = -0.674490,
        [P75] = 0.674490, [P90] = 1.281552, [P95] = 1.644854,  [P99] = 2.326348};
    const double whole_ns = sqrt(between_ns * between_ns + 100);
    uint64_t random = 20240607;
    memset(covered, 0, VB_SPREAD_FIGURES * sizeof *covered);
    for (int set = 0; set < SETS; set++) {
        for (size_t process = 0; process < processes; process++) {
            const double centre = 1000 + between_ns * random_normal(&random);
            for (size_t i = 0; i < BLOCKS; i++)
                ns[process * BLOCKS + i] = centre + 10 * random_normal(&random);
        }
        const vb_spread spread = spread_of(ns, processes, BLOCKS);
        for (size_t i = 0; i < VB_SPREAD_FIGURES; i++) {
            const double truth = i == VB_SPREAD_STANDARD_DEVIATION ? whole_ns
                                 : i == VB_SPREAD_MEDIAN_ABSOLUTE_DEVIATION
                                     ? 0.674490 * whole_ns
                                     : 1000 + z[i] * whole_ns;
            covered[i] +=
                100.0 / SETS * (spread.figures[i].low <= truth && truth <= spread.figures[i].high);
        }
    }
}

/* Of 2000 sets a share of 95 has a standard error of 0.5: three of them are allowed for. */
static void intervals_of_nine_processes_cover_the_truth_in_about_95_of_100_sets(void **state)
{
    (void)state;
    double covered[VB_SPREAD_FIGURES];
    find_coverage(9, 0, covered);
    for (size_t i = 0; i < VB_SPREAD_FIGURES; i++)
        assert_between(covered[i], i == P1 || i == P99 ? 90 : 93, 97.5);
    find_coverage(9, 5, covered);
    assert_between(covered[VB_SPREAD_MEAN], 93.5, 96.5);
    assert_between(covered[VB_SPREAD_MEDIAN], 93.5, 96.5);
    assert_between(covered[VB_SPREAD_STANDARD_DEVIATION], 88, 96);
    for (size_t i = P5; i <= P95; i++)
        assert_between(covered[i], 91, 97);
}

static void
intervals_of_processes_that_differ_more_than_blocks_cover_means_and_medians(void **state)
{
    (void)state;
    double covered[VB_SPREAD_FIGURES];
    find_coverage(9, 30, covered);
    assert_between(covered[VB_SPREAD_MEAN], 93.5, 96.5);
    assert_between(covered[VB_SPREAD_MEDIAN], 94, 98);
    assert_between(covered[P25], 93, 98);
    assert_between(covered[P75], 93, 98);
    assert_between(covered[VB_SPREAD_STANDARD_DEVIATION], 85, 96);
}

static void intervals_of_forty_processes_cover_the_truth_in_about_95_of_100_sets(void **state)
{
    (void)state;
    double covered[VB_SPREAD_FIGURES];
    find_coverage(40, 5, covered);
    for (size_t i = 0; i < VB_SPREAD_FIGURES; i++)
        assert_between(covered[i], 91.5, 97);
}

static void want_of_memory_is_told(void **state)
{
    (void)state;
    static const double ns[] = {1, 2, 3, 4};
    vb_benchmark benchmark = {0};
    add_blocks(&benchmark, ns, 2);
    add_blocks(&benchmark, ns + 2, 2);
    int status = -ENOMEM;
    for (long allowed = 0; status != 0; allowed++) {
        vb_block_times times;
        vb_spread spread;
        fail_allocation_after(allowed);
        status = vb_block_times_take(&benchmark, &times);
        if (status == 0)
            status = vb_spread_find(&times, &spread);
        assert_int_equal(status, allocation_has_failed() ? -ENOMEM : 0);
        vb_block_times_free(&times);
    }
    free_blocks(&benchmark);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_agree_with_those_computed_by_hand),
        cmocka_unit_test(
            figures_are_those_of_the_summary_and_percentiles_lie_between_the_nearest_blocks),
        cmocka_unit_test(a_percentile_is_told_where_a_block_lies_beyond_it),
        cmocka_unit_test(one_process_has_figures_without_intervals),
        cmocka_unit_test(interval_of_the_mean_of_equal_processes_is_students),
        cmocka_unit_test(processes_count_by_their_blocks),
        cmocka_unit_test(interval_of_the_deviation_is_one_of_its_logarithm),
        cmocka_unit_test(interval_of_a_quantile_lies_between_those_of_shares),
        cmocka_unit_test(equal_blocks_have_intervals_without_width),
        cmocka_unit_test(intervals_of_any_blocks_contain_their_figures_and_no_time_below_0),
        cmocka_unit_test(
            interval_of_a_median_between_two_modes_of_processes_is_no_wider_than_the_blocks),
        cmocka_unit_test(many_processes_are_16_groups_of_neighbours),
        cmocka_unit_test(intervals_of_nine_processes_cover_the_truth_in_about_95_of_100_sets),
        cmocka_unit_test(
            intervals_of_processes_that_differ_more_than_blocks_cover_means_and_medians),
        cmocka_unit_test(intervals_of_forty_processes_cover_the_truth_in_about_95_of_100_sets),
        cmocka_unit_test(want_of_memory_is_told),
    };
    return cmocka_run_group_tests_name("spread", tests, NULL, NULL);
}
