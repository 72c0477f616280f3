/* The schedule of pairs: which links meet, in which order, when they stop, and what breaks. */
#define _GNU_SOURCE
#include "test_near.h"
#include "test_pairing.h"

#include "runner/ladder.h"
#include "runner/process.h"
#include "runner/suites.h"

#include <math.h>

/* No two processes take as long; but all so nearly that a plan by the first holds for the others.
 */
static void make_noisy(void)
{
    make_side(OLD, 10000, 0, "ns=$((ns + $$ % 97));", "");
    make_side(NEW, 10000, 0, "ns=$((ns + $$ % 89));", "");
    add_case("case");
}

static void
each_side_visits_four_layouts_a_cycle_once_and_the_next_ones_in_the_next_cycle(void **state)
{
    (void)state;
    make_plain(8);
    assert_int_equal(measure(1, budget_s), 0);
    assert_true(cases[0].cycles >= 4);
    assert_int_equal(cases[0].pairs.count, 4 * cases[0].cycles);
    size_t in_order[SIDES] = {0, 0}, alike = 0;
    for (size_t cycle = 0; cycle < cases[0].cycles; cycle++) {
        int seen[SIDES][8] = {{0}};
        for (size_t i = 0; i < 4; i++) {
            const vb_process_pair *pair = &cases[0].pairs.items[4 * cycle + i];
            in_order[OLD] += (size_t)pair->old_layout % 4 == i;
            in_order[NEW] += (size_t)pair->new_layout % 4 == i;
            alike += pair->old_layout == pair->new_layout;
            assert_int_equal(pair->cycle, cycle);
            seen[OLD][pair->old_layout]++;
            seen[NEW][pair->new_layout]++;
        }
        for (size_t i = 0; i < 8; i++) {
            assert_int_equal(seen[OLD][i], i / 4 == cycle % 2);
            assert_int_equal(seen[NEW][i], i / 4 == cycle % 2);
        }
    }
    assert_true(in_order[OLD] < cases[0].pairs.count); /* each in a random order of its own */
    assert_true(in_order[NEW] < cases[0].pairs.count);
    assert_true(alike < cases[0].pairs.count);
}

static void links_as_built_are_paired_after_every_second_cycle(void **state)
{
    (void)state;
    make_plain(4);
    assert_int_equal(measure(1, budget_s), 0);
    assert_int_equal(cases[0].natural.count, cases[0].cycles / 2);
    for (size_t i = 0; i < cases[0].natural.count; i++) {
        assert_int_equal(cases[0].natural.items[i].cycle, 2 * i + 1);
        assert_int_equal(cases[0].natural.items[i].old_layout, VB_NATURAL_LAYOUT);
        assert_int_equal(cases[0].natural.items[i].new_layout, VB_NATURAL_LAYOUT);
    }
    assert_int_equal(cases[0].new->process_count, 4 * cases[0].cycles); /* not their samples */
}

static void old_is_paired_with_itself_after_the_other_cycles_outside_the_budget(void **state)
{
    (void)state;
    for (size_t layout_count = 0; layout_count <= 4; layout_count += 4) {
        make_plain(layout_count);
        assert_int_equal(measure(1, budget_s), 0);
        const vb_paired_case *paired = &cases[0];
        assert_true(paired->cycles >= 4);
        assert_int_equal(paired->floor.count, (paired->cycles + 1) / 2);
        for (size_t i = 0; i < paired->floor.count; i++) {
            assert_int_equal(paired->floor.items[i].cycle, 2 * i);
            assert_int_equal(paired->floor.items[i].old_layout, VB_NATURAL_LAYOUT);
            assert_int_equal(paired->floor.items[i].new_layout, VB_NATURAL_LAYOUT);
            assert_near(paired->floor.items[i].log_ratio, 0, 1e-12);
            assert_near(paired->floor.items[i].new_ns, 1000, 1e-6); /* old's time */
        }
        assert_int_equal(paired->old->process_count, 4 * paired->cycles); /* not their samples */
        assert_int_equal(paired->natural.count, layout_count > 0 ? paired->cycles / 2 : 0);
        const double pairs = (double)(paired->pairs.count + paired->natural.count);
        const double pair_ns = 3000 * (double)paired->new->iterations *(double)paired->pair_blocks;
        assert_near(paired->timed_ns, pairs * pair_ns, 1);
        clean_up(NULL);
    }
}

static void old_is_not_paired_with_itself_beyond_the_budget(void **state)
{
    (void)state;
    const vb_measure_options options = {.budget_s = budget_s,
                                        .max_budget_s = 3 * budget_s,
                                        .seed = 1,
                                        .time_limit_ns = 20000000000u};
    make_noisy();
    assert_int_equal(measure_by(&options, never), 0);
    assert_true(cases[0].cycles >= cases[0].cycles_budget);
    assert_int_equal(cases[0].floor.count, (cases[0].cycles_budget + 1) / 2);
}

