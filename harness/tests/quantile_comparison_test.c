/* Latencies in a comparison: one level for all that is claimed, the table, the gate, the JSON. */
#include "test_near.h"

#include "runner/sequential.h"
#include "test_paired_comparison.h"
#include "test_quantiles.h"

static const simulated_latencies steady = {{1000, 5000, 20000}, {0}, 0.001};

/* A case whose time stays as it is; its latencies as `how` says (NULL: none). */
static void add_latency_case(paired_sides *both, const char *name, const simulated_latencies *how,
                             uint64_t limit_ns)
{
    vb_paired_case *paired = add_case(both, name, &quiet);
    paired->stop = VB_STOP_BUDGET;
    both->new.items[both->new.count - 1].p99_limit_ns = limit_ns;
    if (how)
        add_quantiles(paired, &both->old.items[both->old.count - 1],
                      &both->new.items[both->new.count - 1], how, &both->random);
}

static void hypotheses_are_those_of_the_looks(void **state)
{
    (void)state;
    paired_sides both = {0};
    add_latency_case(&both, "time", NULL, 0);
    add_latency_case(&both, "latencies", &steady, 0);
    add_latency_case(&both, "limit", &steady, 6000);
    add_latency_case(&both, "limit_of_nothing", NULL, 6000);
    add_failed_case(&both, "failed", "new");
    compare_paired(&both);
    assert_int_equal(both.comparison.hypotheses, 1 + 4 + 5 + 1);
    assert_int_equal(both.comparison.hypotheses, vb_sequential_hypotheses(both.cases, both.count));
    assert_false(find_row(&both.comparison, "time")->has_quantiles);
    assert_true(find_row(&both.comparison, "latencies")->has_quantiles);
    assert_false(find_row(&both.comparison, "latencies")->has_limit);
    assert_true(find_row(&both.comparison, "limit")->has_limit);
    assert_false(find_row(&both.comparison, "limit_of_nothing")->has_limit);
    let_go_of_pairs(&both);
}

/* Nine claims, of which two hold at a ninth of the level, and none at a seventh: a time that is
 * equivalent, and a limit. */
static void claims_that_hold_leave_their_share_of_the_level_to_the_others(void **state)
{
    (void)state;
    paired_sides both = {0};
    simulated_latencies how = steady;
    how.change[VB_P99] = 0.2;
    add_latency_case(&both, "a", &steady, 0);
    add_latency_case(&both, "b", &how, 5000);
    compare_paired(&both);
    const vb_comparison_row *a = find_row(&both.comparison, "a");
    const vb_comparison_row *b = find_row(&both.comparison, "b");
    assert_int_equal(both.comparison.hypotheses, 9);
    assert_int_equal(b->quantiles[VB_P99].change.verdict, VB_REGRESSED);
    assert_int_equal(b->p99_limit.verdict, VB_LIMIT_EXCEEDED);
    assert_near(b->quantiles[VB_P99].change.level, 0.01 / 9, 1e-15);
    assert_near(b->quantiles[VB_P50].change.level, 0.01 / 7, 1e-15);
    assert_near(b->change.level, 0.01 / 7, 1e-15);
    assert_near(a->change.level, 0.01 / 7, 1e-15);
    assert_near(a->quantiles[VB_P99_9].change.level, 0.01 / 7, 1e-15);
    let_go_of_pairs(&both);
}

static void benchmarks_own_tolerance_counts_for_its_latencies(void **state)
{
    (void)state;
    paired_sides both = {0};
    simulated_latencies how = steady;
    how.noise = 0.03;
    add_latency_case(&both, "common", &how, 0);
    add_latency_case(&both, "lax", &how, 0);
    both.new.items[1].tolerance_percent = 10;
    compare_paired(&both);
    assert_int_equal(find_row(&both.comparison, "common")->quantiles[VB_P50].change.verdict,
                     VB_INCONCLUSIVE);
    assert_int_equal(find_row(&both.comparison, "lax")->quantiles[VB_P50].change.verdict,
                     VB_EQUIVALENT);
    let_go_of_pairs(&both);
}

