/* The bundler: filling, closing, when a bundle is due, and every byte of what comes out. */
#include "test_aligned_alloc.h"
#include "test_cmocka.h"
#include "test_random.h"

#include "velox/bundle.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t NEVER = UINT64_MAX;

static velox_bundler *make_bundler(uint64_t flush_after_ns)
{
    velox_bundler *bundler = NULL;
    assert_int_equal(velox_bundler_create(flush_after_ns, &bundler), 0);
    return bundler;
}

static velox_transaction numbered(uint64_t sequence)
{
    velox_transaction made = {.sequence = sequence, .ingress_ns = ~sequence, .quantity = 1};
    velox_transaction_seal(&made);
    return made;
}

static void push_range(velox_bundler *bundler, uint64_t first, size_t count, uint64_t now_ns)
{
    for (size_t i = 0; i < count; i++) {
        velox_transaction item = numbered(first + i);
        assert_true(velox_bundler_push(bundler, &item, now_ns));
    }
}

/* All 528 bytes, from what they should be. */
static void assert_bundle(const velox_bundle *bundle, uint32_t sequence, uint64_t first,
                          uint16_t count, uint8_t reason, uint64_t closed_ns)
{
    velox_bundle expected;
    memset(&expected, 0, sizeof expected);
    expected.closed_ns = closed_ns;
    expected.sequence = sequence;
    expected.count = count;
    expected.reason = reason;
    for (uint16_t i = 0; i < count; i++)
        expected.transactions[i] = numbered(first + i);
    assert_non_null(bundle);
    assert_memory_equal(bundle, &expected, sizeof expected);
}

static void create_reports_a_failed_allocation(void **state)
{
    (void)state;
    velox_bundler *bundler = NULL;
    allocation_fails = true;
    int result = velox_bundler_create(NEVER, &bundler);
    allocation_fails = false;
    assert_int_equal(result, -ENOMEM);
    assert_null(bundler);
}

static void free_accepts_null(void **state)
{
    (void)state;
    velox_bundler_free(NULL);
}

static void init_in_the_callers_memory_gives_a_new_bundler_that_stays_inside_it(void **state)
{
    (void)state;
    size_t bytes = velox_bundler_bytes();
    size_t with_guard = bytes + VELOX_SEPARATION_BYTES;
    assert_int_equal(bytes % VELOX_SEPARATION_BYTES, 0);
    unsigned char *memory = aligned_alloc(VELOX_SEPARATION_BYTES, with_guard);
    assert_non_null(memory);
    memset(memory, 0xa5, with_guard);

    velox_bundler *bundler = NULL;
    assert_int_equal(velox_bundler_init(memory, bytes, 100, &bundler), 0);
    assert_int_equal(velox_bundler_room(bundler), 0);
    assert_int_equal(velox_bundler_clamped(bundler), 0);
    velox_bundle bundle;
    velox_bundler_open(bundler, &bundle);
    push_range(bundler, 5, 3, 7);
    assert_false(velox_bundler_is_due(bundler, 106));
    assert_true(velox_bundler_is_due(bundler, 107));
    velox_bundler_close(bundler, VELOX_BUNDLE_TIME, 107);
    assert_bundle(&bundle, 0, 5, 3, VELOX_BUNDLE_TIME, 107);
    for (size_t i = bytes; i < with_guard; i++)
        assert_int_equal(memory[i], 0xa5);
    free(memory);
}

static void init_refuses_memory_that_is_small_misaligned_or_null(void **state)
{
    (void)state;
    size_t needed = velox_bundler_bytes();
    size_t bytes = needed + VELOX_SEPARATION_BYTES;
    char *memory = aligned_alloc(VELOX_SEPARATION_BYTES, bytes);
    assert_non_null(memory);
    velox_bundler *bundler = NULL;
    assert_int_equal(velox_bundler_init(memory, needed - 1, 0, &bundler), -EINVAL);
    assert_int_equal(velox_bundler_init(memory + 64, bytes - 64, 0, &bundler), -EINVAL);
    assert_int_equal(velox_bundler_init(NULL, bytes, 0, &bundler), -EINVAL);
    assert_null(bundler);
    assert_int_equal(velox_bundler_init(memory, needed, 0, &bundler), 0);
    assert_non_null(bundler);
    free(memory);
}

