/* The ring on one thread: contracts and edge cases. Two threads are in ring_stress_test.c. */
#include "test_aligned_alloc.h"
#include "test_cmocka.h"

#include "velox/ring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static velox_ring *make_ring(uint32_t capacity, uint64_t first_index)
{
    velox_ring *ring = NULL;
    assert_int_equal(velox_ring_create(capacity, &ring), 0);
    velox_ring_reset(ring, first_index);
    return ring;
}

static velox_transaction numbered(uint64_t sequence)
{
    velox_transaction made = {.sequence = sequence, .ingress_ns = ~sequence, .quantity = 1};
    velox_transaction_seal(&made);
    return made;
}

static void assert_numbered(const velox_transaction *item, uint64_t sequence)
{
    velox_transaction expected = numbered(sequence);
    assert_memory_equal(item, &expected, sizeof expected);
}

static void push_range(velox_ring *ring, uint64_t first, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        velox_transaction item = numbered(first + i);
        assert_true(velox_ring_push(ring, &item));
    }
}

static void assert_pops_range(velox_ring *ring, uint64_t first, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        velox_transaction item;
        assert_true(velox_ring_pop(ring, &item));
        assert_numbered(&item, first + i);
    }
}

static void capacity_that_is_no_power_of_two_in_range_is_refused(void **state)
{
    (void)state;
    const uint32_t refused[] = {0, 1, 3, 6, 1000, 1023, 1025, (1u << 30) + 1, 1u << 31, UINT32_MAX};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        velox_ring *ring = NULL;
        assert_int_equal(velox_ring_create(refused[i], &ring), -EINVAL);
        assert_null(ring);
        assert_int_equal(velox_ring_bytes(refused[i]), 0);
    }
    assert_true(velox_ring_bytes(VELOX_RING_CAPACITY_MAX) > (UINT64_C(32) << 30));
}

static void create_reports_a_failed_allocation(void **state)
{
    (void)state;
    velox_ring *ring = NULL;
    allocation_fails = true;
    int result = velox_ring_create(64, &ring);
    allocation_fails = false;
    assert_int_equal(result, -ENOMEM);
    assert_null(ring);
}

static void free_accepts_null(void **state)
{
    (void)state;
    velox_ring_free(NULL);
}

static void init_in_the_callers_memory_gives_a_working_ring(void **state)
{
    (void)state;
    size_t bytes = velox_ring_bytes(8);
    assert_int_equal(bytes % VELOX_SEPARATION_BYTES, 0);
    void *memory = aligned_alloc(VELOX_SEPARATION_BYTES, bytes);
    assert_non_null(memory);
    memset(memory, 0xa5, bytes);

    velox_ring *ring = NULL;
    assert_int_equal(velox_ring_init(memory, bytes, 8, &ring), 0);
    assert_int_equal(velox_ring_capacity(ring), 8);
    assert_int_equal(velox_ring_size(ring), 0);
    push_range(ring, 0, 8);
    assert_pops_range(ring, 0, 8);
    free(memory);
}

static void init_refuses_memory_that_is_small_misaligned_or_null(void **state)
{
    (void)state;
    size_t bytes = velox_ring_bytes(8) + VELOX_SEPARATION_BYTES;
    char *memory = aligned_alloc(VELOX_SEPARATION_BYTES, bytes);
    assert_non_null(memory);
    velox_ring *ring = NULL;
    assert_int_equal(velox_ring_init(memory, velox_ring_bytes(8) - 1, 8, &ring), -EINVAL);
    assert_int_equal(velox_ring_init(memory + 64, bytes - 64, 8, &ring), -EINVAL);
    assert_int_equal(velox_ring_init(NULL, bytes, 8, &ring), -EINVAL);
    assert_int_equal(velox_ring_init(memory, bytes, 7, &ring), -EINVAL);
    assert_null(ring);
    free(memory);
}

static void push_into_full_ring_is_refused(void **state)
{
    (void)state;
    velox_ring *ring = make_ring(4, 0);
    push_range(ring, 0, 4);
    velox_transaction item = numbered(99);
    assert_false(velox_ring_push(ring, &item));
    assert_int_equal(velox_ring_push_batch(ring, &item, 1), 0);
    size_t got = 99;
    assert_null(velox_ring_claim(ring, 1, &got));
    assert_int_equal(got, 0);
    assert_int_equal(velox_ring_size(ring), 4);
    assert_pops_range(ring, 0, 4);
    velox_ring_free(ring);
}

