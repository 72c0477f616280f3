/* The judge of a paired comparison: by hand, by its properties, and by simulation. */
#include "test_near.h"

#include "runner/layout_effect.h"
#include "runner/paired_judge.h"
#include "test_memory.h"
#include "test_pairs.h"

#include <errno.h>

static const vb_change_rules rules = {.level = 0.01, .min_effect = 0.0025, .tolerance = 0.01};
static const simulated quiet = {.cycles = 8, .base_ns = 100};

/* A pair for each log ratio, four a cycle, around 100 ns. */
static void fill(vb_paired_case *paired, const double *log_ratios, size_t count)
{
    *paired = (vb_paired_case){.cycles = count / VB_CYCLE_PAIRS};
    for (size_t i = 0; i < count; i++) {
        vb_process_pair *pair = add_pair(&paired->pairs);
        *pair = (vb_process_pair){.cycle = i / VB_CYCLE_PAIRS,
                                  .old_layout = (int)i, /* new ones in each cycle */
                                  .new_layout = (int)i,
                                  .log_ratio = log_ratios[i],
                                  .quiet_log_ratio = log_ratios[i],
                                  .old_ns = 100 * exp(-log_ratios[i] / 2),
                                  .new_ns = 100 * exp(log_ratios[i] / 2)};
    }
}

static vb_change judged(const vb_paired_case *paired)
{
    vb_change change;
    assert_int_equal(vb_paired_judge(paired, &rules, &change), 0);
    return change;
}

static vb_change judged_simulation(const simulated *how, uint64_t *random)
{
    vb_paired_case paired = {0};
    simulate(how, &paired, random);
    vb_change change = judged(&paired);
    free_pairs(&paired);
    return change;
}

static vb_layout_effect effect_of(const vb_paired_case *paired)
{
    vb_layout_effect effect;
    vb_change change = judged(paired);
    assert_int_equal(vb_paired_layout_effect(paired, 0.99, &change, &effect), 0);
    return effect;
}

/* Of this level each of the three intervals uses 0.01. */
static const vb_change_rules three_hundredths = {
    .level = 0.03, .min_effect = 0.0025, .tolerance = 0.01};

/* Groups of mean 0.01 to 0.08, in which each offset does much: their mean is 0.045, its standard
 * error 0.0244948974278318 / sqrt(8), and the quantile of t with seven degrees of freedom
 * 3.49948329735049. */
static void where_placement_does_much_the_interval_is_students_over_groups(void **state)
{
    (void)state;
    static const double offsets[] = {0.3, -0.1, -0.3, 0.1};
    const double half = 3.49948329735049 * 0.0244948974278318 / sqrt(8);
    double ratios[32];
    for (int i = 0; i < 32; i++)
        ratios[i] = 0.01 * (i / 4 + 1) + offsets[i % 4];
    vb_paired_case paired;
    vb_change change;
    fill(&paired, ratios, 32);
    assert_int_equal(vb_paired_judge(&paired, &three_hundredths, &change), 0);
    assert_int_equal(change.estimator, VB_BY_GROUPS);
    assert_near(change.estimate, expm1(0.045), 1e-12);
    assert_near(change.low, expm1(0.045 - half), 1e-9);
    assert_near(change.high, expm1(0.045 + half), 1e-9);
    assert_near(change.visible, expm1(half), 1e-9);
    assert_near(change.level, 0.03, 0);
    /* t is 5.19615242270663: twice what is beyond it, for each of three intervals */
    assert_near(change.p_value, 3 * 2 * 0.0006291601169681543, 1e-9);
    assert_int_equal(change.verdict, VB_REGRESSED);
    free_pairs(&paired);
}

/* 0.001 to 0.016: of the 136 means of two, 19 may lie below (the critical value of the signed rank
 * test for 16 values, at 0.01), and the 20th is 0.0045. */
static void fill_ranks(vb_paired_case *paired)
{
    double ratios[16];
    for (int i = 0; i < 16; i++)
        ratios[i] = 0.001 * (i + 1);
    fill(paired, ratios, 16);
}

