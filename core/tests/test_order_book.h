/* Books and short forms of what the tests of the order book on one thread do with them. */
#ifndef VELOX_TEST_ORDER_BOOK_H
#define VELOX_TEST_ORDER_BOOK_H

#include "test_cmocka.h"

#include "velox/order_book.h"

enum { BID = VELOX_SIDE_BID, ASK = VELOX_SIDE_ASK };

#define QUANTITY_MAX VELOX_ORDER_BOOK_QUANTITY_MAX
#define COUNT_MAX    VELOX_ORDER_BOOK_COUNT_MAX

static inline velox_order_book *make_book(uint32_t first_tick, uint32_t levels)
{
    velox_order_book *book = NULL;
    assert_int_equal(velox_order_book_create(first_tick, levels, &book), 0);
    return book;
}

/* Without another thread no update may ever be repeated. */
static inline int add(velox_order_book *book, unsigned side, uint32_t tick, uint64_t quantity)
{
    uint64_t retries = 0;
    int status = velox_order_book_add(book, side, tick, quantity, &retries);
    assert_int_equal(retries, 0);
    return status;
}

static inline int cancel(velox_order_book *book, unsigned side, uint32_t tick, uint64_t quantity)
{
    uint64_t retries = 0;
    int status = velox_order_book_cancel(book, side, tick, quantity, &retries);
    assert_int_equal(retries, 0);
    return status;
}

static inline void assert_level(const velox_order_book *book, unsigned side, uint32_t tick,
                                uint64_t quantity, uint64_t count)
{
    velox_order_book_depth depth;
    assert_int_equal(velox_order_book_level(book, side, tick, &depth), 0);
    assert_int_equal(depth.quantity, quantity);
    assert_int_equal(depth.count, count);
}

static inline void assert_totals(const velox_order_book *book, unsigned side, uint64_t quantity,
                                 uint64_t count)
{
    velox_order_book_depth depth;
    assert_int_equal(velox_order_book_totals(book, side, &depth), 0);
    assert_int_equal(depth.quantity, quantity);
    assert_int_equal(depth.count, count);
}

#endif
