/*
 * The order book under many threads: what each thread was told is what the book holds at the end,
 * by level, side and in total. Each keeps a ledger of the updates that returned 0, and of those
 * that returned -EAGAIN, which must have changed nothing. The threads yield at random.
 *
 * Built again over variants of the engine that have one attempt or two
 * (VELOX_ORDER_BOOK_ATTEMPTS_MAX) and yield between reading a level and exchanging it, so that
 * attempts do run out.
 *
 * VELOX_STRESS_UPDATES sets the updates of each test; the default takes some seconds in all, and
 * ten times as long in a soak.
 */
#include "test_cmocka.h"
#include "test_random.h"
#include "test_stress.h"

#include "velox/order_book.h"
#include "velox/tunables.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#if UNDER_TSAN
#define DEFAULT_UPDATES 1000000
#else
#define DEFAULT_UPDATES 3000000
#endif

/* Whether this is such a variant; yield_before_exchange.h is compiled in front of this file, too.
 */
#ifdef VELOX_TEST_YIELD_BEFORE_EXCHANGE_H
#define ATTEMPTS_RUN_OUT true
_Thread_local uint64_t beaten_exchanges;
#else
#define ATTEMPTS_RUN_OUT false
static const uint64_t beaten_exchanges = 0;
#endif

enum { FIRST_TICK = 5000, LEVELS_MAX = 64, ORDERS_MAX = 32, THREADS_MAX = 8 };

typedef struct {
    unsigned side;
    uint32_t tick;
    uint64_t quantity;
} order;

/* One thread's part: what it does, and its ledger, read after the join. */
typedef struct {
    velox_order_book *book;
    pthread_barrier_t *start;
    uint32_t levels;
    uint64_t updates;
    uint64_t seed;
    order resting[ORDERS_MAX]; /* added and not yet cancelled */
    unsigned resting_count;
    uint64_t applied, timeouts, retries;
    uint64_t beaten;     /* exchanges that failed, as the variants count them */
    const char *failure; /* NULL: none */
} trader;

static uint64_t updates_per_test(void)
{
    /* The variants meet as often in fewer updates, and give the CPU away in every eighth. */
    return stress_count("VELOX_STRESS_UPDATES",
                        ATTEMPTS_RUN_OUT ? DEFAULT_UPDATES / 10 : DEFAULT_UPDATES);
}

static void add_one(trader *own, uint64_t *random)
{
    order added = {
        .side = (unsigned)random_below(random, 2),
        .tick = FIRST_TICK + (uint32_t)random_below(random, own->levels),
        .quantity = 1 + random_below(random, UINT64_C(1) << 31),
    };
    int status =
        velox_order_book_add(own->book, added.side, added.tick, added.quantity, &own->retries);
    if (status == 0)
        own->resting[own->resting_count++] = added;
    else if (status != -EAGAIN)
        own->failure = "an add that fits was refused";
    own->applied += status == 0;
    own->timeouts += status == -EAGAIN;
}

/* Through velox_order_book_update(), so that both ways to the book meet on the same levels. */
static void cancel_one(trader *own, uint64_t *random)
{
    unsigned which = (unsigned)random_below(random, own->resting_count);
    const order *gone = &own->resting[which];
    velox_transaction transaction = {.price_tick = gone->tick,
                                     .quantity = (uint32_t)gone->quantity,
                                     .side = (uint8_t)gone->side,
                                     .kind = VELOX_KIND_CANCEL};
    int status = velox_order_book_update(own->book, &transaction, &own->retries);
    if (status == 0)
        own->resting[which] = own->resting[--own->resting_count];
    else if (status != -EAGAIN)
        own->failure = "a cancel of an order that rests was refused";
    own->applied += status == 0;
    own->timeouts += status == -EAGAIN;
}

