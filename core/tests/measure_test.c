/* Measuring blocks of code: each way out of one, several threads, and who finds what. */
#include "test_cmocka.h"

#include "instruments/measure.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static bool allocation_fails;

void *__real_malloc(size_t bytes);
void *__wrap_malloc(size_t bytes);

void *__wrap_malloc(size_t bytes)
{
    return allocation_fails ? NULL : __real_malloc(bytes);
}

/* What is known of the blocks of this name; false: there are none. */
static bool find(const char *wanted, velox_measured *measured)
{
    velox_measure_cursor cursor = {0};
    while (velox_measure_next(&cursor, measured)) {
        if (strcmp(measured->name, wanted) == 0)
            return true;
    }
    return false;
}

/* How often they have run; -1: there are none. */
static long runs(const char *wanted)
{
    velox_measured measured;
    return find(wanted, &measured) ? (long)velox_histogram_count(&measured.histogram) : -1;
}

static void a_block_that_has_not_run_is_not_there(void **state)
{
    (void)state;
    if (runs("never") >= 0)
        VELOX_MEASURE (never) {
            fail();
        }
    assert_int_equal(runs("never"), -1);
}

static void every_run_is_one_duration(void **state)
{
    (void)state;
    int inside = 0;
    for (int i = 0; i < 100; i++)
        VELOX_MEASURE (counted) {
            inside++;
        }
    assert_int_equal(inside, 100);
    assert_int_equal(runs("counted"), 100);
}

static void the_duration_is_that_of_the_block(void **state)
{
    (void)state;
    const struct timespec time = {.tv_nsec = 3000000};
    uint64_t before_ns = velox_monotonic_ns();
    VELOX_MEASURE (slept) {
        {
        }
        nanosleep(&time, NULL);
    }
    uint64_t passed_ns = velox_monotonic_ns() - before_ns;
    velox_measured measured;
    assert_true(find("slept", &measured));
    assert_in_range(velox_histogram_max(&measured.histogram), 3000000, passed_ns);
}

static int leave_by(int way)
{
    for (int i = 0; i < 2; i++) {
        VELOX_MEASURE (left) {
            {
            }
            if (way == 0)
                return 1;
            if (way == 1)
                break;
            if (way == 2)
                continue;
            if (way == 3)
                goto out;
        }
    }
out:
    return 0;
}

static void a_block_is_measured_however_it_is_left(void **state)
{
    (void)state;
    leave_by(0);
    assert_int_equal(runs("left"), 1);
    leave_by(1);
    assert_int_equal(runs("left"), 3);
    leave_by(2);
    assert_int_equal(runs("left"), 5);
    leave_by(3);
    assert_int_equal(runs("left"), 6);
    leave_by(4);
    assert_int_equal(runs("left"), 8);
}

static void blocks_lie_within_blocks_and_have_names_of_their_own(void **state)
{
    (void)state;
    VELOX_MEASURE (outer) {
        {
        }
        for (int i = 0; i < 3; i++)
            VELOX_MEASURE (inner) {
                (void)i;
            }
    }
    assert_int_equal(runs("outer"), 1);
    assert_int_equal(runs("inner"), 3);
    velox_measured outer, inner;
    assert_true(find("outer", &outer) && find("inner", &inner));
    assert_true(velox_histogram_sum(&outer.histogram) >= velox_histogram_sum(&inner.histogram));
}

static void blocks_of_one_name_are_added_up(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        VELOX_MEASURE (twice) {
            (void)i;
        }
    VELOX_MEASURE (between) {
        (void)state;
    }
    for (int i = 0; i < 4; i++)
        VELOX_MEASURE (twice) {
            (void)i;
        }
    assert_int_equal(runs("twice"), 7);
    unsigned given = 0;
    velox_measure_cursor cursor = {0};
    velox_measured measured;
    while (velox_measure_next(&cursor, &measured))
        given += strcmp(measured.name, "twice") == 0;
    assert_int_equal(given, 1);
}

enum { THREADS = 4, RUNS = 2000 };

static void *run_often(void *argument)
{
    (void)argument;
    for (int i = 0; i < RUNS; i++)
        VELOX_MEASURE (shared) {
            (void)i;
        }
    return NULL;
}

static void threads_are_added_up_and_may_be_read_meanwhile(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run_often, NULL), 0);
    long last = -1;
    for (int i = 0; i < 100; i++) {
        long now = runs("shared");
        assert_true(now >= last);
        last = now;
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(runs("shared"), THREADS * RUNS);
}

static void runs_without_memory_are_lost_and_counted(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        allocation_fails = i < 2;
        VELOX_MEASURE (starved) {
            (void)i;
        }
        allocation_fails = false;
    }
    velox_measured measured;
    assert_true(find("starved", &measured));
    assert_int_equal(velox_histogram_count(&measured.histogram), 3);
    assert_int_equal(measured.lost, 2);
}

static void a_calibrated_clock_measures_the_same(void **state)
{
    (void)state;
    velox_clock clock;
    assert_int_equal(velox_clock_init(&clock, VELOX_CLOCK_AUTO), 0);
    velox_measure_use_clock(&clock);
    const struct timespec time = {.tv_nsec = 3000000};
    uint64_t before_ns = velox_monotonic_ns();
    VELOX_MEASURE (slept_again) {
        nanosleep(&time, NULL);
    }
    uint64_t passed_ns = velox_monotonic_ns() - before_ns;
    velox_measured measured;
    assert_true(find("slept_again", &measured));
    assert_in_range(velox_histogram_max(&measured.histogram), 2990000, passed_ns + passed_ns / 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_that_has_not_run_is_not_there),
        cmocka_unit_test(every_run_is_one_duration),
        cmocka_unit_test(the_duration_is_that_of_the_block),
        cmocka_unit_test(a_block_is_measured_however_it_is_left),
        cmocka_unit_test(blocks_lie_within_blocks_and_have_names_of_their_own),
        cmocka_unit_test(blocks_of_one_name_are_added_up),
        cmocka_unit_test(threads_are_added_up_and_may_be_read_meanwhile),
        cmocka_unit_test(runs_without_memory_are_lost_and_counted),
        cmocka_unit_test(a_calibrated_clock_measures_the_same),
    };
    return cmocka_run_group_tests_name("measure", tests, NULL, NULL);
}
