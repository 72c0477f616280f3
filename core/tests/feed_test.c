/* The made-up market: what a book that is told all of it must find. */
#include "test_cmocka.h"

#include "velox/feed.h"
#include "velox/order_book.h"

#include <stdlib.h>
#include <string.h>

enum { BATCH = 64, BATCHES = 4000 };

static void no_order_is_refused_by_a_book_of_its_ticks(void **state)
{
    (void)state;
    const struct {
        uint32_t first_tick, levels;
    } books[] = {{0, 1}, {7, 2}, {100, 3}, {0, 1024}, {UINT32_MAX - 15, 16}};
    for (size_t i = 0; i < sizeof books / sizeof books[0]; i++) {
        velox_order_book *book = NULL;
        assert_int_equal(velox_order_book_create(books[i].first_tick, books[i].levels, &book), 0);
        velox_feed feed;
        velox_feed_init(&feed, i, books[i].first_tick, books[i].levels);
        for (unsigned batch = 0; batch < BATCHES; batch++) {
            velox_transaction orders[BATCH];
            velox_feed_next(&feed, orders, BATCH);
            uint64_t retries = 0;
            for (size_t k = 0; k < BATCH; k++)
                assert_int_equal(velox_order_book_update(book, &orders[k], &retries), 0);
        }
        velox_order_book_depth bids, asks;
        assert_int_equal(velox_order_book_totals(book, VELOX_SIDE_BID, &bids), 0);
        assert_int_equal(velox_order_book_totals(book, VELOX_SIDE_ASK, &asks), 0);
        assert_int_equal(bids.count + asks.count, feed.live);
        assert_true(feed.live <= VELOX_FEED_LIVE_MAX);
        velox_order_book_free(book);
    }
}

static void both_sides_and_both_kinds_come_and_prices_wander(void **state)
{
    (void)state;
    velox_feed feed;
    velox_feed_init(&feed, 1, 0, 1024);
    unsigned sides[2] = {0}, kinds[2] = {0};
    uint32_t lowest = UINT32_MAX, highest = 0;
    for (unsigned i = 0; i < BATCH * BATCHES; i++) {
        velox_transaction order;
        velox_feed_next(&feed, &order, 1);
        sides[order.side]++;
        kinds[order.kind]++;
        assert_true(order.quantity >= 1 && order.quantity <= VELOX_FEED_QUANTITY_MAX);
        lowest = order.price_tick < lowest ? order.price_tick : lowest;
        highest = order.price_tick > highest ? order.price_tick : highest;
    }
    for (unsigned i = 0; i < 2; i++) {
        assert_in_range(sides[i], BATCH * BATCHES * 4 / 10, BATCH * BATCHES * 6 / 10);
        assert_in_range(kinds[i], BATCH * BATCHES * 4 / 10, BATCH * BATCHES * 6 / 10);
    }
    assert_true(highest - lowest > 50);
}

static void the_seed_decides_and_the_size_of_a_batch_does_not(void **state)
{
    (void)state;
    velox_feed same, again, other;
    velox_feed_init(&same, 5, 0, 256);
    velox_feed_init(&again, 5, 0, 256);
    velox_feed_init(&other, 6, 0, 256);
    velox_transaction whole[BATCH], singly[BATCH], others[BATCH];
    velox_feed_next(&same, whole, BATCH);
    velox_feed_next(&other, others, BATCH);
    for (size_t i = 0; i < BATCH; i++)
        velox_feed_next(&again, &singly[i], 1);
    assert_memory_equal(whole, singly, sizeof whole);
    assert_memory_not_equal(whole, others, sizeof whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_order_is_refused_by_a_book_of_its_ticks),
        cmocka_unit_test(both_sides_and_both_kinds_come_and_prices_wander),
        cmocka_unit_test(the_seed_decides_and_the_size_of_a_batch_does_not),
    };
    return cmocka_run_group_tests_name("feed", tests, NULL, NULL);
}
