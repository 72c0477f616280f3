/* The clock: choice of source, conversion, agreement with CLOCK_MONOTONIC. */
#include "test_cmocka.h"

#include "instruments/clock.h"

#include <errno.h>
#include <string.h>

static velox_clock make_clock(velox_clock_source source)
{
    velox_clock clock;
    assert_int_equal(velox_clock_init(&clock, source), 0);
    return clock;
}

static void unknown_source_is_refused_and_the_clock_left_alone(void **state)
{
    (void)state;
    velox_clock clock, before;
    memset(&clock, 0xa5, sizeof clock);
    memcpy(&before, &clock, sizeof clock);
    assert_int_equal(velox_clock_init(&clock, (velox_clock_source)7), -EINVAL);
    assert_memory_equal(&clock, &before, sizeof clock);
}

static void automatic_choice_is_the_counter_where_it_is_steady(void **state)
{
    (void)state;
    velox_clock clock = make_clock(VELOX_CLOCK_AUTO);
    assert_int_equal(clock.source,
                     velox_counter_is_steady() ? VELOX_CLOCK_COUNTER : VELOX_CLOCK_MONOTONIC);
}

static void counter_is_refused_where_it_is_not_steady(void **state)
{
    (void)state;
    velox_clock clock;
    int expected = velox_counter_is_steady() ? 0 : -ENOTSUP;
    assert_int_equal(velox_clock_init(&clock, VELOX_CLOCK_COUNTER), expected);
}

static void system_clock_is_used_when_asked_for(void **state)
{
    (void)state;
    velox_clock clock = make_clock(VELOX_CLOCK_MONOTONIC);
    assert_int_equal(clock.source, VELOX_CLOCK_MONOTONIC);
    uint64_t before_ns = velox_monotonic_ns();
    uint64_t ticks = velox_clock_ticks(&clock);
    uint64_t now_ns = velox_clock_now_ns(&clock);
    uint64_t after_ns = velox_monotonic_ns();
    assert_in_range(ticks, before_ns, after_ns);
    assert_in_range(now_ns, ticks, after_ns);
    assert_int_equal(velox_clock_ticks_to_ns(&clock, UINT64_MAX), UINT64_MAX);
}

static void clock_never_goes_back(void **state)
{
    (void)state;
    const velox_clock_source sources[] = {VELOX_CLOCK_AUTO, VELOX_CLOCK_MONOTONIC};
    for (int s = 0; s < 2; s++) {
        velox_clock clock = make_clock(sources[s]);
        uint64_t last_ns = velox_clock_now_ns(&clock);
        for (int i = 0; i < 1000000; i++) {
            uint64_t now_ns = velox_clock_now_ns(&clock);
            assert_true(now_ns >= last_ns);
            last_ns = now_ns;
        }
    }
}

/* The reading of CLOCK_MONOTONIC on both sides bounds the truth, however late we are scheduled. */
static void differences_agree_with_the_system_clock(void **state)
{
    (void)state;
    velox_clock clock = make_clock(VELOX_CLOCK_AUTO);
    uint64_t clamped = 0;

    uint64_t before_begin_ns = velox_monotonic_ns();
    uint64_t begin_ticks = velox_clock_ticks(&clock);
    uint64_t after_begin_ns = velox_monotonic_ns();
    struct timespec wait = {.tv_sec = 0, .tv_nsec = 100 * 1000 * 1000};
    nanosleep(&wait, NULL);
    uint64_t before_end_ns = velox_monotonic_ns();
    uint64_t end_ticks = velox_clock_ticks(&clock);
    uint64_t after_end_ns = velox_monotonic_ns();

    double elapsed_ns = (double)velox_clock_elapsed_ns(&clock, begin_ticks, end_ticks, &clamped);
    double least_ns = (double)(before_end_ns - after_begin_ns);
    double most_ns = (double)(after_end_ns - before_begin_ns);
    /* The system clock may be slewed by 500 parts per million; unordered reads add some ns. */
    assert_true(elapsed_ns >= least_ns * 0.999 - 100);
    assert_true(elapsed_ns <= most_ns * 1.001 + 100);
    assert_int_equal(clamped, 0);
}