static void
where_placement_does_little_the_interval_is_that_of_the_signed_ranks_of_pairs(void **state)
{
    (void)state;
    vb_paired_case paired;
    vb_change change;
    fill_ranks(&paired);
    assert_int_equal(vb_paired_judge(&paired, &three_hundredths, &change), 0);
    assert_int_equal(change.estimator, VB_BY_PAIRS);
    assert_near(change.estimate, expm1(0.0085), 1e-12);
    assert_near(change.low, expm1(0.0045), 1e-12);
    assert_near(change.high, expm1(0.0125), 1e-12);
    assert_near(change.p_value, 3 * 2 / 65536.0, 1e-12);
    free_pairs(&paired);
}

/* Groups that agree on `mean`, of cells that say nothing: one layout in four is faster, the others
 * are slower. */
static void fill_agreeing_groups(vb_paired_case *paired, size_t groups, double mean)
{
    double ratios[40];
    for (size_t i = 0; i < 4 * groups; i++)
        ratios[i] = mean + (i % 4 == 0 ? -0.3 : 0.1) + 1e-6 * (double)(i / 4);
    fill(paired, ratios, 4 * groups);
}

/* Whatever they are: four may agree by chance, where processes come in two modes. */
static void fewer_than_eight_groups_have_no_interval(void **state)
{
    (void)state;
    for (size_t groups = 4; groups <= 8; groups++) {
        vb_paired_case paired;
        vb_change change;
        fill_agreeing_groups(&paired, groups, 0.025);
        assert_int_equal(vb_paired_judge(&paired, &rules, &change), 0);
        assert_int_equal(vb_change_excludes_zero(&change), groups == 8);
        free_pairs(&paired);
    }
}

/* Eight that agree beside 0 are less rare by chance, where processes come in two modes, than a
 * verdict of one case in a thousand may be. */
static void more_groups_are_asked_for_where_the_level_is_low(void **state)
{
    (void)state;
    vb_change_rules own = rules;
    own.level = 3e-6; /* a third for groups: nine agree in 2.3 of a million */
    for (size_t groups = 8; groups <= 10; groups++) {
        vb_paired_case paired;
        vb_change change;
        fill_agreeing_groups(&paired, groups, 0.025);
        assert_int_equal(vb_paired_groups_least(&paired, own.level), 10);
        assert_int_equal(vb_paired_judge(&paired, &own, &change), 0);
        assert_int_equal(vb_change_excludes_zero(&change), groups == 10);
        if (groups == 10)
            assert_near(change.p_value, 3 * 2 * pow(56.0 / 256, 10), 1e-9);
        free_pairs(&paired);
    }
}

/* The middle of the cells is 10 % off, the mean of each group is not. */
static void groups_are_equivalent_whatever_the_middle_of_their_cells(void **state)
{
    (void)state;
    vb_paired_case paired;
    fill_agreeing_groups(&paired, 8, 0);
    vb_change change = judged(&paired);
    assert_int_equal(change.estimator, VB_BY_GROUPS);
    assert_int_equal(change.verdict, VB_EQUIVALENT);
    free_pairs(&paired);
}

static void quiet_blocks_count_where_they_know_more_and_do_not_contradict(void **state)
{
    (void)state;
    static const struct {
        double middle;
        vb_estimator by;
    } expected[] = {{0.0085, VB_BY_QUIET},
                    {0.0124, VB_BY_QUIET}, /* within 0.0045 to 0.0125 */
                    {0.0126, VB_BY_PAIRS},
                    {-0.01, VB_BY_PAIRS}};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        vb_paired_case paired;
        vb_change change;
        fill_ranks(&paired);
        for (int k = 0; k < 16; k++) /* a tenth of the others' scatter */
            paired.pairs.items[k].quiet_log_ratio =
                expected[i].middle + 0.1 * (paired.pairs.items[k].log_ratio - 0.0085);
        assert_int_equal(vb_paired_judge(&paired, &three_hundredths, &change), 0);
        assert_int_equal(change.estimator, expected[i].by);
        free_pairs(&paired);
    }
}

