/*
 * The order book: one thread, several on many levels, and several on a single one.
 *
 * One iteration is one update, applied: where the book gives up (-EAGAIN), the thread calls again,
 * within the iteration. So a book that gives up sooner is not measured as a faster one, every
 * cancel finds its order, and the book does the same work in every run, however the threads meet.
 * The counters tell how often, as means of an update: `retries` are attempts after the first one of
 * a call, `timeouts` are calls that gave up.
 *
 * Each thread has a stream of its own, made in setup from a fixed seed: orders are added and later
 * cancelled, each exactly once, so that the book is the same after each pass of a stream. Where a
 * block ends within a pass, some orders rest. finish plays the streams against plain sums, and
 * every level and both totals must agree with them: nothing lost, repeated or put elsewhere.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>

#include "velox/order_book.h"

#include "suite_inputs.h"

#include <vbench/vbench.h>

enum {
    FIRST_TICK = 10000,
    LEVELS_MAX = 256,
    ORDERS = 256,        /* of a stream */
    STREAM = 2 * ORDERS, /* updates: 16 KiB, which leave a first-level cache room for the book */
    QUANTITY_MAX = 1000, /* of an order */
};

/* What one thread works with, and what it found. Threads share no line. */
typedef struct {
    alignas(VELOX_SEPARATION_BYTES) velox_transaction stream[STREAM];
    uint64_t retries;
    uint64_t timeouts;
    int wrong; /* not 0: bits of the status of an update that was refused */
} book_thread;

typedef struct {
    velox_order_book *book;
    book_thread *threads; /* one each */
    uint32_t levels;
    unsigned sides;
} book_fixture;

/* Adds and cancels in random order: a cancel takes one of the orders that then rest. */
static void make_stream(velox_transaction *stream, uint32_t levels, unsigned sides, uint64_t seed)
{
    velox_transaction resting[ORDERS];
    uint32_t added = 0;
    uint32_t rest = 0;
    for (uint32_t i = 0; i < STREAM; i++) {
        velox_transaction made;
        if (added < ORDERS && (rest == 0 || random_below(&seed, 2) == 0)) {
            made = (velox_transaction){
                .price_tick = FIRST_TICK + (uint32_t)random_below(&seed, levels),
                .quantity = 1 + (uint32_t)random_below(&seed, QUANTITY_MAX),
                .side = (uint8_t)random_below(&seed, sides),
                .kind = VELOX_KIND_ADD,
            };
            resting[rest++] = made;
            added++;
        } else {
            uint32_t which = (uint32_t)random_below(&seed, rest);
            made = resting[which];
            made.kind = VELOX_KIND_CANCEL;
            resting[which] = resting[--rest];
        }
        made.sequence = i;
        velox_transaction_seal(&made);
        stream[i] = made;
    }
}

static void teardown_book(void *fixture)
{
    book_fixture *made = fixture;
    velox_order_book_free(made->book);
    free(made->threads);
    free(made);
}

/* Axis 0 is the number of levels a side, axis 1 that of the sides that the streams use. */
static int setup_book(vb_run *run, void **fixture)
{
    const size_t threads = (size_t)vb_thread_count(run);
    book_fixture *made = calloc(1, sizeof *made);
    if (!made)
        return -ENOMEM;
    made->levels = (uint32_t)vb_param(run, 0);
    made->sides = (unsigned)vb_param(run, 1);
    made->threads = aligned_alloc(alignof(book_thread), threads * sizeof(book_thread));
    int status = made->threads ? 0 : -ENOMEM;
    if (status == 0)
        status = made->levels <= LEVELS_MAX ? 0 : -EINVAL;
    if (status == 0)
        status = velox_order_book_create(FIRST_TICK, made->levels, &made->book);
    if (status != 0) {
        teardown_book(made);
        return status;
    }
    for (size_t i = 0; i < threads; i++)
        make_stream(made->threads[i].stream, made->levels, made->sides, i + 1);
    *fixture = made;
    return 0;
}

static int reset_book(vb_run *run)
{
    book_fixture *fixture = vb_fixture(run);
    velox_order_book_reset(fixture->book);
    for (int i = 0; i < vb_thread_count(run); i++) {
        book_thread *thread = &fixture->threads[i];
        thread->retries = thread->timeouts = 0;
        thread->wrong = 0;
    }
    return 0;
}

static void update(vb_run *run)
{
    book_fixture *fixture = vb_fixture(run);
    book_thread *own = &fixture->threads[vb_thread(run)];
    velox_order_book *book = fixture->book;
    const velox_transaction *const stream = own->stream;
    uint32_t next = 0;
    uint64_t retries = 0;
    uint64_t timeouts = 0;
    int wrong = 0;
    VB_LOOP (run) {
        int status;
        while ((status = velox_order_book_update(book, &stream[next], &retries)) == -EAGAIN)
            timeouts++;
        wrong |= status;
        if (++next == STREAM)
            next = 0;
    }
    own->retries = retries;
    own->timeouts = timeouts;
    own->wrong = wrong;
    vb_items(run, 1);
    vb_counter(run, "retries", (double)own->retries / (double)vb_iterations(run), VB_MEAN);
    vb_counter(run, "timeouts", (double)own->timeouts / (double)vb_iterations(run), VB_MEAN);
}

