/* How the quantiles of blocks have moved, against known shifts and simulation. */
#include "test_block_times.h"

#include "runner/block_quantiles.h"
#include "test_normal.h"

#include <string.h>

enum { PROCESSES_MAX = 36, BLOCKS = 30 };

static vb_block_quantile_changes compare(const double *old_ns, const double *new_ns,
                                         size_t processes, size_t blocks, bool paired)
{
    vb_block_quantile_changes found;
    vb_block_times old = times_of(old_ns, processes, blocks);
    vb_block_times new = times_of(new_ns, processes, blocks);
    vb_block_quantiles_compare(&old, &new, paired, &found);
    vb_block_times_free(&old);
    vb_block_times_free(&new);
    return found;
}

static void every_quantile_of_a_side_that_takes_twice_as_long_has_doubled(void **state)
{
    (void)state;
    double old_ns[90], new_ns[90];
    for (size_t i = 0; i < 90; i++) {
        old_ns[i] = 100 + (double)(i * 37 % 90);
        new_ns[i] = 2 * old_ns[i];
    }
    for (int paired = 0; paired < 2; paired++) {
        const vb_block_quantile_changes found = compare(old_ns, new_ns, 9, 10, paired);
        assert_int_equal(found.count, VB_BLOCK_QUANTILES);
        for (size_t i = 0; i < found.count; i++) {
            const vb_block_quantile_change *change = &found.items[i];
            assert_near(change->quantile, vb_block_quantiles[i], 0);
            assert_near(change->old_ns, 100 + 89 * change->quantile, 1e-9);
            assert_near(change->new_ns, 2 * change->old_ns, 1e-9);
            assert_near(change->change, 1, 1e-12);
            assert_true(change->low < 1 && change->high > 1);
        }
    }
}

static void what_happens_to_few_blocks_moves_the_outer_quantile_alone(void **state)
{
    (void)state;
    double old_ns[200], new_ns[200];
    for (size_t i = 0; i < 200; i++) {
        old_ns[i] = 1000 + (double)(i * 37 % 200) / 100;
        new_ns[i] = i % 10 == 0 ? 1500 : old_ns[i];
    }
    const vb_block_quantile_changes found = compare(old_ns, new_ns, 10, 20, false);
    for (size_t i = 0; i < 4; i++)
        assert_near(found.items[i].change, 0, 0.001);
    assert_near(found.items[4].change, 0.498, 0.001);
    assert_true(found.items[4].low > 0.4);
}

static void what_pairs_have_in_common_cancels_only_side_by_side(void **state)
{
    (void)state;
    double old_ns[9 * BLOCKS], new_ns[9 * BLOCKS];
    uint64_t random = 1;
    for (size_t i = 0; i < 9 * BLOCKS; i++) {
        const double pair_ns = 100 * (double)(i / BLOCKS * 5 % 9);
        old_ns[i] = 1000 + pair_ns + 60 * random_normal(&random);
        new_ns[i] = 1000 + pair_ns + 60 * random_normal(&random);
    }
    const vb_block_quantile_change together = compare(old_ns, new_ns, 9, BLOCKS, true).items[2];
    const vb_block_quantile_change apart = compare(old_ns, new_ns, 9, BLOCKS, false).items[2];
    assert_near(together.change, apart.change, 0);
    assert_true(together.high - together.low < (apart.high - apart.low) / 3);
}

static void a_quantile_is_told_where_both_sides_have_blocks_beyond_it(void **state)
{
    (void)state;
    double ns[20];
    for (size_t i = 0; i < 20; i++)
        ns[i] = 1 + (double)i;
    assert_int_equal(compare(ns, ns, 1, 3, false).count, 1);
    assert_int_equal(compare(ns, ns, 1, 4, false).count, 3);
    assert_int_equal(compare(ns, ns, 1, 20, false).count, 5);
    vb_block_quantile_changes found;
    vb_block_times few = times_of(ns, 1, 19), enough = times_of(ns, 1, 20), none = {0};
    vb_block_quantiles_compare(&few, &enough, false, &found);
    assert_int_equal(found.count, 3);
    vb_block_quantiles_compare(&enough, &none, false, &found);
    assert_int_equal(found.count, 0);
    vb_block_times_free(&few);
    vb_block_times_free(&enough);
}

static void one_process_a_side_has_changes_without_intervals(void **state)
{
    (void)state;
    static const double old_ns[] = {10, 11, 12, 13}, new_ns[] = {20, 22, 24, 26};
    for (int paired = 0; paired < 2; paired++) {
        const vb_block_quantile_changes found = compare(old_ns, new_ns, 1, 4, paired);
        assert_int_equal(found.count, 3);
        for (size_t i = 0; i < found.count; i++) {
            assert_near(found.items[i].change, 1, 1e-12);
            assert_true(isnan(found.items[i].low) && isnan(found.items[i].high));
        }
    }
}

