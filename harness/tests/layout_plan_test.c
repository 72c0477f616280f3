/* The plan of layouts: balanced for every unit in every cycle, and the same wherever names are. */
#include "test_cmocka.h"

#include "runner/layout_plan.h"
#include "runner/layouts.h"

#include <stdio.h>
#include <string.h>

enum { UNITS = 500, CYCLES = 25, OFFSETS = VB_LAYOUT_LINE / VB_LAYOUT_STEP };

static const char *key_of(int unit)
{
    static char key[64];
    snprintf(key, sizeof key, "file_%d.c.o .text.function_%d", unit % 7, unit);
    return key;
}

/* How often each offset comes in one cycle. */
static void count_cycle(const char *key, uint64_t alignment, size_t cycle, int counts[OFFSETS])
{
    memset(counts, 0, OFFSETS * sizeof *counts);
    for (size_t i = 0; i < VB_LAYOUT_CYCLE; i++) {
        uint64_t offset = vb_layout_offset_bytes(key, alignment, cycle * VB_LAYOUT_CYCLE + i);
        assert_true(offset < VB_LAYOUT_LINE);
        assert_int_equal(offset % VB_LAYOUT_STEP, 0);
        if (alignment > 0)
            assert_int_equal(offset % (alignment < VB_LAYOUT_LINE ? alignment : VB_LAYOUT_LINE), 0);
        counts[offset / VB_LAYOUT_STEP]++;
    }
}

static void every_unit_has_every_offset_once_in_every_cycle(void **state)
{
    (void)state;
    const uint64_t alignments[] = {0, 1, 2, 4, 8, 16};
    int counts[OFFSETS];
    for (int unit = 0; unit < UNITS; unit++) {
        for (size_t cycle = 0; cycle < CYCLES; cycle++) {
            count_cycle(key_of(unit), alignments[unit % 6], cycle, counts);
            for (int i = 0; i < OFFSETS; i++)
                assert_int_equal(counts[i], 1);
        }
    }
}

static void aligned_unit_has_what_its_alignment_leaves_equally_often(void **state)
{
    (void)state;
    int counts[OFFSETS];
    for (int unit = 0; unit < UNITS; unit++) {
        for (size_t cycle = 0; cycle < CYCLES; cycle++) {
            count_cycle(key_of(unit), 32, cycle, counts);
            assert_int_equal(counts[0], 2);
            assert_int_equal(counts[2], 2);
            for (uint64_t alignment = 64; alignment <= 4096; alignment *= 2) {
                count_cycle(key_of(unit), alignment, cycle, counts);
                assert_int_equal(counts[0], VB_LAYOUT_CYCLE);
            }
        }
    }
    assert_int_equal(vb_layout_choices(1), 4);
    assert_int_equal(vb_layout_choices(16), 4);
    assert_int_equal(vb_layout_choices(32), 2);
    assert_int_equal(vb_layout_choices(64), 1);
    assert_int_equal(vb_layout_choices(4096), 1);
}

/* All offsets of unit and cycle as one number. */
static int order_of(const char *key, size_t cycle)
{
    int order = 0;
    for (size_t i = 0; i < VB_LAYOUT_CYCLE; i++)
        order = order * OFFSETS +
                (int)vb_layout_offset_bytes(key, 16, cycle * VB_LAYOUT_CYCLE + i) / VB_LAYOUT_STEP;
    return order;
}

/* 24 orders, 12,500 draws: each comes 521 times, give or take 22. */
static void all_orders_of_offsets_are_equally_frequent(void **state)
{
    (void)state;
    int counts[OFFSETS * OFFSETS * OFFSETS * OFFSETS] = {0};
    int different = 0;
    for (int unit = 0; unit < UNITS; unit++) {
        for (size_t cycle = 0; cycle < CYCLES; cycle++)
            counts[order_of(key_of(unit), cycle)]++;
    }
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        different += counts[i] > 0;
        if (counts[i] > 0)
            assert_in_range(counts[i], 400, 640);
    }
    assert_int_equal(different, 24);
}

/* A unit's offset says nothing of another's, nor of its place in the order. */
static void offsets_are_independent_of_one_another_and_of_the_order(void **state)
{
    (void)state;
    enum { LAYOUTS = CYCLES * VB_LAYOUT_CYCLE };
    int pairs[OFFSETS][OFFSETS] = {{0}}, first[OFFSETS][2] = {{0}};
    for (int unit = 0; unit + 1 < UNITS; unit++) {
        for (size_t layout = 0; layout < LAYOUTS; layout++) {
            int mine = (int)vb_layout_offset_bytes(key_of(unit), 1, layout) / VB_LAYOUT_STEP;
            uint64_t my_rank = vb_layout_rank(key_of(unit), layout);
            pairs[mine][vb_layout_offset_bytes(key_of(unit + 1), 1, layout) / VB_LAYOUT_STEP]++;
            first[mine][my_rank < vb_layout_rank(key_of(unit + 1), layout)]++;
        }
    }
    const int all = (UNITS - 1) * LAYOUTS;
    for (int i = 0; i < OFFSETS; i++) {
        for (int k = 0; k < OFFSETS; k++)
            assert_in_range(pairs[i][k], all / 16 * 9 / 10, all / 16 * 11 / 10);
        for (int k = 0; k < 2; k++)
            assert_in_range(first[i][k], all / 8 * 9 / 10, all / 8 * 11 / 10);
    }
}

/* Baselines and caches of former versions hold such links: what changes the plan raises
 * VB_LAYOUT_PLAN_VERSION, and then these. */
static void plan_of_a_version_stays(void **state)
{
    (void)state;
    const char *key = "ring.c.o .text.ring_push";
    assert_int_equal(VB_LAYOUT_PLAN_VERSION, 1);
    const uint64_t expected[] = {16, 0, 48, 32, 32, 0, 16, 48};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        assert_int_equal(vb_layout_offset_bytes(key, 16, i), expected[i]);
    assert_true(vb_layout_rank(key, 0) == 0x147EC73C7F373899u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_unit_has_every_offset_once_in_every_cycle),
        cmocka_unit_test(aligned_unit_has_what_its_alignment_leaves_equally_often),
        cmocka_unit_test(all_orders_of_offsets_are_equally_frequent),
        cmocka_unit_test(offsets_are_independent_of_one_another_and_of_the_order),
        cmocka_unit_test(plan_of_a_version_stays),
    };
    return cmocka_run_group_tests_name("layout_plan", tests, NULL, NULL);
}
