/* What the schedule of pairs plans: how long blocks are, how they are warmed up, how many fit into
 * the budget. */
#define _GNU_SOURCE
#include "test_near.h"
#include "test_pairing.h"

/* Whether every block that a link noted has this length. */
static void assert_all_blocks(const char *link, uint64_t iterations)
{
    char whole[64], some[64];
    snprintf(some, sizeof some, "%s block ", link);
    snprintf(whole, sizeof whole, "%s block %llu\n", link, (unsigned long long)iterations);
    assert_true(count_notes(some, NULL) > 0);
    assert_int_equal(count_notes(some, NULL), count_notes(whole, NULL));
}

static void both_sides_get_the_same_number_of_iterations_however_long_they_take(void **state)
{
    (void)state;
    char link[16];
    make_plain(4);
    assert_int_equal(measure(1, budget_s), 0);
    uint64_t iterations = cases[0].new->iterations;
    assert_int_equal(cases[0].old->iterations, iterations);
    assert_between((double)iterations, 350, 750); /* half a millisecond of the faster one */
    int planner[SIDES] = {cases[0].pairs.items[0].old_layout, cases[0].pairs.items[0].new_layout};
    for (int i = 0; i < 4; i++) { /* the first pair has also tried other lengths */
        snprintf(link, sizeof link, "old-%d", i);
        if (i != planner[OLD])
            assert_all_blocks(link, iterations);
        snprintf(link, sizeof link, "new-%d", i);
        if (i != planner[NEW])
            assert_all_blocks(link, iterations);
    }
    assert_all_blocks("old", iterations);
}

static void a_limit_on_iterations_holds(void **state)
{
    (void)state;
    unsigned long last = 0;
    make_plain(0);
    benchmarks[0][OLD].max_iterations = benchmarks[0][NEW].max_iterations = 10;
    assert_int_equal(measure(1, 0.001), 0);
    assert_int_equal(cases[0].new->iterations, 10);
    count_notes("old block ", &last);
    assert_int_equal(last, 10);
    assert_int_equal(count_notes("old block 10\n", NULL) + count_notes("old block 1\n", NULL),
                     count_notes("old block ", NULL));
}

static void the_budget_says_how_many_cycles(void **state)
{
    (void)state;
    make_plain(0);
    assert_int_equal(measure(1, 1), 0);
    double cycle_ns = 4 * 2 * (double)cases[0].pair_blocks * cases[0].block_ns;
    assert_near((double)cases[0].cycles, 1e9 / cycle_ns, 0.5);
    assert_int_equal(cases[0].cycles, cases[0].cycles_planned);
    assert_near(cases[0].timed_ns, 1e9, 2e8);
    assert_int_equal(cases[0].new->warning_count, 0);
}

static void four_cycles_are_made_however_short_the_budget_and_that_is_told(void **state)
{
    (void)state;
    make_plain(4);
    assert_int_equal(measure(1, 0.001), 0);
    assert_int_equal(cases[0].cycles, 4);
    assert_int_equal(cases[0].pair_blocks, 1);
    assert_int_equal(cases[0].new->warning_count, 1);
    assert_non_null(strstr(cases[0].new->warnings[0], "4 cycles take "));
}

/* Both sides' blocks depend on the last one: `shares` reads and writes what it was in the file
 * last. */
static void make_sharing(const char *shares, const char *last)
{
    char path[TEST_PATH_MAX];
    write_text(in_test_folder("last", path), last, 0644);
    make_side(OLD, 1000, 0, shares, "");
    make_side(NEW, 1000, 0, shares, "");
    add_case("case");
}

/* Both sides take so many times as long for a block that does not follow one of their own. */
static void make_sharing_sides(int times)
{
    char shares[200];
    snprintf(shares, sizeof shares,
             "[ \"$(cat ${0%%/*}/last)\" = $me ] || ns=$((%d * ns)); echo $me >${0%%/*}/last;",
             times);
    make_sharing(shares, "none\n");
}