static void a_quantile_of_no_time_is_left_out_and_bounds_on_it_are_none(void **state)
{
    (void)state;
    static const double old_ns[] = {0, 0, 5, 6, 0, 0, 7, 8}, new_ns[] = {5, 6, 7, 8, 5, 6, 7, 8};
    const vb_block_quantile_changes found = compare(old_ns, new_ns, 2, 4, false);
    assert_int_equal(found.count, 2);
    assert_near(found.items[0].quantile, 0.5, 0);
    for (size_t i = 0; i < found.count; i++)
        assert_false(isinf(found.items[i].low) || isinf(found.items[i].high));
    assert_int_equal(compare(new_ns, old_ns, 2, 4, true).count, 2);
}

static void sides_that_never_vary_have_intervals_without_width(void **state)
{
    (void)state;
    static const double old_ns[] = {5, 5, 5, 5, 5, 5, 5, 5}, new_ns[] = {6, 6, 6, 6, 6, 6, 6, 6};
    for (int paired = 0; paired < 2; paired++) {
        const vb_block_quantile_changes found = compare(old_ns, new_ns, 4, 2, paired);
        assert_int_equal(found.count, 3);
        assert_near(found.items[1].low, 0.2, 1e-12);
        assert_near(found.items[1].high, 0.2, 1e-12);
    }
}

/* How many of 100 intervals hold the truth, a tenth more. What a pair has in common scatters by
 * `common`, what a process has of its own by `own`, blocks by 0.02, all as shares. */
static void find_coverage(size_t processes, double common, double own, bool paired,
                          double covered[VB_BLOCK_QUANTILES])
{
    enum { SETS = 2000 };
    static double old_ns[PROCESSES_MAX * BLOCKS], new_ns[PROCESSES_MAX * BLOCKS];
    uint64_t random = 99;
    memset(covered, 0, VB_BLOCK_QUANTILES * sizeof *covered);
    for (int set = 0; set < SETS; set++) {
        for (size_t process = 0; process < processes; process++) {
            const double pair = common * random_normal(&random);
            const double old = pair + own * random_normal(&random);
            const double new = log(1.1) + pair + own *random_normal(&random);
            for (size_t i = process * BLOCKS; i < (process + 1) * BLOCKS; i++) {
                old_ns[i] = 1000 * exp(old + 0.02 * random_normal(&random));
                new_ns[i] = 1000 * exp(new + 0.02 * random_normal(&random));
            }
        }
        const vb_block_quantile_changes found = compare(old_ns, new_ns, processes, BLOCKS, paired);
        assert_int_equal(found.count, VB_BLOCK_QUANTILES);
        for (size_t i = 0; i < VB_BLOCK_QUANTILES; i++)
            covered[i] += 100.0 / SETS * (found.items[i].low <= 0.1 && 0.1 <= found.items[i].high);
    }
}

/* Of 2000 sets a share of 95 has a standard error of 0.5. Student's t of either side, put together,
 * errs on the safe side. */
static void intervals_cover_the_change_in_about_95_of_100_sets(void **state)
{
    (void)state;
    static const struct {
        size_t processes;
        double common, own;
        bool paired;
    } cases[] = {{9, 0, 0.01, false},
                 {9, 0, 0.02, false},
                 {32, 0, 0.01, true},
                 {32, 0.02, 0.01, true},
                 {36, 0.02, 0, true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double covered[VB_BLOCK_QUANTILES];
        find_coverage(cases[i].processes, cases[i].common, cases[i].own, cases[i].paired, covered);
        for (size_t k = 0; k < VB_BLOCK_QUANTILES; k++)
            assert_between(covered[k], 93.5, 99);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_quantile_of_a_side_that_takes_twice_as_long_has_doubled),
        cmocka_unit_test(what_happens_to_few_blocks_moves_the_outer_quantile_alone),
        cmocka_unit_test(what_pairs_have_in_common_cancels_only_side_by_side),
        cmocka_unit_test(a_quantile_is_told_where_both_sides_have_blocks_beyond_it),
        cmocka_unit_test(one_process_a_side_has_changes_without_intervals),
        cmocka_unit_test(a_quantile_of_no_time_is_left_out_and_bounds_on_it_are_none),
        cmocka_unit_test(sides_that_never_vary_have_intervals_without_width),
        cmocka_unit_test(intervals_cover_the_change_in_about_95_of_100_sets),
    };
    return cmocka_run_group_tests_name("block_quantiles", tests, NULL, NULL);
}