static void nothing_fits_and_nothing_closes_while_none_is_open(void **state)
{
    (void)state;
    velox_bundler *bundler = make_bundler(0);
    velox_transaction item = numbered(1);
    assert_int_equal(velox_bundler_room(bundler), 0);
    assert_int_equal(velox_bundler_count(bundler), 0);
    assert_false(velox_bundler_push(bundler, &item, 1));
    assert_int_equal(velox_bundler_push_span(bundler, &item, 1, 1), 0);
    assert_false(velox_bundler_is_due(bundler, NEVER));
    assert_null(velox_bundler_close(bundler, VELOX_BUNDLE_DRAIN, 1));
    assert_int_equal(velox_bundler_clamped(bundler), 0);
    velox_bundler_free(bundler);
}

static void every_count_of_transactions_gives_all_528_bytes(void **state)
{
    (void)state;
    velox_bundler *bundler = make_bundler(NEVER);
    velox_bundle bundle;
    for (uint16_t count = 1; count <= VELOX_BUNDLE_CAPACITY; count++) {
        memset(&bundle, 0xa5, sizeof bundle);
        velox_bundler_open(bundler, &bundle);
        push_range(bundler, 100u * count, count, 7);
        assert_int_equal(velox_bundler_count(bundler), count);
        assert_int_equal(velox_bundler_room(bundler), VELOX_BUNDLE_CAPACITY - count);
        assert_ptr_equal(velox_bundler_close(bundler, VELOX_BUNDLE_IDLE, 1000u + count), &bundle);
        assert_bundle(&bundle, count - 1u, 100u * count, count, VELOX_BUNDLE_IDLE, 1000u + count);
    }
    velox_bundler_free(bundler);
}

static void seventeenth_transaction_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    velox_bundler *bundler = make_bundler(NEVER);
    velox_bundle bundle;
    velox_bundler_open(bundler, &bundle);
    push_range(bundler, 0, VELOX_BUNDLE_CAPACITY, 5);
    velox_transaction more = numbered(99);
    assert_int_equal(velox_bundler_room(bundler), 0);
    assert_false(velox_bundler_push(bundler, &more, 6));
    assert_int_equal(velox_bundler_push_span(bundler, &more, 1, 6), 0);
    velox_bundler_close(bundler, VELOX_BUNDLE_FULL, 8);
    assert_bundle(&bundle, 0, 0, VELOX_BUNDLE_CAPACITY, VELOX_BUNDLE_FULL, 8);
    velox_bundler_free(bundler);
}

static void span_adds_what_fits(void **state)
{
    (void)state;
    velox_bundler *bundler = make_bundler(NEVER);
    velox_bundle bundle;
    velox_transaction items[40];
    for (size_t i = 0; i < 40; i++)
        items[i] = numbered(i);
    velox_bundler_open(bundler, &bundle);
    assert_int_equal(velox_bundler_push_span(bundler, items, 0, 1), 0);
    assert_int_equal(velox_bundler_count(bundler), 0);
    assert_int_equal(velox_bundler_push_span(bundler, items, 3, 1), 3);
    assert_int_equal(velox_bundler_push_span(bundler, items + 3, 37, 1), 13);
    assert_int_equal(velox_bundler_push_span(bundler, items + 16, SIZE_MAX, 1), 0);
    velox_bundler_close(bundler, VELOX_BUNDLE_FULL, 2);
    assert_bundle(&bundle, 0, 0, 16, VELOX_BUNDLE_FULL, 2);
    velox_bundler_free(bundler);
}

