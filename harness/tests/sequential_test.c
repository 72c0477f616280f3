/* When a case is looked at, and when and why it stops. */
#include "test_near.h"

#include "runner/paired_judge.h"
#include "runner/sequential.h"
#include "test_memory.h"
#include "test_pairs.h"

#include <errno.h>

static vb_benchmark old_side, new_side;
static vb_histogram latencies;

static const vb_change_rules rules = {.level = 0.01, .min_effect = 0.0025, .tolerance = 0.01};

static vb_paired_case planned(size_t budget, size_t most)
{
    old_side = new_side = (vb_benchmark){0};
    vb_paired_case paired = {.old = &old_side, .new = &new_side};
    vb_sequential_plan(&paired, budget, most);
    return paired;
}

/* What each pair of a made-up case says, and how it scatters: evenly, by up to `noise`. */
static void add_cycle(vb_paired_case *paired, double change, double noise, uint64_t *random)
{
    for (int i = 0; i < VB_CYCLE_PAIRS; i++) {
        const double ratio = change + noise * (2 * (double)random_below(random, 1000001) / 1e6 - 1);
        *add_pair(&paired->pairs) = (vb_process_pair){.cycle = paired->cycles,
                                                      .old_layout = VB_NATURAL_LAYOUT,
                                                      .new_layout = VB_NATURAL_LAYOUT,
                                                      .log_ratio = ratio,
                                                      .quiet_log_ratio = ratio,
                                                      .old_ns = 100,
                                                      .new_ns = 100 * exp(ratio)};
    }
    paired->cycles++;
}

/* Goes on until it stops. Returns after how many cycles. */
static size_t run_to_the_end(vb_paired_case *paired, double change, double noise)
{
    uint64_t random = 3;
    while (paired->stop == VB_STOP_NONE && paired->cycles < 1000) {
        add_cycle(paired, change, noise, &random);
        assert_int_equal(vb_sequential_look(paired, &rules, 1), 0);
    }
    return paired->cycles;
}

static void looks_come_at_the_budget_at_its_halves_and_at_its_doubles(void **state)
{
    (void)state;
    static const struct {
        size_t budget, most;
        size_t looks[8]; /* up to a 0 */
    } expected[] = {
        {4, 4, {4}},
        {8, 8, {4, 8}},
        {16, 64, {4, 8, 16, 32, 64}},
        {8, 24, {4, 8, 16, 24}},
        {8, 31, {4, 8, 16, 31}},
        {8, 33, {4, 8, 16, 32, 33}},
        {10, 40, {5, 10, 20, 40}},
        {7, 7, {7}},
        {9, 18, {4, 9, 18}},
        {4, 256, {4, 8, 16, 32, 64, 128, 256}},
        {1, 1, {4}},         /* never fewer than VB_CYCLES_MIN */
        {16, 4, {4, 8, 16}}, /* nor than the budget's */
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        vb_paired_case paired = planned(expected[i].budget, expected[i].most);
        uint64_t random = 1;
        size_t number = 0;
        while (paired.cycles < paired.cycles_planned) {
            const size_t before = paired.looks_taken;
            add_cycle(&paired, 0, 0.5, &random);
            paired.stop = VB_STOP_NONE;
            assert_int_equal(vb_sequential_look(&paired, &rules, 1), 0);
            if (paired.looks_taken > before)
                assert_int_equal(paired.cycles, expected[i].looks[number++]);
        }
        assert_int_equal(paired.looks, number);
        assert_int_equal(paired.looks_taken, number);
        assert_true(number == 8 || expected[i].looks[number] == 0);
        vb_paired_case_free(&paired);
    }
}

static void as_many_looks_are_planned_as_there_are_cycles_with_one(void **state)
{
    (void)state;
    uint64_t random = 2;
    for (int i = 0; i < 200; i++) {
        vb_paired_case paired = planned(random_below(&random, 40), random_below(&random, 120));
        size_t taken = 0;
        for (paired.cycles = 1; paired.cycles <= paired.cycles_planned; paired.cycles++) {
            paired.stop = VB_STOP_NONE;
            assert_int_equal(vb_sequential_look(&paired, &rules, 1), 0); /* of nothing */
            taken += paired.looks_taken > 0;
            paired.looks_taken = 0;
        }
        assert_int_equal(taken, paired.looks);
    }
}

