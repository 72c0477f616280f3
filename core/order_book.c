/*
 * The order book: one word a level, updated by compare-and-swap.
 *
 * All accesses to a level are relaxed. The word is all there is to a level, so nothing is published
 * by it, and the order of the changes of one word is total without any help: an exchange applies to
 * the latest value or fails, and a thread that was told of an update by other means (a ring, a
 * join) sees it. The totals at a quiet moment are exact because whatever made the moment quiet
 * ordered the updates before it.
 *
 * An add could be one fetch_add, but a field that overflows would then have to be taken back, and
 * other threads would have seen the carry. The exchange never shows a word that was not checked.
 */
#include "velox/order_book.h"

#include "velox/pause.h"
#include "velox/tunables.h"

#include <assert.h>
#include <errno.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define QUANTITY_BITS 40
#define ONE_ORDER     (UINT64_C(1) << QUANTITY_BITS)

static_assert(VELOX_ORDER_BOOK_QUANTITY_MAX == ONE_ORDER - 1, "the quantity lies below the count");
static_assert(VELOX_ORDER_BOOK_COUNT_MAX == UINT64_MAX >> QUANTITY_BITS,
              "the count has the other bits");
static_assert(VELOX_ORDER_BOOK_LEVELS_MAX <= UINT64_MAX / VELOX_ORDER_BOOK_QUANTITY_MAX,
              "totals fit 64 bits");
static_assert(VELOX_ORDER_BOOK_ATTEMPTS_MAX >= 1, "an update without an attempt does nothing");
static_assert(VELOX_ORDER_BOOK_PAUSES_MAX <= UINT32_MAX / 2, "pauses can double without wrapping");

typedef _Atomic uint64_t level_word;

enum { WORDS_PER_BLOCK = VELOX_SEPARATION_BYTES / sizeof(level_word) };

/*
 * Three kinds of memory, apart (separation.h): what every update reads and nobody writes,
 * what only updates that gave up write, and the levels.
 *
 * Levels are packed, eight to a line of 64 bytes, although threads that update neighbours then
 * contend for the line. Orders gather at few ticks around the market: packed, those and their
 * neighbours stay in the first-level cache, and looking for the best tick reads an eighth of the
 * lines. And where one thread updates the book, as in a pipeline, padding could bring nothing.
 * Each side begins a block of its own.
 */
struct velox_order_book {
    alignas(VELOX_SEPARATION_BYTES) uint32_t first_tick;
    uint32_t levels;
    size_t words_per_side; /* `levels`, up to whole blocks */
    alignas(VELOX_SEPARATION_BYTES) _Atomic uint64_t timeouts;
    alignas(VELOX_SEPARATION_BYTES) level_word words[]; /* all bids, then all asks */
};

static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "a level is one lock-free word");
static_assert(sizeof(level_word) == 8, "eight levels to a line");
static_assert(VELOX_SIDE_BID == 0 && VELOX_SIDE_ASK == 1, "sides are indices");

static inline uint64_t quantity_of(uint64_t word)
{
    return word & VELOX_ORDER_BOOK_QUANTITY_MAX;
}

static inline uint64_t count_of(uint64_t word)
{
    return word >> QUANTITY_BITS;
}

/* The word with one order more, if both fields have room: then no carry leaves the quantity. */
static inline int with_order(uint64_t word, uint64_t quantity, uint64_t *changed)
{
    if (quantity > VELOX_ORDER_BOOK_QUANTITY_MAX - quantity_of(word) ||
        count_of(word) == VELOX_ORDER_BOOK_COUNT_MAX)
        return -EOVERFLOW;
    *changed = word + ONE_ORDER + quantity;
    return 0;
}

/* The word with one order less, if the others can make up what is left: then nothing is borrowed
 * from the count. */
static inline int without_order(uint64_t word, uint64_t quantity, uint64_t *changed)
{
    if (quantity > quantity_of(word)) /* always so where there is no order */
        return -ERANGE;
    uint64_t others = count_of(word) - 1;
    uint64_t left = quantity_of(word) - quantity;
    if (left < others || (others == 0 && left > 0))
        return -ERANGE;
    *changed = word - ONE_ORDER - quantity;
    return 0;
}

/* The index of a side's first word. */
static inline size_t begin_of(const velox_order_book *book, unsigned side)
{
    return side * book->words_per_side;
}

/* Finds the word of a level; false if the book has none. A tick below the first one wraps around
 * and gives a number above all levels. */
static inline bool find(const velox_order_book *book, unsigned side, uint32_t tick, size_t *index)
{
    uint32_t level = tick - book->first_tick;
    if (side > VELOX_SIDE_ASK || level >= book->levels)
        return false;
    *index = begin_of(book, side) + level;
    return true;
}

static inline uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/*
 * Waits before the next attempt; the wait after it is twice as long. Each thread that backs off
 * leaves the line to the others, so that fewer exchanges fail and the line travels less.
 */
static inline void back_off(uint32_t *pauses)
{
    for (uint32_t i = 0; i < *pauses; i++)
        velox_pause();
    *pauses = least(2 * *pauses, VELOX_ORDER_BOOK_PAUSES_MAX);
}

/*
 * Changes a level by one order, within the attempts allowed. The exchange is a strong one, also
 * where a weak one would be a single instruction less: each failure then stands for another
 * thread's success, and an update that nobody disturbs never runs out of attempts. The level is
 * read anew for each attempt, because the value that a failed exchange gives is old after the wait.
 */