static void spans_and_single_transactions_give_the_same_bundles(void **state)
{
    (void)state;
    velox_bundler *bundler = make_bundler(NEVER);
    velox_bundle bundle;
    uint64_t random = 1, next = 0;
    velox_transaction items[20];
    for (uint32_t round = 0; round < 2000; round++) {
        uint64_t first = next;
        velox_bundler_open(bundler, &bundle);
        size_t wanted = 1 + random_below(&random, VELOX_BUNDLE_CAPACITY);
        while (velox_bundler_count(bundler) < wanted) {
            size_t span = random_below(&random, 20);
            for (size_t i = 0; i < span; i++)
                items[i] = numbered(next + i);
            if (random_below(&random, 2) == 0) {
                next += velox_bundler_push_span(bundler, items, span, round);
            } else if (span > 0) {
                next += velox_bundler_push(bundler, items, round);
            }
        }
        velox_bundler_close(bundler, VELOX_BUNDLE_IDLE, round);
        assert_bundle(&bundle, round, first, (uint16_t)(next - first), VELOX_BUNDLE_IDLE, round);
    }
    velox_bundler_free(bundler);
}

static void empty_bundle_is_not_closed_and_takes_no_sequence_number(void **state)
{
    (void)state;
    velox_bundler *bundler = make_bundler(0);
    velox_bundle bundle;
    velox_bundler_open(bundler, &bundle);
    assert_null(velox_bundler_close(bundler, VELOX_BUNDLE_DRAIN, 50));
    assert_false(velox_bundler_is_due(bundler, NEVER));
    assert_int_equal(velox_bundler_room(bundler), VELOX_BUNDLE_CAPACITY);
    push_range(bundler, 1, 1, 20); /* the attempt at 50 was no closing, so 20 is not before it */
    velox_bundler_close(bundler, VELOX_BUNDLE_DRAIN, 60);
    assert_bundle(&bundle, 0, 1, 1, VELOX_BUNDLE_DRAIN, 60);
    assert_int_equal(velox_bundler_clamped(bundler), 0);
    velox_bundler_free(bundler);
}

static void each_reason_is_kept(void **state)
{
    (void)state;
    velox_bundler *bundler = make_bundler(NEVER);
    velox_bundle bundle;
    for (uint8_t reason = VELOX_BUNDLE_FULL; reason <= VELOX_BUNDLE_DRAIN; reason++) {
        velox_bundler_open(bundler, &bundle);
        assert_int_equal(bundle.reason, VELOX_BUNDLE_OPEN);
        push_range(bundler, 0, 2, 1);
        velox_bundler_close(bundler, reason, 1);
        assert_int_equal(bundle.reason, reason);
    }
    velox_bundler_free(bundler);
}

static void sequence_goes_on_across_its_wrap(void **state)
{
    (void)state;
    velox_bundler *bundler = make_bundler(NEVER);
    velox_bundler_reset(bundler, UINT32_MAX - 1);
    velox_bundle bundle;
    const uint32_t expected[] = {UINT32_MAX - 1, UINT32_MAX, 0, 1};
    for (size_t i = 0; i < 4; i++) {
        velox_bundler_open(bundler, &bundle);
        push_range(bundler, 0, 1, 0);
        velox_bundler_close(bundler, VELOX_BUNDLE_TIME, 0);
        assert_int_equal(bundle.sequence, expected[i]);
    }
    velox_bundler_free(bundler);
}

static void bundle_given_up_leaves_no_gap_in_the_sequence(void **state)
{
    (void)state;
    velox_bundler *bundler = make_bundler(NEVER);
    velox_bundle given_up, bundle;
    velox_bundler_open(bundler, &given_up);
    push_range(bundler, 5, 3, 1);
    velox_bundler_open(bundler, &bundle);
    assert_int_equal(velox_bundler_count(bundler), 0);
    push_range(bundler, 7, 2, 1);
    velox_bundler_close(bundler, VELOX_BUNDLE_DRAIN, 1);
    assert_bundle(&bundle, 0, 7, 2, VELOX_BUNDLE_DRAIN, 1);
    velox_bundler_free(bundler);
}

