/* The ring of bundles: full and empty, the wrap, and what lies where. Two threads are the business
 * of pipeline_stress_test. */
#include "test_aligned_alloc.h"
#include "test_cmocka.h"

#include "velox/bundle_ring.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

static velox_bundle_ring *make_ring(uint32_t capacity)
{
    velox_bundle_ring *ring = NULL;
    assert_int_equal(velox_bundle_ring_create(capacity, &ring), 0);
    return ring;
}

static bool push(velox_bundle_ring *ring, uint32_t sequence)
{
    velox_bundle *bundle = velox_bundle_ring_claim(ring);
    if (bundle == NULL)
        return false;
    memset(bundle, 0xa5, sizeof *bundle);
    bundle->sequence = sequence;
    velox_bundle_ring_commit(ring);
    return true;
}

static void assert_pops(velox_bundle_ring *ring, uint32_t sequence)
{
    velox_bundle expected;
    memset(&expected, 0xa5, sizeof expected);
    expected.sequence = sequence;
    const velox_bundle *bundle = velox_bundle_ring_peek(ring);
    assert_non_null(bundle);
    assert_memory_equal(bundle, &expected, sizeof expected);
    velox_bundle_ring_release(ring);
}

static void capacities_that_are_no_power_of_two_in_range_are_refused(void **state)
{
    (void)state;
    const uint32_t refused[] = {
        0, 1, 3, 6, VELOX_BUNDLE_RING_CAPACITY_MAX + 1, 2 * VELOX_BUNDLE_RING_CAPACITY_MAX};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        velox_bundle_ring *ring = NULL;
        assert_int_equal(velox_bundle_ring_create(refused[i], &ring), -EINVAL);
        assert_null(ring);
    }
}

static void create_reports_a_failed_allocation(void **state)
{
    (void)state;
    velox_bundle_ring *ring = NULL;
    allocation_fails = true;
    int status = velox_bundle_ring_create(2, &ring);
    allocation_fails = false;
    assert_int_equal(status, -ENOMEM);
    assert_null(ring);
}

static void freeing_nothing_is_allowed(void **state)
{
    (void)state;
    velox_bundle_ring_free(NULL);
}

static void every_slot_is_used_and_a_full_ring_gives_none(void **state)
{
    (void)state;
    velox_bundle_ring *ring = make_ring(4);
    assert_int_equal(velox_bundle_ring_capacity(ring), 4);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(velox_bundle_ring_size(ring), i);
        assert_true(push(ring, i));
    }
    assert_null(velox_bundle_ring_claim(ring));
    assert_pops(ring, 0);
    assert_true(push(ring, 4));
    for (uint32_t i = 1; i < 5; i++)
        assert_pops(ring, i);
    assert_null(velox_bundle_ring_peek(ring));
    velox_bundle_ring_free(ring);
}

static void what_is_claimed_again_without_a_commit_is_the_same_slot(void **state)
{
    (void)state;
    velox_bundle_ring *ring = make_ring(2);
    velox_bundle *first = velox_bundle_ring_claim(ring);
    assert_ptr_equal(velox_bundle_ring_claim(ring), first);
    assert_null(velox_bundle_ring_peek(ring));
    velox_bundle_ring_free(ring);
}

static void bundles_stay_in_order_across_the_wrap_of_the_indices(void **state)
{
    (void)state;
    velox_bundle_ring *ring = make_ring(2);
    velox_bundle_ring_reset(ring, UINT64_MAX - 2);
    for (uint32_t i = 0; i < 8; i += 2) {
        assert_true(push(ring, i));
        assert_true(push(ring, i + 1));
        assert_false(push(ring, i + 2));
        assert_int_equal(velox_bundle_ring_size(ring), 2);
        assert_pops(ring, i);
        assert_pops(ring, i + 1);
    }
    velox_bundle_ring_free(ring);
}

static void a_slot_begins_at_a_border_between_threads(void **state)
{
    (void)state;
    velox_bundle_ring *ring = make_ring(2);
    for (uint32_t i = 0; i < 2; i++) {
        assert_int_equal((uintptr_t)velox_bundle_ring_claim(ring) % VELOX_SEPARATION_BYTES, 0);
        assert_true(push(ring, i));
    }
    velox_bundle_ring_free(ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(capacities_that_are_no_power_of_two_in_range_are_refused),
        cmocka_unit_test(create_reports_a_failed_allocation),
        cmocka_unit_test(freeing_nothing_is_allowed),
        cmocka_unit_test(every_slot_is_used_and_a_full_ring_gives_none),
        cmocka_unit_test(what_is_claimed_again_without_a_commit_is_the_same_slot),
        cmocka_unit_test(bundles_stay_in_order_across_the_wrap_of_the_indices),
        cmocka_unit_test(a_slot_begins_at_a_border_between_threads),
    };
    return cmocka_run_group_tests_name("bundle_ring", tests, NULL, NULL);
}
