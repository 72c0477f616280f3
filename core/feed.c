/* Orders of a made-up market. */
#include "velox/feed.h"

#include <assert.h>

static_assert(VELOX_FEED_QUANTITY_MAX <= UINT16_MAX, "a quantity fits");

/* xorshift64* (S. Vigna, "An experimental exploration of Marsaglia's xorshift generators,
 * scrambled", ACM TOMS 42, 2016): a few cycles, and good enough for prices. */
static inline uint64_t next_random(velox_feed *feed)
{
    uint64_t x = feed->random;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    feed->random = x;
    return x * UINT64_C(0x2545f4914f6cdd1d);
}

/* 0 to limit - 1, from 32 random bits (D. Lemire, "Fast random integer generation in an interval",
 * ACM TOMACS 29, 2019, without the step that removes the last bias). */
static inline uint32_t below(uint32_t random, uint32_t limit)
{
    return (uint32_t)(((uint64_t)random * limit) >> 32);
}

void velox_feed_init(velox_feed *feed, uint64_t seed, uint32_t first_tick, uint32_t levels)
{
    assert(levels >= 1 && levels - 1 <= UINT32_MAX - first_tick);
    /* The state may be anything but 0; nearby seeds are spread, so that they do not begin alike. */
    feed->random = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15) | 1;
    feed->first_tick = first_tick;
    feed->levels = levels;
    feed->middle = levels / 2;
    feed->live = 0;
}

/* One step up or down, but not into the outer quarters of the book. */
static void wander(velox_feed *feed, uint64_t random)
{
    uint32_t lowest = feed->levels / 4;
    uint32_t highest = feed->levels - 1 - lowest;
    if (random & 1) {
        if (feed->middle < highest)
            feed->middle++;
    } else if (feed->middle > lowest) {
        feed->middle--;
    }
}

/* Most orders are near the middle: each level further away gets half as many. */
static void add(velox_feed *feed, uint64_t random, velox_transaction *order)
{
    uint32_t away = (uint32_t)__builtin_ctzll(random | UINT64_C(1) << 20);
    uint8_t side = random >> 21 & 1 ? VELOX_SIDE_ASK : VELOX_SIDE_BID;
    uint32_t level = feed->middle;
    if (side == VELOX_SIDE_ASK)
        level = away <= feed->levels - 1 - level ? level + away : feed->levels - 1;
    else
        level = away + 1 <= level ? level - away - 1 : 0;
    velox_feed_order made = {
        .price_tick = feed->first_tick + level,
        .quantity = (uint16_t)(1 + below((uint32_t)(random >> 32), VELOX_FEED_QUANTITY_MAX)),
        .side = side,
    };
    feed->orders[feed->live++] = made;
    *order = (velox_transaction){.price_tick = made.price_tick,
                                 .quantity = made.quantity,
                                 .side = made.side,
                                 .kind = VELOX_KIND_ADD};
}

static void cancel(velox_feed *feed, uint64_t random, velox_transaction *order)
{
    uint32_t which = below((uint32_t)(random >> 32), feed->live);
    velox_feed_order taken = feed->orders[which];
    feed->orders[which] = feed->orders[--feed->live];
    *order = (velox_transaction){.price_tick = taken.price_tick,
                                 .quantity = taken.quantity,
                                 .side = taken.side,
                                 .kind = VELOX_KIND_CANCEL};
}

void velox_feed_next(velox_feed *feed, velox_transaction *orders, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t random = next_random(feed);
        bool adds = random >> 22 & 1;
        if (feed->live == 0 || (adds && feed->live < VELOX_FEED_LIVE_MAX))
            add(feed, random, &orders[i]);
        else
            cancel(feed, random, &orders[i]);
        if ((random >> 23 & 63) == 0)
            wander(feed, random >> 29);
    }
}