static void a_case_that_has_changed_stops_before_its_budget(void **state)
{
    (void)state;
    static const double changes[] = {0.05, -0.05};
    for (size_t i = 0; i < 2; i++) {
        vb_paired_case paired = planned(16, 64);
        assert_int_equal(run_to_the_end(&paired, changes[i], 0.01), 4);
        assert_int_equal(paired.stop, VB_STOP_DECIDED);
        assert_int_equal(paired.looks_taken, 1);
        assert_int_equal(paired.looks, 5);
        vb_paired_case_free(&paired);
    }
}

/* At the first look already its interval lies within the tolerance. */
static void a_case_is_not_called_equivalent_before_its_budget(void **state)
{
    (void)state;
    vb_paired_case paired = planned(16, 64);
    assert_int_equal(run_to_the_end(&paired, 0, 0.001), 16);
    assert_int_equal(paired.stop, VB_STOP_DECIDED);
    assert_int_equal(paired.looks_taken, 3);
    vb_paired_case_free(&paired);
}

static void a_case_that_is_undecided_goes_on_after_its_budget(void **state)
{
    (void)state;
    vb_paired_case paired = planned(4, 64);
    const size_t cycles = run_to_the_end(&paired, 0, 0.04);
    assert_in_range(cycles, 8, 64);
    assert_int_equal(paired.stop, VB_STOP_DECIDED);
    vb_paired_case_free(&paired);
}

/* 0.9 %, of which neither 0 nor 1 % can be left out. */
static void all_that_a_case_may_take_is_the_end(void **state)
{
    (void)state;
    vb_paired_case paired = planned(4, 16);
    assert_int_equal(run_to_the_end(&paired, 0.009, 0.03), 16);
    assert_int_equal(paired.stop, VB_STOP_BUDGET);
    assert_int_equal(paired.looks_taken, paired.looks);
    vb_paired_case_free(&paired);
}

static void what_all_cycles_would_hardly_decide_stops_at_the_budget(void **state)
{
    (void)state;
    vb_paired_case paired = planned(8, 32);
    assert_int_equal(run_to_the_end(&paired, 0, 0.5), 8);
    assert_int_equal(paired.stop, VB_STOP_HOPELESS);
    vb_paired_case_free(&paired);
    paired = planned(8, 8192); /* a root of 1024 narrower */
    assert_true(run_to_the_end(&paired, 0.01, 0.1) > 8);
    vb_paired_case_free(&paired);
}

/* Its quantiles may need the rest. */
static void a_case_with_latencies_does_not_stop_before_its_budget(void **state)
{
    (void)state;
    vb_paired_case paired = planned(16, 64);
    new_side.latencies = &latencies;
    assert_int_equal(run_to_the_end(&paired, 0.05, 0.01), 16);
    assert_int_equal(paired.stop, VB_STOP_DECIDED);
    vb_paired_case_free(&paired);
}

/* With 16 values no interval is of a level below 2 / 2^16. */
/* Noise of 0.4 % leaves an interval within 1 %, and not within 0.1 %. */
static void a_benchmarks_own_tolerance_decides_whether_it_goes_on(void **state)
{
    (void)state;
    static const struct {
        double tolerance_percent;
        bool goes_on;
    } expected[] = {{0, false}, {5, false}, {0.1, true}};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        vb_paired_case paired = planned(16, 64);
        new_side.tolerance_percent = expected[i].tolerance_percent;
        assert_int_equal(run_to_the_end(&paired, 0, 0.004) > 16, expected[i].goes_on);
        free_pairs(&paired);
    }
}

static void a_case_whose_time_is_used_up_has_one_more_look(void **state)
{
    (void)state;
    vb_paired_case paired = planned(16, 64);
    uint64_t random = 5;
    while (paired.cycles < 19) {
        add_cycle(&paired, 0, 0.04, &random);
        assert_int_equal(vb_sequential_look(&paired, &rules, 1), 0);
    }
    assert_int_equal(paired.stop, VB_STOP_NONE);
    const size_t looks = paired.looks, taken = paired.looks_taken;
    vb_sequential_end(&paired);
    assert_int_equal(vb_sequential_look(&paired, &rules, 1), 0);
    assert_int_equal(paired.stop, VB_STOP_BUDGET);
    assert_int_equal(paired.looks_taken, taken + 1);
    assert_true(paired.looks == looks &&
                paired.looks_taken <= looks); /* its share is the next one's */
    free_pairs(&paired);
    vb_paired_case early = planned(16, 64);
    add_cycle(&early, 0, 0.04, &random);
    vb_sequential_end(&early);
    assert_int_equal(early.cycles_planned, VB_CYCLES_MIN);
    free_pairs(&early);
}

