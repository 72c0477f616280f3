/* Old and new measured side by side: the rows, their verdicts, and the level that they share. */
#include "test_near.h"

#include "test_paired_comparison.h"

static void cases_are_judged_without_an_allowance_for_drift(void **state)
{
    (void)state;
    paired_sides both = {0};
    simulated how = quiet;
    how.change = 0.02;
    add_case(&both, "slower", &how);
    how.change = 0.002;
    add_case(&both, "same", &how);
    compare_paired(&both);
    assert_true(both.comparison.paired);
    assert_near(both.comparison.rules.drift, 0, 0);
    assert_int_equal(find_row(&both.comparison, "slower")->change.verdict, VB_REGRESSED);
    assert_near(find_row(&both.comparison, "slower")->change.estimate, expm1(0.02), 1e-12);
    assert_int_equal(find_row(&both.comparison, "same")->change.verdict, VB_EQUIVALENT);
    let_go_of_pairs(&both);
}

static void own_tolerance_of_a_benchmark_takes_the_place_of_the_common_one(void **state)
{
    (void)state;
    paired_sides both = {0};
    simulated how = quiet;
    how.noise = 0.02;
    add_case(&both, "common", &how);
    both.random = 0; /* the same noise again */
    add_case(&both, "lax", &how);
    both.new.items[1].tolerance_percent = 5;
    compare_paired(&both);
    assert_int_equal(find_row(&both.comparison, "common")->change.verdict, VB_INCONCLUSIVE);
    assert_int_equal(find_row(&both.comparison, "lax")->change.verdict, VB_EQUIVALENT);
    let_go_of_pairs(&both);
}

/* A case of natural links whose 16 pairs say 0.1 to 1.6 %, but the one of this rank less than
 * nothing; 0: none. So its rank sum is `rank`. */
static void add_ranks(paired_sides *both, const char *name, int rank)
{
    static const simulated natural = {.cycles = 4, .base_ns = 100, .natural_only = true};
    vb_paired_case *paired = add_case(both, name, &natural);
    for (int i = 0; i < 16; i++) {
        vb_process_pair *pair = &paired->pairs.items[i];
        pair->log_ratio = pair->quiet_log_ratio = 0.001 * (i + 1) * (i + 1 == rank ? -1 : 1);
    }
}

/* For each rank sum up to 8, 9, 10 and 12, 25, 33, 43 and 70 of the 65536 choices of signs are as
 * extreme on either side: with three intervals, p is 0.0023, 0.0030, 0.0039 and 0.0064. Holm's
 * levels of four are 0.0025, 0.0033, 0.005 and 0.01. */
static void the_level_is_shared_step_by_step(void **state)
{
    (void)state;
    static const struct {
        int ranks[4];
        double levels[4]; /* 100 times, of each row */
        bool excludes[4];
    } cases[] = {
        {{8, 9, 10, 12}, {1. / 4, 1. / 3, 1. / 2, 1}, {true, true, true, true}},
        {{12, 10, 9, 8}, {1, 1. / 2, 1. / 3, 1. / 4}, {true, true, true, true}},
        {{9, 9, 10, 12}, {1. / 4, 1. / 4, 1. / 4, 1. / 4}, {false, false, false, false}},
        /* nothing follows one that stays, however small: 0.0039 would do at 0.005 */
        {{8, 10, 10, 10}, {1. / 4, 1. / 3, 1. / 3, 1. / 3}, {true, false, false, false}},
        {{10, 0, 8, 10}, {1. / 2, 1. / 4, 1. / 4, 1. / 2}, {true, true, true, true}},
    };
    static const char *const names[] = {"a", "b", "c", "d"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        paired_sides both = {0};
        for (size_t k = 0; k < 4; k++)
            add_ranks(&both, names[k], cases[i].ranks[k]);
        add_failed_case(&both, "failed", "old"); /* it claims nothing */
        compare_paired(&both);
        assert_int_equal(both.comparison.hypotheses, 4);
        for (size_t k = 0; k < 4; k++) {
            const vb_change *change = &find_row(&both.comparison, names[k])->change;
            assert_int_equal(change->estimator, VB_BY_PAIRS);
            assert_near(change->level, cases[i].levels[k] / 100, 1e-12);
            assert_int_equal(vb_change_excludes_zero(change), cases[i].excludes[k]);
            assert_int_equal(change->p_value <= change->level, cases[i].excludes[k]);
        }
        let_go_of_pairs(&both);
    }
    paired_sides both = {0};
    add_ranks(&both, "a", 12);
    compare_paired(&both);
    assert_near(find_row(&both.comparison, "a")->change.p_value, 3 * 2 * 70 / 65536.0, 1e-12);
    let_go_of_pairs(&both);
}

/* As Holm writes it: the p-values in order, each at the level divided by how many are left, until
 * one is above that. */
static bool is_rejected(const double *p_values, size_t count, double p_value)
{
    for (size_t i = 0; i < count; i++) {
        size_t less = 0;
        for (size_t k = 0; k < count; k++)
            less += p_values[k] < p_values[i];
        if (p_values[i] <= p_value && p_values[i] > 0.01 / (double)(count - less))
            return false;
    }
    return true;
}