/* The times are the same in all of them. */
static void comparison_fails_where_a_quantile_or_a_limit_does(void **state)
{
    (void)state;
    static const struct {
        double change;
        uint64_t limit_ns;
        double fail_above;
        bool fails;
    } cases[] = {
        {0, 0, 0, false},        {0.2, 0, 0, true},    {-0.2, 0, 0, false},
        {0.2, 0, 0.1, true},     {0.2, 0, 0.3, false}, {0.2, 5500, 0.3, true},
        {0.2, 7000, 0.3, false}, {0, 5000, 0, false}, /* undecided */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        paired_sides both = {0};
        simulated_latencies how = steady;
        const vb_gate gate = {.fail_above = cases[i].fail_above};
        how.change[VB_P99] = cases[i].change;
        add_latency_case(&both, "a", &how, cases[i].limit_ns);
        compare_paired(&both);
        assert_int_equal(find_row(&both.comparison, "a")->change.verdict, VB_EQUIVALENT);
        assert_int_equal(vb_comparison_fails(&both.comparison, &gate), cases[i].fails);
        let_go_of_pairs(&both);
    }
}

/* Old against itself is 3 % off. */
static void nothing_is_said_of_latencies_beside_a_bad_noise_floor(void **state)
{
    (void)state;
    paired_sides both = {0};
    simulated_latencies how = steady;
    how.change[VB_P99] = 0.2;
    how.change[VB_P50] = -0.2;
    add_latency_case(&both, "a", &how, 5000);
    for (int i = 0; i < 32; i++)
        *add_pair(&both.cases[0].floor) =
            (vb_process_pair){.log_ratio = 0.03 + 0.0001 * random_normal(&both.random)};
    compare_paired(&both);
    const vb_comparison_row *row = find_row(&both.comparison, "a");
    assert_true(both.comparison.floor.exceeded);
    for (size_t k = 0; k < VB_QUANTILES; k++)
        assert_int_equal(row->quantiles[k].change.verdict, VB_INCONCLUSIVE);
    assert_int_equal(row->p99_limit.verdict, VB_LIMIT_UNDECIDED);
    assert_false(vb_comparison_fails(&both.comparison, &test_gate));
    assert_int_equal(both.comparison.slower_latencies, 0);
    char *text = table_of(&both.comparison, false);
    assert_lacks(text, "  p99   ");
    assert_lacks(text, "latencies:");
    free(text);
    free(both.cases[0].floor.items);
    let_go_of_pairs(&both);
}

/* Of everything something. The names tell in which order they should stand. */
static void fill_everything(paired_sides *both)
{
    simulated_latencies slower = steady, faster = steady, few = steady;
    slower.change[VB_P99] = 0.2;
    slower.change[VB_P99_9] = -0.2;
    faster.change[VB_P50] = -0.1;
    few.old_ns[VB_P99] = few.old_ns[VB_P99_9] = 0;
    *both = (paired_sides){.random = 3};
    add_latency_case(both, "6 few", &few, 6000);
    add_latency_case(both, "4 better", &faster, 5500);
    add_latency_case(both, "3 beyond", &steady, 4000);
    add_latency_case(both, "2 worse", &slower, 6250);
    simulated how = quiet;
    how.change = 0.1;
    add_case(both, "1 slow", &how)->stop = VB_STOP_DECIDED;
    add_failed_case(both, "5 broken", "new");
    compare_paired(both);
}

