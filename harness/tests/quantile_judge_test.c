/* The judge of latencies: by hand, and by simulation of whole processes. */
#include "test_near.h"

#include "runner/paired_judge.h"
#include "test_quantiles.h"

#include <stdio.h>

static const vb_change_rules rules = {.level = 0.01, .min_effect = 0.0025, .tolerance = 0.01};

/* A case with its two benchmarks. */
typedef struct {
    vb_benchmark old, new;
    vb_paired_case paired;
} latency_case;

static void make_case(latency_case *made, const simulated_latencies *how, size_t cycles,
                      uint64_t *random)
{
    const simulated times = {.cycles = cycles, .base_ns = 100};
    *made = (latency_case){0};
    simulate(&times, &made->paired, random);
    made->paired.old = &made->old;
    made->paired.new = &made->new;
    add_quantiles(&made->paired, &made->old, &made->new, how, random);
}

static void free_case(latency_case *made)
{
    free_pairs(&made->paired);
    vb_histogram_free(made->old.latencies);
    vb_histogram_free(made->new.latencies);
}

static vb_quantile_change judged(const latency_case *made, size_t quantile)
{
    vb_quantile_change found;
    assert_int_equal(vb_quantile_judge(&made->paired, quantile, &rules, &found), 0);
    return found;
}

static vb_limit_check checked(latency_case *made, uint64_t limit_ns)
{
    vb_limit_check found;
    made->new.p99_limit_ns = limit_ns;
    assert_int_equal(vb_quantile_check_limit(&made->paired, &rules, &found), 0);
    assert_near(found.limit_ns, (double)limit_ns, 0);
    return found;
}

static void each_quantile_is_judged_by_itself(void **state)
{
    (void)state;
    static const simulated_latencies how = {{1000, 5000, 20000}, {0, 0.2, -0.1}, 0.002};
    static const vb_verdict expected[] = {VB_EQUIVALENT, VB_REGRESSED, VB_IMPROVED};
    uint64_t random = 1;
    latency_case made;
    make_case(&made, &how, 8, &random);
    assert_true(vb_quantile_claims(&made.paired) > 0);
    for (size_t k = 0; k < VB_QUANTILES; k++) {
        const vb_quantile_change found = judged(&made, k);
        assert_null(found.reason);
        assert_int_equal(found.change.verdict, expected[k]);
        assert_near(log1p(found.change.estimate), how.change[k], 0.005);
        assert_near(found.change.old_ns / how.old_ns[k], 1, 0.005);
        assert_near(found.change.new_ns / found.change.old_ns - 1, found.change.estimate, 1e-12);
        assert_near(found.change.level, rules.level, 0);
        assert_true(found.change.low < found.change.estimate);
        assert_true(found.change.high > found.change.estimate);
    }
    free_case(&made);
}

static void quantile_that_one_process_does_not_know_is_not_judged(void **state)
{
    (void)state;
    static const simulated_latencies how = {{1000, 5000, 20000}, {0}, 0.002};
    uint64_t random = 2;
    for (int side = 0; side < VB_SIDES; side++) {
        latency_case made;
        make_case(&made, &how, 8, &random);
        made.paired.pairs.items[17].quantiles_ns[side][VB_P99_9] = 0;
        assert_null(judged(&made, VB_P99).reason);
        assert_string_equal(judged(&made, VB_P99_9).reason, "too few samples");
        free_case(&made);
    }
}

static void pairs_of_an_unfinished_cycle_do_not_count(void **state)
{
    (void)state;
    static const simulated_latencies how = {{1000, 5000, 20000}, {0}, 0.002};
    uint64_t random = 3;
    latency_case made;
    make_case(&made, &how, 8, &random);
    const vb_quantile_change whole = judged(&made, VB_P99);
    const vb_limit_check limit = checked(&made, 5000);
    *add_pair(&made.paired.pairs) = (vb_process_pair){.cycle = 8, .new_layout = 3};
    const vb_quantile_change more = judged(&made, VB_P99);
    assert_near(more.change.old_ns, whole.change.old_ns, 0);
    assert_near(more.change.estimate, whole.change.estimate, 0);
    assert_near(more.change.low, whole.change.low, 0);
    assert_near(more.change.high, whole.change.high, 0);
    const vb_limit_check again = checked(&made, 5000);
    assert_near(again.low_ns, limit.low_ns, 0);
    assert_near(again.high_ns, limit.high_ns, 0);
    free_case(&made);
}