/* What must be refused whatever the others do: more than a level can hold. */
static void overreach(trader *own, uint64_t *random)
{
    uint32_t tick = FIRST_TICK + (uint32_t)random_below(random, own->levels);
    uint64_t quantity = VELOX_ORDER_BOOK_QUANTITY_MAX + random_below(random, 2);
    int status = velox_order_book_cancel(own->book, VELOX_SIDE_BID, tick, quantity, &own->retries);
    if (status != -ERANGE)
        own->failure = "a cancel of what no level holds was not refused";
    status = velox_order_book_add(own->book, 2, tick, 1, &own->retries);
    if (status != -EINVAL)
        own->failure = "an add on no side was not refused";
}

static void *trade(void *argument)
{
    trader *own = argument;
    uint64_t random = own->seed;
    pthread_barrier_wait(own->start);
    for (uint64_t done = 0; done < own->updates && own->failure == NULL; done++) {
        bool adds = own->resting_count == 0 ||
                    (own->resting_count < ORDERS_MAX && random_below(&random, 2) == 0);
        if (random_below(&random, 64) == 0)
            overreach(own, &random);
        else if (adds)
            add_one(own, &random);
        else
            cancel_one(own, &random);
        if (random_below(&random, 256) == 0)
            sched_yield();
    }
    own->beaten = beaten_exchanges;
    return NULL;
}

/* Looks on: at every moment every level must be one that complete orders can make up. */
typedef struct {
    const velox_order_book *book;
    uint32_t levels;
    atomic_bool done;
    uint64_t inconsistent;
} watcher;

static void *watch(void *argument)
{
    watcher *own = argument;
    while (!atomic_load_explicit(&own->done, memory_order_relaxed)) {
        /* Often in a row, so that some look falls between two updates of one level. */
        for (uint32_t look = 0; look < 512; look++) {
            uint32_t i = look % own->levels;
            for (unsigned side = 0; side < 2; side++) {
                velox_order_book_depth depth;
                int status = velox_order_book_level(own->book, side, FIRST_TICK + i, &depth);
                bool sound = status == 0 && depth.count <= depth.quantity &&
                             (depth.count == 0) == (depth.quantity == 0) &&
                             depth.count <= THREADS_MAX * ORDERS_MAX;
                own->inconsistent += !sound;
            }
        }
        sched_yield();
    }
    return NULL;
}

static void run_threads(void *(*body)(void *), trader *traders, unsigned count)
{
    pthread_barrier_t start;
    pthread_t threads[THREADS_MAX];
    assert_int_equal(pthread_barrier_init(&start, NULL, count), 0);
    for (unsigned i = 0; i < count; i++) {
        traders[i].start = &start;
        assert_int_equal(pthread_create(&threads[i], NULL, body, &traders[i]), 0);
    }
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    pthread_barrier_destroy(&start);
    for (unsigned i = 0; i < count; i++) {
        if (traders[i].failure != NULL)
            fail_msg("thread %u of %u: %s", i, count, traders[i].failure);
    }
}

static void assert_depth(velox_order_book_depth found, velox_order_book_depth expected,
                         const char *what, unsigned side, uint32_t tick)
{
    if (found.quantity != expected.quantity || found.count != expected.count)
        fail_msg("%s, side %u, tick %u: %llu in %llu orders, where the threads' ledgers say %llu "
                 "in %llu",
                 what, side, tick, (unsigned long long)found.quantity,
                 (unsigned long long)found.count, (unsigned long long)expected.quantity,
                 (unsigned long long)expected.count);
}

