/*
 * A made-up market: orders around a middle that wanders, as a feed would bring them. Half of them
 * add an order, half take an earlier one out whole, so that a book that is told all of them in
 * order refuses none, and holds at most VELOX_FEED_LIVE_MAX orders.
 *
 * The same seed gives the same orders. It knows no clock and no book: sequence, ingress_ns and
 * checksum are left for whoever sends them.
 *
 * Thread rule: one thread at a time.
 */
#ifndef VELOX_FEED_H
#define VELOX_FEED_H

#include "velox/transaction.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define VELOX_FEED_LIVE_MAX 1024

/* An order has a quantity of 1 to this. */
#define VELOX_FEED_QUANTITY_MAX 1000

typedef struct {
    uint32_t price_tick;
    uint16_t quantity;
    uint8_t side;
} velox_feed_order;

typedef struct {
    uint64_t random;
    uint32_t first_tick;
    uint32_t levels;
    uint32_t middle; /* a level: below it are bids, from it on asks */
    uint32_t live;   /* orders that were added and not cancelled */
    velox_feed_order orders[VELOX_FEED_LIVE_MAX];
} velox_feed;

/* Orders for the ticks first_tick to first_tick + levels - 1; levels is at least 1, and the last
 * tick at most UINT32_MAX. */
void velox_feed_init(velox_feed *feed, uint64_t seed, uint32_t first_tick, uint32_t levels);

/* The next `count` orders: price_tick, quantity, side and kind. The other fields are set to 0. */
void velox_feed_next(velox_feed *feed, velox_transaction *orders, size_t count);

#ifdef __cplusplus
}
#endif

#endif
