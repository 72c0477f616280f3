/*
 * The judge against measurements whose truth is known (simulator.h): how often it says something
 * false, and how often it says nothing where there is something. Each count is held against what
 * chance allows: a test fails where so many would come in less than one of a thousand runs if the
 * share were half of the level. Seeded, hence the same in every run. SOAK=1 makes ten times as
 * many, SIMULATIONS=N that number of each.
 */
#include "simulator.h"

#include "runner/paired_judge.h"
#include "test_paired_sides.h"
#include "test_stress.h"

#include <stdio.h>

/* The level is 1 %. Union bounds over looks and over three intervals leave half of it, or more. */
static const double promised = 0.005;
static const double hardly = 1e-3;

/* A second of blocks, and four where it is undecided. */
static const sim_plan same_code = {.budget_cycles = 8, .cycles_max = 32, .hypotheses = 1};

/* Arithmetic is the same under a sanitizer, and slow. */
#ifdef __SANITIZE_ADDRESS__
enum { FEWER = 10 };
#else
enum { FEWER = 1 };
#endif

static int comparisons(int usual)
{
    return (int)stress_count("SIMULATIONS", (uint64_t)(usual / FEWER));
}

static void assert_seldom(const char *what, const char *kind, int hits, int count, double share)
{
    if (sim_chance_of_so_many(hits, count, share) < hardly)
        fail_msg("%s, %s: %d of %d, where %g of 100 are allowed", kind, what, hits, count,
                 100 * share);
}

static void same_code_is_called_changed_in_one_of_a_hundred_comparisons_at_most(void **state)
{
    (void)state;
    int all_told = 0, all_outside = 0, all = 0;
    for (size_t i = 0; i < sim_kind_count; i++) {
        const sim_kind *kind = &sim_kinds[i];
        sim_tally tally;
        if (kind->lopsided)
            continue;
        sim_repeat(kind, &same_code, comparisons(1000), 1, &tally);
        assert_int_equal(tally.failed, 0); /* every kind's blocks take time */
        const int told = tally.verdicts[VB_REGRESSED] + tally.verdicts[VB_IMPROVED];
        const int outside = tally.missed;
        print_message("%s: %d of %d called changed, %d intervals leave out 0\n", kind->name, told,
                      tally.count, outside);
        assert_seldom("called changed", kind->name, told, tally.count, promised);
        assert_seldom("left out", kind->name, outside, tally.count, promised);
        all_told += told;
        all_outside += outside;
        all += tally.count;
    }
    /* Most kinds are far below it. */
    assert_seldom("called changed", "all kinds", all_told, all, promised / 2);
    assert_seldom("left out", "all kinds", all_outside, all, promised / 2);
}

/* Where new's layouts alone scatter, and to one side, most layouts are faster than the mean, by
 * less than a fifth of the scatter. Intervals by pairs are for the middle, and may tell that. */
static void where_layouts_scatter_to_one_side_a_change_of_the_middle_may_be_told(void **state)
{
    (void)state;
    sim_tally tally;
    sim_repeat(sim_kind_named("skewed layouts of new"), &same_code, comparisons(400), 1, &tally);
    print_message("%d of %d called improved, %d regressed\n", tally.verdicts[VB_IMPROVED],
                  tally.count, tally.verdicts[VB_REGRESSED]);
    assert_seldom("called regressed", "skewed layouts of new", tally.verdicts[VB_REGRESSED],
                  tally.count, promised / 2);
    assert_seldom("called improved", "skewed layouts of new", tally.verdicts[VB_IMPROVED],
                  tally.count, 0.04);
}

/* The interval holds the truth, and no verdict says the opposite; also of a change that is beyond
 * the tolerance, which is never called equivalent. */
static void changes_lie_in_their_intervals_and_are_not_told_the_wrong_way(void **state)
{
    (void)state;
    static const double percents[] = {1, 1.5, -1.5};
    for (size_t p = 0; p < sizeof percents / sizeof *percents; p++) {
        sim_plan plan = same_code;
        int missed = 0, opposite = 0, equivalent = 0, all = 0;
        plan.change = log1p(percents[p] / 100);
        for (size_t i = 0; i < sim_kind_count; i++) {
            const sim_kind *kind = &sim_kinds[i];
            sim_tally tally;
            if (kind->lopsided)
                continue;
            sim_repeat(kind, &plan, comparisons(100), 2 + p, &tally);
            const int outside = tally.missed;
            const int wrong = tally.verdicts[percents[p] > 0 ? VB_IMPROVED : VB_REGRESSED];
            assert_seldom("truth left out", kind->name, outside, tally.count, promised);
            assert_seldom("wrong way", kind->name, wrong, tally.count, promised / 4);
            if (p > 0)
                assert_seldom("called equivalent", kind->name, tally.verdicts[VB_EQUIVALENT],
                              tally.count, promised);
            missed += outside;
            opposite += wrong;
            equivalent += tally.verdicts[VB_EQUIVALENT];
            all += tally.count;
        }
        print_message("%+g %%: of %d intervals %d miss it, %d the wrong way, %d equivalent\n",
                      percents[p], all, missed, opposite, equivalent);
        assert_seldom("truth left out", "all kinds", missed, all, promised / 2);
        assert_seldom("wrong way", "all kinds", opposite, all, promised / 20);
        if (p > 0)
            assert_seldom("called equivalent", "all kinds", equivalent, all, promised / 4);
    }
}