static inline int change(velox_order_book *book, bool add, unsigned side, uint32_t tick,
                         uint64_t quantity, uint64_t *retries)
{
    size_t index;
    if (!find(book, side, tick, &index) || quantity == 0)
        return -EINVAL;
    level_word *level = &book->words[index];
    uint32_t pauses = least(1, VELOX_ORDER_BOOK_PAUSES_MAX);
    for (uint32_t attempt = 1;; attempt++) {
        uint64_t word = atomic_load_explicit(level, memory_order_relaxed);
        uint64_t changed;
        int status =
            add ? with_order(word, quantity, &changed) : without_order(word, quantity, &changed);
        if (status != 0)
            return status;
        if (atomic_compare_exchange_strong_explicit(level, &word, changed, memory_order_relaxed,
                                                    memory_order_relaxed))
            return 0;
        if (attempt == VELOX_ORDER_BOOK_ATTEMPTS_MAX)
            break;
        ++*retries;
        back_off(&pauses);
    }
    atomic_fetch_add_explicit(&book->timeouts, 1, memory_order_relaxed);
    return -EAGAIN;
}

size_t velox_order_book_bytes(uint32_t levels)
{
    if (levels == 0 || levels > VELOX_ORDER_BOOK_LEVELS_MAX)
        return 0;
    size_t blocks = ((size_t)levels + WORDS_PER_BLOCK - 1) / WORDS_PER_BLOCK;
    return sizeof(velox_order_book) + 2 * blocks * VELOX_SEPARATION_BYTES;
}

/* The number of levels is one that velox_order_book_bytes() accepts. */
static bool ticks_are_valid(uint32_t first_tick, uint32_t levels)
{
    return levels - 1 <= UINT32_MAX - first_tick;
}

int velox_order_book_init(void *memory, size_t memory_bytes, uint32_t first_tick, uint32_t levels,
                          velox_order_book **book)
{
    size_t needed_bytes = velox_order_book_bytes(levels);
    if (needed_bytes == 0 || !ticks_are_valid(first_tick, levels) || memory_bytes < needed_bytes ||
        memory == NULL || (uintptr_t)memory % VELOX_SEPARATION_BYTES != 0)
        return -EINVAL;

    memset(memory, 0, needed_bytes);
    velox_order_book *made = memory;
    made->first_tick = first_tick;
    made->levels = levels;
    made->words_per_side = (needed_bytes - sizeof *made) / sizeof(level_word) / 2;
    *book = made;
    return 0;
}

int velox_order_book_create(uint32_t first_tick, uint32_t levels, velox_order_book **book)
{
    size_t bytes = velox_order_book_bytes(levels);
    if (bytes == 0 || !ticks_are_valid(first_tick, levels))
        return -EINVAL;
    void *memory = aligned_alloc(VELOX_SEPARATION_BYTES, bytes);
    if (memory == NULL)
        return -ENOMEM;
    return velox_order_book_init(memory, bytes, first_tick, levels, book);
}

void velox_order_book_free(velox_order_book *book)
{
    free(book);
}

void velox_order_book_reset(velox_order_book *book)
{
    for (size_t i = 0; i < 2 * book->words_per_side; i++)
        atomic_store_explicit(&book->words[i], 0, memory_order_relaxed);
    atomic_store_explicit(&book->timeouts, 0, memory_order_relaxed);
}

int velox_order_book_add(velox_order_book *book, unsigned side, uint32_t tick, uint64_t quantity,
                         uint64_t *retries)
{
    return change(book, true, side, tick, quantity, retries);
}

int velox_order_book_cancel(velox_order_book *book, unsigned side, uint32_t tick, uint64_t quantity,
                            uint64_t *retries)
{
    return change(book, false, side, tick, quantity, retries);
}

int velox_order_book_update(velox_order_book *book, const velox_transaction *transaction,
                            uint64_t *retries)
{
    if (transaction->kind != VELOX_KIND_ADD && transaction->kind != VELOX_KIND_CANCEL)
        return -EINVAL;
    return change(book, transaction->kind == VELOX_KIND_ADD, transaction->side,
                  transaction->price_tick, transaction->quantity, retries);
}

static inline velox_order_book_depth depth_at(const velox_order_book *book, size_t index)
{
    uint64_t word = atomic_load_explicit(&book->words[index], memory_order_relaxed);
    return (velox_order_book_depth){.quantity = quantity_of(word), .count = count_of(word)};
}

int velox_order_book_level(const velox_order_book *book, unsigned side, uint32_t tick,
                           velox_order_book_depth *depth)
{
    size_t index;
    if (!find(book, side, tick, &index))
        return -EINVAL;
    *depth = depth_at(book, index);
    return 0;
}

int velox_order_book_totals(const velox_order_book *book, unsigned side,
                            velox_order_book_depth *depth)
{
    if (side > VELOX_SIDE_ASK)
        return -EINVAL;
    velox_order_book_depth sum = {0};
    for (uint32_t i = 0; i < book->levels; i++) {
        velox_order_book_depth level = depth_at(book, begin_of(book, side) + i);
        sum.quantity += level.quantity;
        sum.count += level.count;
    }
    *depth = sum;
    return 0;
}

int velox_order_book_best_tick(const velox_order_book *book, unsigned side, uint32_t *tick)
{
    if (side > VELOX_SIDE_ASK)
        return -EINVAL;
    for (uint32_t i = 0; i < book->levels; i++) {
        uint32_t level = side == VELOX_SIDE_BID ? book->levels - 1 - i : i;
        if (depth_at(book, begin_of(book, side) + level).count > 0) {
            *tick = book->first_tick + level;
            return 0;
        }
    }
    return -ENOENT;
}

uint64_t velox_order_book_timeouts(const velox_order_book *book)
{
    return atomic_load_explicit(&book->timeouts, memory_order_relaxed);
}