static void now_lies_on_the_time_line_of_the_system_clock(void **state)
{
    (void)state;
    velox_clock clock = make_clock(VELOX_CLOCK_AUTO);
    const uint64_t tolerance_ns = 100000;
    uint64_t before_ns = velox_monotonic_ns();
    uint64_t now_ns = velox_clock_now_ns(&clock);
    uint64_t after_ns = velox_monotonic_ns();
    assert_in_range(now_ns, before_ns - tolerance_ns, after_ns + tolerance_ns);
}

static void negative_difference_is_clamped_and_counted(void **state)
{
    (void)state;
    velox_clock clock = make_clock(VELOX_CLOCK_MONOTONIC);
    uint64_t clamped = 0;
    assert_int_equal(velox_clock_elapsed_ns(&clock, 1000, 999, &clamped), 0);
    assert_int_equal(clamped, 1);
    assert_int_equal(velox_clock_elapsed_ns(&clock, 1000, 1000, &clamped), 0);
    assert_int_equal(clamped, 1);
    assert_int_equal(velox_clock_elapsed_ns(&clock, 1000, 1007, &clamped), 7);
    assert_int_equal(clamped, 1);
    assert_int_equal(velox_clock_elapsed_ns(&clock, UINT64_MAX - 1, 3, &clamped), 5);
    assert_int_equal(velox_clock_elapsed_ns(&clock, 3, UINT64_MAX - 1, &clamped), 0);
    assert_int_equal(clamped, 2);
}

static void counter_behind_the_base_does_not_go_before_it(void **state)
{
    (void)state;
    velox_clock clock = make_clock(VELOX_CLOCK_AUTO);
    clock.base_ticks = UINT64_MAX;
    clock.base_ns = 5;
    assert_int_equal(velox_clock_now_ns(&clock), 5);
}

static void a_century_of_ticks_does_not_overflow(void **state)
{
    (void)state;
    const uint64_t century_seconds = UINT64_C(100) * 366 * 24 * 3600;
    const uint64_t rates_per_sec[] = {1000000, 62500000, 1000000000, 5000000000};
    for (size_t i = 0; i < sizeof rates_per_sec / sizeof rates_per_sec[0]; i++) {
        double ns_per_tick = 1e9 / (double)rates_per_sec[i];
        velox_clock clock = {
            .source = VELOX_CLOCK_COUNTER,
            .ns_per_tick_scaled =
                (uint64_t)(ns_per_tick * (double)(UINT64_C(1) << VELOX_CLOCK_SHIFT) + 0.5)};
        uint64_t ns = velox_clock_ticks_to_ns(&clock, century_seconds * rates_per_sec[i]);
        double expected_ns = (double)century_seconds * 1e9;
        assert_true((double)ns > expected_ns * (1 - 1e-12));
        assert_true((double)ns < expected_ns * (1 + 1e-12));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknown_source_is_refused_and_the_clock_left_alone),
        cmocka_unit_test(automatic_choice_is_the_counter_where_it_is_steady),
        cmocka_unit_test(counter_is_refused_where_it_is_not_steady),
        cmocka_unit_test(system_clock_is_used_when_asked_for),
        cmocka_unit_test(clock_never_goes_back),
        cmocka_unit_test(differences_agree_with_the_system_clock),
        cmocka_unit_test(now_lies_on_the_time_line_of_the_system_clock),
        cmocka_unit_test(negative_difference_is_clamped_and_counted),
        cmocka_unit_test(counter_behind_the_base_does_not_go_before_it),
        cmocka_unit_test(a_century_of_ticks_does_not_overflow),
    };
    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
