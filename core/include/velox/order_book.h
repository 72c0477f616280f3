/*
 * An order book of aggregated price levels: for each side and tick, the quantity and the number of
 * the orders that rest there. It knows no single order, and matches none.
 *
 * Levels are found by index, tick - first_tick, so an update costs the same at every price; the
 * range of ticks is fixed when the book is made. A level is one 64-bit atomic word, 40 bits of
 * quantity and 24 of orders: an update of both is one compare-and-swap, and whoever reads a level
 * sees a quantity and a count that belong together.
 *
 * A level is consistent: an order has a quantity of at least 1, hence count <= quantity, and the
 * quantity is 0 if and only if the count is 0. No operation leaves it otherwise.
 *
 * Every update is applied exactly once (0) or changes nothing and says why (-errno). Under
 * contention it makes at most VELOX_ORDER_BOOK_ATTEMPTS_MAX attempts (tunables.h), with pauses
 * between them that double from 1 to VELOX_ORDER_BOOK_PAUSES_MAX, and then returns -EAGAIN.
 * Lock-free: an attempt fails only because another update of the same level succeeded.
 *
 * Thread rule: any thread may update and read at any time, unless a quiet moment is asked for: then
 * no other thread may be in any operation. Updates order nothing but their own level (they are
 * relaxed): a thread that has seen an update has not thereby seen what its author did before.
 *
 * Functions of an object file of their own, and an opaque structure, for the reason given in
 * ring.h.
 *
 * Sources: exponential backoff around the exchange as in Herlihy and Shavit, "The Art of
 * Multiprocessor Programming", section 7.4, after Agarwal and Cherian, "Adaptive backoff
 * synchronization techniques" (ISCA 1989).
 */
#ifndef VELOX_ORDER_BOOK_H
#define VELOX_ORDER_BOOK_H

#include "velox/separation.h"
#include "velox/transaction.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct velox_order_book velox_order_book;

/* What a level can hold. */
#define VELOX_ORDER_BOOK_QUANTITY_MAX ((UINT64_C(1) << 40) - 1)
#define VELOX_ORDER_BOOK_COUNT_MAX    ((UINT64_C(1) << 24) - 1)

/* The most levels a side; so many full ones still have a total quantity that fits 64 bits. */
#define VELOX_ORDER_BOOK_LEVELS_MAX (UINT32_C(1) << 24)

/* Orders that rest on one level, or on one side. */
typedef struct {
    uint64_t quantity;
    uint64_t count; /* orders */
} velox_order_book_depth;

/* --- Life: one thread, before the book is shared and after it no longer is. --- */

/*
 * The memory that a book of so many levels a side needs, a multiple of
 * VELOX_SEPARATION_BYTES; 0 if the number is refused: 0, or above
 * VELOX_ORDER_BOOK_LEVELS_MAX.
 */
size_t velox_order_book_bytes(uint32_t levels);

/*
 * Makes an empty book of the ticks first_tick to first_tick + levels - 1 in the caller's memory,
 * and touches all of it, so that no page fault is left for the first updates. There is nothing to
 * destroy; the memory stays the caller's and must outlive the book. Returns 0, or -EINVAL if the
 * number of levels is refused, the last tick is above UINT32_MAX, the memory is NULL or not aligned
 * to VELOX_SEPARATION_BYTES, or memory_bytes is less than velox_order_book_bytes(levels); *book is
 * then unchanged.
 */
int velox_order_book_init(void *memory, size_t memory_bytes, uint32_t first_tick, uint32_t levels,
                          velox_order_book **book);

/*
 * The same on the heap; ends with velox_order_book_free(). Returns 0, -EINVAL for refused ticks, or
 * -ENOMEM; *book is then unchanged.
 */
int velox_order_book_create(uint32_t first_tick, uint32_t levels, velox_order_book **book);

/* Frees a book of velox_order_book_create(). NULL is allowed. */
void velox_order_book_free(velox_order_book *book);

/* Empties every level and sets the count of timeouts to 0. Only at a quiet moment. */
void velox_order_book_reset(velox_order_book *book);

/* --- Updates: any thread --- */

/*
 * Adds an order to a level (side: VELOX_SIDE_*), or takes one out whole. Returns 0, or, with
 * nothing changed:
 *   -EINVAL     unknown side, a tick outside of the book, or a quantity of 0;
 *   -EOVERFLOW  an add would exceed VELOX_ORDER_BOOK_QUANTITY_MAX or VELOX_ORDER_BOOK_COUNT_MAX;
 *   -ERANGE     a cancel would leave the level inconsistent: it holds no such order;
 *   -EAGAIN     every attempt met another update of this level; velox_order_book_timeouts() has
 *               counted it, and to call again is right.
 *
 * The attempts after the first are added to *retries, which is the caller's own (not shared between
 * threads, so that counting costs no cache line; not NULL): fewer than
 * VELOX_ORDER_BOOK_ATTEMPTS_MAX a call.
 */
int velox_order_book_add(velox_order_book *book, unsigned side, uint32_t tick, uint64_t quantity,
                         uint64_t *retries);
int velox_order_book_cancel(velox_order_book *book, unsigned side, uint32_t tick, uint64_t quantity,
                            uint64_t *retries);

/* Adds or cancels, as the transaction's kind says; besides, -EINVAL for an unknown kind. The
 * sequence, the time and the checksum are not looked at. */
int velox_order_book_update(velox_order_book *book, const velox_transaction *transaction,
                            uint64_t *retries);

/* --- Readings: any thread --- */

/*
 * One level: quantity and count of one moment. Returns 0, or -EINVAL for an unknown side or a tick
 * outside of the book; *depth is then unchanged.
 */
int velox_order_book_level(const velox_order_book *book, unsigned side, uint32_t tick,
                           velox_order_book_depth *depth);

/*
 * The sums over all levels of a side: exact at a quiet moment, otherwise of levels read one after
 * the other. Never overflows. Reads every level. Returns 0, or -EINVAL for an unknown side; *depth
 * is then unchanged.
 */
int velox_order_book_totals(const velox_order_book *book, unsigned side,
                            velox_order_book_depth *depth);

/*
 * The highest tick with a bid, or the lowest with an ask; at a quiet moment exact. Looks at each
 * level from that end of the book to the first occupied one, eight to a cache line: a book kept
 * tight around the market is cheap to ask, a wide one is not. No update maintains the best tick,
 * because all threads would share its cache line. Returns 0, -ENOENT if the side is empty, or
 * -EINVAL for an unknown side; *tick is then unchanged.
 */
int velox_order_book_best_tick(const velox_order_book *book, unsigned side, uint32_t *tick);

/* How many updates have returned -EAGAIN since the book was made or reset. */
uint64_t velox_order_book_timeouts(const velox_order_book *book);

#ifdef __cplusplus
}
#endif

#endif