/* Quiet blocks that are the same, beside others whose middle is 2 % slower, by a wide interval. */
static void quiet_blocks_alone_make_nothing_equivalent(void **state)
{
    (void)state;
    static const struct {
        double middle;
        vb_verdict verdict;
    } expected[] = {{0.005, VB_EQUIVALENT}, {0.02, VB_INCONCLUSIVE}, {-0.02, VB_INCONCLUSIVE}};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        vb_paired_case paired;
        vb_change change;
        fill_ranks(&paired);
        for (int k = 0; k < 16; k++) {
            vb_process_pair *pair = &paired.pairs.items[k];
            pair->quiet_log_ratio = 0.1 * (pair->log_ratio - 0.0085);
            pair->log_ratio = expected[i].middle + 20 * (pair->log_ratio - 0.0085);
        }
        assert_int_equal(vb_paired_judge(&paired, &three_hundredths, &change), 0);
        assert_int_equal(change.estimator, VB_BY_QUIET);
        assert_int_equal(change.verdict, expected[i].verdict);
        free_pairs(&paired);
    }
}

/* Each look, and each of the three intervals at it, has an equal share. */
static void planned_looks_share_the_level(void **state)
{
    (void)state;
    vb_paired_case paired;
    vb_change one, four;
    vb_change_rules rules_of_four = three_hundredths;
    fill_ranks(&paired);
    assert_int_equal(vb_paired_judge(&paired, &three_hundredths, &one), 0);
    paired.looks = 4;
    rules_of_four.level *= 4;
    assert_int_equal(vb_paired_judge(&paired, &rules_of_four, &four), 0);
    assert_near(four.low, one.low, 1e-12);
    assert_near(four.high, one.high, 1e-12);
    assert_near(four.p_value, 4 * one.p_value, 1e-12);
    assert_near(four.low_95, one.low_95, 0); /* the plain one is as if this were all */
    free_pairs(&paired);
}

static void what_a_coarse_clock_may_have_moved_is_added_to_the_interval(void **state)
{
    (void)state;
    vb_paired_case paired;
    vb_change fine, coarse;
    fill_ranks(&paired);
    assert_int_equal(vb_paired_judge(&paired, &three_hundredths, &fine), 0);
    for (int seen = 1; seen <= 16; seen++) { /* some pairs see several steps at once */
        paired.pairs.items[seen - 1].clock_step = seen == 3 ? 0.002 : 0.004;
        assert_int_equal(vb_paired_judge(&paired, &three_hundredths, &coarse), 0);
        const double step = seen < 8 ? 0 : 0.002;
        assert_near(log1p(coarse.low), log1p(fine.low) - step, 1e-12);
        assert_near(log1p(coarse.high), log1p(fine.high) + step, 1e-12);
        assert_near(log1p(coarse.high_95), log1p(fine.high_95) + step, 1e-12);
        assert_int_equal(coarse.p_value > fine.p_value, step > 0);
    }
    free_pairs(&paired);
}

static void times_beside_the_change_have_it_as_their_ratio(void **state)
{
    (void)state;
    uint64_t random = 3;
    simulated how = quiet;
    how.change = 0.2;
    how.noise = 0.1;
    vb_change change = judged_simulation(&how, &random);
    assert_near(change.new_ns / change.old_ns - 1, change.estimate, 1e-12);
    assert_between(change.old_ns, 90, 110);
}

static void pairs_of_an_unfinished_cycle_do_not_count(void **state)
{
    (void)state;
    uint64_t random = 4;
    simulated how = quiet;
    how.noise = 0.01;
    vb_paired_case paired = {0};
    simulate(&how, &paired, &random);
    vb_change whole = judged(&paired);
    for (int i = 0; i < 3; i++)
        *add_pair(&paired.pairs) = (vb_process_pair){.cycle = how.cycles,
                                                     .log_ratio = 3,
                                                     .quiet_log_ratio = 3,
                                                     .old_ns = 1,
                                                     .new_ns = 20,
                                                     .new_layout = 99};
    vb_change more = judged(&paired);
    assert_memory_equal(&more, &whole, sizeof whole);
    assert_int_equal(vb_paired_layout_count(&paired), TEST_LAYOUTS);
    assert_true(effect_of(&paired).spread < 0.05);
    free_pairs(&paired);
}