static void pop_from_empty_ring_is_refused_and_leaves_the_item_alone(void **state)
{
    (void)state;
    velox_ring *ring = make_ring(4, 0);
    velox_transaction item = numbered(99);
    assert_false(velox_ring_pop(ring, &item));
    assert_int_equal(velox_ring_pop_batch(ring, &item, 1), 0);
    assert_numbered(&item, 99);
    size_t got = 99;
    assert_null(velox_ring_peek(ring, 1, &got));
    assert_int_equal(got, 0);
    velox_ring_free(ring);
}

static void every_slot_is_usable(void **state)
{
    (void)state;
    for (uint32_t capacity = 2; capacity <= 4096; capacity *= 2) {
        velox_ring *ring = make_ring(capacity, 0);
        assert_int_equal(velox_ring_capacity(ring), capacity);
        push_range(ring, 0, capacity);
        assert_int_equal(velox_ring_size(ring), capacity);
        assert_pops_range(ring, 0, capacity);
        velox_ring_free(ring);
    }
}

static void order_holds_across_the_wrap_of_the_indices(void **state)
{
    (void)state;
    for (uint64_t before_wrap = 0; before_wrap <= 9; before_wrap++) {
        velox_ring *ring = make_ring(4, UINT64_MAX - before_wrap);
        push_range(ring, 0, 2);
        for (uint64_t i = 0; i < 20; i++) {
            push_range(ring, 2 + i, 1);
            assert_int_equal(velox_ring_size(ring), 3);
            assert_pops_range(ring, i, 1);
        }
        velox_ring_free(ring);
    }
}

static void full_and_empty_are_told_apart_at_the_wrap_of_the_indices(void **state)
{
    (void)state;
    velox_ring *ring = make_ring(4, UINT64_MAX - 1);
    push_range(ring, 0, 4);
    velox_transaction item = numbered(99);
    assert_false(velox_ring_push(ring, &item));
    assert_int_equal(velox_ring_size(ring), 4);
    assert_pops_range(ring, 0, 4);
    assert_false(velox_ring_pop(ring, &item));
    assert_int_equal(velox_ring_size(ring), 0);
    velox_ring_free(ring);
}

static void batch_adds_what_fits_and_takes_what_is_there(void **state)
{
    (void)state;
    velox_transaction in[10], out[10];
    for (uint64_t i = 0; i < 10; i++)
        in[i] = numbered(i);
    /* From every slot, so that the copy is split at every place. */
    for (uint64_t first = 0; first < 8; first++) {
        velox_ring *ring = make_ring(8, UINT64_MAX - 3 + first);
        assert_int_equal(velox_ring_push_batch(ring, in, 0), 0);
        assert_int_equal(velox_ring_push_batch(ring, in, 5), 5);
        assert_int_equal(velox_ring_push_batch(ring, in + 5, 5), 3);
        assert_int_equal(velox_ring_pop_batch(ring, out, 0), 0);
        assert_int_equal(velox_ring_pop_batch(ring, out, 6), 6);
        assert_int_equal(velox_ring_pop_batch(ring, out + 6, 4), 2);
        assert_int_equal(velox_ring_size(ring), 0);
        for (uint64_t i = 0; i < 8; i++)
            assert_numbered(&out[i], i);
        velox_ring_free(ring);
    }
}

static void claim_ends_at_the_wrap_and_goes_on_behind_it(void **state)
{
    (void)state;
    velox_ring *ring = make_ring(8, 5);
    size_t got = 0;
    velox_transaction *span = velox_ring_claim(ring, 8, &got);
    assert_int_equal(got, 3);
    for (uint64_t i = 0; i < 3; i++)
        span[i] = numbered(i);
    velox_ring_commit(ring, 3);
    velox_transaction *behind = velox_ring_claim(ring, 8, &got);
    assert_int_equal(got, 5);
    assert_ptr_equal(behind, span - 5);
    for (uint64_t i = 0; i < 5; i++)
        behind[i] = numbered(3 + i);
    velox_ring_commit(ring, 5);
    assert_pops_range(ring, 0, 8);
    velox_ring_free(ring);
}

static void peek_ends_at_the_wrap_and_goes_on_behind_it(void **state)
{
    (void)state;
    velox_ring *ring = make_ring(8, UINT64_MAX - 2);
    push_range(ring, 0, 7);
    size_t got = 0;
    const velox_transaction *span = velox_ring_peek(ring, 8, &got);
    assert_int_equal(got, 3);
    for (uint64_t i = 0; i < 3; i++)
        assert_numbered(&span[i], i);
    velox_ring_release(ring, 3);
    span = velox_ring_peek(ring, 8, &got);
    assert_int_equal(got, 4);
    for (uint64_t i = 0; i < 4; i++)
        assert_numbered(&span[i], 3 + i);
    velox_ring_release(ring, 4);
    assert_int_equal(velox_ring_size(ring), 0);
    velox_ring_free(ring);
}

