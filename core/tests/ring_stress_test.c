/*
 * The ring between two threads: every element is compared in all 32 bytes, at the capacities where
 * a wrong memory order or wrap shows soonest. The threads switch at random between single, batch
 * and span operations, and yield at random so that each meets the other in every state. Under
 * ThreadSanitizer the comparison is also what finds a missing order.
 *
 * VELOX_STRESS_ELEMENTS sets the elements of each test; the default takes some seconds in all, and
 * ten times as long in a soak.
 */
#include "test_cmocka.h"
#include "test_random.h"
#include "test_stress.h"

#include "velox/ring.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#if UNDER_TSAN
#define DEFAULT_ELEMENTS 300000
#else
#define DEFAULT_ELEMENTS 4000000
#endif

enum operations { SINGLE = 1, BATCH = 2, SPAN = 4, MIXED = SINGLE | BATCH | SPAN };

#define LARGEST_BATCH 16

typedef struct {
    velox_ring *ring;
    uint64_t elements;
    unsigned producer_operations;
    unsigned consumer_operations;
    uint64_t seed;
    /* Results of the consumer, read after the join. */
    uint64_t taken;
    const char *failure; /* NULL: none */
    atomic_bool stop;    /* the consumer found a failure; the producer must not wait for room */
} relay;

static uint64_t elements_per_test(void)
{
    return stress_count("VELOX_STRESS_ELEMENTS", DEFAULT_ELEMENTS);
}

/*
 * Writes the element with this number: all 32 bytes depend on it. Field by field through the
 * pointer, because ThreadSanitizer does not see what gcc makes of `slot = element(...)` or of a
 * small memcpy(), and would miss a span committed without release.
 */
static void write_element(velox_transaction *slot, uint64_t sequence)
{
    uint64_t random = sequence;
    slot->sequence = sequence;
    slot->ingress_ns = random_next(&random);
    uint64_t bits = random_next(&random);
    slot->price_tick = (uint32_t)bits;
    slot->quantity = (uint32_t)(bits >> 32);
    slot->side = (uint8_t)(sequence & 1);
    slot->kind = (uint8_t)(sequence >> 1 & 1);
    slot->reserved = (uint16_t)(bits >> 20);
    velox_transaction_seal(slot);
}

static unsigned pick(unsigned allowed, uint64_t *random)
{
    unsigned operation;
    do
        operation = 1u << random_below(random, 3);
    while ((operation & allowed) == 0);
    return operation;
}

/* Yields after a failure, because the peer may wait for this very core, and now and then. */
static void maybe_yield(bool progress, uint64_t *random)
{
    if (!progress || random_below(random, 256) == 0)
        sched_yield();
}

static size_t produce(relay *run, uint64_t next, unsigned operation, size_t want)
{
    velox_transaction items[LARGEST_BATCH];
    if (operation == SINGLE) {
        write_element(&items[0], next);
        return velox_ring_push(run->ring, &items[0]);
    }
    if (operation == BATCH) {
        for (size_t i = 0; i < want; i++)
            write_element(&items[i], next + i);
        return velox_ring_push_batch(run->ring, items, want);
    }
    size_t got;
    velox_transaction *span = velox_ring_claim(run->ring, want, &got);
    for (size_t i = 0; i < got; i++)
        write_element(&span[i], next + i);
    /* Sometimes only a part: the rest is claimed and written again. */
    size_t committed = got > 1 && (next & 7) == 0 ? got - 1 : got;
    velox_ring_commit(run->ring, committed);
    return committed;
}

static void *producer(void *argument)
{
    relay *run = argument;
    uint64_t random = run->seed;
    for (uint64_t next = 0; next < run->elements;) {
        uint64_t want = 1 + random_below(&random, LARGEST_BATCH);
        if (want > run->elements - next)
            want = run->elements - next;
        size_t done = produce(run, next, pick(run->producer_operations, &random), want);
        next += done;
        if (atomic_load_explicit(&run->stop, memory_order_relaxed))
            break;
        maybe_yield(done > 0, &random);
    }
    return NULL;
}

static void check(relay *run, const velox_transaction *items, size_t count)
{
    for (size_t i = 0; i < count && run->failure == NULL; i++) {
        velox_transaction expected;
        write_element(&expected, run->taken + i);
        if (items[i].sequence != expected.sequence)
            run->failure = "an element was lost, repeated or out of order";
        else if (!velox_transaction_verify(&items[i]))
            run->failure = "an element's checksum does not match";
        else if (memcmp(&items[i], &expected, sizeof expected) != 0)
            run->failure = "an element has changed";
    }
}

static size_t consume(relay *run, unsigned operation, size_t want)
{
    velox_transaction items[LARGEST_BATCH];
    size_t got;
    if (operation == SINGLE) {
        got = velox_ring_pop(run->ring, &items[0]);
        check(run, items, got);
    } else if (operation == BATCH) {
        got = velox_ring_pop_batch(run->ring, items, want);
        check(run, items, got);
    } else {
        const velox_transaction *span = velox_ring_peek(run->ring, want, &got);
        if (got > 1 && (run->taken & 7) == 0)
            got--;
        check(run, span, got);
        velox_ring_release(run->ring, got);
    }
    run->taken += got;
    return got;
}