static void old_side_without_latencies_is_told(void **state)
{
    (void)state;
    static const simulated_latencies how = {{0}, {0}, 0};
    uint64_t random = 4;
    latency_case made;
    make_case(&made, &how, 8, &random);
    vb_histogram_free(made.old.latencies);
    made.old.latencies = NULL;
    assert_true(vb_quantile_claims(&made.paired) > 0);
    assert_string_equal(judged(&made, VB_P50).reason, "the old side recorded no latencies");
    vb_histogram_free(made.new.latencies);
    made.new.latencies = NULL;
    assert_false(vb_quantile_claims(&made.paired) > 0);
    free_case(&made);
}

static void tolerance_is_two_percent_at_least(void **state)
{
    (void)state;
    static const struct {
        double change, tolerance;
        vb_verdict verdict;
    } expected[] = {{0.012, 0.01, VB_EQUIVALENT},
                    {0.012, 0, VB_EQUIVALENT},
                    {0.018, 0.01, VB_INCONCLUSIVE},
                    {0.018, 0.04, VB_EQUIVALENT},
                    {0.03, 0.04, VB_EQUIVALENT}};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        simulated_latencies how = {{1000, 10000, 20000}, {0}, 0};
        uint64_t random = 5;
        latency_case made;
        vb_change_rules own = rules;
        vb_quantile_change found;
        own.tolerance = expected[i].tolerance;
        own.min_effect = 0.05; /* nothing here is a regression */
        how.change[VB_P99] = expected[i].change;
        make_case(&made, &how, 8, &random);
        assert_int_equal(vb_quantile_judge(&made.paired, VB_P99, &own, &found), 0);
        assert_int_equal(found.change.verdict, expected[i].verdict);
        free_case(&made);
    }
}

/* All processes say the same, and still nothing is known better than to half a bucket a side. */
static void no_interval_is_narrower_than_the_buckets(void **state)
{
    (void)state;
    static const struct {
        double old_ns, new_ns;
        vb_verdict verdict;
    } expected[] = {
        {20, 20, VB_INCONCLUSIVE}, /* 1 ns is 5 % of it */
        {20, 21, VB_INCONCLUSIVE}, /* 20.9 and 21.1 look like this */
        {20, 22, VB_REGRESSED},      {22, 20, VB_IMPROVED},    {200, 200, VB_EQUIVALENT},
        {200, 201, VB_EQUIVALENT},   {200, 202, VB_REGRESSED}, {1, 1, VB_INCONCLUSIVE},
        {1030, 1037, VB_EQUIVALENT}, /* a bucket is 8 ns wide */
        {1030, 1040, VB_REGRESSED},
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        const double log_change = log(expected[i].new_ns / expected[i].old_ns);
        const simulated_latencies how = {{expected[i].old_ns}, {log_change}, 0};
        uint64_t random = 6;
        latency_case made;
        make_case(&made, &how, 8, &random);
        const vb_change change = judged(&made, VB_P50).change;
        assert_int_equal(change.verdict, expected[i].verdict);
        const double half = vb_quantile_step_ns(expected[i].old_ns) / expected[i].old_ns / 2 +
                            vb_quantile_step_ns(expected[i].new_ns) / expected[i].new_ns / 2;
        assert_near(log1p(change.high), log_change + half, 1e-9);
        assert_near(log1p(change.low), log_change - half, 1e-9);
        free_case(&made);
    }
}

static void too_few_cycles_have_no_interval(void **state)
{
    (void)state;
    static const simulated_latencies how = {{1000, 5000, 20000}, {1, 1, 1}, 0};
    uint64_t random = 7;
    latency_case made;
    make_case(&made, &how, 3, &random);
    const vb_quantile_change found = judged(&made, VB_P99);
    assert_null(found.reason);
    assert_true(isnan(found.change.low) && isnan(found.change.high));
    assert_int_equal(found.change.verdict, VB_INCONCLUSIVE);
    assert_int_equal(checked(&made, 1).verdict, VB_LIMIT_UNDECIDED);
    assert_true(isnan(checked(&made, 1).low_ns));
    assert_near(checked(&made, 1).p99_ns, 5000 * exp(1), 1e-6);
    free_case(&made);
}

static void what_is_a_billion_times_the_other_is_no_change(void **state)
{
    (void)state;
    static const simulated_latencies how = {{1, 1, 1}, {0, 21, 0}, 0};
    uint64_t random = 8;
    latency_case made;
    make_case(&made, &how, 8, &random);
    assert_string_equal(judged(&made, VB_P99).reason, "one side's is a billion times the other's");
    assert_null(judged(&made, VB_P50).reason);
    free_case(&made);
}

