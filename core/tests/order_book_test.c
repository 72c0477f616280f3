/* The order book on one thread: contracts and limits. What long sequences of updates add up to is
 * in order_book_model_test.c, several threads in order_book_stress_test.c. */
#include "test_aligned_alloc.h"
#include "test_order_book.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* --- Life --- */

static void ticks_that_are_none_too_many_or_past_the_last_are_refused(void **state)
{
    (void)state;
    const struct {
        uint32_t first_tick, levels;
    } refused[] = {
        {0, 0},
        {0, VELOX_ORDER_BOOK_LEVELS_MAX + 1},
        {0, UINT32_MAX},
        {UINT32_MAX, 2},
        {UINT32_MAX - VELOX_ORDER_BOOK_LEVELS_MAX + 2, VELOX_ORDER_BOOK_LEVELS_MAX},
    };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        velox_order_book *book = NULL;
        assert_int_equal(velox_order_book_create(refused[i].first_tick, refused[i].levels, &book),
                         -EINVAL);
        assert_null(book);
    }
    assert_int_equal(velox_order_book_bytes(0), 0);
    assert_int_equal(velox_order_book_bytes(VELOX_ORDER_BOOK_LEVELS_MAX + 1), 0);
    assert_true(velox_order_book_bytes(VELOX_ORDER_BOOK_LEVELS_MAX) >=
                2 * sizeof(uint64_t) * (size_t)VELOX_ORDER_BOOK_LEVELS_MAX);
}

static void create_reports_a_failed_allocation(void **state)
{
    (void)state;
    velox_order_book *book = NULL;
    allocation_fails = true;
    int result = velox_order_book_create(0, 64, &book);
    allocation_fails = false;
    assert_int_equal(result, -ENOMEM);
    assert_null(book);
}

static void free_accepts_null(void **state)
{
    (void)state;
    velox_order_book_free(NULL);
}

static void init_in_the_callers_memory_gives_an_empty_book_that_stays_inside_it(void **state)
{
    (void)state;
    for (uint32_t levels = 1; levels <= 40; levels++) {
        size_t bytes = velox_order_book_bytes(levels);
        assert_int_equal(bytes % VELOX_SEPARATION_BYTES, 0);
        size_t with_guard = bytes + VELOX_SEPARATION_BYTES;
        unsigned char *memory = aligned_alloc(VELOX_SEPARATION_BYTES, with_guard);
        assert_non_null(memory);
        memset(memory, 0xa5, with_guard);

        velox_order_book *book = NULL;
        assert_int_equal(velox_order_book_init(memory, bytes, 7, levels, &book), 0);
        assert_totals(book, BID, 0, 0);
        assert_totals(book, ASK, 0, 0);
        assert_int_equal(velox_order_book_timeouts(book), 0);
        for (uint32_t tick = 7; tick < 7 + levels; tick++) {
            assert_int_equal(add(book, BID, tick, tick), 0);
            assert_int_equal(add(book, ASK, tick, 2 * tick), 0);
        }
        for (uint32_t tick = 7; tick < 7 + levels; tick++) {
            assert_level(book, BID, tick, tick, 1);
            assert_level(book, ASK, tick, 2 * tick, 1);
        }
        for (size_t i = bytes; i < with_guard; i++)
            assert_int_equal(memory[i], 0xa5);
        free(memory);
    }
}

static void init_refuses_memory_that_is_small_misaligned_or_null(void **state)
{
    (void)state;
    size_t needed = velox_order_book_bytes(8);
    size_t bytes = needed + VELOX_SEPARATION_BYTES;
    char *memory = aligned_alloc(VELOX_SEPARATION_BYTES, bytes);
    assert_non_null(memory);
    velox_order_book *book = NULL;
    assert_int_equal(velox_order_book_init(memory, needed - 1, 0, 8, &book), -EINVAL);
    assert_int_equal(velox_order_book_init(memory + 64, bytes - 64, 0, 8, &book), -EINVAL);
    assert_int_equal(velox_order_book_init(NULL, bytes, 0, 8, &book), -EINVAL);
    assert_int_equal(velox_order_book_init(memory, bytes, 0, 0, &book), -EINVAL);
    assert_int_equal(velox_order_book_init(memory, bytes, UINT32_MAX - 6, 8, &book), -EINVAL);
    assert_null(book);
    assert_int_equal(velox_order_book_init(memory, needed, UINT32_MAX - 7, 8, &book), 0);
    assert_non_null(book);
    free(memory);
}

static void a_book_may_end_at_the_last_tick_there_is(void **state)
{
    (void)state;
    velox_order_book *book = make_book(UINT32_MAX, 1);
    assert_int_equal(add(book, ASK, UINT32_MAX, 5), 0);
    assert_level(book, ASK, UINT32_MAX, 5, 1);
    assert_int_equal(add(book, ASK, 0, 5), -EINVAL);
    assert_int_equal(add(book, ASK, UINT32_MAX - 1, 5), -EINVAL);
    velox_order_book_free(book);
}

