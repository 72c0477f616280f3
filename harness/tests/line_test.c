/* Total time against iterations: the ladder of lengths, and the line fitted to what it took. */
#include "test_block_times.h"

#include "runner/jackknife.h"
#include "runner/ladder.h"
#include "runner/line.h"
#include "test_memory.h"
#include "test_normal.h"

#include <errno.h>
#include <string.h>

enum { POINTS_MAX = 200 };

/* Points of no more than one process more than the last one's. */
static bool fit(const vb_line_point *points, size_t count, vb_line *line)
{
    vb_line_point items[POINTS_MAX];
    vb_line_points all = {.items = items, .count = count};
    memcpy(items, points, count * sizeof *points);
    for (size_t i = 0; i < count; i++)
        all.processes = points[i].process + 1;
    return vb_line_fit(&all, line);
}

static void points_on_a_line_through_the_origin_fit_exactly(void **state)
{
    (void)state;
    static const vb_line_point points[] = {{30, 210, 0}, {10, 70, 0}, {20, 140, 1}, {40, 280, 1}};
    vb_line line;
    assert_true(fit(points, 4, &line));
    assert_near(line.slope_ns.estimate, 7, 1e-12);
    assert_near(line.slope_ns.low, 7, 1e-9);
    assert_near(line.slope_ns.high, 7, 1e-9);
    assert_near(line.r_squared.estimate, 1, 1e-12);
    assert_near(line.r_squared.low, 1, 1e-9);
    assert_near(line.r_squared.high, 1, 0);
}

static void line_agrees_with_one_computed_by_hand(void **state)
{
    (void)state;
    /* 1 3, 2 4, 3 8: products 35, squares 14, errors 0.25, 1 and 0.25, about the mean 5 14 */
    static const vb_line_point points[] = {{1, 3, 0}, {2, 4, 0}, {3, 8, 0}};
    vb_line line;
    assert_true(fit(points, 3, &line));
    assert_near(line.slope_ns.estimate, 2.5, 1e-12);
    assert_near(line.r_squared.estimate, 1 - 1.5 / 14, 1e-12);
    assert_true(isnan(line.slope_ns.low) && isnan(line.slope_ns.high)); /* of one process */
    assert_true(isnan(line.r_squared.low) && isnan(line.r_squared.high));
}

static void a_time_that_does_not_grow_fits_worse_than_a_constant(void **state)
{
    (void)state;
    static const vb_line_point points[] = {{1, 100, 0}, {2, 101, 0}, {3, 100, 0}};
    vb_line line;
    assert_true(fit(points, 3, &line));
    assert_true(line.r_squared.estimate < 0);
}

static void intervals_are_those_of_processes_left_out_in_turn(void **state)
{
    (void)state;
    /* Slopes 2, 3 and 5 of the same lengths: without one the mean of the two others. */
    static const vb_line_point points[] = {{1, 2, 0}, {2, 4, 0},  {1, 3, 1},
                                           {2, 6, 1}, {2, 10, 2}, {1, 5, 2}};
    vb_line line;
    assert_true(fit(points, 6, &line));
    const double mean = 10.0 / 3, half = 4.302652729911 * sqrt(7.0 / 9); /* variance 14/6 */
    assert_near(line.slope_ns.estimate, mean, 1e-12);
    assert_near(line.slope_ns.high, mean + half, 1e-9);
    assert_near(line.slope_ns.low, 0, 0); /* below it no time lies */
    assert_true(mean - half < 0);
    assert_near(line.r_squared.high, 1, 0);
}

static void there_is_no_line_without_two_lengths_or_two_times(void **state)
{
    (void)state;
    static const vb_line_point alike[] = {{10, 70, 0}, {10, 80, 1}};
    static const vb_line_point still[] = {{10, 70, 0}, {20, 70, 1}};
    vb_line line;
    assert_false(fit(alike, 2, &line));
    assert_false(fit(still, 2, &line));
    assert_false(fit(alike, 1, &line));
    assert_false(vb_line_fit(&(vb_line_points){0}, &line));
}

