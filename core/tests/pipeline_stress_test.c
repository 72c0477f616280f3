/*
 * Pipelines of threads, made at random: short rings, one to four threads that wait in every way,
 * rates from a crawl to a flood, stopped at a random moment, with yields at every handover.
 * Whatever was accepted must come out once, in order and unchanged.
 *
 * VELOX_STRESS_PIPELINES sets how many; the default takes some seconds, and ten times as many run
 * in a soak.
 */
#include "test_pipeline.h"
#include "test_random.h"
#include "test_stress.h"

#include "velox/bundle_ring.h"
#include "velox/ring.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>

/* Each thread yields at random where it hands something on or gives a slot back, so that each meets
 * the others in every state. No two threads do so alike. */
static _Atomic uint64_t threads_seen;
static _Thread_local uint64_t yield_random;

static void maybe_yield(void)
{
    if (yield_random == 0)
        yield_random = 1 + atomic_fetch_add_explicit(&threads_seen, 1, memory_order_relaxed);
    if (random_below(&yield_random, 16) == 0)
        sched_yield();
}

void __real_velox_ring_commit(velox_ring *ring, size_t count);
void __wrap_velox_ring_commit(velox_ring *ring, size_t count);
void __real_velox_ring_release(velox_ring *ring, size_t count);
void __wrap_velox_ring_release(velox_ring *ring, size_t count);

void __wrap_velox_ring_commit(velox_ring *ring, size_t count)
{
    maybe_yield();
    __real_velox_ring_commit(ring, count);
    maybe_yield();
}

void __wrap_velox_ring_release(velox_ring *ring, size_t count)
{
    maybe_yield();
    __real_velox_ring_release(ring, count);
    maybe_yield();
}

/* Allocations of all threads. */
static _Atomic uint64_t allocations;

void *__real_malloc(size_t bytes);
void *__wrap_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__real_aligned_alloc(size_t alignment, size_t bytes);
void *__wrap_aligned_alloc(size_t alignment, size_t bytes);

void *__wrap_malloc(size_t bytes)
{
    atomic_fetch_add(&allocations, 1);
    return __real_malloc(bytes);
}

void *__wrap_calloc(size_t count, size_t bytes)
{
    atomic_fetch_add(&allocations, 1);
    return __real_calloc(count, bytes);
}

void *__wrap_aligned_alloc(size_t alignment, size_t bytes)
{
    atomic_fetch_add(&allocations, 1);
    return __real_aligned_alloc(alignment, bytes);
}

void __real_velox_bundle_ring_commit(velox_bundle_ring *ring);
void __wrap_velox_bundle_ring_commit(velox_bundle_ring *ring);
void __real_velox_bundle_ring_release(velox_bundle_ring *ring);
void __wrap_velox_bundle_ring_release(velox_bundle_ring *ring);

void __wrap_velox_bundle_ring_commit(velox_bundle_ring *ring)
{
    maybe_yield();
    __real_velox_bundle_ring_commit(ring);
    maybe_yield();
}

void __wrap_velox_bundle_ring_release(velox_bundle_ring *ring)
{
    maybe_yield();
    __real_velox_bundle_ring_release(ring);
    maybe_yield();
}

static velox_clock test_clock; /* calibrated once */

static int set_up(void **state)
{
    (void)state;
    return velox_clock_init(&test_clock, VELOX_CLOCK_AUTO);
}

static velox_pipeline_options random_options(uint64_t *random, unsigned threads, velox_wait wait)
{
    static const double rates[] = {0, 0, 2e4, 1e6, 5e6, 2e7};
    static const uint64_t flushes_ns[] = {0, 1000, 50000, UINT64_MAX};
    static const uint64_t samples[] = {0, 1, 3, 100};
    velox_pipeline_options options;
    velox_pipeline_defaults(&options);
    options.clock = &test_clock;
    options.ring_capacity = UINT32_C(2) << random_below(random, 6); /* 2 to 64 */
    options.levels = 1 + (uint32_t)random_below(random, 200);
    options.rate_per_sec = rates[random_below(random, 6)];
    options.flush_after_ns = flushes_ns[random_below(random, 4)];
    options.flush_when_idle = random_below(random, 2);
    options.spans = random_below(random, 2) * 10;
    options.sample_every = samples[random_below(random, 4)];
    options.source_times = random_below(random, 6) == 0; /* all due at the start */
    options.drop_when_full = random_below(random, 3) == 0;
    options.duration_ns = random_below(random, 3) == 0 ? 1 + random_below(random, 300000) : 0;
    options.transactions = random_below(random, 3) == 0 ? 1 + random_below(random, 500) : 0;
    options.pin = random_below(random, 4) == 0;
    options.threads = threads;
    options.wait = wait;
    return options;
}

