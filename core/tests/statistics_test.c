/* The counters, alone and in several threads. Built for each layout. */
#include "test_aligned_alloc.h"
#include "test_cmocka.h"

#include "velox/statistics.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static velox_statistics *make_statistics(size_t counters)
{
    velox_statistics *statistics = NULL;
    assert_int_equal(velox_statistics_create(counters, &statistics), 0);
    return statistics;
}

static void numbers_of_counters_out_of_range_are_refused(void **state)
{
    (void)state;
    const size_t refused[] = {0, VELOX_STATISTICS_COUNTERS_MAX + 1, SIZE_MAX,
                              SIZE_MAX / VELOX_SEPARATION_BYTES + 2};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        velox_statistics *statistics = NULL;
        assert_int_equal(velox_statistics_create(refused[i], &statistics), -EINVAL);
        assert_null(statistics);
        assert_int_equal(velox_statistics_bytes(refused[i]), 0);
    }
}

static void create_reports_a_failed_allocation(void **state)
{
    (void)state;
    velox_statistics *statistics = NULL;
    allocation_fails = true;
    int result = velox_statistics_create(4, &statistics);
    allocation_fails = false;
    assert_int_equal(result, -ENOMEM);
    assert_null(statistics);
}

static void free_accepts_null(void **state)
{
    (void)state;
    velox_statistics_free(NULL);
}

static void init_in_the_callers_memory_gives_counters_at_0_that_stay_inside_it(void **state)
{
    (void)state;
    for (size_t counters = 1; counters <= 40; counters++) {
        size_t bytes = velox_statistics_bytes(counters);
        size_t with_guard = bytes + VELOX_SEPARATION_BYTES;
        unsigned char *memory = aligned_alloc(VELOX_SEPARATION_BYTES, with_guard);
        assert_non_null(memory);
        memset(memory, 0xa5, with_guard);

        velox_statistics *statistics = NULL;
        assert_int_equal(velox_statistics_init(memory, bytes, counters, &statistics), 0);
        for (size_t i = 0; i < counters; i++)
            assert_int_equal(velox_statistics_read(statistics, i), 0);
        for (size_t i = 0; i < counters; i++)
            velox_statistics_add(statistics, i, UINT64_MAX - i);
        for (size_t i = 0; i < counters; i++)
            assert_int_equal(velox_statistics_read(statistics, i), UINT64_MAX - i);
        for (size_t i = bytes; i < with_guard; i++)
            assert_int_equal(memory[i], 0xa5);
        free(memory);
    }
}

static void init_refuses_memory_that_is_small_misaligned_or_null(void **state)
{
    (void)state;
    size_t needed = velox_statistics_bytes(8);
    size_t bytes = needed + VELOX_SEPARATION_BYTES;
    char *memory = aligned_alloc(VELOX_SEPARATION_BYTES, bytes);
    assert_non_null(memory);
    velox_statistics *statistics = NULL;
    assert_int_equal(velox_statistics_init(memory, needed - 1, 8, &statistics), -EINVAL);
    assert_int_equal(velox_statistics_init(memory + 64, bytes - 64, 8, &statistics), -EINVAL);
    assert_int_equal(velox_statistics_init(NULL, bytes, 8, &statistics), -EINVAL);
    assert_int_equal(velox_statistics_init(memory, bytes, 0, &statistics), -EINVAL);
    assert_null(statistics);
    assert_int_equal(velox_statistics_init(memory, needed, 8, &statistics), 0);
    assert_non_null(statistics);
    free(memory);
}

static void one_more_counter_takes_the_room_of_its_layout(void **state)
{
    (void)state;
    const size_t counter_bytes = VELOX_STATISTICS_PADDED ? VELOX_SEPARATION_BYTES : 8;
    assert_int_equal(velox_statistics_bytes(32) - velox_statistics_bytes(16), 16 * counter_bytes);
    velox_statistics *statistics = make_statistics(3);
    assert_int_equal(allocated_bytes, velox_statistics_bytes(3));
    assert_int_equal((uintptr_t)statistics % VELOX_SEPARATION_BYTES, 0);
    assert_int_equal(velox_statistics_bytes(3) % VELOX_SEPARATION_BYTES, 0);
    velox_statistics_free(statistics);
}

