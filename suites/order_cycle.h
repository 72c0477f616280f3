/* Orders of a made-up market that can come again and again: at the end of each round whatever is
 * left in the book is cancelled. */
#ifndef VELOX_SUITE_ORDER_CYCLE_H
#define VELOX_SUITE_ORDER_CYCLE_H

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "velox/feed.h"

typedef struct {
    velox_transaction *orders;
    size_t count;
    size_t next;
} order_cycle;

static inline velox_transaction order_cycle_cancel(const velox_feed_order *order)
{
    return (velox_transaction){.price_tick = order->price_tick,
                               .quantity = order->quantity,
                               .side = order->side,
                               .kind = VELOX_KIND_CANCEL};
}

/* For a book of so many levels from tick 0 on. Ends with order_cycle_destroy(), unless it returns
 * -ENOMEM instead of 0. */
static inline int order_cycle_init(order_cycle *cycle, uint32_t levels)
{
    enum { FEED_SEED = 1, ORDERS = 8192 };
    velox_feed *feed = malloc(sizeof *feed);
    *cycle = (order_cycle){.orders = calloc(ORDERS + VELOX_FEED_LIVE_MAX, sizeof *cycle->orders)};
    if (!feed || !cycle->orders) {
        free(feed);
        free(cycle->orders);
        *cycle = (order_cycle){0};
        return -ENOMEM;
    }
    velox_feed_init(feed, FEED_SEED, 0, levels);
    velox_feed_next(feed, cycle->orders, ORDERS);
    cycle->count = ORDERS;
    for (uint32_t i = 0; i < feed->live; i++)
        cycle->orders[cycle->count++] = order_cycle_cancel(&feed->orders[i]);
    free(feed);
    return 0;
}

static inline void order_cycle_destroy(order_cycle *cycle)
{
    free(cycle->orders);
}

/* The next ones, at most `count` and no further than the end of the round. Returns how many. */
static inline size_t order_cycle_next(order_cycle *cycle, velox_transaction *to, size_t count)
{
    size_t left = cycle->count - cycle->next;
    if (count > left)
        count = left;
    memcpy(to, cycle->orders + cycle->next, count * sizeof *to);
    cycle->next = count == left ? 0 : cycle->next + count;
    return count;
}

#endif