static void limit_is_kept_exceeded_or_undecided(void **state)
{
    (void)state;
    static const simulated_latencies how = {{1000, 4000, 20000}, {0, 0.223143551, 0}, 0.01};
    static const struct {
        uint64_t limit_ns;
        vb_limit_verdict verdict;
        const char *name;
    } expected[] = {{4500, VB_LIMIT_EXCEEDED, "exceeded"},
                    {5000, VB_LIMIT_UNDECIDED, "undecided"},
                    {5500, VB_LIMIT_KEPT, "kept"}};
    uint64_t random = 9;
    latency_case made;
    make_case(&made, &how, 8, &random);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        const vb_limit_check found = checked(&made, expected[i].limit_ns);
        assert_int_equal(found.verdict, expected[i].verdict);
        assert_string_equal(vb_limit_verdict_name(found.verdict), expected[i].name);
        assert_near(found.p99_ns, 5000, 25);
        assert_true(found.low_ns < found.p99_ns && found.p99_ns < found.high_ns);
        assert_true(found.high_ns < 5500 && found.low_ns > 4500);
    }
    free_case(&made);
}

/* Rare slow ones, of which the mean of all is 7 % more. */
static void limit_is_for_the_process_in_the_middle(void **state)
{
    (void)state;
    static const simulated_latencies how = {{1000, 4000, 20000}, {0}, 0.001};
    uint64_t random = 13;
    latency_case made;
    make_case(&made, &how, 8, &random);
    for (size_t i = 0; i < made.paired.pairs.count; i += 10)
        made.paired.pairs.items[i].quantiles_ns[VB_NEW][VB_P99] *= 2;
    const vb_limit_check found = checked(&made, 4080);
    assert_int_equal(found.verdict, VB_LIMIT_KEPT);
    assert_near(found.p99_ns, 4000, 20);
    free_case(&made);
}

/* Half of the processes lie close below it, the others anywhere above; and the same layouts are
 * visited again and again. */
static void limit_at_the_middle_of_a_skewed_p99_is_seldom_decided(void **state)
{
    (void)state;
    static const simulated_latencies how = {{1000, 4000, 20000}, {0}, 0.0001};
    static const size_t cycles[] = {4, 8, 40};
    enum { CASES = 1000 };
    uint64_t random = 14;
    for (size_t c = 0; c < sizeof cycles / sizeof *cycles; c++) {
        int decided = 0;
        for (int i = 0; i < CASES; i++) {
            latency_case made;
            make_case(&made, &how, cycles[c], &random);
            for (size_t k = 0; k < made.paired.pairs.count; k++) {
                const double share = (double)random_below(&random, 1000000) / 1e6;
                made.paired.pairs.items[k].quantiles_ns[VB_NEW][VB_P99] =
                    share < 0.5 ? 4500 + 1000 * share : 5000 * exp(8 * (share - 0.5));
            }
            decided += checked(&made, 5000).verdict != VB_LIMIT_UNDECIDED;
            free_case(&made);
        }
        assert_true(decided <= CASES * 0.01 + 3 * sqrt(CASES * 0.01));
    }
}

/* It bounds new alone: it counts even where old recorded nothing, and where new has become better.
 */
static void limit_does_not_ask_for_the_old_side(void **state)
{
    (void)state;
    static const simulated_latencies how = {{1000, 9000, 20000}, {0, -0.1, 0}, 0.001};
    uint64_t random = 10;
    latency_case made;
    make_case(&made, &how, 8, &random);
    for (size_t i = 0; i < made.paired.pairs.count; i++)
        made.paired.pairs.items[i].quantiles_ns[VB_OLD][VB_P99] = 0;
    assert_int_equal(checked(&made, 7000).verdict, VB_LIMIT_EXCEEDED);
    made.paired.pairs.items[0].quantiles_ns[VB_NEW][VB_P99] = 0;
    const vb_limit_check found = checked(&made, 7000);
    assert_int_equal(found.verdict, VB_LIMIT_UNDECIDED);
    assert_true(isnan(found.p99_ns) && isnan(found.low_ns) && isnan(found.high_ns));
    free_case(&made);
}

