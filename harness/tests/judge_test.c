/* The statistics of a run, against published tables, hand-computed figures and simulation. */
#include "test_near.h"

#include "runner/judge.h"
#include "test_memory.h"
#include "test_random.h"

#include <errno.h>
#include <string.h>

static void interval_is_that_of_published_t_quantiles(void **state)
{
    (void)state;
    /* Two-sided quantiles of Student's t with count - 1 degrees of freedom. */
    static const struct {
        size_t count;
        double confidence;
        double t;
    } published[] = {{2, 0.95, 12.706}, {3, 0.95, 4.303},  {5, 0.90, 2.132},  {9, 0.95, 2.306},
                     {9, 0.99, 3.355},  {31, 0.95, 2.042}, {31, 0.99, 2.750}, {121, 0.95, 1.980}};
    for (size_t i = 0; i < sizeof published / sizeof *published; i++) {
        /* 1001, 1002, ...: the variance of n numbers in a row is n (n + 1) / 12. */
        double values[121];
        const size_t count = published[i].count;
        for (size_t k = 0; k < count; k++)
            values[k] = 1001 + (double)k;
        double error = sqrt((double)(count + 1) / 12);
        vb_interval interval = vb_judge_mean(values, count, published[i].confidence);
        assert_near(interval.estimate, 1001 + (double)(count - 1) / 2, 1e-9);
        assert_near((interval.high - interval.estimate) / error, published[i].t, 0.0006);
        assert_near((interval.estimate - interval.low) / error, published[i].t, 0.0006);
        assert_near(interval.confidence, published[i].confidence, 0);
    }
}

static void one_value_has_no_interval(void **state)
{
    (void)state;
    vb_interval interval = vb_judge_mean(&(double){42}, 1, 0.95);
    assert_near(interval.estimate, 42, 0);
    assert_true(isnan(interval.low));
    assert_true(isnan(interval.high));
}

static void equal_values_have_an_interval_without_width(void **state)
{
    (void)state;
    double values[] = {7, 7, 7};
    vb_interval interval = vb_judge_mean(values, 3, 0.95);
    assert_near(interval.low, 7, 0);
    assert_near(interval.high, 7, 0);
}

static void interval_of_numbers_may_reach_below_zero(void **state)
{
    (void)state;
    double values[] = {1, 100};
    assert_near(vb_judge_mean(values, 2, 0.95).low, 50.5 - 12.7062 * 49.5, 0.01);
}