static void hypotheses_share_the_level(void **state)
{
    (void)state;
    static const struct {
        size_t hypotheses;
        vb_stop stop;
    } expected[] = {{1, VB_STOP_DECIDED}, {10, VB_STOP_DECIDED}, {1000, VB_STOP_NONE}};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        vb_paired_case paired = planned(16, 64);
        uint64_t random = 4;
        for (int cycle = 0; cycle < 4; cycle++)
            add_cycle(&paired, 0.05, 0.01, &random);
        assert_int_equal(vb_sequential_look(&paired, &rules, expected[i].hypotheses), 0);
        assert_int_equal(paired.stop, expected[i].stop);
        vb_paired_case_free(&paired);
    }
}

static void each_statement_about_a_case_without_error_is_a_hypothesis(void **state)
{
    (void)state;
    vb_benchmark sides[4][VB_SIDES] = {{{0}}};
    vb_paired_case cases[4] = {{0}};
    for (size_t i = 0; i < 4; i++) {
        cases[i].old = &sides[i][VB_OLD];
        cases[i].new = &sides[i][VB_NEW];
    }
    assert_int_equal(vb_sequential_hypotheses(cases, 0), 1); /* what is divided by it stays */
    assert_int_equal(vb_sequential_hypotheses(cases, 4), 4);
    sides[1][VB_NEW].latencies = &latencies;
    assert_int_equal(vb_sequential_hypotheses(cases, 4), 4 + 3);
    sides[1][VB_NEW].p99_limit_ns = 1000;
    assert_int_equal(vb_sequential_hypotheses(cases, 4), 4 + 4);
    sides[2][VB_OLD].error = (char *)"it hung";
    assert_int_equal(vb_sequential_hypotheses(cases, 4), 3 + 4);
    sides[1][VB_NEW].error = (char *)"it crashed";
    assert_int_equal(vb_sequential_hypotheses(cases, 4), 2);
}

static void lack_of_memory_at_a_look_is_told(void **state)
{
    (void)state;
    uint64_t random = 5;
    vb_paired_case paired = planned(4, 4);
    for (int cycle = 0; cycle < 4; cycle++)
        add_cycle(&paired, 0.05, 0.01, &random);
    bool failed = true;
    for (long allowed = 0; failed; allowed++) {
        paired.stop = VB_STOP_NONE;
        fail_allocation_after(allowed);
        const int status = vb_sequential_look(&paired, &rules, 1);
        failed = allocation_has_failed();
        assert_int_equal(status, failed ? -ENOMEM : 0);
    }
    assert_int_equal(paired.stop, VB_STOP_DECIDED);
    vb_paired_case_free(&paired);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(looks_come_at_the_budget_at_its_halves_and_at_its_doubles),
        cmocka_unit_test(as_many_looks_are_planned_as_there_are_cycles_with_one),
        cmocka_unit_test(a_case_that_has_changed_stops_before_its_budget),
        cmocka_unit_test(a_case_is_not_called_equivalent_before_its_budget),
        cmocka_unit_test(a_case_that_is_undecided_goes_on_after_its_budget),
        cmocka_unit_test(all_that_a_case_may_take_is_the_end),
        cmocka_unit_test(what_all_cycles_would_hardly_decide_stops_at_the_budget),
        cmocka_unit_test(a_case_with_latencies_does_not_stop_before_its_budget),
        cmocka_unit_test(a_benchmarks_own_tolerance_decides_whether_it_goes_on),
        cmocka_unit_test(a_case_whose_time_is_used_up_has_one_more_look),
        cmocka_unit_test(hypotheses_share_the_level),
        cmocka_unit_test(each_statement_about_a_case_without_error_is_a_hypothesis),
        cmocka_unit_test(lack_of_memory_at_a_look_is_told),
    };
    return cmocka_run_group_tests_name("sequential", tests, NULL, NULL);
}
