/* Sleeping and waking. */
#include "test_cmocka.h"
#include "test_stress.h"

#include "instruments/clock_counter.h"
#include "parker.h"

#include <pthread.h>
#include <sched.h>

/* Longer than any wake-up takes; so long a sleep is a lost one. */
#define LONG_NS UINT64_C(20000000000)

static void waking_nobody_does_not_call_the_system(void **state)
{
    (void)state;
    velox_parker parker;
    velox_parker_init(&parker);
    assert_false(velox_parker_wake(&parker));
    velox_parker_prepare(&parker);
    velox_parker_cancel(&parker);
    assert_false(velox_parker_wake(&parker));
}

static void a_wake_between_prepare_and_wait_keeps_it_from_sleeping(void **state)
{
    (void)state;
    velox_parker parker;
    velox_parker_init(&parker);
    velox_parker_prepare(&parker);
    assert_true(velox_parker_wake(&parker));
    uint64_t begin_ns = velox_monotonic_ns();
    velox_parker_wait(&parker, LONG_NS);
    assert_true(velox_monotonic_ns() - begin_ns < LONG_NS / 2);
}

static void a_sleep_ends_with_its_time(void **state)
{
    (void)state;
    const uint64_t time_ns = 2000000;
    velox_parker parker;
    velox_parker_init(&parker);
    uint64_t begin_ns = velox_monotonic_ns();
    while (velox_monotonic_ns() - begin_ns < time_ns) { /* a sleep may be shorter for no reason */
        velox_parker_prepare(&parker);
        velox_parker_wait(&parker, time_ns);
    }
    assert_false(velox_parker_wake(&parker)); /* nobody sleeps any more */
}

/* Two threads that hand a number to and fro, each asleep until the other one wakes it. */
typedef struct {
    velox_parker parkers[2];
    _Atomic uint64_t turn; /* even: thread 0 is due */
    uint64_t turns;
    uint64_t longest_ns[2];
} relay;

typedef struct {
    relay *run;
    unsigned me;
} runner;

static bool is_mine(relay *run, unsigned me)
{
    return atomic_load_explicit(&run->turn, memory_order_acquire) % 2 == me;
}

static void sleep_until_mine(relay *run, unsigned me)
{
    while (!is_mine(run, me)) {
        velox_parker_prepare(&run->parkers[me]);
        if (is_mine(run, me)) {
            velox_parker_cancel(&run->parkers[me]);
            continue;
        }
        uint64_t begin_ns = velox_monotonic_ns();
        velox_parker_wait(&run->parkers[me], LONG_NS);
        uint64_t slept_ns = velox_monotonic_ns() - begin_ns;
        if (slept_ns > run->longest_ns[me])
            run->longest_ns[me] = slept_ns;
    }
}

static void *hand_over(void *argument)
{
    runner *own = argument;
    relay *run = own->run;
    for (uint64_t mine = own->me; mine < run->turns; mine += 2) {
        sleep_until_mine(run, own->me);
        atomic_store_explicit(&run->turn, mine + 1, memory_order_release);
        velox_parker_wake(&run->parkers[1 - own->me]);
    }
    return NULL;
}

static void no_wake_up_is_lost(void **state)
{
    (void)state;
    relay run = {.turns = 2 * stress_count("VELOX_STRESS_TURNS", UNDER_TSAN ? 5000 : 50000)};
    runner runners[2] = {{&run, 0}, {&run, 1}};
    pthread_t threads[2];
    for (unsigned i = 0; i < 2; i++)
        velox_parker_init(&run.parkers[i]);
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, hand_over, &runners[i]), 0);
    for (unsigned i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(run.turn, run.turns);
    for (unsigned i = 0; i < 2; i++)
        assert_true(run.longest_ns[i] < LONG_NS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waking_nobody_does_not_call_the_system),
        cmocka_unit_test(a_wake_between_prepare_and_wait_keeps_it_from_sleeping),
        cmocka_unit_test(a_sleep_ends_with_its_time),
        cmocka_unit_test(no_wake_up_is_lost),
    };
    return cmocka_run_group_tests_name("parker", tests, NULL, NULL);
}