static void pairs_of_old_that_are_missing_at_the_end_are_measured_then(void **state)
{
    (void)state;
    const vb_measure_options options = {.seed = 1, .time_limit_ns = 20000000000u};
    make_plain(4);
    add_case("other");
    assert_int_equal(measure(1, budget_s), 0);
    const size_t before[] = {cases[0].floor.count, cases[1].floor.count};
    const double timed_ns = cases[0].timed_ns;
    assert_int_equal(vb_pairing_complete_floor(cases, 2, &options, 3), 0); /* there are as many */
    assert_int_equal(cases[0].floor.count + cases[1].floor.count, before[0] + before[1]);
    assert_int_equal(vb_pairing_complete_floor(cases, 2, &options, before[0] + before[1] + 3), 0);
    assert_int_equal(cases[0].floor.count, before[0] + 2);
    assert_int_equal(cases[1].floor.count, before[1] + 1);
    assert_near(cases[0].floor.items[before[0]].log_ratio, 0, 1e-12);
    assert_near(cases[0].timed_ns, timed_ns, 0);
    assert_int_equal(cases[0].old->process_count, 4 * cases[0].cycles); /* not their samples */
}

static void no_pair_of_old_is_missing_where_the_time_is_up_or_nothing_was_measured(void **state)
{
    (void)state;
    vb_measure_options options = {.seed = 1, .time_limit_ns = 20000000000u, .stop_ns = 1};
    make_plain(0);
    assert_int_equal(measure(1, budget_s), 0);
    const size_t before = cases[0].floor.count;
    assert_int_equal(vb_pairing_complete_floor(cases, 1, &options, before + 3), 0);
    assert_int_equal(cases[0].floor.count, before);
    options.stop_ns = 0;
    benchmarks[0][OLD].error = strdup("it failed");
    assert_int_equal(vb_pairing_complete_floor(cases, 1, &options, before + 3), 0);
    assert_int_equal(cases[0].floor.count, before);
}

static void pairs_of_the_first_cycle_climb_a_ladder_that_counts_for_nothing_else(void **state)
{
    (void)state;
    const vb_measure_options options = {
        .budget_s = 1, .max_budget_s = 1, .seed = 1, .time_limit_ns = 20000000000u};
    make_side(OLD, 1000, 0, "", "");
    make_side(NEW, 1100, 0, "", "");
    add_case("case");
    assert_int_equal(measure_by(&options, 0.01), 0);
    const vb_paired_case *paired = &cases[0];
    assert_true(paired->pair_blocks >= VB_LADDER_PAIR_BLOCKS_MIN);
    for (int side = 0; side < SIDES; side++) {
        const vb_benchmark *benchmark = side == OLD ? paired->old : paired->new;
        const uint64_t ns = side == OLD ? 1000 : 1100;
        for (size_t i = 0; i < benchmark->process_count; i++) {
            const vb_process_samples *samples = &benchmark->processes[i];
            assert_int_equal(samples->ladder.count, i < VB_CYCLE_PAIRS ? VB_LADDER_STEPS_MAX : 0);
            for (size_t k = 0; k < samples->ladder.count; k++)
                assert_int_equal(samples->ladder.steps[k].ns,
                                 ns * samples->ladder.steps[k].iterations);
            assert_int_equal(samples->block_count, paired->pair_blocks);
            for (size_t k = 0; k < samples->block_count; k++)
                assert_int_equal(samples->block_ns[k], ns * benchmark->iterations);
        }
    }
    const double pair_ns = 2100 * (double)paired->new->iterations *(double)paired->pair_blocks;
    assert_near(paired->timed_ns, (double)paired->pairs.count * pair_ns, 1);
}

static void layouts_that_have_met_meet_again(void **state)
{
    (void)state;
    make_plain(8);
    assert_int_equal(measure(3, budget_s), 0);
    assert_true(cases[0].cycles >= 4); /* twice the eight layouts */
    int partner[8];
    for (size_t i = 0; i < cases[0].pairs.count; i++) {
        const vb_process_pair *pair = &cases[0].pairs.items[i];
        if (i < 8)
            partner[pair->old_layout] = pair->new_layout;
        else
            assert_int_equal(partner[pair->old_layout], pair->new_layout);
    }
}