/* Up to `longest_ns`, without a sleep, so that short times are short. */
static void wait_at_random(uint64_t *random, uint64_t longest_ns)
{
    uint64_t begin_ns = velox_clock_now_ns(&test_clock);
    uint64_t wait_ns = random_below(random, longest_ns);
    while (velox_clock_now_ns(&test_clock) - begin_ns < wait_ns)
        sched_yield();
}

static uint64_t parks, wakes; /* of all pipelines */

static void run_one(uint64_t seed, unsigned threads, velox_wait wait)
{
    uint64_t random = seed;
    velox_pipeline_options options = random_options(&random, threads, wait);
    checked_flow flow;
    uint64_t limit = random_below(&random, 4) == 0 ? random_below(&random, 300) : UINT64_MAX;
    checked_flow_init(&flow, seed, options.levels, limit);
    flow.disturb = maybe_yield;
    velox_pipeline *pipeline = make_checked(&options, &flow);
    uint64_t allocations_before = atomic_load(&allocations);
    assert_int_equal(velox_pipeline_start(pipeline), 0);
    wait_at_random(&random, 300000);
    velox_pipeline_stop(pipeline);
    velox_pipeline_join(pipeline);
    assert_int_equal(atomic_load(&allocations), allocations_before);
    /* Which pipeline it was: the seed makes it again. */
    if (velox_pipeline_fault(pipeline) != NULL || flow.different > 0)
        print_error("seed %llu, %u threads, wait %d, ring of %u\n", (unsigned long long)seed,
                    threads, (int)wait, options.ring_capacity);
    assert_all_came_out(pipeline, &flow);
    uint64_t every = options.sample_every;
    assert_int_equal(velox_histogram_count(velox_pipeline_latency(pipeline)),
                     every > 0 ? (flow.taken + every - 1) / every : 0);
    velox_pipeline_statistics statistics;
    velox_pipeline_read(pipeline, &statistics);
    parks += statistics.parks;
    wakes += statistics.wakes;
    velox_pipeline_free(pipeline);
}

static uint64_t pipelines_a_test(void)
{
    return stress_count("VELOX_STRESS_PIPELINES", UNDER_TSAN ? 400 : 4000) / VELOX_STAGES;
}

/* `threads` of the test: 1 to VELOX_STAGES. */
static void run_many(unsigned threads)
{
    for (uint64_t i = 0; i < pipelines_a_test(); i++) {
        /* Spinning with more threads than CPUs is legal, and takes a time slice a handover. */
        velox_wait wait = i % 50 == 0 ? VELOX_WAIT_SPIN : (velox_wait)(i % 3);
        run_one(1 + i * VELOX_STAGES + threads, threads, wait);
    }
}

static void some_of_the_threads_sleep_and_are_woken(void **state)
{
    (void)state;
    parks = wakes = 0;
    for (uint64_t i = 0; i < 200; i++)
        run_one(1 + i, 2, VELOX_WAIT_PARK);
    assert_true(parks > 0);
    assert_true(wakes > 0);
}

static void one_thread_hands_on_what_was_accepted(void **state)
{
    (void)state;
    run_many(1);
}

static void two_threads_hand_on_what_was_accepted(void **state)
{
    (void)state;
    run_many(2);
}

static void three_threads_hand_on_what_was_accepted(void **state)
{
    (void)state;
    run_many(3);
}

static void four_threads_hand_on_what_was_accepted(void **state)
{
    (void)state;
    run_many(4);
}

/* One transaction at the start and another after a minute. */
static size_t next_minute(void *context, velox_transaction *transactions, size_t count)
{
    uint64_t *given = context;
    (void)count;
    transactions[0] =
        (velox_transaction){.quantity = 1, .ingress_ns = *given * UINT64_C(60000000000)};
    ++*given;
    return 1;
}