static void assert_found(const char *name, double percent, sim_plan plan, int at_least_of_100)
{
    sim_tally tally;
    plan.change = log1p(percent / 100);
    sim_repeat(sim_kind_named(name), &plan, comparisons(200), 5, &tally);
    const int found = tally.verdicts[percent > 0 ? VB_REGRESSED : VB_IMPROVED];
    print_message("%s, %g %%: %d of %d found\n", name, percent, found, tally.count);
    assert_seldom("not found", name, tally.count - found, tally.count, 1 - at_least_of_100 / 100.0);
}

static void small_changes_of_quiet_code_are_found_within_a_second(void **state)
{
    (void)state;
    static const char *const quiet[] = {
        "quiet", "ring", "drift", "steps", "load, short turns", "short bursts"};
    sim_plan plan = same_code;
    plan.cycles_max = plan.budget_cycles;
    for (size_t i = 0; i < sizeof quiet / sizeof *quiet; i++) {
        assert_found(quiet[i], 0.5, plan, i == 1 ? 90 : 95);
        assert_found(quiet[i], -1, plan, 99);
    }
    assert_found("long bursts", 1, plan, 95);
}

static void a_percent_is_found_behind_what_placement_does(void **state)
{
    (void)state;
    const sim_plan plan = {.budget_cycles = 16, .cycles_max = 64, .hypotheses = 1};
    assert_found("sort", 1, plan, 95);
    assert_found("sort", -2, plan, 99);
}

/* Thirty benchmarks of all kinds, with their noise floor, judged together as vbench does. */
static void measure_suite(paired_sides *both, double change, uint64_t *random)
{
    enum { SUITE = 30 };
    vb_benchmark blank[VB_SIDES] = {{0}};
    const sim_plan plan = {
        .budget_cycles = 8, .cycles_max = 32, .hypotheses = SUITE, .change = change};
    *both = (paired_sides){0};
    while (both->count < SUITE) {
        const sim_kind *kind = &sim_kinds[random_below(random, sim_kind_count)];
        char name[64];
        if (kind->lopsided)
            continue;
        snprintf(name, sizeof name, "%s/%zu", kind->name, both->count);
        vb_paired_case *paired = &both->cases[both->count];
        *paired = (vb_paired_case){.old = &blank[VB_OLD], .new = &blank[VB_NEW]};
        sim_measure(kind, &plan, &vb_paired_rules, random, paired);
        add_measured(&both->old, name, NULL, 0);
        add_measured(&both->new, name, NULL, 0);
        both->old_index[both->count] = both->new_index[both->count] = both->count;
        both->count++;
    }
    compare_paired(both);
}

static void a_suite_of_the_same_code_has_a_false_verdict_in_one_of_a_hundred_runs(void **state)
{
    (void)state;
    const int suites = comparisons(400);
    int with_false = 0, vetoed = 0;
    uint64_t random = 6;
    for (int i = 0; i < suites; i++) {
        paired_sides both;
        measure_suite(&both, 0, &random);
        const vb_comparison *made = &both.comparison;
        bool leaves_out = false; /* what the noise floor has made inconclusive counts, too */
        for (size_t k = 0; k < made->count; k++) {
            const vb_change *change = &made->rows[k].change;
            leaves_out = leaves_out ||
                         (made->rows[k].status == VB_COMPARED && vb_change_excludes_zero(change) &&
                          fabs(change->estimate) >= vb_paired_rules.min_effect);
        }
        with_false += leaves_out;
        vetoed += made->floor.exceeded;
        let_go_of_pairs(&both);
        for (size_t k = 0; k < both.count; k++)
            vb_paired_case_free(&both.cases[k]);
    }
    print_message("%d of %d suites with a false verdict, %d vetoed by the noise floor\n",
                  with_false, suites, vetoed);
    assert_seldom("false verdict", "suites", with_false, suites, promised);
    assert_seldom("vetoed", "suites", vetoed, suites, promised);
}

/* And what the counts are held against. */
static void so_many_hits_have_their_binomial_chance(void **state)
{
    (void)state;
    assert_true(fabs(sim_chance_of_so_many(1, 10, 0.1) - 0.6513215599) < 1e-9); /* 1 - 0.9^10 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_code_is_called_changed_in_one_of_a_hundred_comparisons_at_most),
        cmocka_unit_test(where_layouts_scatter_to_one_side_a_change_of_the_middle_may_be_told),
        cmocka_unit_test(changes_lie_in_their_intervals_and_are_not_told_the_wrong_way),
        cmocka_unit_test(small_changes_of_quiet_code_are_found_within_a_second),
        cmocka_unit_test(a_percent_is_found_behind_what_placement_does),
        cmocka_unit_test(a_suite_of_the_same_code_has_a_false_verdict_in_one_of_a_hundred_runs),
        cmocka_unit_test(so_many_hits_have_their_binomial_chance),
    };
    return cmocka_run_group_tests_name("simulation", tests, NULL, NULL);
}