/* A limit lies within the bucket of what was measured: that much is not known. */
static void limit_within_the_bucket_is_undecided(void **state)
{
    (void)state;
    static const simulated_latencies how = {{1000, 1000, 1000}, {0}, 0};
    static const struct {
        uint64_t limit_ns;
        vb_limit_verdict verdict;
    } expected[] = {{990, VB_LIMIT_EXCEEDED},
                    {999, VB_LIMIT_UNDECIDED},
                    {1001, VB_LIMIT_UNDECIDED},
                    {1010, VB_LIMIT_KEPT}};
    uint64_t random = 11;
    latency_case made;
    make_case(&made, &how, 8, &random);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        assert_int_equal(checked(&made, expected[i].limit_ns).verdict, expected[i].verdict);
    free_case(&made);
}

static void limits_of_an_hour_and_of_a_nanosecond_are_judged(void **state)
{
    (void)state;
    static const double extremes_ns[] = {1, 3.6e12};
    for (size_t i = 0; i < 2; i++) {
        const simulated_latencies how = {{0, extremes_ns[i], 0}, {0}, 0};
        uint64_t random = 12;
        latency_case made;
        make_case(&made, &how, 8, &random);
        const vb_limit_check found = checked(&made, 1000);
        assert_int_equal(found.verdict, i == 0 ? VB_LIMIT_KEPT : VB_LIMIT_EXCEEDED);
        assert_near(found.p99_ns / extremes_ns[i], 1, 1e-9);
        free_case(&made);
    }
}

/* ---- whole processes: latencies drawn, recorded by a coarse clock, summed up, judged ---- */

enum { POOL = 400, SAMPLES = 20000, COMPARISONS = 1000, CYCLES = 8 };

typedef struct {
    double middle_ns;
    double sigma;      /* of the logarithms */
    double tail_share; /* so many are drawn from a tail without a variance */
    uint64_t tick_ns;
} latency_kind;

static double draw_latency(const latency_kind *kind, uint64_t *random)
{
    double ns = kind->middle_ns * exp(kind->sigma * random_normal(random));
    if (kind->tail_share > 0) {
        double u = ((double)(random_next(random) >> 11) + 1) / 9007199254740993.0;
        if (u < kind->tail_share)
            ns *= 4 * pow(u / kind->tail_share, -1 / 1.5); /* Pareto: no variance */
    }
    return ns;
}

/* What one process knows. Its place in memory or the like makes all that it does slower by some
 * percent; and what its tail has (beyond 3 times the middle) is longer by `shift`. */
static void simulate_process(const latency_kind *kind, double shift, uint64_t *random,
                             double quantiles_ns[VB_QUANTILES])
{
    static vb_histogram histogram;
    const double process = exp(0.01 * random_normal(random));
    vb_histogram_init(&histogram);
    for (int i = 0; i < SAMPLES; i++) {
        double ns = draw_latency(kind, random);
        ns *= ns > 3 * kind->middle_ns ? process * shift : process;
        vb_histogram_record(&histogram, (uint64_t)ns / kind->tick_ns * kind->tick_ns);
    }
    vb_quantiles_take(&histogram, quantiles_ns);
}

typedef double process_pool[POOL][VB_QUANTILES];

/* How often each quantile got each verdict, in comparisons of processes from the two pools. */
static void count_verdicts(process_pool old, process_pool new, uint64_t *random,
                           size_t counts[VB_QUANTILES][VB_VERDICTS])
{
    static const simulated_latencies none;
    latency_case made;
    make_case(&made, &none, CYCLES, random);
    memset(counts, 0, VB_QUANTILES * sizeof *counts);
    for (int i = 0; i < COMPARISONS; i++) {
        for (size_t k = 0; k < made.paired.pairs.count; k++) {
            vb_process_pair *pair = &made.paired.pairs.items[k];
            memcpy(pair->quantiles_ns[VB_OLD], old[random_below(random, POOL)], sizeof *old);
            memcpy(pair->quantiles_ns[VB_NEW], new[random_below(random, POOL)], sizeof *new);
        }
        for (size_t k = 0; k < VB_QUANTILES; k++) {
            const vb_quantile_change found = judged(&made, k);
            assert_null(found.reason);
            counts[k][found.change.verdict]++;
        }
    }
    free_case(&made);
}

static void fill_pool(const latency_kind *kind, double shift, uint64_t *random, process_pool pool)
{
    for (int i = 0; i < POOL; i++)
        simulate_process(kind, shift, random, pool[i]);
}