static void reset_empties_every_level(void **state)
{
    (void)state;
    velox_order_book *book = make_book(10, 37);
    for (uint32_t tick = 10; tick < 47; tick++) {
        assert_int_equal(add(book, BID, tick, 3), 0);
        assert_int_equal(add(book, ASK, tick, QUANTITY_MAX), 0);
    }
    velox_order_book_reset(book);
    for (uint32_t tick = 10; tick < 47; tick++) {
        assert_level(book, BID, tick, 0, 0);
        assert_level(book, ASK, tick, 0, 0);
    }
    velox_order_book_free(book);
}

/* --- Updates --- */

static void an_update_changes_its_own_level_and_no_other(void **state)
{
    (void)state;
    enum { FIRST = 100, LEVELS = 20 };
    for (unsigned side = BID; side <= ASK; side++) {
        for (uint32_t changed = FIRST; changed < FIRST + LEVELS; changed++) {
            velox_order_book *book = make_book(FIRST, LEVELS);
            assert_int_equal(add(book, side, changed, 9), 0);
            assert_int_equal(add(book, side, changed, 4), 0);
            assert_int_equal(cancel(book, side, changed, 9), 0);
            for (uint32_t tick = FIRST; tick < FIRST + LEVELS; tick++) {
                assert_level(book, side, tick, tick == changed ? 4 : 0, tick == changed);
                assert_level(book, !side, tick, 0, 0);
            }
            velox_order_book_free(book);
        }
    }
}

static void update_does_what_the_transaction_says(void **state)
{
    (void)state;
    velox_order_book *book = make_book(50, 4);
    uint64_t retries = 0;
    velox_transaction order = {
        .price_tick = 52, .quantity = UINT32_MAX, .side = VELOX_SIDE_ASK, .kind = VELOX_KIND_ADD};
    assert_int_equal(velox_order_book_update(book, &order, &retries), 0);
    assert_level(book, ASK, 52, UINT32_MAX, 1);
    assert_totals(book, BID, 0, 0);
    order.kind = VELOX_KIND_CANCEL;
    assert_int_equal(velox_order_book_update(book, &order, &retries), 0);
    assert_totals(book, ASK, 0, 0);
    assert_int_equal(retries, 0);
    velox_order_book_free(book);
}

static void update_refuses_what_no_feed_may_send(void **state)
{
    (void)state;
    velox_order_book *book = make_book(50, 4);
    assert_int_equal(add(book, BID, 51, 5), 0);
    const velox_transaction sound = {
        .price_tick = 51, .quantity = 5, .side = VELOX_SIDE_BID, .kind = VELOX_KIND_ADD};
    velox_transaction refused[7];
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        refused[i] = sound;
    refused[0].kind = 2;
    refused[1].kind = UINT8_MAX;
    refused[2].side = 2;
    refused[3].side = UINT8_MAX;
    refused[4].quantity = 0;
    refused[5].price_tick = 49;
    refused[6].price_tick = 54;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        uint64_t retries = 17;
        assert_int_equal(velox_order_book_update(book, &refused[i], &retries), -EINVAL);
        assert_int_equal(retries, 17);
    }
    assert_totals(book, BID, 5, 1);
    assert_totals(book, ASK, 0, 0);
    velox_order_book_free(book);
}

static void a_tick_outside_an_unknown_side_and_no_quantity_are_refused(void **state)
{
    (void)state;
    velox_order_book *book = make_book(50, 4);
    assert_int_equal(add(book, BID, 51, 5), 0);
    const struct {
        unsigned side;
        uint32_t tick;
        uint64_t quantity;
    } refused[] = {
        {BID, 49, 5}, {BID, 54, 5}, {BID, 0, 5},  {BID, UINT32_MAX, 5},
        {2, 51, 5},   {256, 51, 5}, {BID, 51, 0},
    };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        assert_int_equal(add(book, refused[i].side, refused[i].tick, refused[i].quantity), -EINVAL);
        assert_int_equal(cancel(book, refused[i].side, refused[i].tick, refused[i].quantity),
                         -EINVAL);
    }
    assert_totals(book, BID, 5, 1);
    assert_totals(book, ASK, 0, 0);
    velox_order_book_free(book);
}