static void first_verdict_that_holds_is_given(void **state)
{
    (void)state;
    static const struct {
        double change, noise;
        vb_verdict verdict;
    } expected[] = {
        {0.05, 0.001, VB_REGRESSED},   {-0.05, 0.001, VB_IMPROVED}, {0.002, 0.0001, VB_EQUIVALENT},
        {0.004, 0.0001, VB_REGRESSED}, {0, 0.001, VB_EQUIVALENT},   {0, 0.1, VB_INCONCLUSIVE},
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        uint64_t random = 5;
        simulated how = quiet;
        how.change = expected[i].change;
        how.noise = expected[i].noise;
        assert_int_equal(judged_simulation(&how, &random).verdict, expected[i].verdict);
    }
}

static void fewer_than_four_cycles_have_no_interval_and_are_inconclusive(void **state)
{
    (void)state;
    double ratios[4 * VB_CYCLES_MIN];
    for (size_t i = 0; i < 4 * VB_CYCLES_MIN; i++)
        ratios[i] = 1;
    for (size_t cycles = 1; cycles <= VB_CYCLES_MIN; cycles++) {
        vb_paired_case paired;
        fill(&paired, ratios, 4 * cycles);
        vb_change change = judged(&paired);
        const bool enough = cycles >= VB_CYCLES_MIN;
        assert_near(change.estimate, expm1(1), 1e-12);
        assert_int_equal(isnan(change.low) && isnan(change.high) && isnan(change.visible), !enough);
        assert_int_equal(isnan(change.low_95) && isnan(change.high_95), !enough);
        assert_int_equal(change.p_value < 1, enough);
        assert_int_equal(change.verdict, enough ? VB_REGRESSED : VB_INCONCLUSIVE);
        free_pairs(&paired);
    }
}

/* Over all that the three intervals, looks and steps of clocks do. */
static void p_value_is_at_most_the_level_where_the_interval_leaves_out_0(void **state)
{
    (void)state;
    uint64_t random = 31;
    int excluding = 0;
    for (int i = 0; i < 600; i++) {
        static const double noises[] = {0.001, 0.01, 0.05};
        vb_paired_case paired = {0};
        vb_change change;
        simulated how = quiet;
        how.cycles = (size_t)4 << (i % 3);
        how.change = 0.01 * random_normal(&random);
        how.noise = noises[i / 3 % 3];
        simulate(&how, &paired, &random);
        paired.looks = (size_t)(i % 4);
        for (size_t k = 0; i % 2 && k < paired.pairs.count; k++) { /* a coarse clock */
            vb_process_pair *pair = &paired.pairs.items[k];
            pair->log_ratio = pair->quiet_log_ratio = 0.02 * round(pair->log_ratio / 0.02);
            pair->clock_step = 0.01;
        }
        const vb_change_rules some = {.level = i % 5 == 0 ? 0.0001 : 0.05};
        assert_int_equal(vb_paired_judge(&paired, &some, &change), 0);
        assert_int_equal(vb_change_excludes_zero(&change), change.p_value <= some.level);
        excluding += vb_change_excludes_zero(&change);
        free_pairs(&paired);
    }
    assert_in_range(excluding, 80, 500);
}