static void due_when_the_first_has_waited_and_not_a_nanosecond_before(void **state)
{
    (void)state;
    velox_bundler *bundler = make_bundler(100);
    velox_bundle bundle;
    velox_bundler_open(bundler, &bundle);
    assert_false(velox_bundler_is_due(bundler, 5000));
    push_range(bundler, 0, 1, 1000);
    push_range(bundler, 1, 1, 1090); /* the second one's time is no matter */
    assert_false(velox_bundler_is_due(bundler, 1000));
    assert_false(velox_bundler_is_due(bundler, 1099));
    assert_true(velox_bundler_is_due(bundler, 1100));
    assert_true(velox_bundler_is_due(bundler, UINT64_MAX));
    velox_bundler_close(bundler, VELOX_BUNDLE_TIME, 1100);
    assert_false(velox_bundler_is_due(bundler, UINT64_MAX));
    velox_bundler_free(bundler);
}

static void span_starts_the_wait_as_a_single_one_does(void **state)
{
    (void)state;
    velox_bundler *bundler = make_bundler(100);
    velox_bundle bundle;
    velox_transaction items[2] = {numbered(0), numbered(1)};
    velox_bundler_open(bundler, &bundle);
    velox_bundler_push_span(bundler, items, 0, 9000); /* nothing came in */
    velox_bundler_push_span(bundler, items, 2, 1000);
    assert_false(velox_bundler_is_due(bundler, 1099));
    assert_true(velox_bundler_is_due(bundler, 1100));
    velox_bundler_free(bundler);
}

static void flush_after_0_is_due_with_the_first_transaction(void **state)
{
    (void)state;
    velox_bundler *bundler = make_bundler(0);
    velox_bundle bundle;
    velox_bundler_open(bundler, &bundle);
    assert_false(velox_bundler_is_due(bundler, 10));
    push_range(bundler, 0, 1, 10);
    assert_true(velox_bundler_is_due(bundler, 10));
    assert_true(velox_bundler_is_due(bundler, 9)); /* a wait of 0 is enough */
    velox_bundler_free(bundler);
}

static void full_bundle_is_due_by_its_age_only(void **state)
{
    (void)state;
    velox_bundler *bundler = make_bundler(100);
    velox_bundle bundle;
    velox_bundler_open(bundler, &bundle);
    push_range(bundler, 0, VELOX_BUNDLE_CAPACITY, 1);
    assert_false(velox_bundler_is_due(bundler, 100));
    assert_true(velox_bundler_is_due(bundler, 101));
    velox_bundler_free(bundler);
}

static void longest_wait_does_not_overflow(void **state)
{
    (void)state;
    velox_bundler *bundler = make_bundler(UINT64_MAX - 1);
    velox_bundle bundle;
    velox_bundler_open(bundler, &bundle);
    push_range(bundler, 0, 1, 5);
    assert_false(velox_bundler_is_due(bundler, UINT64_MAX));
    velox_bundler_free(bundler);
}

static void time_that_goes_back_is_clamped_and_counted(void **state)
{
    (void)state;
    velox_bundler *bundler = make_bundler(100);
    velox_bundle bundle;
    velox_bundler_open(bundler, &bundle);
    push_range(bundler, 0, 1, 1000);
    assert_false(velox_bundler_is_due(bundler, 1)); /* not a wait of almost 2^64 */
    velox_bundler_close(bundler, VELOX_BUNDLE_IDLE, 900);
    assert_bundle(&bundle, 0, 0, 1, VELOX_BUNDLE_IDLE, 1000);
    assert_int_equal(velox_bundler_clamped(bundler), 1);

    velox_bundler_open(bundler, &bundle);
    push_range(bundler, 7, 1, 950); /* counts as 1000 */
    assert_int_equal(velox_bundler_clamped(bundler), 2);
    assert_false(velox_bundler_is_due(bundler, 1099));
    assert_true(velox_bundler_is_due(bundler, 1100));
    velox_bundler_close(bundler, VELOX_BUNDLE_TIME, 1100);
    assert_bundle(&bundle, 1, 7, 1, VELOX_BUNDLE_TIME, 1100);
    assert_int_equal(velox_bundler_clamped(bundler), 2);
    velox_bundler_free(bundler);
}