/* Box and Muller, Annals of Mathematical Statistics 29, 1958. */
static double random_normal(uint64_t *random)
{
    double u = ((double)(random_next(random) >> 11) + 1) / 9007199254740993.0; /* 2^53 + 1 */
    double v = (double)(random_next(random) >> 11) / 9007199254740992.0;
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

static void interval_at_95_percent_covers_the_mean_in_95_of_100_sets(void **state)
{
    (void)state;
    enum { SETS = 20000, SET = 9 };
    const double mean = 1000;
    uint64_t random = 20240607;
    int covered = 0;
    for (int set = 0; set < SETS; set++) {
        double values[SET];
        for (int i = 0; i < SET; i++)
            values[i] = mean + 10 * random_normal(&random);
        vb_interval interval = vb_judge_mean(values, SET, 0.95);
        covered += interval.low <= mean && mean <= interval.high;
    }
    assert_between(100.0 * covered / SETS, 94.5, 95.5);
}

static void summary_agrees_with_figures_computed_by_hand(void **state)
{
    (void)state;
    double values[] = {4, 1, 3, 2,
                       10}; /* squared deviations 0 9 1 4 36, from the median 1 2 0 1 7 */
    vb_summary summary = vb_judge_summary(values, 5);
    assert_near(summary.mean, 4, 1e-12);
    assert_near(summary.median, 3, 0);
    assert_near(summary.standard_deviation, 3.5355339059, 1e-9);
    assert_near(summary.median_absolute_deviation, 1, 0);
    assert_near(summary.min, 1, 0);
    assert_near(summary.max, 10, 0);
}

static void summary_of_ties_has_no_spread(void **state)
{
    (void)state;
    double values[] = {5, 5, 5, 5};
    vb_summary summary = vb_judge_summary(values, 4);
    assert_near(summary.mean, 5, 0);
    assert_near(summary.median, 5, 0);
    assert_near(summary.standard_deviation, 0, 0);
    assert_near(summary.median_absolute_deviation, 0, 0);
}

static void summary_of_one_value_is_that_value(void **state)
{
    (void)state;
    vb_summary summary = vb_judge_summary(&(double){3}, 1);
    assert_near(summary.mean, 3, 0);
    assert_near(summary.median, 3, 0);
    assert_near(summary.standard_deviation, 0, 0);
    assert_near(summary.median_absolute_deviation, 0, 0);
    assert_near(summary.min, 3, 0);
    assert_near(summary.max, 3, 0);
}

static void summary_of_two_values_has_the_median_between_them(void **state)
{
    (void)state;
    double values[] = {20, 10};
    vb_summary summary = vb_judge_summary(values, 2);
    assert_near(summary.median, 15, 0);
    assert_near(summary.standard_deviation, 7.0710678119, 1e-9);
    assert_near(summary.median_absolute_deviation, 5, 0);
    assert_near(summary.min, 10, 0);
    assert_near(summary.max, 20, 0);
}

/* Blocks of 10 iterations: 10, 30, 20 and 100 ns each. */
static uint64_t first_blocks[] = {100, 300, 200, 1000};
/* Blocks of 20 iterations: 30, 35 and 40 ns each. */
static uint64_t second_blocks[] = {600, 700, 800};

static vb_process_samples first_process(void)
{
    return (vb_process_samples){
        .iterations_per_block = 10,
        .block_ns = first_blocks,
        .block_count = 4,
        .real_ns = 1600,
        .cpu_ns = 800,
        .items = 400,
        .bytes = 8000,
        .counters = {{"sum", VB_SUM, 12, 4}, {"rate", VB_PER_SEC, 48, 4}, {"mean", VB_MEAN, 12, 3}},
        .counter_count = 3};
}

static vb_process_samples second_process(void)
{
    return (vb_process_samples){.iterations_per_block = 20,
                                .block_ns = second_blocks,
                                .block_count = 3,
                                .real_ns = 2100,
                                .cpu_ns = 1200,
                                .items = 600,
                                .bytes = 12000,
                                .counters = {{"sum", VB_SUM, 20, 3}},
                                .counter_count = 1};
}

static void process_is_the_median_of_its_blocks_and_the_mean_of_the_rest(void **state)
{
    (void)state;
    vb_process_samples samples = first_process();
    vb_process_estimate estimate;
    assert_int_equal(vb_judge_process(&samples, &estimate), 0);
    assert_near(estimate.real_ns, 25, 1e-12);
    assert_near(estimate.cpu_ns, 20, 1e-12);
    assert_near(estimate.items_per_iteration, 10, 1e-12);
    assert_near(estimate.bytes_per_iteration, 200, 1e-12);
}

static void samples_keep_their_order_when_judged(void **state)
{
    (void)state;
    vb_process_samples samples = first_process();
    vb_process_estimate estimate;
    assert_int_equal(vb_judge_process(&samples, &estimate), 0);
    const uint64_t expected[] = {100, 300, 200, 1000};
    assert_memory_equal(samples.block_ns, expected, sizeof expected);
}

static void counters_of_a_process_follow_their_kinds(void **state)
{
    (void)state;
    vb_process_samples samples = first_process();
    assert_near(vb_judge_process_counter(&samples, 0), 12, 0);
    assert_near(vb_judge_process_counter(&samples, 1), 48 / 1600e-9, 1e-3);
    assert_near(vb_judge_process_counter(&samples, 2), 4, 0); /* over the three that have it */
}

static void rate_over_no_time_is_zero(void **state)
{
    (void)state;
    vb_process_samples samples = first_process();
    samples.real_ns = 0;
    assert_near(vb_judge_process_counter(&samples, 1), 0, 0);
}

static void counter_of_a_benchmark_is_the_mean_over_the_processes_that_have_it(void **state)
{
    (void)state;
    vb_process_samples processes[] = {first_process(), second_process()};
    vb_benchmark benchmark = {.processes = processes, .process_count = 2};
    assert_near(vb_judge_counter(&benchmark, "sum"), 16, 0);
    assert_near(vb_judge_counter(&benchmark, "mean"), 4, 0);
    assert_true(isnan(vb_judge_counter(&benchmark, "none")));
}

static void benchmark_is_the_mean_over_its_processes(void **state)
{
    (void)state;
    vb_process_samples processes[] = {first_process(), second_process()};
    vb_benchmark benchmark = {.processes = processes, .process_count = 2};
    vb_estimate estimate;
    assert_int_equal(vb_judge_benchmark(&benchmark, 0.95, &estimate), 0);
    assert_near(estimate.time.estimate, 30, 1e-12); /* of 25 and 35 */
    assert_near(estimate.time.high, 30 + 12.7062 * 5, 1e-3);
    assert_int_equal(estimate.block_count, 7);
    assert_near(estimate.blocks.median, 30, 0); /* of 10 20 30 30 35 40 100 */
    assert_near(estimate.blocks.mean, 265.0 / 7, 1e-9);
    assert_near(estimate.blocks.min, 10, 0);
    assert_near(estimate.blocks.max, 100, 0);
    assert_near(estimate.cpu_ns, 20, 1e-12); /* 2000 ns of 100 iterations */
}

static void throughput_is_per_second_of_the_estimate(void **state)
{
    (void)state;
    vb_process_samples processes[] = {first_process(), second_process()};
    vb_benchmark benchmark = {.processes = processes, .process_count = 2};
    vb_estimate estimate;
    assert_int_equal(vb_judge_benchmark(&benchmark, 0.95, &estimate), 0);
    assert_near(estimate.items_per_iteration, 10, 1e-12);
    assert_near(estimate.items_per_sec, 10 / 30e-9, 1);
    assert_near(estimate.bytes_per_iteration, 200, 1e-12);
    assert_near(estimate.bytes_per_sec, 200 / 30e-9, 10);
}

static void benchmark_that_takes_no_time_has_no_throughput(void **state)
{
    (void)state;
    vb_process_samples process = {.iterations_per_block = 1,
                                  .block_ns = (uint64_t[]){0},
                                  .block_count = 1,
                                  .items = 5,
                                  .bytes = 5};
    vb_benchmark benchmark = {.processes = &process, .process_count = 1};
    vb_estimate estimate;
    assert_int_equal(vb_judge_benchmark(&benchmark, 0.95, &estimate), 0);
    assert_near(estimate.items_per_sec, 0, 0);
    assert_near(estimate.bytes_per_sec, 0, 0);
}

static void single_process_has_an_estimate_without_bounds(void **state)
{
    (void)state;
    vb_process_samples process = first_process();
    vb_benchmark benchmark = {.processes = &process, .process_count = 1};
    vb_estimate estimate;
    assert_int_equal(vb_judge_benchmark(&benchmark, 0.95, &estimate), 0);
    assert_near(estimate.time.estimate, 25, 1e-12);
    assert_true(isnan(estimate.time.low));
}

static void interval_of_a_time_ends_at_zero(void **state)
{
    (void)state;
    vb_process_samples processes[] = {first_process(), second_process()};
    vb_benchmark benchmark = {.processes = processes, .process_count = 2};
    vb_estimate estimate;
    assert_int_equal(vb_judge_benchmark(&benchmark, 0.95, &estimate), 0);
    assert_near(estimate.time.low, 0, 0); /* 30 - 12.7 * 5 */
}

static void running_out_of_memory_is_told(void **state)
{
    (void)state;
    vb_process_samples processes[] = {first_process(), second_process()};
    vb_benchmark benchmark = {.processes = processes, .process_count = 2};
    vb_estimate estimate;
    int status = -ENOMEM;
    for (long allowed = 0; status != 0; allowed++) {
        fail_allocation_after(allowed);
        status = vb_judge_benchmark(&benchmark, 0.95, &estimate);
        assert_int_equal(status, allocation_has_failed() ? -ENOMEM : 0);
    }
}

static vb_groups groups_of(uint64_t *medians, size_t count)
{
    vb_process_samples processes[9];
    vb_groups groups;
    for (size_t i = 0; i < count; i++)
        processes[i] = (vb_process_samples){
            .iterations_per_block = 1, .block_ns = &medians[i], .block_count = 1};
    vb_benchmark benchmark = {.processes = processes, .process_count = count};
    assert_int_equal(vb_judge_groups(&benchmark, &groups), 0);
    return groups;
}

static void processes_close_together_are_one_group(void **state)
{
    (void)state;
    uint64_t medians[] = {1000, 1090, 1180, 1280, 1000};
    assert_int_equal(groups_of(medians, 5).lower_count, 0);
    assert_int_equal(groups_of(medians, 1).lower_count, 0);
}

static void processes_apart_are_two_groups(void **state)
{
    (void)state;
    uint64_t medians[] = {2000, 1000, 1020, 980};
    vb_groups groups = groups_of(medians, 4);
    assert_int_equal(groups.lower_count, 3);
    assert_int_equal(groups.upper_count, 1);
    assert_near(groups.lower_ns, 1000, 1e-9);
    assert_near(groups.upper_ns, 2000, 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(interval_is_that_of_published_t_quantiles),
        cmocka_unit_test(one_value_has_no_interval),
        cmocka_unit_test(equal_values_have_an_interval_without_width),
        cmocka_unit_test(interval_of_numbers_may_reach_below_zero),
        cmocka_unit_test(interval_at_95_percent_covers_the_mean_in_95_of_100_sets),
        cmocka_unit_test(summary_agrees_with_figures_computed_by_hand),
        cmocka_unit_test(summary_of_ties_has_no_spread),
        cmocka_unit_test(summary_of_one_value_is_that_value),
        cmocka_unit_test(summary_of_two_values_has_the_median_between_them),
        cmocka_unit_test(process_is_the_median_of_its_blocks_and_the_mean_of_the_rest),
        cmocka_unit_test(samples_keep_their_order_when_judged),
        cmocka_unit_test(counters_of_a_process_follow_their_kinds),
        cmocka_unit_test(rate_over_no_time_is_zero),
        cmocka_unit_test(counter_of_a_benchmark_is_the_mean_over_the_processes_that_have_it),
        cmocka_unit_test(benchmark_is_the_mean_over_its_processes),
        cmocka_unit_test(throughput_is_per_second_of_the_estimate),
        cmocka_unit_test(benchmark_that_takes_no_time_has_no_throughput),
        cmocka_unit_test(single_process_has_an_estimate_without_bounds),
        cmocka_unit_test(interval_of_a_time_ends_at_zero),
        cmocka_unit_test(running_out_of_memory_is_told),
        cmocka_unit_test(processes_close_together_are_one_group),
        cmocka_unit_test(processes_apart_are_two_groups),
    };
    return cmocka_run_group_tests_name("judge", tests, NULL, NULL);
}