static void a_level_takes_the_largest_quantity_and_not_one_more(void **state)
{
    (void)state;
    velox_order_book *book = make_book(0, 3);
    assert_int_equal(add(book, BID, 1, QUANTITY_MAX + 1), -EOVERFLOW);
    assert_int_equal(add(book, BID, 1, UINT64_MAX), -EOVERFLOW);
    assert_level(book, BID, 1, 0, 0);

    assert_int_equal(add(book, BID, 1, QUANTITY_MAX), 0);
    assert_level(book, BID, 1, QUANTITY_MAX, 1);
    assert_int_equal(add(book, BID, 1, 1), -EOVERFLOW);
    assert_int_equal(add(book, BID, 1, QUANTITY_MAX), -EOVERFLOW);
    assert_int_equal(add(book, BID, 1, UINT64_MAX), -EOVERFLOW);
    assert_level(book, BID, 1, QUANTITY_MAX, 1);

    assert_int_equal(cancel(book, BID, 1, QUANTITY_MAX), 0);
    assert_int_equal(add(book, BID, 1, QUANTITY_MAX - 1), 0);
    assert_int_equal(add(book, BID, 1, 2), -EOVERFLOW);
    assert_int_equal(add(book, BID, 1, 1), 0);
    assert_level(book, BID, 1, QUANTITY_MAX, 2);
    assert_level(book, BID, 0, 0, 0);
    assert_level(book, BID, 2, 0, 0);
    velox_order_book_free(book);
}

static void a_level_takes_the_largest_count_and_not_one_more(void **state)
{
    (void)state;
    velox_order_book *book = make_book(0, 3);
    uint64_t retries = 0;
    int status = 0;
    for (uint64_t i = 0; i < COUNT_MAX; i++)
        status |= velox_order_book_add(book, ASK, 1, 1, &retries);
    assert_int_equal(status, 0);
    assert_level(book, ASK, 1, COUNT_MAX, COUNT_MAX);
    assert_int_equal(add(book, ASK, 1, 1), -EOVERFLOW);
    assert_int_equal(add(book, ASK, 1, QUANTITY_MAX), -EOVERFLOW);
    assert_level(book, ASK, 1, COUNT_MAX, COUNT_MAX);
    assert_int_equal(cancel(book, ASK, 1, 2), -ERANGE);
    assert_int_equal(cancel(book, ASK, 1, 1), 0);
    assert_int_equal(add(book, ASK, 1, QUANTITY_MAX - (COUNT_MAX - 1)), 0);
    assert_level(book, ASK, 1, QUANTITY_MAX, COUNT_MAX);
    assert_level(book, ASK, 0, 0, 0);
    assert_level(book, ASK, 2, 0, 0);
    velox_order_book_free(book);
}

static void cancelling_what_is_not_there_is_refused_and_borrows_nothing(void **state)
{
    (void)state;
    velox_order_book *book = make_book(0, 1);
    assert_int_equal(cancel(book, BID, 0, 1), -ERANGE);
    assert_int_equal(cancel(book, BID, 0, UINT64_MAX), -ERANGE);
    assert_level(book, BID, 0, 0, 0);

    assert_int_equal(add(book, BID, 0, 10), 0);
    assert_int_equal(add(book, BID, 0, 20), 0);
    assert_int_equal(cancel(book, BID, 0, 31), -ERANGE);
    assert_int_equal(cancel(book, BID, 0, QUANTITY_MAX), -ERANGE);
    assert_int_equal(cancel(book, BID, 0, QUANTITY_MAX + 1), -ERANGE);
    assert_int_equal(cancel(book, BID, 0, UINT64_MAX), -ERANGE);
    assert_level(book, BID, 0, 30, 2);
    velox_order_book_free(book);
}

static void no_cancel_leaves_quantity_without_orders_or_orders_without_quantity(void **state)
{
    (void)state;
    velox_order_book *book = make_book(0, 1);
    assert_int_equal(add(book, BID, 0, 10), 0);
    assert_int_equal(cancel(book, BID, 0, 9), -ERANGE); /* 1 left, and no order */
    assert_level(book, BID, 0, 10, 1);
    assert_int_equal(add(book, BID, 0, 20), 0);
    assert_int_equal(cancel(book, BID, 0, 30), -ERANGE); /* an order of nothing */
    assert_level(book, BID, 0, 30, 2);
    assert_int_equal(add(book, BID, 0, 5), 0);
    assert_int_equal(cancel(book, BID, 0, 34), -ERANGE); /* two orders share 1 */
    assert_level(book, BID, 0, 35, 3);
    assert_int_equal(cancel(book, BID, 0, 20), 0);
    assert_int_equal(cancel(book, BID, 0, 10), 0);
    assert_int_equal(cancel(book, BID, 0, 5), 0);
    assert_level(book, BID, 0, 0, 0);
    velox_order_book_free(book);
}

static void an_undisturbed_update_never_times_out(void **state)
{
    (void)state;
    velox_order_book *book = make_book(0, 1);
    uint64_t retries = 3;
    for (int i = 0; i < 100000; i++) {
        assert_int_equal(velox_order_book_add(book, BID, 0, 7, &retries), 0);
        assert_int_equal(velox_order_book_cancel(book, BID, 0, 7, &retries), 0);
    }
    assert_int_equal(retries, 3);
    assert_int_equal(velox_order_book_timeouts(book), 0);
    velox_order_book_free(book);
}