static void a_case_that_has_changed_stops_before_its_budget(void **state)
{
    (void)state;
    /* However long its processes take to start, more than four cycles go into the budget. */
    const vb_measure_options options = {
        .budget_s = 20, .max_budget_s = 80, .seed = 1, .time_limit_ns = 20000000000u};
    make_plain(0);
    assert_int_equal(measure_by(&options, 0.01), 0);
    assert_true(cases[0].cycles < cases[0].cycles_budget);
    assert_int_equal(cases[0].stop, VB_STOP_DECIDED);
    assert_int_equal(cases[0].looks_taken, 1);
    assert_true(cases[0].looks >= 4);
}

static void a_case_that_is_undecided_takes_all_that_it_may(void **state)
{
    (void)state;
    /* Of pairs so long that the start of processes, on a busy machine, too, is little beside them.
     */
    const double budget = 0.42;
    const vb_measure_options options = {
        .budget_s = budget, .max_budget_s = 2.6 * budget, .seed = 1, .time_limit_ns = 20000000000u};
    make_noisy();
    assert_int_equal(measure_by(&options, never), 0);
    assert_true(cases[0].cycles_budget >= 4);
    assert_int_equal(cases[0].cycles_planned,
                     (size_t)floor(2.6 * budget * 1e9 / cases[0].cycle_ns + 0.5));
    assert_int_equal(cases[0].cycles, cases[0].cycles_planned);
    assert_true(cases[0].looks >= 3); /* after 4, 8 and 10, say */
    assert_int_equal(cases[0].looks_taken, cases[0].looks);
    assert_int_equal(cases[0].stop, VB_STOP_BUDGET);
}

static void nothing_begins_after_the_time_is_up(void **state)
{
    (void)state;
    vb_measure_options options = {
        .budget_s = 5, .max_budget_s = 20, .seed = 1, .time_limit_ns = 20000000000u, .stop_ns = 1};
    make_plain(0);
    assert_int_equal(measure_by(&options, never), 0);
    assert_int_equal(cases[0].stop, VB_STOP_TIME_CAP);
    assert_int_equal(cases[0].cycles, 0);
    assert_null(cases[0].new->error);
    assert_int_equal(access(notes, F_OK), -1);
    clean_up(NULL);
    make_noisy();
    add_case("other");
    options.stop_ns = vb_process_now_ns() + 400000000u; /* its 40 cycles and more take far longer */
    assert_int_equal(measure_by(&options, never), 0);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(cases[i].stop, VB_STOP_TIME_CAP);
        assert_null(cases[i].new->error);
        assert_int_equal(cases[i].pairs.count, 4 * cases[i].cycles); /* what had begun is whole */
        assert_true(cases[i].cycles_planned == 0 || cases[i].cycles < cases[i].cycles_planned);
    }
}

static void where_a_side_has_no_layouts_both_run_as_built(void **state)
{
    (void)state;
    make_side(OLD, 1000, 4, "", "");
    make_side(NEW, 1000, 0, "", "");
    add_case("case");
    assert_false(vb_paired_has_layouts(&cases[0]));
    assert_int_equal(measure(1, budget_s), 0);
    assert_int_equal(cases[0].pairs.count, 16);
    assert_int_equal(cases[0].natural.count, 0);
    for (size_t i = 0; i < 16; i++)
        assert_int_equal(cases[0].pairs.items[i].old_layout, VB_NATURAL_LAYOUT);
}

static void orders_of(uint64_t seed, int orders[32])
{
    make_plain(4);
    assert_int_equal(measure(seed, budget_s), 0);
    for (size_t i = 0; i < 16; i++) {
        orders[2 * i] = cases[0].pairs.items[i].old_layout;
        orders[2 * i + 1] = cases[0].pairs.items[i].new_layout;
    }
    clean_up(NULL);
}

static void a_seed_repeats_the_order_and_another_one_has_its_own(void **state)
{
    (void)state;
    int first[32], second[32], other[32];
    orders_of(5, first);
    orders_of(5, second);
    orders_of(6, other);
    assert_memory_equal(first, second, sizeof first);
    assert_memory_not_equal(first, other, sizeof first);
}

static void a_pair_is_worth_the_ratio_of_its_times(void **state)
{
    (void)state;
    make_plain(4);
    assert_int_equal(measure(1, budget_s), 0);
    for (size_t i = 0; i < 16; i++) {
        assert_near(cases[0].pairs.items[i].log_ratio, log(2), 1e-9);
        assert_near(cases[0].pairs.items[i].old_ns, 1000, 1e-6);
        assert_near(cases[0].pairs.items[i].new_ns, 2000, 1e-6);
    }
}

static void a_suite_that_is_built_anew_meanwhile_fails(void **state)
{
    (void)state;
    make_side(OLD, 1000, 0, "", "cp -p $0 $0.new; echo >>$0.new; mv $0.new $0");
    make_side(NEW, 1000, 0, "", "");
    suites[OLD].file = vb_suite_file(suites[OLD].path);
    add_case("case");
    assert_int_equal(measure(1, budget_s), 0);
    assert_string_equal(cases[0].old->error, "its suite was built anew while it was measured");
    assert_int_equal(cases[0].pairs.count, 1);
}

