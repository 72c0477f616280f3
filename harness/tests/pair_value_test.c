/* What a pair's blocks are worth, by hand. */
#include "test_near.h"

#include "runner/pair_value.h"

#include <string.h>

enum { BLOCKS = 11 };

static vb_process_pair value_of(const double old_ns[BLOCKS], const double new_ns[BLOCKS])
{
    double old[BLOCKS], new[BLOCKS], space[BLOCKS];
    vb_process_pair value = {.cycle = 3, .old_layout = 5};
    memcpy(old, old_ns, sizeof old);
    memcpy(new, new_ns, sizeof new);
    vb_pair_value_take(old, new, BLOCKS, space, &value);
    assert_int_equal(value.cycle, 3); /* what the pair is stays */
    assert_int_equal(value.old_layout, 5);
    return value;
}

/* Of eleven values in order the sixth is the median, and the second the lower decile. */
static void ratios_are_of_blocks_that_took_turns_and_of_quiet_ones(void **state)
{
    (void)state;
    static const double old[] = {110, 101, 108, 107, 104, 105, 106, 103, 102, 109, 100};
    static const double new[] = {110, 303, 108, 214, 104, 210, 424, 206, 102, 327, 220};
    vb_process_pair value = value_of(old, new);
    assert_near(value.log_ratio, log(2), 1e-12);                /* 1 1 1 1 2 2 2 2.2 3 3 4 */
    assert_near(value.quiet_log_ratio, log(104 / 101.), 1e-12); /* 102 104 108 110 206 ... */
    assert_near(value.old_ns, 105, 0);
    assert_near(value.new_ns, 210, 0);
    assert_near(value.clock_step, 0, 0); /* no two are equal */
}

static void what_slows_a_few_blocks_of_one_side_moves_no_ratio(void **state)
{
    (void)state;
    static const double even[] = {100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110};
    static const double burst[] = {100, 101, 102, 103, 104, 105, 106, 1e4, 1e4, 1e4, 1e4};
    vb_process_pair value = value_of(even, burst);
    assert_near(value.log_ratio, 0, 1e-12);
    assert_near(value.quiet_log_ratio, 0, 1e-12);
    assert_near(value.new_ns, 105, 0);
}

static void
the_step_of_a_coarse_clock_is_seen_where_most_blocks_take_as_long_as_another(void **state)
{
    (void)state;
    static const double fine[] = {100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110};
    static const double coarse[] = {100, 110, 100, 100, 110, 100, 100, 120, 110, 100, 110};
    static const double constant[] = {100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100};
    static const double few_equal[] = {100, 100, 100, 103, 103, 105, 106, 107, 108, 109, 110};
    assert_near(value_of(coarse, coarse).clock_step, 10 / 100., 1e-12);
    assert_near(value_of(fine, coarse).clock_step, 10 / 100. / 2, 1e-12); /* of one side */
    assert_near(value_of(coarse, fine).clock_step, 10 / 100. / 2, 1e-12);
    assert_near(value_of(constant, constant).clock_step, 0, 0); /* not known */
    assert_near(value_of(few_equal, few_equal).clock_step, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ratios_are_of_blocks_that_took_turns_and_of_quiet_ones),
        cmocka_unit_test(what_slows_a_few_blocks_of_one_side_moves_no_ratio),
        cmocka_unit_test(
            the_step_of_a_coarse_clock_is_seen_where_most_blocks_take_as_long_as_another),
    };
    return cmocka_run_group_tests_name("pair_value", tests, NULL, NULL);
}