static _Atomic uint64_t left; /* transactions that came out */

static void count_left(void *context, const velox_bundle *bundle)
{
    (void)context;
    atomic_fetch_add(&left, bundle->count);
}

/* Starts it, and waits for the first transaction; how long that took. */
static uint64_t start_sleepy(velox_pipeline **pipeline, uint64_t *given)
{
    velox_pipeline_options options;
    velox_pipeline_defaults(&options);
    options.clock = &test_clock;
    options.source_times = true;
    options.flush_when_idle = false;
    options.flush_after_ns = 5000000;
    const velox_source source = {.next = next_minute, .context = given};
    const velox_sink sink = {count_left, NULL};
    atomic_store(&left, 0);
    assert_int_equal(velox_pipeline_create(&options, &source, &sink, pipeline), 0);
    uint64_t begin_ns = velox_clock_now_ns(&test_clock);
    assert_int_equal(velox_pipeline_start(*pipeline), 0);
    while (atomic_load(&left) == 0)
        sched_yield();
    return velox_clock_now_ns(&test_clock) - begin_ns;
}

/* Half of what a sleeper waits in the variant that looks for itself only then. */
#define MUCH_TOO_LONG_NS UINT64_C(10000000000)

static void a_part_filled_bundle_leaves_in_time_although_everybody_sleeps(void **state)
{
    (void)state;
    velox_pipeline *pipeline = NULL;
    uint64_t given = 0;
    uint64_t took_ns = start_sleepy(&pipeline, &given);
    assert_in_range(took_ns, 5000000, MUCH_TOO_LONG_NS);
    velox_pipeline_stop(pipeline);
    velox_pipeline_join(pipeline);
    assert_null(velox_pipeline_fault(pipeline));
    velox_pipeline_free(pipeline);
}

static void a_stop_wakes_an_engine_that_sleeps(void **state)
{
    (void)state;
    velox_pipeline *pipeline = NULL;
    uint64_t given = 0;
    start_sleepy(&pipeline, &given);
    const struct timespec time = {.tv_nsec = 20000000}; /* until all of them sleep */
    nanosleep(&time, NULL);
    uint64_t begin_ns = velox_clock_now_ns(&test_clock);
    velox_pipeline_stop(pipeline);
    velox_pipeline_join(pipeline);
    assert_true(velox_clock_now_ns(&test_clock) - begin_ns < MUCH_TOO_LONG_NS);
    assert_null(velox_pipeline_fault(pipeline));
    velox_pipeline_free(pipeline);
}

static int threads_possible = -1; /* negative: as many as are wanted */

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *argument);

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *argument)
{
    if (threads_possible == 0)
        return EAGAIN;
    threads_possible -= threads_possible > 0;
    return __real_pthread_create(thread, attributes, run, argument);
}

static void a_thread_that_cannot_be_started_ends_the_others(void **state)
{
    (void)state;
    for (int possible = 0; possible < VELOX_STAGES; possible++) {
        checked_flow flow;
        checked_flow_init(&flow, 1, 1024, UINT64_MAX);
        velox_pipeline_options options;
        velox_pipeline_defaults(&options);
        options.clock = &test_clock;
        velox_pipeline *pipeline = make_checked(&options, &flow);
        threads_possible = possible;
        int status = velox_pipeline_start(pipeline);
        threads_possible = -1;
        assert_int_equal(status, -EAGAIN);
        velox_pipeline_join(pipeline);
        assert_int_equal(flow.taken, 0);
        velox_pipeline_free(pipeline);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_thread_hands_on_what_was_accepted),
        cmocka_unit_test(two_threads_hand_on_what_was_accepted),
        cmocka_unit_test(three_threads_hand_on_what_was_accepted),
        cmocka_unit_test(four_threads_hand_on_what_was_accepted),
        cmocka_unit_test(some_of_the_threads_sleep_and_are_woken),
        cmocka_unit_test(a_part_filled_bundle_leaves_in_time_although_everybody_sleeps),
        cmocka_unit_test(a_stop_wakes_an_engine_that_sleeps),
        cmocka_unit_test(a_thread_that_cannot_be_started_ends_the_others),
    };
    return cmocka_run_group_tests_name("pipeline_stress", tests, set_up, NULL);
}