static void what_has_no_ratio_is_refused(void **state)
{
    (void)state;
    const struct {
        size_t cycles;
        double log_ratio, old_ns;
        bool natural;
    } refused[] = {{0, 0, 1, false},        {1, INFINITY, 1, false}, {1, NAN, 1, false},
                   {1, 0, 0, false},        {1, 0, INFINITY, false}, {1, 21, 1, false},
                   {1, -INFINITY, 1, true}, {1, 0, 0, true}};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        vb_paired_case paired;
        vb_change change;
        fill(&paired, (const double[]){0, 0, 0, 0}, 4);
        assert_int_equal(vb_paired_judge(&paired, &rules, &change), 0);
        vb_process_pair odd = {.log_ratio = refused[i].log_ratio,
                               .quiet_log_ratio = refused[i].log_ratio,
                               .old_ns = refused[i].old_ns,
                               .new_ns = 1};
        paired.cycles = refused[i].cycles;
        assert_int_equal(vb_paired_layout_count(&paired), paired.cycles > 0 ? 4 : 1);
        if (refused[i].natural)
            *add_pair(&paired.natural) = odd;
        for (size_t k = 0; k < 4 && !refused[i].natural; k++)
            paired.pairs.items[k] = odd;
        assert_int_equal(vb_paired_judge(&paired, &rules, &change), -EDOM);
        free_pairs(&paired);
    }
}

/* Old and new of the same code, placed elsewhere in each pair: up to 40 % apart. */
static const simulated placed = {.cycles = 8,
                                 .base_ns = 100,
                                 .change = 0.01,
                                 .old_offset = {0, 0.3, 0.1, -0.4},
                                 .new_offset = {0.25, -0.05, -0.4, 0.2}};

static void effects_of_placement_cancel_in_every_cycle(void **state)
{
    (void)state;
    uint64_t random = 6;
    vb_change change = judged_simulation(&placed, &random);
    assert_near(change.estimate, expm1(0.01), 1e-12);
    assert_near(change.high - change.low, 0, 1e-12);
    assert_int_equal(change.verdict, VB_REGRESSED);
}

static void what_the_machine_does_to_both_cancels(void **state)
{
    (void)state;
    uint64_t random = 7, again = 7;
    simulated how = quiet;
    how.noise = 0.01;
    vb_change still = judged_simulation(&how, &random);
    how.drift = 0.05; /* five times slower in the end */
    vb_change drifting = judged_simulation(&how, &again);
    assert_near(drifting.estimate, still.estimate, 1e-12);
    assert_near(drifting.low, still.low, 1e-12);
    assert_int_equal(drifting.verdict, still.verdict);
}

/* The share of simulations, in percent, whose 99 % interval holds the true change. */
static double coverage_percent(const simulated *how, double layouts, bool same_code)
{
    enum { SIMULATIONS = 4000 };
    uint64_t random = 20240607;
    int covered = 0;
    for (int i = 0; i < SIMULATIONS; i++) {
        simulated one = *how;
        for (int k = 0; k < TEST_LAYOUTS; k++) {
            one.old_layout[k] = layouts * random_normal(&random);
            one.new_layout[k] = same_code ? one.old_layout[k] : layouts * random_normal(&random);
        }
        vb_change change = judged_simulation(&one, &random);
        covered += change.low <= expm1(how->change) && expm1(how->change) <= change.high;
    }
    return 100.0 * covered / SIMULATIONS;
}

/* At least 99 %: three intervals share what may be missed, and mostly miss together. If the
 * coverage is 99 %, 4,000 simulations show 98.43 % or more in all but one of two thousand seeds
 * (exact binomial limits); an interval of 99.99 % would be wider than need be. */
static void interval_of_99_percent_covers_the_truth_in_99_of_100(void **state)
{
    (void)state;
    simulated how = placed;
    how.noise = 0.01;
    how.drift = 0.002;
    assert_between(coverage_percent(&how, 0, true), 98.43, 99.99);
    how = quiet; /* where placement does much, so few cycles say nothing */
    how.noise = 0.01;
    how.cycles = VB_CYCLES_MIN;
    assert_between(coverage_percent(&how, 0, true), 98.43, 99.99);
}

static void interval_still_covers_where_tails_are_heavy(void **state)
{
    (void)state;
    simulated how = placed;
    how.noise = 0.01;
    how.draw = random_heavy;
    assert_between(coverage_percent(&how, 0, true), 98.43, 99.99);
}

/* Where the code is not the same, its layouts differ beyond the offsets of functions, too. Cycles
 * that visit the same layouts again bring no new ones, and the interval must not shrink as if
 * they did: one over cycles would cover 74 % here. */