static void the_level_is_shared_as_holm_says_whatever_the_order_of_rows(void **state)
{
    (void)state;
    uint64_t random = 21;
    int excluding = 0, including = 0;
    for (int i = 0; i < 60; i++) {
        enum { ROWS = 12 };
        int ranks[ROWS];
        double p_values[ROWS];
        for (size_t k = 0; k < ROWS; k++)
            ranks[k] = (int)random_below(&random, k % 2 ? 17 : 8);
        for (int turn = 0; turn < 2; turn++) {
            paired_sides both = {0};
            char name[8];
            for (size_t k = 0; k < ROWS; k++) { /* the second time in another order */
                size_t row = turn == 0 ? k : (5 * k + 3) % ROWS;
                snprintf(name, sizeof name, "%zu", row);
                add_ranks(&both, name, ranks[row]);
            }
            compare_paired(&both);
            for (size_t k = 0; k < ROWS; k++) {
                snprintf(name, sizeof name, "%zu", k);
                const vb_change *change = &find_row(&both.comparison, name)->change;
                if (turn == 0)
                    p_values[k] = change->p_value;
                assert_near(change->p_value, p_values[k], 1e-15);
                if (turn == 0)
                    continue;
                assert_int_equal(vb_change_excludes_zero(change),
                                 is_rejected(p_values, ROWS, p_values[k]));
                excluding += vb_change_excludes_zero(change);
                including += !vb_change_excludes_zero(change);
            }
            let_go_of_pairs(&both);
        }
    }
    assert_true(excluding > 50 && including > 50);
}

static void gate_counts_regressions_by_their_near_bound_and_inconclusive_rows_if_told(void **state)
{
    (void)state;
    static const struct {
        vb_row_status status;
        vb_verdict verdict;
        double estimate, low, high;
        double fail_above;
        bool fail_on_inconclusive, fails;
    } cases[] = {
        {VB_COMPARED, VB_REGRESSED, 0.05, 0.03, 0.07, 0, false, true},
        {VB_COMPARED, VB_REGRESSED, 0.05, 0.03, 0.07, 0.0299, false, true},
        {VB_COMPARED, VB_REGRESSED, 0.05, 0.03, 0.07, 0.03, false, false},
        {VB_COMPARED, VB_REGRESSED, 0.05, 0.03, 0.07, 0.04, false, false}, /* maybe, not surely */
        {VB_COMPARED, VB_IMPROVED, -0.05, -0.07, -0.03, 0, true, false},
        {VB_COMPARED, VB_EQUIVALENT, 0, -0.001, 0.001, 0, true, false},
        {VB_COMPARED, VB_INCONCLUSIVE, 0, -0.1, 0.1, 0, false, false},
        {VB_COMPARED, VB_INCONCLUSIVE, 0, -0.1, 0.1, 0, true, true},
        {VB_COMPARED, VB_INCONCLUSIVE, 0, NAN, NAN, 0.5, true, true},
        {VB_ADDED, VB_REGRESSED, 0, 1, 1, 0, true, false},
        {VB_NO_RATIO, VB_REGRESSED, 0, 1, 1, 0, true, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        vb_comparison_row rows[] = {
            {.name = "fine", .change = {.verdict = VB_EQUIVALENT}},
            {.name = "a",
             .status = cases[i].status,
             .change = {.verdict = cases[i].verdict,
                        .estimate = cases[i].estimate,
                        .low = cases[i].low,
                        .high = cases[i].high}},
        };
        const vb_comparison comparison = {.rows = rows, .count = 2};
        const vb_gate gate = {.fail_above = cases[i].fail_above,
                              .fail_on_inconclusive = cases[i].fail_on_inconclusive};
        assert_int_equal(vb_comparison_fails(&comparison, &gate), cases[i].fails);
    }
}

/* Old differs from itself by 2 %: nothing that the run says can be trusted. */
static void a_noise_floor_that_is_exceeded_makes_every_verdict_inconclusive(void **state)
{
    (void)state;
    for (int exceeded = 0; exceeded < 2; exceeded++) {
        paired_sides both = {0};
        simulated how = quiet;
        add_case(&both, "same", &how);
        how.change = 0.1;
        add_case(&both, "slower", &how);
        how.change = -0.1;
        add_case(&both, "faster", &how);
        for (int i = 0; i < 24; i++)
            add_pair(&both.cases[i % 3].floor)->log_ratio =
                (exceeded ? 0.02 : 0) + 0.001 * (i % 2 ? 1 : -1);
        compare_paired(&both);
        const vb_comparison *made = &both.comparison;
        assert_int_equal(made->floor.pairs, 24);
        assert_int_equal(made->floor.exceeded, exceeded);
        assert_int_equal(made->verdicts[VB_INCONCLUSIVE], exceeded ? 3 : 0);
        assert_int_equal(made->verdicts[VB_REGRESSED], !exceeded);
        assert_near(find_row(made, "slower")->change.estimate, expm1(0.1), 1e-12); /* it stays */
        assert_int_equal(vb_comparison_fails(made, &test_gate), !exceeded);
        const vb_gate strict = {.fail_on_inconclusive = true};
        assert_true(vb_comparison_fails(made, &strict));
        for (size_t i = 0; i < both.count; i++)
            free(both.cases[i].floor.items);
        let_go_of_pairs(&both);
    }
}

/* Three of five: what they share is not what all have. */
static void what_not_three_of_four_do_is_not_told_of_all(void **state)
{
    (void)state;
    paired_sides both = {0};
    simulated how = quiet;
    for (int k = 0; k < VB_COMMON_MIN; k++) {
        how.change = k < 3 ? 0.02 : 0;
        add_case(&both, (const char[]){(char)('a' + k), '\0'}, &how);
    }
    compare_paired(&both);
    assert_true(both.comparison.common > 0.019);
    assert_false(vb_comparison_moved(&both.comparison));
    let_go_of_pairs(&both);
}

static void rows_without_a_verdict_say_why(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        vb_row_status status;
        const char *reason;
    } expected[] = {
        {"fine", VB_COMPARED, NULL},
        {"added", VB_ADDED, "added: the old side does not have it"},
        {"removed", VB_REMOVED, "removed: only the old side has it"},
        {"new_failed", VB_FAILED_NOW, "it crashed"},
        {"both_failed", VB_FAILED_NOW, "it crashed"},
        {"old_failed", VB_FAILED_THEN, "the old one failed: it hung"},
        {"no_cycle", VB_NO_RATIO, "not one cycle of pairs was completed"},
        {"no_time", VB_NO_RATIO,
         "a side took no time, or a billion times the other's, so there is no ratio"},
    };
    static const simulated nothing, no_time = {.cycles = 4};
    paired_sides both = {0};
    add_case(&both, "fine", &quiet);
    add_failed_case(&both, "new_failed", "new");
    add_failed_case(&both, "old_failed", "old");
    add_failed_case(&both, "both_failed", "both");
    add_case(&both, "no_cycle", &nothing);
    add_case(&both, "no_time", &no_time);
    add_constant(&both.new, "added", 1);
    add_constant(&both.old, "removed", 1);
    compare_paired(&both);
    assert_int_equal(both.comparison.count, sizeof expected / sizeof *expected);
    assert_int_equal(both.comparison.uncompared, both.comparison.count - 1);
    for (size_t i = 0; i < both.comparison.count; i++) {
        const vb_comparison_row *row = find_row(&both.comparison, expected[i].name);
        assert_int_equal(row->status, expected[i].status);
        if (expected[i].reason)
            assert_string_equal(row->reason, expected[i].reason);
        else
            assert_null(row->reason);
    }
    let_go_of_pairs(&both);
}