/* Once it exits in the middle of its timed blocks: in a process whose first block is no attempt. */
static const char breaks_once[] =
    "first=${first:-$n}; count=$((count + 1)); if [ $first -gt 1 ] && [ $count = 3 ] && "
    "[ ! -e ${0%/*}/broken ]; then touch ${0%/*}/broken; exit 3; fi;";

static void a_process_that_breaks_is_started_again_once_and_the_cycle_stays_whole(void **state)
{
    (void)state;
    char path[TEST_PATH_MAX];
    make_side(OLD, 1000, 4, "", "");
    make_side(NEW, 1000, 4, breaks_once, "");
    add_case("case");
    assert_int_equal(measure(1, budget_s), 0);
    assert_int_equal(unlink(in_test_folder("broken", path)), 0);
    assert_null(cases[0].new->error);
    assert_int_equal(cases[0].new->restarts, 1);
    assert_int_equal(cases[0].old->restarts, 0);
    bool told = false;
    for (int i = 0; i < cases[0].new->warning_count; i++)
        told = told || strstr(cases[0].new->warnings[i], "a worker was started again");
    assert_true(told);
    assert_true(cases[0].cycles >= 4);
    assert_int_equal(cases[0].pairs.count, 4 * cases[0].cycles);
    assert_int_equal(cases[0].old->process_count, 4 * cases[0].cycles);
    assert_int_equal(cases[0].new->process_count, 4 * cases[0].cycles);
}

static void a_side_that_breaks_again_fails_and_the_other_benchmark_goes_on(void **state)
{
    (void)state;
    make_side(OLD, 1000, 0, "[ $selected = good ] || exit 3;", "");
    make_side(NEW, 1000, 0, "", "");
    add_case("bad");
    add_case("good");
    assert_int_equal(measure(1, budget_s), 0);
    assert_non_null(cases[0].old->error);
    assert_null(cases[0].new->error);
    assert_int_equal(cases[0].old->restarts, 1);
    assert_int_equal(cases[0].pairs.count, 0);
    assert_int_equal(count_notes("old select bad", NULL), 2);
    assert_null(cases[1].old->error);
    assert_int_equal(cases[1].cycles, 4);
}

static void what_breaks_in_teardown_fails(void **state)
{
    (void)state;
    make_side(OLD, 1000, 0, "", "");
    make_side(NEW, 1000, 0, "", "exit 5");
    add_case("case");
    assert_int_equal(measure(1, budget_s), 0);
    assert_null(cases[0].old->error);
    assert_non_null(strstr(cases[0].new->error, "in teardown or at exit"));
    assert_int_equal(count_notes("new select case", NULL), 1);
}

static void cases_with_an_error_are_not_measured(void **state)
{
    (void)state;
    make_plain(0);
    benchmarks[0][OLD].error = strdup("it failed before");
    assert_int_equal(measure(1, budget_s), 0);
    assert_int_equal(cases[0].pairs.count, 0);
    assert_int_equal(access(notes, F_OK), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(each_side_visits_four_layouts_a_cycle_once_and_the_next_ones_in_the_next_cycle),
        test(links_as_built_are_paired_after_every_second_cycle),
        test(old_is_paired_with_itself_after_the_other_cycles_outside_the_budget),
        test(old_is_not_paired_with_itself_beyond_the_budget),
        test(pairs_of_old_that_are_missing_at_the_end_are_measured_then),
        test(no_pair_of_old_is_missing_where_the_time_is_up_or_nothing_was_measured),
        test(pairs_of_the_first_cycle_climb_a_ladder_that_counts_for_nothing_else),
        test(layouts_that_have_met_meet_again),
        test(a_case_that_has_changed_stops_before_its_budget),
        test(a_case_that_is_undecided_takes_all_that_it_may),
        test(nothing_begins_after_the_time_is_up),
        test(where_a_side_has_no_layouts_both_run_as_built),
        test(a_seed_repeats_the_order_and_another_one_has_its_own),
        test(a_pair_is_worth_the_ratio_of_its_times),
        test(a_suite_that_is_built_anew_meanwhile_fails),
        test(a_process_that_breaks_is_started_again_once_and_the_cycle_stays_whole),
        test(a_side_that_breaks_again_fails_and_the_other_benchmark_goes_on),
        test(what_breaks_in_teardown_fails),
        test(cases_with_an_error_are_not_measured),
    };
    return cmocka_run_group_tests_name("pairing", tests, make_test_folder, remove_test_folder);
}