static void layouts_that_are_visited_again_are_no_new_replicates(void **state)
{
    (void)state;
    simulated how = placed;
    how.noise = 0.01;
    assert_between(coverage_percent(&how, 0.03, true), 98.43, 99.99);
    how.cycles = TEST_LAYOUTS / VB_LAYOUT_CYCLE;
    assert_between(coverage_percent(&how, 0.03, false), 98.43, 99.99);
    how.cycles *= 4;
    assert_between(coverage_percent(&how, 0.03, false), 98.43, 99.99);
}

static void natural_links_tell_what_they_alone_would_have_said(void **state)
{
    (void)state;
    uint64_t random = 8;
    simulated how = placed;
    how.old_natural = -0.05;
    how.new_natural = 0.1;
    vb_paired_case paired = {0};
    simulate(&how, &paired, &random);
    vb_layout_effect effect = effect_of(&paired);
    assert_true(effect.known);
    assert_int_equal(paired.natural.count, 4);
    assert_near(effect.change, expm1(0.01 + 0.1 + 0.05), 1e-12);
    assert_near(effect.change_low, effect.change, 1e-9);
    assert_near(effect.change_high, effect.change, 1e-9);
    /* The offsets add up to 0 on the new side. */
    assert_near(effect.new_excess, expm1(0.1), 1e-12);
    assert_near(effect.new_excess_low, effect.new_excess, 1e-9);
    assert_near(effect.new_excess_high, effect.new_excess, 1e-9);
    free_pairs(&paired);
}

static void drift_does_not_move_the_excess_of_a_natural_link(void **state)
{
    (void)state;
    uint64_t random = 9;
    simulated how = placed;
    how.new_natural = 0.1;
    how.drift = 0.01;
    vb_paired_case paired = {0};
    simulate(&how, &paired, &random);
    assert_near(effect_of(&paired).new_excess, expm1(0.1), 0.02);
    free_pairs(&paired);
}

/* Quantile of t with two degrees of freedom: 9.92484320091832; of three values in equal steps the
 * standard error is a step over the root of three. */
static void intervals_of_natural_links_are_students_over_their_pairs(void **state)
{
    (void)state;
    const double half = 9.92484320091832 * 0.002 / sqrt(3);
    vb_paired_case paired;
    fill(&paired, (const double[]){0, 0, 0, 0, 0, 0, 0, 0}, 8);
    for (int i = -1; i <= 1; i++) {
        *add_pair(&paired.natural) = (vb_process_pair){.cycle = 1,
                                                       .old_layout = VB_NATURAL_LAYOUT,
                                                       .new_layout = VB_NATURAL_LAYOUT,
                                                       .log_ratio = 0.1 + 0.002 * i,
                                                       .quiet_log_ratio = 0.1 + 0.002 * i,
                                                       .old_ns = 100,
                                                       .new_ns = 100 * exp(0.05 + 0.002 * i)};
    }
    vb_layout_effect effect = effect_of(&paired);
    assert_near(effect.change, expm1(0.1), 1e-12);
    assert_near(effect.change_low, expm1(0.1 - half), 1e-9);
    assert_near(effect.change_high, expm1(0.1 + half), 1e-9);
    assert_near(effect.new_excess_low, expm1(0.05 - half), 1e-9);
    assert_near(effect.new_excess_high, expm1(0.05 + half), 1e-9);
    free_pairs(&paired);
}

static void spread_lies_between_the_slowest_and_the_fastest_layout_of_new(void **state)
{
    (void)state;
    uint64_t random = 10;
    simulated how = placed; /* 32 layouts, of which eight at a time are alike */
    how.drift = 0.04;       /* cycles differ, their layouts do not */
    vb_paired_case paired = {0};
    simulate(&how, &paired, &random);
    assert_between(log1p(effect_of(&paired).spread), 0.65 - 0.15, 0.65 + 0.15);
    free_pairs(&paired);
    how.drift = 0;
    simulate(&how, &paired, &random);
    assert_near(effect_of(&paired).spread, expm1(0.25 + 0.4), 1e-9);
    assert_int_equal(vb_paired_layout_count(&paired), TEST_LAYOUTS);
    free_pairs(&paired);
}