static void table_names_latencies_below_their_row(void **state)
{
    (void)state;
    static const char expected[] =
        "benchmark        old      new   change                    verdict\n"
        "1 slow        100 ns   111 ns  +10.5 %  (+10.5 to +10.5)  regressed\n"
        "2 worse       100 ns   100 ns  +0.00 %  (+0.00 to +0.00)  equivalent\n"
        "  p99        5.00 \xC2\xB5s  6.11 \xC2\xB5s  +22.1 %  (+21.4 to +22.8)  regressed\n"
        "  p99.9      20.0 \xC2\xB5s  16.4 \xC2\xB5s  -18.1 %  (-18.5 to -17.7)  improved\n"
        "3 beyond      100 ns   100 ns  +0.00 %  (+0.00 to +0.00)  equivalent\n"
        "  p99 limit  4.00 \xC2\xB5s exceeded: the new p99 is 4.98 \xC2\xB5s to 5.01 \xC2\xB5s\n"
        "4 better      100 ns   100 ns  +0.00 %  (+0.00 to +0.00)  equivalent\n"
        "  p50        1.00 \xC2\xB5s   905 ns  -9.54 %  (-9.92 to -9.16)  improved\n"
        "5 broken     FAILED: it crashed\n"
        "6 few         100 ns   100 ns  +0.00 %  (+0.00 to +0.00)  equivalent\n"
        "  p99 limit  6.00 \xC2\xB5s undecided: too few samples\n"
        "\n"
        "1 regressed, 0 improved, 4 equivalent, 0 inconclusive, 1 not compared; latencies: 1 "
        "regressed, 2 improved, 1 above its p99 limit.\n";
    paired_sides both;
    fill_everything(&both);
    char *text = table_of(&both.comparison, false);
    assert_has(text, expected);
    free(text);
    let_go_of_pairs(&both);
}

static void table_of_all_has_the_latencies_that_have_not_changed(void **state)
{
    (void)state;
    paired_sides both;
    fill_everything(&both);
    char *text = table_of(&both.comparison, true);
    assert_has(text, "\n  p50        1.00 \xC2\xB5s");
    assert_has(text, "\n  p99        too few samples\n  p99.9      too few samples\n");
    assert_has(text, "\n  p99 limit  5.50 \xC2\xB5s kept: the new p99 is ");
    free(text);
    let_go_of_pairs(&both);
}

/* Rows whose times are equivalent are hidden, but where their latencies have changed. */
static void rows_whose_latencies_have_changed_are_not_hidden(void **state)
{
    (void)state;
    paired_sides both = {0};
    simulated_latencies slower = steady;
    slower.change[VB_P99_9] = 0.2;
    for (int i = 0; i <= VB_ROWS_MAX; i++)
        add_latency_case(&both, (const char[]){(char)('a' + i), '\0'},
                         i == 2   ? &slower
                         : i == 3 ? &steady
                                  : NULL,
                         i == 3 ? 1000 : 0);
    compare_paired(&both);
    char *text = table_of(&both.comparison, false);
    assert_has(text, "\nc ");
    assert_has(text, "\n  p99.9 ");
    assert_has(text, "\nd ");
    assert_has(text, "\n  p99 limit ");
    assert_lacks(text, "\nb ");
    assert_has(text,
               "\n0 regressed, 0 improved; latencies: 1 regressed, 0 improved, 1 above its p99 "
               "limit.\n9 others: 9 equivalent, 0 inconclusive; --all lists them.\n");
    free(text);
    let_go_of_pairs(&both);
}