static const latency_kind kinds[] = {
    {.middle_ns = 400, .sigma = 0.4, .tick_ns = 1},
    {.middle_ns = 400, .sigma = 0.4, .tick_ns = 20},
    {.middle_ns = 400, .sigma = 0.1, .tail_share = 0.03, .tick_ns = 1},
    {.middle_ns = 400, .sigma = 0.1, .tail_share = 0.03, .tick_ns = 20},
    {.middle_ns = 20.6, .sigma = 0.02, .tail_share = 0.03, .tick_ns = 1}, /* most are equal */
    {.middle_ns = 59, .sigma = 0.02, .tail_share = 0.03, .tick_ns = 20},
};
static const size_t kind_count = sizeof kinds / sizeof *kinds;

/* Level 1 %: 1000 comparisons may have 10, and by chance 20 (Poisson: 1 in 600). */
static void same_latencies_are_called_changed_no_more_often_than_the_level_says(void **state)
{
    (void)state;
    enum { FALSE_MAX = 20 };
    static process_pool pool;
    for (size_t i = 0; i < kind_count; i++) {
        uint64_t random = 13 + i;
        size_t counts[VB_QUANTILES][VB_VERDICTS];
        fill_pool(&kinds[i], 1, &random, pool);
        count_verdicts(pool, pool, &random, counts);
        for (size_t k = 0; k < VB_QUANTILES; k++) {
            print_message("%g ns, sigma %g, tail %g, tick %d ns, %s: %zu regressed, %zu improved, "
                          "%zu equivalent\n",
                          kinds[i].middle_ns, kinds[i].sigma, kinds[i].tail_share,
                          (int)kinds[i].tick_ns, vb_quantile_names[k], counts[k][VB_REGRESSED],
                          counts[k][VB_IMPROVED], counts[k][VB_EQUIVALENT]);
            assert_true(counts[k][VB_REGRESSED] + counts[k][VB_IMPROVED] <= FALSE_MAX);
        }
    }
}

static void tail_that_is_longer_by_five_percent_is_found_in_p99_alone(void **state)
{
    (void)state;
    static process_pool old, new;
    const latency_kind *const kind = &kinds[0];
    latency_kind wide = *kind;
    uint64_t random = 17;
    size_t counts[VB_QUANTILES][VB_VERDICTS];
    wide.sigma = 0.5; /* so that p99 lies beyond 3 times the middle */
    fill_pool(&wide, 1, &random, old);
    fill_pool(&wide, 1.05, &random, new);
    count_verdicts(old, new, &random, counts);
    print_message("p50: %zu changed; p99: %zu regressed; p99.9: %zu regressed\n",
                  counts[VB_P50][VB_REGRESSED] + counts[VB_P50][VB_IMPROVED],
                  counts[VB_P99][VB_REGRESSED], counts[VB_P99_9][VB_REGRESSED]);
    assert_true(counts[VB_P50][VB_REGRESSED] + counts[VB_P50][VB_IMPROVED] <= 20);
    assert_true(counts[VB_P99][VB_REGRESSED] > 950);
    assert_true(counts[VB_P99_9][VB_REGRESSED] > 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_quantile_is_judged_by_itself),
        cmocka_unit_test(quantile_that_one_process_does_not_know_is_not_judged),
        cmocka_unit_test(pairs_of_an_unfinished_cycle_do_not_count),
        cmocka_unit_test(old_side_without_latencies_is_told),
        cmocka_unit_test(tolerance_is_two_percent_at_least),
        cmocka_unit_test(no_interval_is_narrower_than_the_buckets),
        cmocka_unit_test(too_few_cycles_have_no_interval),
        cmocka_unit_test(what_is_a_billion_times_the_other_is_no_change),
        cmocka_unit_test(limit_is_kept_exceeded_or_undecided),
        cmocka_unit_test(limit_is_for_the_process_in_the_middle),
        cmocka_unit_test(limit_at_the_middle_of_a_skewed_p99_is_seldom_decided),
        cmocka_unit_test(limit_does_not_ask_for_the_old_side),
        cmocka_unit_test(limit_within_the_bucket_is_undecided),
        cmocka_unit_test(limits_of_an_hour_and_of_a_nanosecond_are_judged),
        cmocka_unit_test(same_latencies_are_called_changed_no_more_often_than_the_level_says),
        cmocka_unit_test(tail_that_is_longer_by_five_percent_is_found_in_p99_alone),
    };
    return cmocka_run_group_tests_name("quantile_judge", tests, NULL, NULL);
}