/* What both have in common is no matter of the machine, which would have cancelled. */
static void benchmarks_that_move_together_by_more_than_the_tolerance_are_told(void **state)
{
    (void)state;
    static const struct {
        double change;
        bool moved;
    } cases[] = {{0.009, false}, {0.011, true}, {-0.02, true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        paired_sides both = {0};
        simulated how = quiet;
        how.change = cases[i].change;
        for (int k = 0; k < VB_COMMON_MIN; k++)
            add_case(&both, (const char[]){(char)('a' + k), '\0'}, &how);
        compare_paired(&both);
        char *text = table_of(&both.comparison, true);
        assert_int_equal(vb_comparison_moved(&both.comparison), cases[i].moved);
        assert_int_equal(strstr(text, "something that they share has changed\n") != NULL,
                         cases[i].moved);
        free(text);
        let_go_of_pairs(&both);
    }
}

static void running_out_of_memory_is_told_and_leaks_nothing(void **state)
{
    (void)state;
    paired_sides both = {0};
    simulated how = quiet;
    how.new_natural = 0.1;
    how.cycles = 2;
    for (int i = 0; i < VB_COMMON_MIN; i++)
        add_case(&both, (const char[]){(char)('a' + i), '\0'}, &how);
    add_failed_case(&both, "failed", "old");
    assert_want_of_memory_is_told(&both);
    let_go_of_pairs(&both);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases_are_judged_without_an_allowance_for_drift),
        cmocka_unit_test(own_tolerance_of_a_benchmark_takes_the_place_of_the_common_one),
        cmocka_unit_test(the_level_is_shared_step_by_step),
        cmocka_unit_test(the_level_is_shared_as_holm_says_whatever_the_order_of_rows),
        cmocka_unit_test(gate_counts_regressions_by_their_near_bound_and_inconclusive_rows_if_told),
        cmocka_unit_test(a_noise_floor_that_is_exceeded_makes_every_verdict_inconclusive),
        cmocka_unit_test(rows_without_a_verdict_say_why),
        cmocka_unit_test(what_not_three_of_four_do_is_not_told_of_all),
        cmocka_unit_test(benchmarks_that_move_together_by_more_than_the_tolerance_are_told),
        cmocka_unit_test(running_out_of_memory_is_told_and_leaks_nothing),
    };
    return cmocka_run_group_tests_name("paired_comparison", tests, NULL, NULL);
}