/* Every level and both totals are exactly what the threads say rests there. */
static void assert_conserved(const velox_order_book *book, const trader *traders, unsigned count,
                             uint32_t levels)
{
    velox_order_book_depth expected[2][LEVELS_MAX] = {0};
    for (unsigned i = 0; i < count; i++) {
        for (unsigned k = 0; k < traders[i].resting_count; k++) {
            const order *resting = &traders[i].resting[k];
            velox_order_book_depth *level = &expected[resting->side][resting->tick - FIRST_TICK];
            level->quantity += resting->quantity;
            level->count++;
        }
    }
    for (unsigned side = 0; side < 2; side++) {
        velox_order_book_depth sum = {0};
        velox_order_book_depth found;
        for (uint32_t i = 0; i < levels; i++) {
            assert_int_equal(velox_order_book_level(book, side, FIRST_TICK + i, &found), 0);
            assert_depth(found, expected[side][i], "level", side, FIRST_TICK + i);
            sum.quantity += expected[side][i].quantity;
            sum.count += expected[side][i].count;
        }
        assert_int_equal(velox_order_book_totals(book, side, &found), 0);
        assert_depth(found, sum, "total", side, FIRST_TICK);
    }
}

/*
 * The book has counted as many timeouts as the threads were told. An exchange that failed was
 * followed by another attempt, which is a retry, or ended its update.
 */
static void assert_attempts_told(const velox_order_book *book, const trader *traders,
                                 unsigned count, uint32_t levels)
{
    uint64_t timeouts = 0;
    uint64_t retries = 0;
    for (unsigned i = 0; i < count; i++) {
        timeouts += traders[i].timeouts;
        retries += traders[i].retries;
        if (ATTEMPTS_RUN_OUT)
            assert_int_equal(traders[i].retries, traders[i].beaten - traders[i].timeouts);
    }
    assert_int_equal(velox_order_book_timeouts(book), timeouts);
    if (ATTEMPTS_RUN_OUT && levels == 1) {
        assert_true(timeouts > 0);
        assert_int_equal(retries > 0, VELOX_ORDER_BOOK_ATTEMPTS_MAX > 1);
    }
}

/* The threads trade, then stop with orders resting; then each takes its own out again. */
static void trade_and_check(unsigned count, uint32_t levels, uint64_t seed)
{
    trader traders[THREADS_MAX] = {0};
    velox_order_book *book = NULL;
    assert_int_equal(velox_order_book_create(FIRST_TICK, levels, &book), 0);
    for (unsigned i = 0; i < count; i++) {
        traders[i].book = book;
        traders[i].levels = levels;
        traders[i].updates = updates_per_test() / count + 1;
        traders[i].seed = seed + 1000 * i;
    }
    watcher looking = {.book = book, .levels = levels};
    pthread_t watching;
    assert_int_equal(pthread_create(&watching, NULL, watch, &looking), 0);
    run_threads(trade, traders, count);
    atomic_store_explicit(&looking.done, true, memory_order_relaxed);
    assert_int_equal(pthread_join(watching, NULL), 0);
    assert_int_equal(looking.inconsistent, 0);

    assert_conserved(book, traders, count, levels);
    assert_attempts_told(book, traders, count, levels);
    uint64_t random = seed;
    for (unsigned i = 0; i < count; i++) {
        assert_true(traders[i].applied > 0);
        for (; traders[i].resting_count > 0; assert_null(traders[i].failure))
            cancel_one(&traders[i], &random);
    }
    assert_conserved(book, traders, count, levels);
    velox_order_book_free(book);
}

static void two_threads_on_one_level_lose_and_repeat_nothing(void **state)
{
    (void)state;
    trade_and_check(2, 1, 1);
}

static void four_threads_on_one_level_lose_and_repeat_nothing(void **state)
{
    (void)state;
    trade_and_check(4, 1, 2);
}

static void eight_threads_on_one_level_lose_and_repeat_nothing(void **state)
{
    (void)state;
    trade_and_check(8, 1, 3);
}

static void two_threads_on_neighbouring_levels_lose_and_repeat_nothing(void **state)
{
    (void)state;
    trade_and_check(2, 3, 4);
}

static void four_threads_on_many_levels_lose_and_repeat_nothing(void **state)
{
    (void)state;
    trade_and_check(4, LEVELS_MAX, 5);
}

static void eight_threads_on_many_levels_lose_and_repeat_nothing(void **state)
{
    (void)state;
    trade_and_check(8, LEVELS_MAX, 6);
}