static void natural_links_alone_have_no_effect_of_layouts(void **state)
{
    (void)state;
    uint64_t random = 11;
    simulated how = quiet;
    how.natural_only = true;
    how.change = 0.02;
    vb_paired_case paired = {0};
    simulate(&how, &paired, &random);
    vb_layout_effect effect = effect_of(&paired);
    assert_false(effect.known);
    assert_true(isnan(effect.spread) && isnan(effect.change) && isnan(effect.new_excess));
    assert_int_equal(vb_paired_layout_count(&paired), 1);
    assert_int_equal(judged(&paired).verdict, VB_REGRESSED);
    free_pairs(&paired);
}

static void natural_pair_before_any_complete_cycle_has_no_excess(void **state)
{
    (void)state;
    vb_paired_case paired;
    fill(&paired, (const double[]){0, 0, 0, 0}, 4);
    *add_pair(&paired.natural) = (vb_process_pair){
        .cycle = 5, .log_ratio = 0.1, .quiet_log_ratio = 0.1, .old_ns = 100, .new_ns = 110};
    vb_layout_effect effect = effect_of(&paired);
    assert_near(effect.change, expm1(0.1), 1e-12);
    assert_true(isnan(effect.change_low) && isnan(effect.new_excess));
    assert_false(effect.misleading || effect.off_average);
    free_pairs(&paired);
}

/* Natural pairs whose links differ by `change` and are off the average by `excess`, each within
 * +-`noise`, in logarithms; beside layouts that say 0. */
static vb_layout_effect effect_of_natural(double change, double excess, double noise)
{
    vb_paired_case paired;
    fill(&paired, (const double[16]){0}, 16); /* fewer than four cycles have no interval */
    for (int i = -1; i <= 1; i++)
        *add_pair(&paired.natural) = (vb_process_pair){.cycle = 1,
                                                       .old_layout = VB_NATURAL_LAYOUT,
                                                       .new_layout = VB_NATURAL_LAYOUT,
                                                       .log_ratio = change + noise * i,
                                                       .quiet_log_ratio = change + noise * i,
                                                       .old_ns = 100,
                                                       .new_ns = 100 * exp(excess + noise * i)};
    vb_layout_effect effect = effect_of(&paired);
    free_pairs(&paired);
    return effect;
}

static void luck_of_placement_is_what_is_large_and_sure(void **state)
{
    (void)state;
    static const struct {
        double change, excess, noise;
        bool misleading, off_average;
    } cases[] = {
        {0.05, 0.05, 0.001, true, true},       {-0.05, -0.05, 0.001, true, true},
        {0.05, 0, 0.001, true, false},         {0, 0.05, 0.001, false, true},
        {0.009, -0.009, 0.0001, false, false}, /* too little */
        {0.05, 0.05, 0.05, false, false},      /* not sure */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        vb_layout_effect effect =
            effect_of_natural(cases[i].change, cases[i].excess, cases[i].noise);
        assert_int_equal(effect.misleading, cases[i].misleading);
        assert_int_equal(effect.off_average, cases[i].off_average);
    }
}

/* Two half-widths as long as each other, in quadrature: apart by between sqrt(2) and 2 of them. */
static void intervals_that_overlap_may_still_be_of_two_changes(void **state)
{
    (void)state;
    const double noise = 0.002;
    vb_layout_effect effect;
    vb_paired_case paired;
    fill(&paired, (const double[]){0}, 0);
    for (int i = -1; i <= 1; i++)
        *add_pair(&paired.natural) = (vb_process_pair){.cycle = 1,
                                                       .log_ratio = 0.05 + noise * i,
                                                       .quiet_log_ratio = 0.05 + noise * i,
                                                       .old_ns = 100,
                                                       .new_ns = 102};
    /* Student's t, two degrees of freedom: 9.92484320091829 */
    const double half = 9.92484320091829 * noise / sqrt(3);
    for (int apart = 0; apart < 2; apart++) {
        const double middle = 0.05 - half * (apart ? 1.6 : 1.3);
        const vb_change change = {.estimate = expm1(middle), .high = expm1(middle + half)};
        assert_int_equal(vb_paired_layout_effect(&paired, 0.99, &change, &effect), 0);
        assert_int_equal(effect.misleading, apart);
    }
    free_pairs(&paired);
}