static void *consumer(void *argument)
{
    relay *run = argument;
    uint64_t random = ~run->seed;
    while (run->taken < run->elements && run->failure == NULL) {
        uint64_t want = 1 + random_below(&random, LARGEST_BATCH);
        size_t got = consume(run, pick(run->consumer_operations, &random), want);
        maybe_yield(got > 0, &random);
    }
    if (run->failure != NULL)
        atomic_store_explicit(&run->stop, true, memory_order_relaxed);
    return NULL;
}

static void relay_all(uint32_t capacity, unsigned producer_operations, unsigned consumer_operations,
                      uint64_t elements, uint64_t seed)
{
    relay run = {.elements = elements,
                 .producer_operations = producer_operations,
                 .consumer_operations = consumer_operations,
                 .seed = seed};
    assert_int_equal(velox_ring_create(capacity, &run.ring), 0);
    /* The indices cross the wrap half-way, when both threads are well under way. */
    velox_ring_reset(run.ring, 0 - elements / 2);

    pthread_t threads[2];
    assert_int_equal(pthread_create(&threads[0], NULL, producer, &run), 0);
    assert_int_equal(pthread_create(&threads[1], NULL, consumer, &run), 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);

    if (run.failure != NULL)
        fail_msg("capacity %u, element %llu: %s", capacity, (unsigned long long)run.taken,
                 run.failure);
    assert_int_equal(run.taken, elements);
    assert_int_equal(velox_ring_size(run.ring), 0);
    velox_ring_free(run.ring);
}

static void every_element_crosses_a_ring_of_2(void **state)
{
    (void)state;
    relay_all(2, MIXED, MIXED, elements_per_test(), 1);
}

static void every_element_crosses_a_ring_of_4(void **state)
{
    (void)state;
    relay_all(4, MIXED, MIXED, elements_per_test(), 2);
}

static void every_element_crosses_a_ring_of_8(void **state)
{
    (void)state;
    relay_all(8, MIXED, MIXED, elements_per_test(), 3);
}

static void every_element_crosses_a_ring_of_1024(void **state)
{
    (void)state;
    relay_all(1024, MIXED, MIXED, elements_per_test(), 4);
}

static void every_pair_of_operations_works_together(void **state)
{
    (void)state;
    for (unsigned out = SINGLE; out <= SPAN; out *= 2) {
        for (unsigned in = SINGLE; in <= SPAN; in *= 2)
            relay_all(4, out, in, elements_per_test() / 9 + 1, 100 + 10 * out + in);
    }
}

static void many_short_relays_start_and_end_cleanly(void **state)
{
    (void)state;
    uint64_t random = 5;
    for (int round = 0; round < 200; round++) {
        uint32_t capacity = 2u << random_below(&random, 3);
        relay_all(capacity, MIXED, MIXED, 1 + random_below(&random, 100), random);
    }
}

typedef struct {
    relay run;
    atomic_bool done;
    uint64_t wrong_sizes;
} watched_relay;

static void *watcher(void *argument)
{
    watched_relay *watched = argument;
    size_t capacity = velox_ring_capacity(watched->run.ring);
    while (!atomic_load_explicit(&watched->done, memory_order_relaxed)) {
        watched->wrong_sizes += velox_ring_size(watched->run.ring) > capacity;
        sched_yield();
    }
    return NULL;
}

static void size_seen_by_a_third_thread_is_never_out_of_range(void **state)
{
    (void)state;
    watched_relay watched = {.run = {.elements = elements_per_test() / 9 + 1,
                                     .producer_operations = MIXED,
                                     .consumer_operations = MIXED,
                                     .seed = 6}};
    assert_int_equal(velox_ring_create(4, &watched.run.ring), 0);
    velox_ring_reset(watched.run.ring, 0 - watched.run.elements / 2);

    pthread_t threads[3];
    assert_int_equal(pthread_create(&threads[0], NULL, producer, &watched.run), 0);
    assert_int_equal(pthread_create(&threads[1], NULL, consumer, &watched.run), 0);
    assert_int_equal(pthread_create(&threads[2], NULL, watcher, &watched), 0);
    assert_int_equal(pthread_join(threads[0], NULL), 0);
    assert_int_equal(pthread_join(threads[1], NULL), 0);
    atomic_store_explicit(&watched.done, true, memory_order_relaxed);
    assert_int_equal(pthread_join(threads[2], NULL), 0);

    assert_null(watched.run.failure);
    assert_int_equal(watched.wrong_sizes, 0);
    velox_ring_free(watched.run.ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_element_crosses_a_ring_of_2),
        cmocka_unit_test(every_element_crosses_a_ring_of_4),
        cmocka_unit_test(every_element_crosses_a_ring_of_8),
        cmocka_unit_test(every_element_crosses_a_ring_of_1024),
        cmocka_unit_test(every_pair_of_operations_works_together),
        cmocka_unit_test(many_short_relays_start_and_end_cleanly),
        cmocka_unit_test(size_seen_by_a_third_thread_is_never_out_of_range),
    };
    return cmocka_run_group_tests_name("ring under stress", tests, NULL, NULL);
}