static void time_that_stands_still_is_not_clamped(void **state)
{
    (void)state;
    velox_bundler *bundler = make_bundler(0);
    velox_bundle bundle;
    for (int i = 0; i < 3; i++) {
        velox_bundler_open(bundler, &bundle);
        push_range(bundler, 0, 1, 1000);
        velox_bundler_close(bundler, VELOX_BUNDLE_TIME, 1000);
    }
    assert_int_equal(velox_bundler_clamped(bundler), 0);
    velox_bundler_free(bundler);
}

static void closing_times_never_go_back(void **state)
{
    (void)state;
    velox_bundler *bundler = make_bundler(50);
    velox_bundle bundle;
    uint64_t random = 2, last_ns = 0;
    for (uint32_t i = 0; i < 5000; i++) {
        velox_bundler_open(bundler, &bundle);
        push_range(bundler, i, 1, random_below(&random, 1000) + i / 10);
        velox_bundler_close(bundler, VELOX_BUNDLE_IDLE, random_below(&random, 1000) + i / 10);
        assert_true(bundle.closed_ns >= last_ns);
        last_ns = bundle.closed_ns;
    }
    assert_true(velox_bundler_clamped(bundler) > 0);
    velox_bundler_free(bundler);
}

static void reset_forgets_all_but_the_flush_time(void **state)
{
    (void)state;
    velox_bundler *bundler = make_bundler(100);
    velox_bundle bundle;
    velox_bundler_open(bundler, &bundle);
    push_range(bundler, 0, 3, 1000);
    velox_bundler_close(bundler, VELOX_BUNDLE_IDLE, 1);
    velox_bundler_open(bundler, &bundle);
    push_range(bundler, 0, 3, 1000);
    velox_bundler_reset(bundler, 40);
    assert_int_equal(velox_bundler_room(bundler), 0);
    assert_int_equal(velox_bundler_clamped(bundler), 0);
    velox_bundler_open(bundler, &bundle);
    push_range(bundler, 3, 1, 10);
    assert_false(velox_bundler_is_due(bundler, 109));
    assert_true(velox_bundler_is_due(bundler, 110));
    velox_bundler_close(bundler, VELOX_BUNDLE_TIME, 110);
    assert_bundle(&bundle, 40, 3, 1, VELOX_BUNDLE_TIME, 110);
    velox_bundler_free(bundler);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(create_reports_a_failed_allocation),
        cmocka_unit_test(free_accepts_null),
        cmocka_unit_test(init_in_the_callers_memory_gives_a_new_bundler_that_stays_inside_it),
        cmocka_unit_test(init_refuses_memory_that_is_small_misaligned_or_null),
        cmocka_unit_test(nothing_fits_and_nothing_closes_while_none_is_open),
        cmocka_unit_test(every_count_of_transactions_gives_all_528_bytes),
        cmocka_unit_test(seventeenth_transaction_is_refused_and_changes_nothing),
        cmocka_unit_test(span_adds_what_fits),
        cmocka_unit_test(spans_and_single_transactions_give_the_same_bundles),
        cmocka_unit_test(empty_bundle_is_not_closed_and_takes_no_sequence_number),
        cmocka_unit_test(each_reason_is_kept),
        cmocka_unit_test(sequence_goes_on_across_its_wrap),
        cmocka_unit_test(bundle_given_up_leaves_no_gap_in_the_sequence),
        cmocka_unit_test(due_when_the_first_has_waited_and_not_a_nanosecond_before),
        cmocka_unit_test(span_starts_the_wait_as_a_single_one_does),
        cmocka_unit_test(flush_after_0_is_due_with_the_first_transaction),
        cmocka_unit_test(full_bundle_is_due_by_its_age_only),
        cmocka_unit_test(longest_wait_does_not_overflow),
        cmocka_unit_test(time_that_goes_back_is_clamped_and_counted),
        cmocka_unit_test(time_that_stands_still_is_not_clamped),
        cmocka_unit_test(closing_times_never_go_back),
        cmocka_unit_test(reset_forgets_all_but_the_flush_time),
    };
    return cmocka_run_group_tests_name("bundle", tests, NULL, NULL);
}