static void running_out_of_memory_is_told_and_leaks_nothing(void **state)
{
    (void)state;
    uint64_t random = 12;
    simulated how = placed;
    how.new_natural = 0.1;
    vb_paired_case paired = {0};
    vb_change change;
    vb_layout_effect effect;
    simulate(&how, &paired, &random);
    change = judged(&paired);
    fail_allocation_after(0);
    assert_int_equal(vb_paired_judge(&paired, &rules, &change), -ENOMEM);
    assert_true(allocation_has_failed());
    for (long allowed = 0; allowed < 3; allowed++) {
        fail_allocation_after(allowed);
        assert_int_equal(vb_paired_layout_effect(&paired, 0.99, &change, &effect), -ENOMEM);
        assert_true(allocation_has_failed());
    }
    fail_allocation_after(3);
    assert_int_equal(vb_paired_layout_effect(&paired, 0.99, &change, &effect), 0);
    assert_false(allocation_has_failed());
    free_pairs(&paired);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(where_placement_does_much_the_interval_is_students_over_groups),
        cmocka_unit_test(
            where_placement_does_little_the_interval_is_that_of_the_signed_ranks_of_pairs),
        cmocka_unit_test(fewer_than_eight_groups_have_no_interval),
        cmocka_unit_test(more_groups_are_asked_for_where_the_level_is_low),
        cmocka_unit_test(groups_are_equivalent_whatever_the_middle_of_their_cells),
        cmocka_unit_test(quiet_blocks_count_where_they_know_more_and_do_not_contradict),
        cmocka_unit_test(quiet_blocks_alone_make_nothing_equivalent),
        cmocka_unit_test(planned_looks_share_the_level),
        cmocka_unit_test(what_a_coarse_clock_may_have_moved_is_added_to_the_interval),
        cmocka_unit_test(times_beside_the_change_have_it_as_their_ratio),
        cmocka_unit_test(pairs_of_an_unfinished_cycle_do_not_count),
        cmocka_unit_test(first_verdict_that_holds_is_given),
        cmocka_unit_test(fewer_than_four_cycles_have_no_interval_and_are_inconclusive),
        cmocka_unit_test(p_value_is_at_most_the_level_where_the_interval_leaves_out_0),
        cmocka_unit_test(what_has_no_ratio_is_refused),
        cmocka_unit_test(effects_of_placement_cancel_in_every_cycle),
        cmocka_unit_test(what_the_machine_does_to_both_cancels),
        cmocka_unit_test(interval_of_99_percent_covers_the_truth_in_99_of_100),
        cmocka_unit_test(interval_still_covers_where_tails_are_heavy),
        cmocka_unit_test(layouts_that_are_visited_again_are_no_new_replicates),
        cmocka_unit_test(natural_links_tell_what_they_alone_would_have_said),
        cmocka_unit_test(drift_does_not_move_the_excess_of_a_natural_link),
        cmocka_unit_test(intervals_of_natural_links_are_students_over_their_pairs),
        cmocka_unit_test(spread_lies_between_the_slowest_and_the_fastest_layout_of_new),
        cmocka_unit_test(natural_links_alone_have_no_effect_of_layouts),
        cmocka_unit_test(natural_pair_before_any_complete_cycle_has_no_excess),
        cmocka_unit_test(luck_of_placement_is_what_is_large_and_sure),
        cmocka_unit_test(intervals_that_overlap_may_still_be_of_two_changes),
        cmocka_unit_test(running_out_of_memory_is_told_and_leaks_nothing),
    };
    return cmocka_run_group_tests_name("paired_judge", tests, NULL, NULL);
}