/* Plays the part of a thread's last pass that the block cut off; whole passes leave nothing. */
static void play(const book_thread *thread, uint64_t iterations,
                 velox_order_book_depth expected[2][LEVELS_MAX])
{
    for (uint64_t i = 0; i < iterations % STREAM; i++) {
        const velox_transaction *done = &thread->stream[i];
        velox_order_book_depth *level = &expected[done->side][done->price_tick - FIRST_TICK];
        if (done->kind == VELOX_KIND_ADD) {
            level->quantity += done->quantity;
            level->count++;
        } else {
            level->quantity -= done->quantity;
            level->count--;
        }
    }
}

static int same(const velox_order_book_depth *a, const velox_order_book_depth *b)
{
    return a->quantity == b->quantity && a->count == b->count;
}

/* Fails the run unless the book holds exactly that, level by level and in total. */
static void check_holds(vb_run *run, const book_fixture *fixture,
                        velox_order_book_depth expected[2][LEVELS_MAX])
{
    for (unsigned side = 0; side < 2; side++) {
        const char *const side_name = side == VELOX_SIDE_BID ? "bid" : "ask";
        velox_order_book_depth sum = {0};
        velox_order_book_depth found = {0};
        for (uint32_t i = 0; i < fixture->levels; i++) {
            const velox_order_book_depth *level = &expected[side][i];
            velox_order_book_level(fixture->book, side, FIRST_TICK + i, &found);
            if (!same(&found, level)) {
                char reason[200];
                snprintf(reason, sizeof reason,
                         "the %s at tick %" PRIu32 " has %" PRIu64 " in %" PRIu64
                         " orders, but the threads' updates add up to %" PRIu64 " in %" PRIu64,
                         side_name, FIRST_TICK + i, found.quantity, found.count, level->quantity,
                         level->count);
                vb_fail(run, reason);
                return;
            }
            sum.quantity += level->quantity;
            sum.count += level->count;
        }
        velox_order_book_totals(fixture->book, side, &found);
        if (!same(&found, &sum)) {
            vb_fail(run, "a side's totals are not the sums of its levels");
            return;
        }
    }
}

/* A full level refuses one more, an empty one gives nothing, and no field reaches into the other.
 * The streams stay far from the limits, so this is not measured. */
static int keeps_its_limits(velox_order_book *book)
{
    const unsigned side = VELOX_SIDE_BID;
    const velox_order_book_depth full = {.quantity = VELOX_ORDER_BOOK_QUANTITY_MAX, .count = 1};
    const velox_order_book_depth empty = {0};
    velox_order_book_depth found;
    uint64_t retries = 0;
    velox_order_book_reset(book);
    return velox_order_book_add(book, side, FIRST_TICK, full.quantity, &retries) == 0 &&
           velox_order_book_add(book, side, FIRST_TICK, 1, &retries) == -EOVERFLOW &&
           velox_order_book_level(book, side, FIRST_TICK, &found) == 0 && same(&found, &full) &&
           velox_order_book_cancel(book, side, FIRST_TICK, full.quantity, &retries) == 0 &&
           velox_order_book_cancel(book, side, FIRST_TICK, 1, &retries) == -ERANGE &&
           velox_order_book_level(book, side, FIRST_TICK, &found) == 0 && same(&found, &empty);
}

static void check_book(vb_run *run)
{
    book_fixture *fixture = vb_fixture(run);
    velox_order_book_depth expected[2][LEVELS_MAX] = {0};
    uint64_t timeouts = 0;
    int wrong = 0;
    for (int i = 0; i < vb_thread_count(run); i++) {
        wrong |= fixture->threads[i].wrong;
        timeouts += fixture->threads[i].timeouts;
        play(&fixture->threads[i], vb_iterations(run), expected);
    }
    if (wrong) {
        vb_fail(run, "the book refused an update of a stream that fits into it");
        return;
    }
    check_holds(run, fixture, expected);
    if (velox_order_book_timeouts(fixture->book) != timeouts)
        vb_fail(run, "the book did not count its timeouts as the threads did");
    if (!keeps_its_limits(fixture->book))
        vb_fail(run, "a level went beyond its limits, or into its neighbouring field");
}

static const vb_bench table[] = {
    {
        .name = "orderbook_update/bid",
        .fn = update,
        .setup = setup_book,
        .reset = reset_book,
        .finish = check_book,
        .teardown = teardown_book,
        .axes = {VB_FIXED("levels", 256), VB_FIXED("sides", 1)},
    },
    {
        .name = "orderbook_multithreaded",
        .fn = update,
        .setup = setup_book,
        .reset = reset_book,
        .finish = check_book,
        .teardown = teardown_book,
        .axes = {VB_FIXED("levels", 256), VB_FIXED("sides", 2)},
        .threads = VB_VALUES("threads", 1, 2, 3, 4, 6, 8),
    },
    {
        .name = "orderbook_cas_pressure/single_level",
        .fn = update,
        .setup = setup_book,
        .reset = reset_book,
        .finish = check_book,
        .teardown = teardown_book,
        .axes = {VB_FIXED("levels", 1), VB_FIXED("sides", 1)},
        .threads = VB_VALUES("threads", 4, 8),
    },
};

VB_MAIN(table)