/* --- Readings --- */

static void readings_of_an_unknown_level_or_side_are_refused_and_change_nothing(void **state)
{
    (void)state;
    velox_order_book *book = make_book(50, 4);
    velox_order_book_depth depth = {.quantity = 1, .count = 2};
    uint32_t tick = 3;
    assert_int_equal(velox_order_book_level(book, BID, 49, &depth), -EINVAL);
    assert_int_equal(velox_order_book_level(book, ASK, 54, &depth), -EINVAL);
    assert_int_equal(velox_order_book_level(book, 2, 50, &depth), -EINVAL);
    assert_int_equal(velox_order_book_totals(book, 2, &depth), -EINVAL);
    assert_int_equal(velox_order_book_best_tick(book, 2, &tick), -EINVAL);
    assert_int_equal(velox_order_book_best_tick(book, BID, &tick), -ENOENT);
    assert_int_equal(velox_order_book_best_tick(book, ASK, &tick), -ENOENT);
    assert_int_equal(depth.quantity, 1);
    assert_int_equal(depth.count, 2);
    assert_int_equal(tick, 3);
    velox_order_book_free(book);
}

static void totals_are_right_beyond_what_one_level_can_hold(void **state)
{
    (void)state;
    enum { LEVELS = 1000 };
    velox_order_book *book = make_book(0, LEVELS);
    for (uint32_t tick = 0; tick < LEVELS; tick++)
        assert_int_equal(add(book, ASK, tick, QUANTITY_MAX), 0);
    assert_int_equal(add(book, BID, 0, 12), 0);
    assert_totals(book, ASK, LEVELS * QUANTITY_MAX, LEVELS);
    assert_totals(book, BID, 12, 1);
    velox_order_book_free(book);
}

static void the_best_bid_is_the_highest_and_the_best_ask_the_lowest(void **state)
{
    (void)state;
    velox_order_book *book = make_book(1000, 100);
    uint32_t tick;
    const uint32_t ticks[] = {1050, 1000, 1099, 1042};
    for (size_t i = 0; i < sizeof ticks / sizeof ticks[0]; i++) {
        assert_int_equal(add(book, BID, ticks[i], 1), 0);
        assert_int_equal(add(book, ASK, ticks[i], 1), 0);
    }
    assert_int_equal(velox_order_book_best_tick(book, BID, &tick), 0);
    assert_int_equal(tick, 1099);
    assert_int_equal(velox_order_book_best_tick(book, ASK, &tick), 0);
    assert_int_equal(tick, 1000);

    assert_int_equal(cancel(book, BID, 1099, 1), 0);
    assert_int_equal(cancel(book, ASK, 1000, 1), 0);
    assert_int_equal(velox_order_book_best_tick(book, BID, &tick), 0);
    assert_int_equal(tick, 1050);
    assert_int_equal(velox_order_book_best_tick(book, ASK, &tick), 0);
    assert_int_equal(tick, 1042);
    velox_order_book_free(book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ticks_that_are_none_too_many_or_past_the_last_are_refused),
        cmocka_unit_test(create_reports_a_failed_allocation),
        cmocka_unit_test(free_accepts_null),
        cmocka_unit_test(init_in_the_callers_memory_gives_an_empty_book_that_stays_inside_it),
        cmocka_unit_test(init_refuses_memory_that_is_small_misaligned_or_null),
        cmocka_unit_test(a_book_may_end_at_the_last_tick_there_is),
        cmocka_unit_test(reset_empties_every_level),
        cmocka_unit_test(an_update_changes_its_own_level_and_no_other),
        cmocka_unit_test(update_does_what_the_transaction_says),
        cmocka_unit_test(update_refuses_what_no_feed_may_send),
        cmocka_unit_test(a_tick_outside_an_unknown_side_and_no_quantity_are_refused),
        cmocka_unit_test(a_level_takes_the_largest_quantity_and_not_one_more),
        cmocka_unit_test(a_level_takes_the_largest_count_and_not_one_more),
        cmocka_unit_test(cancelling_what_is_not_there_is_refused_and_borrows_nothing),
        cmocka_unit_test(no_cancel_leaves_quantity_without_orders_or_orders_without_quantity),
        cmocka_unit_test(an_undisturbed_update_never_times_out),
        cmocka_unit_test(readings_of_an_unknown_level_or_side_are_refused_and_change_nothing),
        cmocka_unit_test(totals_are_right_beyond_what_one_level_can_hold),
        cmocka_unit_test(the_best_bid_is_the_highest_and_the_best_ask_the_lowest),
    };
    return cmocka_run_group_tests_name("order book", tests, NULL, NULL);
}