/* --- At the limits: which thread gets in is open, how many is not. --- */

enum { SHARES = 1000 };
#define SHARE (VELOX_ORDER_BOOK_QUANTITY_MAX / SHARES)

/* Adds shares until the level is full, then takes shares out until it is empty. */
static void *fill(void *argument)
{
    trader *own = argument;
    int status;
    pthread_barrier_wait(own->start);
    do {
        status = velox_order_book_add(own->book, VELOX_SIDE_BID, FIRST_TICK, SHARE, &own->retries);
        own->applied += status == 0;
        own->timeouts += status == -EAGAIN;
    } while (status == 0 || status == -EAGAIN);
    if (status != -EOVERFLOW)
        own->failure = "a full level gave another error than -EOVERFLOW";
    return NULL;
}

static void *drain(void *argument)
{
    trader *own = argument;
    int status;
    pthread_barrier_wait(own->start);
    do {
        status =
            velox_order_book_cancel(own->book, VELOX_SIDE_BID, FIRST_TICK, SHARE, &own->retries);
        own->applied += status == 0;
        own->timeouts += status == -EAGAIN;
    } while (status == 0 || status == -EAGAIN);
    if (status != -ERANGE)
        own->failure = "an empty level gave another error than -ERANGE";
    return NULL;
}

static uint64_t applied_by_all(const trader *traders, unsigned count)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < count; i++)
        sum += traders[i].applied;
    return sum;
}

static void a_level_that_threads_fill_and_drain_stops_exactly_at_its_limits(void **state)
{
    (void)state;
    enum { THREADS = 4 };
    velox_order_book *book = NULL;
    assert_int_equal(velox_order_book_create(FIRST_TICK, 1, &book), 0);
    const velox_order_book_depth full = {.quantity = SHARES * SHARE, .count = SHARES};
    const velox_order_book_depth empty = {0};
    uint64_t rounds = updates_per_test() / SHARES / 4 + 1;
    uint64_t timeouts = 0;
    for (uint64_t round = 0; round < rounds; round++) {
        velox_order_book_depth found;
        trader traders[THREADS] = {{.book = book}, {.book = book}, {.book = book}, {.book = book}};
        run_threads(fill, traders, THREADS);
        assert_int_equal(applied_by_all(traders, THREADS), SHARES);
        assert_int_equal(velox_order_book_level(book, VELOX_SIDE_BID, FIRST_TICK, &found), 0);
        assert_depth(found, full, "full level", VELOX_SIDE_BID, FIRST_TICK);

        run_threads(drain, traders, THREADS);
        assert_int_equal(applied_by_all(traders, THREADS), 2 * SHARES);
        assert_int_equal(velox_order_book_level(book, VELOX_SIDE_BID, FIRST_TICK, &found), 0);
        assert_depth(found, empty, "empty level", VELOX_SIDE_BID, FIRST_TICK);
        for (unsigned i = 0; i < THREADS; i++)
            timeouts += traders[i].timeouts;
    }
    assert_int_equal(velox_order_book_timeouts(book), timeouts);
    velox_order_book_reset(book);
    assert_int_equal(velox_order_book_timeouts(book), 0);
    velox_order_book_free(book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_threads_on_one_level_lose_and_repeat_nothing),
        cmocka_unit_test(four_threads_on_one_level_lose_and_repeat_nothing),
        cmocka_unit_test(eight_threads_on_one_level_lose_and_repeat_nothing),
        cmocka_unit_test(two_threads_on_neighbouring_levels_lose_and_repeat_nothing),
        cmocka_unit_test(four_threads_on_many_levels_lose_and_repeat_nothing),
        cmocka_unit_test(eight_threads_on_many_levels_lose_and_repeat_nothing),
        cmocka_unit_test(a_level_that_threads_fill_and_drain_stops_exactly_at_its_limits),
    };
    return cmocka_run_group_tests_name("order book under stress", tests, NULL, NULL);
}
