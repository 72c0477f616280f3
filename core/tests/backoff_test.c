/*
 * The backoff: what each wait does. Built for each way it can end, parking and not parking.
 *
 * Pauses are inline and leave no trace, so backoff.c is compiled here with one that counts. Giving
 * the CPU away and sleeping are replaced at link time.
 */
#include "test_cmocka.h"

#define VELOX_PAUSE_H
static unsigned long paused;
static void velox_pause(void)
{
    paused++;
}
#include "../backoff.c"

#include <errno.h>

int __wrap_sched_yield(void);
int __real_nanosleep(const struct timespec *time, struct timespec *left);
int __wrap_nanosleep(const struct timespec *time, struct timespec *left);

enum { SPINS = VELOX_BACKOFF_SPINS, YIELDS = VELOX_BACKOFF_YIELDS };

static unsigned long yields, sleeps;
static uint64_t slept_ns;
static bool signal_comes; /* instead of sleeping */

int __wrap_sched_yield(void)
{
    yields++;
    return 0;
}

int __wrap_nanosleep(const struct timespec *time, struct timespec *left)
{
    sleeps++;
    slept_ns += (uint64_t)time->tv_sec * UINT64_C(1000000000) + (uint64_t)time->tv_nsec;
    if (signal_comes) {
        errno = EINTR;
        return -1;
    }
    return __real_nanosleep(time, left);
}

static int forget(void **state)
{
    (void)state;
    paused = yields = sleeps = slept_ns = 0;
    signal_comes = false;
    return 0;
}

static void snooze_times(velox_backoff *backoff, int times)
{
    for (int i = 0; i < times; i++)
        velox_backoff_snooze(backoff);
}

static void spins_double_up_to_the_last(void **state)
{
    (void)state;
    velox_backoff backoff;
    velox_backoff_init(&backoff, VELOX_BACKOFF_SPINS);
    for (int wait = 0; wait < SPINS; wait++) {
        unsigned long before = paused;
        velox_backoff_snooze(&backoff);
        assert_int_equal(paused - before, 1ul << wait);
    }
    assert_int_equal(yields + sleeps, 0);
}

static void yields_follow_the_spins_one_each(void **state)
{
    (void)state;
    velox_backoff backoff;
    velox_backoff_init(&backoff, VELOX_BACKOFF_SPINS);
    snooze_times(&backoff, SPINS);
    unsigned long spun = paused;
    for (unsigned long i = 1; i <= YIELDS; i++) {
        velox_backoff_snooze(&backoff);
        assert_int_equal(yields, i);
    }
    assert_int_equal(paused, spun);
    assert_int_equal(sleeps, 0);
}

static void fewer_spins_yield_sooner_and_as_often(void **state)
{
    for (unsigned spins = 0; spins <= SPINS; spins++) {
        forget(state);
        velox_backoff backoff;
        velox_backoff_init(&backoff, spins);
        snooze_times(&backoff, (int)spins);
        assert_int_equal(paused, (1ul << spins) - 1);
        assert_int_equal(yields, 0);
        snooze_times(&backoff, YIELDS);
        assert_int_equal(paused, (1ul << spins) - 1);
        assert_int_equal(yields, YIELDS);
        assert_int_equal(sleeps, 0);
    }
}

static void more_spins_than_there_are_is_all_of_them(void **state)
{
    (void)state;
    velox_backoff backoff;
    velox_backoff_init(&backoff, UINT32_MAX);
    snooze_times(&backoff, SPINS + 1);
    assert_int_equal(paused, (1ul << SPINS) - 1);
    assert_int_equal(yields, 1);
}

static void reset_begins_again_and_keeps_the_counts(void **state)
{
    (void)state;
    velox_backoff backoff;
    velox_backoff_init(&backoff, 2);
    snooze_times(&backoff, 2 + YIELDS + 3);
    uint64_t counted = backoff.yields, parked = backoff.parks;
    velox_backoff_reset(&backoff);
    assert_false(velox_backoff_parks(&backoff));
    paused = yields = sleeps = 0;
    snooze_times(&backoff, 2);
    assert_int_equal(paused, 1 + 2);
    assert_int_equal(yields + sleeps, 0);
    assert_int_equal(backoff.yields, counted);
    assert_int_equal(backoff.parks, parked);
}

static void counts_are_the_yields_and_parks_that_were_done(void **state)
{
    (void)state;
    velox_backoff backoff;
    velox_backoff_init(&backoff, 1);
    for (int i = 0; i < 20; i++) {
        velox_backoff_snooze(&backoff);
        assert_int_equal(backoff.yields, yields);
        assert_int_equal(backoff.parks, sleeps);
        if (i == 12)
            velox_backoff_reset(&backoff);
    }
}

static void sleeps_exactly_where_it_says_that_it_parks(void **state)
{
    (void)state;
    velox_backoff backoff;
    velox_backoff_init(&backoff, 2);
    for (int wait = 0; wait < 2 + YIELDS + 3; wait++) {
        bool parks = velox_backoff_parks(&backoff);
        assert_int_equal(parks, VELOX_BACKOFF_PARK_NS > 0 && wait >= 2 + YIELDS);
        unsigned long before = sleeps;
        velox_backoff_snooze(&backoff);
        assert_int_equal(sleeps - before, parks);
    }
}

#if VELOX_BACKOFF_PARK_NS > 0
static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static void park_takes_at_least_its_time(void **state)
{
    (void)state;
    velox_backoff backoff;
    velox_backoff_init(&backoff, 0);
    snooze_times(&backoff, YIELDS);
    uint64_t begin_ns = now_ns();
    velox_backoff_snooze(&backoff);
    assert_true(now_ns() - begin_ns >= VELOX_BACKOFF_PARK_NS);
    assert_int_equal(slept_ns, VELOX_BACKOFF_PARK_NS);
}

static void signal_ends_a_park(void **state)
{
    (void)state;
    velox_backoff backoff;
    velox_backoff_init(&backoff, 0);
    snooze_times(&backoff, YIELDS);
    signal_comes = true;
    velox_backoff_snooze(&backoff);
    assert_int_equal(sleeps, 1);
}
#else
static void without_a_park_it_yields_for_ever(void **state)
{
    (void)state;
    velox_backoff backoff;
    velox_backoff_init(&backoff, VELOX_BACKOFF_SPINS);
    snooze_times(&backoff, SPINS + 10000);
    assert_int_equal(yields, 10000);
    assert_int_equal(backoff.yields, 10000);
    assert_int_equal(sleeps + backoff.parks, 0);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(spins_double_up_to_the_last, forget),
        cmocka_unit_test_setup(yields_follow_the_spins_one_each, forget),
        cmocka_unit_test_setup(fewer_spins_yield_sooner_and_as_often, forget),
        cmocka_unit_test_setup(more_spins_than_there_are_is_all_of_them, forget),
        cmocka_unit_test_setup(reset_begins_again_and_keeps_the_counts, forget),
        cmocka_unit_test_setup(counts_are_the_yields_and_parks_that_were_done, forget),
        cmocka_unit_test_setup(sleeps_exactly_where_it_says_that_it_parks, forget),
#if VELOX_BACKOFF_PARK_NS > 0
        cmocka_unit_test_setup(park_takes_at_least_its_time, forget),
        cmocka_unit_test_setup(signal_ends_a_park, forget),
#else
        cmocka_unit_test_setup(without_a_park_it_yields_for_ever, forget),
#endif
    };
    return cmocka_run_group_tests_name("backoff", tests, NULL, NULL);
}
