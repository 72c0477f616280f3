/* The noise floor of a run: when old against itself differs. */
#include "test_near.h"

#include "runner/noise_floor.h"
#include "runner/paired_judge.h"
#include "test_memory.h"
#include "test_pairs.h"

#include <errno.h>

/* `count` pairs of old against itself, in three cases in turns: `bias`, and up to `noise` more or
 * less. */
static void fill(vb_paired_case cases[3], int count, double bias, double noise)
{
    uint64_t random = 8;
    for (int i = 0; i < 3; i++)
        cases[i] = (vb_paired_case){0};
    for (int i = 0; i < count; i++)
        *add_pair(&cases[i % 3].floor) = (vb_process_pair){
            .log_ratio = bias + noise * (2 * (double)random_below(&random, 1000001) / 1e6 - 1)};
}

static vb_noise_floor judged(const vb_paired_case *cases)
{
    vb_noise_floor floor;
    assert_int_equal(vb_noise_floor_judge(cases, 3, &vb_paired_rules, &floor), 0);
    return floor;
}

static void let_go(vb_paired_case cases[3])
{
    for (int i = 0; i < 3; i++)
        vb_paired_case_free(&cases[i]);
}

static void floor_is_exceeded_where_it_is_surely_a_change(void **state)
{
    (void)state;
    static const struct {
        int pairs;
        double bias, noise;
        bool exceeded;
    } expected[] = {
        {48, 0, 0.02, false},       {48, 0.01, 0.002, true},
        {48, -0.01, 0.002, true},   {48, 0.01, 0.2, false},  /* not sure */
        {48, 0.002, 0.0001, false},                          /* less than the least effect */
        {48, 0.0026, 0.0001, true}, {7, 0.01, 0.002, false}, /* too few: 2 of 128 */
        {8, 0.01, 0.002, true},
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        vb_paired_case cases[3];
        fill(cases, expected[i].pairs, expected[i].bias, expected[i].noise);
        vb_noise_floor floor = judged(cases);
        assert_int_equal(floor.pairs, expected[i].pairs);
        assert_int_equal(floor.exceeded, expected[i].exceeded);
        assert_near(floor.estimate, expected[i].bias, fmax(expected[i].noise, 1e-4));
        if (floor.exceeded)
            assert_true(floor.low > 0 || floor.high < 0);
        let_go(cases);
    }
}

static void as_many_pairs_as_are_asked_for_have_an_interval(void **state)
{
    (void)state;
    static const double levels[] = {0.05, 0.01, 0.001};
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        vb_change_rules rules = vb_paired_rules;
        rules.level = levels[i];
        const int pairs = (int)vb_noise_floor_pairs(levels[i]);
        for (int count = pairs - 1; count <= pairs; count++) {
            vb_paired_case cases[3];
            vb_noise_floor floor;
            fill(cases, count, 0, 0.01);
            assert_int_equal(vb_noise_floor_judge(cases, 3, &rules, &floor), 0);
            assert_int_equal(!isnan(floor.low), count == pairs);
            let_go(cases);
        }
    }
    assert_int_equal(vb_noise_floor_pairs(1e-300), 16);
}

static void without_pairs_nothing_is_known_and_nothing_exceeded(void **state)
{
    (void)state;
    vb_paired_case cases[3];
    fill(cases, 0, 0, 0);
    vb_noise_floor floor = judged(cases);
    assert_int_equal(floor.pairs, 0);
    assert_true(isnan(floor.estimate) && isnan(floor.low) && isnan(floor.high));
    assert_false(floor.exceeded);
    fill(cases, 3, 1, 0); /* too few for an interval */
    floor = judged(cases);
    assert_near(floor.estimate, expm1(1), 1e-12);
    assert_true(isnan(floor.low) && isnan(floor.high));
    assert_false(floor.exceeded);
    let_go(cases);
}

/* Of 3000 every twelfth is taken. */
static void of_very_many_pairs_a_part_from_all_over_the_run_is_taken(void **state)
{
    (void)state;
    vb_paired_case cases[3];
    fill(cases, 3000, 0.01, 0.001);
    vb_noise_floor floor = judged(cases);
    assert_int_equal(floor.pairs, 250);
    assert_near(floor.estimate, expm1(0.01), 1e-4);
    assert_true(floor.exceeded);
    for (size_t i = 0; i < cases[0].floor.count; i++)
        cases[0].floor.items[i].log_ratio = 0; /* a third of the run */
    floor = judged(cases);
    assert_true(floor.estimate < 0.0099);
    let_go(cases);
}

static void a_pair_without_a_ratio_does_not_count(void **state)
{
    (void)state;
    vb_paired_case cases[3];
    fill(cases, 48, 0, 0.001);
    const vb_noise_floor before = judged(cases);
    add_pair(&cases[0].floor)->log_ratio = INFINITY;
    add_pair(&cases[1].floor)->log_ratio = NAN;
    const vb_noise_floor after = judged(cases);
    assert_near(after.estimate, before.estimate, 0);
    assert_near(after.high, before.high, 0);
    let_go(cases);
}

static void running_out_of_memory_is_told_and_leaks_nothing(void **state)
{
    (void)state;
    vb_paired_case cases[3];
    vb_noise_floor floor;
    fill(cases, 48, 0, 0.001);
    for (long allowed = 0; allowed < 2; allowed++) {
        fail_allocation_after(allowed);
        assert_int_equal(vb_noise_floor_judge(cases, 3, &vb_paired_rules, &floor), -ENOMEM);
        assert_true(allocation_has_failed());
    }
    let_go(cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(floor_is_exceeded_where_it_is_surely_a_change),
        cmocka_unit_test(as_many_pairs_as_are_asked_for_have_an_interval),
        cmocka_unit_test(without_pairs_nothing_is_known_and_nothing_exceeded),
        cmocka_unit_test(of_very_many_pairs_a_part_from_all_over_the_run_is_taken),
        cmocka_unit_test(a_pair_without_a_ratio_does_not_count),
        cmocka_unit_test(running_out_of_memory_is_told_and_leaks_nothing),
    };
    return cmocka_run_group_tests_name("noise_floor", tests, NULL, NULL);
}