static void blocks_that_disturb_each_other_stay_short_and_what_that_costs_is_told(void **state)
{
    (void)state;
    make_sharing_sides(2);
    assert_int_equal(measure(1, budget_s), 0);
    assert_int_equal(cases[0].warm_up, 0);
    assert_near(cases[0].cache_shared, 1, 1e-6);
}

static void blocks_that_would_drown_in_it_are_warmed_up(void **state)
{
    (void)state;
    make_sharing_sides(7);
    assert_int_equal(measure(1, budget_s), 0);
    assert_true(cases[0].warm_up > 0 && cases[0].warm_up < cases[0].new->iterations);
    assert_near(cases[0].cache_shared, 0, 0);
    for (size_t i = 0; i < cases[0].pairs.count; i++)
        assert_near(cases[0].pairs.items[i].old_ns, 1000, 1e-6); /* only warm blocks count */
}

/* A block is cold until its side has had 950 iterations in a row. */
static void blocks_become_longer_where_a_short_warm_up_does_not_help(void **state)
{
    (void)state;
    static const char shares[] =
        "read -r who many <${0%/*}/last; [ $who = $me ] || [ $who = none ] || many=0; "
        "[ $many -ge 950 ] || ns=$((7 * ns)); echo $me $((many + n)) >${0%/*}/last;";
    make_sharing(shares, "none 950\n");
    assert_int_equal(measure(1, 0.64), 0);
    assert_true(cases[0].new->iterations >= 1899);
    assert_true(cases[0].warm_up >= 950 && cases[0].warm_up < cases[0].new->iterations);
    assert_near(cases[0].cache_shared, 0, 0);
}

/* A block is cold unless one of the same side and length ran before it: no warm-up is. */
static void blocks_stay_short_where_no_warm_up_helps_and_what_that_costs_is_told(void **state)
{
    (void)state;
    static const char shares[] = "[ \"$(cat ${0%/*}/last)\" = \"$me $n\" ] || ns=$((7 * ns)); "
                                 "echo $me $n >${0%/*}/last;";
    make_sharing(shares, "none 0\n");
    assert_int_equal(measure(1, 0.64), 0);
    assert_int_equal(cases[0].warm_up, 0);
    assert_near(cases[0].cache_shared, 6, 1e-6);
    assert_true(cases[0].block_ns < 15e6); /* the longest that the budget allows has 20 ms */
}

/* Ten iterations are a hundredth of a millisecond, and two milliseconds pass beside each block. */
static void untimed_work_beside_short_blocks_leaves_few_of_them(void **state)
{
    (void)state;
    make_side(OLD, 1000, 0, "sleep 0.002;", "");
    make_side(NEW, 1000, 0, "sleep 0.002;", "");
    add_case("case");
    benchmarks[0][OLD].max_iterations = benchmarks[0][NEW].max_iterations = 10;
    assert_int_equal(measure(1, budget_s), 0);
    assert_true(cases[0].pair_blocks <= 3); /* without untimed work: 200 */
    assert_int_equal(cases[0].cycles, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(both_sides_get_the_same_number_of_iterations_however_long_they_take),
        test(a_limit_on_iterations_holds),
        test(the_budget_says_how_many_cycles),
        test(four_cycles_are_made_however_short_the_budget_and_that_is_told),
        test(blocks_that_disturb_each_other_stay_short_and_what_that_costs_is_told),
        test(blocks_that_would_drown_in_it_are_warmed_up),
        test(blocks_become_longer_where_a_short_warm_up_does_not_help),
        test(blocks_stay_short_where_no_warm_up_helps_and_what_that_costs_is_told),
        test(untimed_work_beside_short_blocks_leaves_few_of_them),
    };
    return cmocka_run_group_tests_name("pairing_plan", tests, make_test_folder, remove_test_folder);
}