static void result_has_quantiles_and_limits(void **state)
{
    (void)state;
    static const double shares[] = {0.5, 0.99, 0.999};
    static const char *const verdicts[] = {"equivalent", "regressed", "improved"};
    paired_sides both;
    fill_everything(&both);
    json_t *object = written_and_read(&both.comparison, &both.new);
    const json_t *written = row_named(object, "2 worse");
    const vb_comparison_row *row = find_row(&both.comparison, "2 worse");
    const json_t *quantiles = json_object_get(written, "quantiles");
    assert_int_equal(json_array_size(quantiles), 3);
    for (size_t k = 0; k < VB_QUANTILES; k++) {
        const json_t *one = json_array_get(quantiles, k);
        const vb_change *change = &row->quantiles[k].change;
        assert_int_equal(json_object_size(one), 8);
        assert_near(number_at(one, "quantile"), shares[k], 0);
        assert_near(number_at(one, "old_ns"), change->old_ns, 1e-4);
        assert_near(number_at(one, "new_ns"), change->new_ns, 1e-4);
        assert_near(number_at(one, "change_percent"), 100 * change->estimate, 1e-7);
        assert_near(number_at(one, "change_low_percent"), 100 * change->low, 1e-7);
        assert_near(number_at(one, "change_high_percent"), 100 * change->high, 1e-7);
        assert_near(number_at(one, "level_percent"), 100 * change->level, 1e-9);
        assert_string_equal(text_at(one, "verdict"), verdicts[k]);
    }
    const json_t *limit = json_object_get(row_named(object, "3 beyond"), "p99_limit");
    row = find_row(&both.comparison, "3 beyond");
    assert_int_equal(json_object_size(limit), 5);
    assert_near(number_at(limit, "limit_ns"), 4000, 0);
    assert_near(number_at(limit, "p99_ns"), row->p99_limit.p99_ns, 1e-4);
    assert_near(number_at(limit, "p99_low_ns"), row->p99_limit.low_ns, 1e-4);
    assert_near(number_at(limit, "p99_high_ns"), row->p99_limit.high_ns, 1e-4);
    assert_string_equal(text_at(limit, "verdict"), "exceeded");
    json_decref(object);
    let_go_of_pairs(&both);
}

static void result_says_where_there_is_nothing_to_judge(void **state)
{
    (void)state;
    paired_sides both;
    fill_everything(&both);
    json_t *object = written_and_read(&both.comparison, &both.new);
    const json_t *few = row_named(object, "6 few"), *none = row_named(object, "1 slow");
    const json_t *last = json_array_get(json_object_get(few, "quantiles"), 2);
    assert_int_equal(json_object_size(last), 2);
    assert_near(number_at(last, "quantile"), 0.999, 0);
    assert_string_equal(text_at(last, "reason"), "too few samples");
    assert_string_equal(text_at(json_object_get(few, "p99_limit"), "verdict"), "undecided");
    assert_true(json_is_null(json_object_get(json_object_get(few, "p99_limit"), "p99_ns")));
    assert_int_equal(json_array_size(json_object_get(none, "quantiles")), 0);
    assert_true(json_is_array(json_object_get(none, "quantiles")));
    assert_true(json_is_null(json_object_get(none, "p99_limit")));
    json_decref(object);
    let_go_of_pairs(&both);
}

static void running_out_of_memory_is_told_and_leaks_nothing(void **state)
{
    (void)state;
    paired_sides both = {0};
    add_latency_case(&both, "a", &steady, 6000);
    assert_want_of_memory_is_told(&both);
    let_go_of_pairs(&both);
}

static void json_without_memory_is_never_taken_for_whole(void **state)
{
    (void)state;
    paired_sides both;
    fill_everything(&both);
    assert_json_is_whole_or_its_lack_noted(&both.comparison);
    let_go_of_pairs(&both);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hypotheses_are_those_of_the_looks),
        cmocka_unit_test(claims_that_hold_leave_their_share_of_the_level_to_the_others),
        cmocka_unit_test(benchmarks_own_tolerance_counts_for_its_latencies),
        cmocka_unit_test(comparison_fails_where_a_quantile_or_a_limit_does),
        cmocka_unit_test(nothing_is_said_of_latencies_beside_a_bad_noise_floor),
        cmocka_unit_test(table_names_latencies_below_their_row),
        cmocka_unit_test(table_of_all_has_the_latencies_that_have_not_changed),
        cmocka_unit_test(rows_whose_latencies_have_changed_are_not_hidden),
        cmocka_unit_test(result_has_quantiles_and_limits),
        cmocka_unit_test(result_says_where_there_is_nothing_to_judge),
        cmocka_unit_test(running_out_of_memory_is_told_and_leaks_nothing),
        cmocka_unit_test(json_without_memory_is_never_taken_for_whole),
    };
    return cmocka_run_group_tests_name("quantile_comparison", tests, NULL, NULL);
}