static void interval_of_the_slope_covers_the_truth_in_about_95_of_100_sets(void **state)
{
    (void)state;
    enum { SETS = 4000, PROCESSES = 9 };
    uint64_t random = 3;
    int covered = 0;
    for (int set = 0; set < SETS; set++) {
        vb_line_point points[PROCESSES * VB_LADDER_STEPS_MAX];
        size_t count = 0;
        for (size_t process = 0; process < PROCESSES; process++) {
            const double slope_ns = 1000 + 30 * random_normal(&random);
            for (uint64_t step = 1; step <= VB_LADDER_STEPS_MAX; step++)
                points[count++] = (vb_line_point){
                    100 * step,
                    (uint64_t)(100 * (double)step * (slope_ns + 20 * random_normal(&random))),
                    process};
        }
        vb_line line;
        assert_true(fit(points, count, &line));
        covered += line.slope_ns.low <= 1000 && 1000 <= line.slope_ns.high;
    }
    assert_between(100.0 * covered / SETS, 93.8, 96.2);
}

static void ladder_has_fifths_of_a_block_once_each(void **state)
{
    (void)state;
    static const struct {
        uint64_t iterations, lengths[VB_LADDER_STEPS_MAX];
        size_t count;
    } cases[] = {
        {1000, {200, 400, 600, 800, 1000}, 5},
        {7, {1, 2, 4, 5, 7}, 5},
        {5, {1, 2, 3, 4, 5}, 5},
        {4, {1, 2, 3, 4}, 4},
        {2, {1, 2}, 2},
        {1, {0}, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        vb_ladder ladder;
        vb_ladder_plan(cases[i].iterations, 1, i, &ladder);
        assert_int_equal(ladder.count, cases[i].count);
        for (size_t k = 0; k < ladder.count; k++) {
            size_t found = 0;
            for (size_t step = 0; step < ladder.count; step++)
                found += ladder.steps[step].iterations == cases[i].lengths[k];
            assert_int_equal(found, 1);
        }
    }
    vb_ladder longest;
    vb_ladder_plan(UINT64_MAX, 1, 0, &longest);
    assert_int_equal(longest.count, VB_LADDER_STEPS_MAX);
}

static void order_of_a_ladder_follows_from_seed_and_process(void **state)
{
    (void)state;
    size_t others = 0;
    vb_ladder first, again;
    vb_ladder_plan(1000, 1, 0, &first);
    vb_ladder_plan(1000, 1, 0, &again);
    assert_memory_equal(first.steps, again.steps, sizeof first.steps);
    for (size_t i = 1; i < 20; i++) {
        vb_ladder_plan(1000, i % 2 ? 1 : i, i % 2 ? i : 0, &again);
        others += memcmp(first.steps, again.steps, sizeof first.steps) != 0;
    }
    assert_true(others > 15);
}

static void points_are_the_ladders_of_those_processes_that_have_one(void **state)
{
    (void)state;
    static const double ns[] = {5, 6};
    vb_benchmark benchmark = {0};
    vb_line_points points;
    for (size_t i = 0; i < 3; i++) {
        add_blocks(&benchmark, ns, 2);
        vb_ladder *ladder = &benchmark.processes[i].ladder;
        if (i == 1)
            continue;
        vb_ladder_plan(2, 1, i, ladder);
        for (size_t k = 0; k < ladder->count; k++)
            vb_ladder_keep(ladder, k, &(vb_block){.real_ns = 10 * (double)(i + 1) + 0.5});
    }
    int status = -ENOMEM;
    for (long allowed = 0; status != 0; allowed++) {
        fail_allocation_after(allowed);
        status = vb_line_points_take(&benchmark, &points);
        assert_int_equal(status, allocation_has_failed() ? -ENOMEM : 0);
    }
    assert_int_equal(points.processes, 2);
    assert_int_equal(points.count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(points.items[i].process, i / 2);
        assert_int_equal(points.items[i].ns, i < 2 ? 11 : 31);
    }
    assert_int_equal(points.items[0].iterations + points.items[1].iterations, 3);
    vb_line_points_free(&points);
    free_blocks(&benchmark);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_on_a_line_through_the_origin_fit_exactly),
        cmocka_unit_test(line_agrees_with_one_computed_by_hand),
        cmocka_unit_test(a_time_that_does_not_grow_fits_worse_than_a_constant),
        cmocka_unit_test(intervals_are_those_of_processes_left_out_in_turn),
        cmocka_unit_test(there_is_no_line_without_two_lengths_or_two_times),
        cmocka_unit_test(interval_of_the_slope_covers_the_truth_in_about_95_of_100_sets),
        cmocka_unit_test(ladder_has_fifths_of_a_block_once_each),
        cmocka_unit_test(order_of_a_ladder_follows_from_seed_and_process),
        cmocka_unit_test(points_are_the_ladders_of_those_processes_that_have_one),
    };
    return cmocka_run_group_tests_name("line", tests, NULL, NULL);
}