static void claim_adds_nothing_before_commit(void **state)
{
    (void)state;
    velox_ring *ring = make_ring(8, 0);
    size_t got = 0;
    velox_transaction *first = velox_ring_claim(ring, 2, &got);
    assert_int_equal(got, 2);
    assert_int_equal(velox_ring_size(ring), 0);
    assert_ptr_equal(velox_ring_claim(ring, 4, &got), first);
    assert_int_equal(got, 4);
    velox_ring_free(ring);
}

static void part_of_a_claim_can_be_committed(void **state)
{
    (void)state;
    velox_ring *ring = make_ring(8, 0);
    size_t got = 0;
    velox_transaction *span = velox_ring_claim(ring, 4, &got);
    span[0] = numbered(0);
    velox_ring_commit(ring, 1);
    velox_ring_commit(ring, 0);
    assert_int_equal(velox_ring_size(ring), 1);
    push_range(ring, 1, 7);
    assert_pops_range(ring, 0, 8);
    velox_ring_free(ring);
}

static void peeked_items_stay_until_release(void **state)
{
    (void)state;
    velox_ring *ring = make_ring(4, 0);
    push_range(ring, 0, 4);
    size_t got = 0;
    assert_non_null(velox_ring_peek(ring, 4, &got));
    assert_int_equal(got, 4);
    velox_transaction item = numbered(99);
    assert_false(velox_ring_push(ring, &item));
    velox_ring_release(ring, 1);
    push_range(ring, 4, 1);
    assert_pops_range(ring, 1, 4);
    velox_ring_free(ring);
}

static void span_of_nothing_is_null(void **state)
{
    (void)state;
    velox_ring *ring = make_ring(4, 0);
    push_range(ring, 0, 2);
    size_t got = 99;
    assert_null(velox_ring_claim(ring, 0, &got));
    assert_int_equal(got, 0);
    got = 99;
    assert_null(velox_ring_peek(ring, 0, &got));
    assert_int_equal(got, 0);
    velox_ring_free(ring);
}

static void reset_empties_a_ring_and_keeps_its_capacity(void **state)
{
    (void)state;
    velox_ring *ring = make_ring(4, 0);
    push_range(ring, 0, 3);
    velox_ring_reset(ring, 17);
    assert_int_equal(velox_ring_size(ring), 0);
    assert_int_equal(velox_ring_capacity(ring), 4);
    velox_transaction item;
    assert_false(velox_ring_pop(ring, &item));
    push_range(ring, 10, 4);
    assert_pops_range(ring, 10, 4);
    velox_ring_free(ring);
}

static void rings_slots_do_not_share_a_block_with_its_indices(void **state)
{
    (void)state;
    velox_ring *ring = make_ring(4, 0);
    size_t got = 0;
    velox_transaction *slot = velox_ring_claim(ring, 1, &got);
    assert_int_equal((uintptr_t)ring % VELOX_SEPARATION_BYTES, 0);
    assert_int_equal((uintptr_t)slot % VELOX_SEPARATION_BYTES, 0);
    assert_true((uintptr_t)slot - (uintptr_t)ring >= 2 * VELOX_SEPARATION_BYTES);
    velox_ring_free(ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(capacity_that_is_no_power_of_two_in_range_is_refused),
        cmocka_unit_test(create_reports_a_failed_allocation),
        cmocka_unit_test(free_accepts_null),
        cmocka_unit_test(init_in_the_callers_memory_gives_a_working_ring),
        cmocka_unit_test(init_refuses_memory_that_is_small_misaligned_or_null),
        cmocka_unit_test(push_into_full_ring_is_refused),
        cmocka_unit_test(pop_from_empty_ring_is_refused_and_leaves_the_item_alone),
        cmocka_unit_test(every_slot_is_usable),
        cmocka_unit_test(order_holds_across_the_wrap_of_the_indices),
        cmocka_unit_test(full_and_empty_are_told_apart_at_the_wrap_of_the_indices),
        cmocka_unit_test(batch_adds_what_fits_and_takes_what_is_there),
        cmocka_unit_test(claim_ends_at_the_wrap_and_goes_on_behind_it),
        cmocka_unit_test(peek_ends_at_the_wrap_and_goes_on_behind_it),
        cmocka_unit_test(claim_adds_nothing_before_commit),
        cmocka_unit_test(part_of_a_claim_can_be_committed),
        cmocka_unit_test(peeked_items_stay_until_release),
        cmocka_unit_test(span_of_nothing_is_null),
        cmocka_unit_test(reset_empties_a_ring_and_keeps_its_capacity),
        cmocka_unit_test(rings_slots_do_not_share_a_block_with_its_indices),
    };
    return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