static void each_counter_counts_for_itself(void **state)
{
    (void)state;
    enum { COUNTERS = VELOX_STATISTICS_COUNTERS_MAX };
    velox_statistics *statistics = make_statistics(COUNTERS);
    for (size_t i = 0; i < COUNTERS; i++)
        assert_int_equal(velox_statistics_read(statistics, i), 0);
    for (size_t i = 0; i < COUNTERS; i++) {
        velox_statistics_add(statistics, i, i);
        velox_statistics_add(statistics, i, 1000000);
    }
    for (size_t i = 0; i < COUNTERS; i++)
        assert_int_equal(velox_statistics_read(statistics, i), 1000000 + i);
    velox_statistics_free(statistics);
}

static void reset_sets_every_counter_to_0(void **state)
{
    (void)state;
    velox_statistics *statistics = make_statistics(5);
    for (size_t i = 0; i < 5; i++)
        velox_statistics_add(statistics, i, 9);
    velox_statistics_reset(statistics);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(velox_statistics_read(statistics, i), 0);
    velox_statistics_free(statistics);
}

static void counter_wraps_at_64_bits(void **state)
{
    (void)state;
    velox_statistics *statistics = make_statistics(2);
    velox_statistics_add(statistics, 0, UINT64_MAX);
    velox_statistics_add(statistics, 0, 3);
    assert_int_equal(velox_statistics_read(statistics, 0), 2);
    assert_int_equal(velox_statistics_read(statistics, 1), 0);
    velox_statistics_free(statistics);
}

enum { THREADS = 4, ADDS = 200000 };

typedef struct {
    velox_statistics *statistics;
    pthread_barrier_t all_there; /* so that they do it at the same time */
    _Atomic size_t threads;
} shared_counters;

/* Every thread adds to a counter of its own and to the one that all share. */
static void *add_many(void *argument)
{
    shared_counters *shared = argument;
    velox_statistics *statistics = shared->statistics;
    size_t own = 1 + shared->threads++;
    pthread_barrier_wait(&shared->all_there);
    for (uint64_t i = 0; i < ADDS; i++) {
        velox_statistics_add(statistics, 0, 1);
        velox_statistics_add(statistics, own, 2);
    }
    return NULL;
}

static void add_in_threads(void)
{
    velox_statistics *statistics = make_statistics(1 + THREADS);
    shared_counters shared = {.statistics = statistics};
    assert_int_equal(pthread_barrier_init(&shared.all_there, NULL, THREADS), 0);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, add_many, &shared), 0);
    uint64_t last = 0;
    for (int i = 0; i < 10000; i++) { /* read meanwhile */
        uint64_t seen = velox_statistics_read(statistics, 0);
        assert_true(seen >= last);
        last = seen;
    }
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    pthread_barrier_destroy(&shared.all_there);
    assert_int_equal(velox_statistics_read(statistics, 0), THREADS * (uint64_t)ADDS);
    for (size_t i = 1; i <= THREADS; i++)
        assert_int_equal(velox_statistics_read(statistics, i), 2 * (uint64_t)ADDS);
    velox_statistics_free(statistics);
}

/* Again and again, because the threads do not always run at the same time. */
static void no_add_of_any_thread_is_lost(void **state)
{
    (void)state;
    for (int round = 0; round < 10; round++)
        add_in_threads();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_of_counters_out_of_range_are_refused),
        cmocka_unit_test(create_reports_a_failed_allocation),
        cmocka_unit_test(free_accepts_null),
        cmocka_unit_test(init_in_the_callers_memory_gives_counters_at_0_that_stay_inside_it),
        cmocka_unit_test(init_refuses_memory_that_is_small_misaligned_or_null),
        cmocka_unit_test(one_more_counter_takes_the_room_of_its_layout),
        cmocka_unit_test(each_counter_counts_for_itself),
        cmocka_unit_test(reset_sets_every_counter_to_0),
        cmocka_unit_test(counter_wraps_at_64_bits),
        cmocka_unit_test(no_add_of_any_thread_is_lost),
    };
    return cmocka_run_group_tests_name("statistics", tests, NULL, NULL);
}
