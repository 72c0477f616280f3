/* What a comparison side by side says: its table, and its JSON. */
#include "test_near.h"

#include "common/text.h"
#include "test_paired_comparison.h"

static void table_is_as_it_should_be(void **state)
{
    (void)state;
    static const char expected[] =
        "Old: baselines/before.json, archived 2026-11-21 15:28 UTC at commit 255894d628\n"
        "New: build/release/bin\n"
        "Side by side, up to 32 layouts a side; if nothing had changed, at most 1 % of runs "
        "would name any change.\n"
        "One CPU only: vbench shares it with what it measures.\n"
        "\n"
        "benchmark                                          old      new   change                  "
        "  verdict\n"
        "orderbook_cas_pressure/single_level/4_threads  43.4 ns  59.1 ns  +36.2 %  (+35.7 to "
        "+36.7)  regressed, benchmark changed\n"
        "ring_buffer/push_pop/64                        12.9 ns  14.0 ns  +8.44 %  (+7.86 to "
        "+9.04)  regressed\n"
        "ring_buffer/push_pop/4096                      6.18 ns  4.19 ns  -32.2 %  (-32.8 to "
        "-31.7)  improved\n"
        "ring_spsc_cross_thread                         FAILED: it crashed\n"
        "ring_spsc_cross_core                           the old one failed: it hung\n"
        "ring_buffer/peek                               added: the old side does not have it\n"
        "ring_buffer/old_peek                           removed: only the old side has it\n"
        "\n"
        "2 regressed, 1 improved, 4 not compared.\n"
        "25 others: 17 equivalent, 8 inconclusive; --all lists them.\n"
        "orderbook_update/bid: the two builds as they are differ by +15.0 %, over 32 layouts by "
        "-0.08 %: the rest is luck of placement; the build at hand is 11.5 % slower than its "
        "average layout\n"
        "statistics_add/packed/5: the build at hand is 3.62 % faster than its average layout\n"
        "statistics_add/packed/7: the build at hand is 3.50 % faster than its average layout\n"
        "statistics_add/packed/10: the build at hand is 3.42 % faster than its average layout\n"
        "statistics_add/packed/9: the build at hand is 3.40 % faster than its average layout\n"
        "Placement matters to 15 more; the result and the report have them.\n"
        "warning: ring_bulk_throughput/10M_ops, ring_bulk_throughput/1M_ops: one layout only, so "
        "luck of placement counts as change\n"
        "warning: bundle_cycle_with_tsc: alternating costs +12.0 %: old and new share the cache\n";
    paired_sides both;
    fill_sample(&both);
    compare_paired(&both);
    char *text = table_of(&both.comparison, false);
    assert_string_equal(text, expected);
    free(text);
    let_go_of_pairs(&both);
}

/* `count` equal ones and a slower one. */
static void fill_many(paired_sides *both, int count)
{
    *both = (paired_sides){0};
    simulated how = quiet;
    for (int i = 0; i < count; i++) {
        char name[16];
        snprintf(name, sizeof name, "same/%d", i);
        add_case(both, name, &how);
    }
    how.change = 0.1;
    add_case(both, "slower", &how);
    compare_paired(both);
}

static void table_of_more_than_ten_rows_names_only_what_needs_attention(void **state)
{
    (void)state;
    static const struct {
        int count;
        bool all;
        size_t named;
    } cases[] = {
        {VB_ROWS_MAX - 1, false, VB_ROWS_MAX - 1}, {VB_ROWS_MAX, false, 0}, {20, true, 20}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        paired_sides both;
        fill_many(&both, cases[i].count);
        char *text = table_of(&both.comparison, cases[i].all);
        assert_int_equal(count_of(text, "\nsame/"), cases[i].named);
        assert_int_equal(count_of(text, "\nslower "), 1);
        if (cases[i].named > 0)
            assert_has(text, " equivalent, 0 inconclusive.\n");
        else
            assert_has(text, "\n1 regressed, 0 improved.\n"
                             "10 others: 10 equivalent, 0 inconclusive; --all lists them.\n");
        free(text);
        let_go_of_pairs(&both);
    }
}

static void table_without_any_row_to_show_says_so(void **state)
{
    (void)state;
    paired_sides both = {0};
    for (int i = 0; i <= VB_ROWS_MAX; i++)
        add_case(&both, (const char[]){(char)('a' + i), '\0'}, &quiet);
    compare_paired(&both);
    char *text = table_of(&both.comparison, false);
    assert_has(text, "\n\nNothing has changed as far as can be seen.\n\n0 regressed, 0 improved.\n"
                     "11 others: 11 equivalent, 0 inconclusive; --all lists them.\n");
    free(text);
    let_go_of_pairs(&both);
}

static void rows_with_one_layout_are_joined_by_their_reason(void **state)
{
    (void)state;
    vb_layouts no_recipe = {.reason = "no recipe lies beside the suite"};
    vb_layouts linked = {0};
    paired_sides both = {0};
    simulated how = quiet;
    fill_layouts(&linked);
    linked.reason = "two functions do not move";
    add_case(&both, "a", &how)->old_layouts = &linked; /* of several layouts: no warning */
    how.natural_only = true;
    add_case(&both, "b", &how)->old_layouts = &no_recipe;
    both.cases[1].new_layouts = &linked;
    add_case(&both, "c", &how);
    add_case(&both, "d", &how)->new_layouts = &no_recipe;
    both.cases[3].old_layouts = &linked;
    add_case(&both, "e", &how)->new_layouts = &no_recipe;
    compare_paired(&both);
    char *text = table_of(&both.comparison, true);
    assert_has(text, "\nwarning: b, d and 1 more: one layout only, so luck of placement counts as "
                     "change: no recipe lies beside the suite\n");
    assert_has(text, "\nwarning: c: one layout only, so luck of placement counts as change\n");
    assert_int_equal(count_of(text, "one layout only"), 2);
    assert_has(text, "Side by side, up to 32 layouts a side; ");
    assert_string_equal(vb_comparison_layout_reason(find_row(&both.comparison, "a")->paired),
                        "two functions do not move");
    assert_null(vb_comparison_layout_reason(find_row(&both.comparison, "c")->paired));
    free(text);
    free_layouts(&linked);
    let_go_of_pairs(&both);
}

static void sharing_of_the_cache_is_told_of_five_rows_at_most(void **state)
{
    (void)state;
    paired_sides both = {0};
    for (int i = 0; i < 7; i++)
        add_case(&both, (const char[]){(char)('a' + i), '\0'}, &quiet)->cache_shared =
            i < 6 ? 0.1 : 0;
    compare_paired(&both);
    char *text = table_of(&both.comparison, true);
    assert_int_equal(count_of(text, "alternating costs +10.0 %: old and new share the cache\n"), 5);
    assert_has(text, "\nwarning: 1 more share the cache\n");
    free(text);
    let_go_of_pairs(&both);
}

static void placement_is_told_where_it_would_have_misled(void **state)
{
    (void)state;
    static const struct {
        double old_natural, new_natural, noise;
        const char *told; /* NULL: nothing */
    } cases[] = {
        {-0.05, 0.05, 1e-6,
         "a: the two builds as they are differ by +10.5 %, over 32 layouts by +0.00 %: the rest is "
         "luck of placement; the build at hand is 5.13 % slower than its average layout\n"},
        {0.05, 0, 1e-6,
         "a: the two builds as they are differ by -4.88 %, over 32 layouts by +0.00 %: the rest is "
         "luck of placement\n"},
        {-0.05, -0.05, 1e-6, "\na: the build at hand is 4.88 % faster than its average layout\n"},
        {-0.004, 0.004, 0.00001, NULL}, /* too little */
        {-0.05, 0.05, 0.2, NULL},       /* not sure */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        paired_sides both = {.random = 1};
        simulated how = quiet;
        how.old_natural = cases[i].old_natural;
        how.new_natural = cases[i].new_natural;
        how.noise = cases[i].noise;
        add_case(&both, "a", &how);
        compare_paired(&both);
        char *text = table_of(&both.comparison, true);
        if (cases[i].told)
            assert_has(text, cases[i].told);
        assert_int_equal(count_of(text, "\na: "), cases[i].told != NULL);
        free(text);
        let_go_of_pairs(&both);
    }
}

static void an_old_suite_that_was_built_otherwise_is_told(void **state)
{
    (void)state;
    paired_sides both = {0};
    vb_suite old_suite = test_suites[0];
    vb_message message;
    old_suite.compiler_flags = "-O3";
    old_suite.optimised = VB_OPTIMISED_NO;
    add_case(&both, "a", &quiet);
    set_facts(&both);
    json_decref(both.old_facts.suites);
    both.old_facts.suites = vb_result_suites(&(vb_suite_list){.items = &old_suite, .count = 1});
    assert_int_equal(make_paired(&both, &message), 0);
    char *text = table_of(&both.comparison, true);
    assert_has(text, "\nwarning: in the old build the suite ring was not optimised\n");
    assert_has(text, "its flags was \"-O3\", now it is \"-O2\"\n");
    free(text);
    let_go_of_pairs(&both);
}

static void texts_from_outside_do_not_upset_the_terminal(void **state)
{
    (void)state;
    paired_sides both = {0};
    vb_message message;
    simulated how = quiet;
    how.natural_only = true;
    vb_layouts none = {.reason = "a\x1b[31mreason"};
    add_case(&both, "\x1b[31mred", &how)->new_layouts = &none;
    both.cases[0].cache_shared = 1;
    assert_int_equal(vb_texts_add(&both.notes, "%s", "a\anote \xC3"), 0);
    set_facts(&both);
    both.old_facts.text = "old\x1b";
    both.new_facts.text = "new\x1b";
    assert_int_equal(make_paired(&both, &message), 0);
    char *text = table_of(&both.comparison, true);
    assert_true(vb_is_utf8(text));
    assert_null(strpbrk(text, "\x1b\a"));
    assert_has(text, "\na note ?\n");
    free(text);
    let_go_of_pairs(&both);
}

static void assert_same_pairs(const json_t *object, const vb_process_pairs *pairs)
{
    const json_t *column;
    const char *key;
    assert_int_equal(json_object_size(object), 7);
    json_object_foreach((json_t *)object, key, column)
    {
        assert_int_equal(json_array_size(column), pairs->count);
        for (size_t i = 0; i < pairs->count; i++) {
            const vb_process_pair *pair = &pairs->items[i];
            double expected = strcmp(key, "cycle") == 0        ? (double)pair->cycle
                              : strcmp(key, "old_layout") == 0 ? pair->old_layout
                              : strcmp(key, "new_layout") == 0 ? pair->new_layout
                              : strcmp(key, "old_ns") == 0     ? pair->old_ns
                              : strcmp(key, "new_ns") == 0     ? pair->new_ns
                              : strcmp(key, "quiet_change_percent") == 0
                                  ? 100 * expm1(pair->quiet_log_ratio)
                                  : 100 * expm1(pair->log_ratio);
            assert_near(json_number_value(json_array_get(column, i)), expected,
                        1e-9 * (1 + fabs(expected)));
        }
    }
}

static void result_has_what_was_measured_in_pairs(void **state)
{
    (void)state;
    paired_sides both;
    fill_sample(&both);
    both.cases[3].warm_up = 7;
    compare_paired(&both);
    json_t *object = written_and_read(&both.comparison, &both.new);
    const vb_comparison_row *row = find_row(&both.comparison, "orderbook_update/bid");
    const json_t *written = row_named(object, row->name);
    const json_t *natural = json_object_get(written, "natural");
    assert_true(json_is_true(json_object_get(object, "paired")));
    assert_true(json_is_null(json_object_get(object, "drift_percent")));
    assert_int_equal(json_array_size(json_object_get(object, "notes")), 1);
    assert_int_equal(number_at(written, "layouts"), TEST_LAYOUTS);
    assert_int_equal(number_at(written, "cycles"), 8);
    assert_int_equal(number_at(written, "cycles_planned"), 8);
    assert_int_equal(number_at(written, "pair_blocks"), 30);
    assert_int_equal(number_at(written, "warm_up_iterations"), 7);
    assert_near(number_at(written, "block_ns"), 1e6, 0);
    assert_near(number_at(written, "change_percent"), 100 * row->change.estimate, 1e-7);
    assert_near(number_at(written, "layout_spread_percent"), 100 * row->layout.spread, 1e-7);
    assert_near(number_at(natural, "change_percent"), 100 * row->layout.change, 1e-7);
    assert_near(number_at(natural, "excess_low_percent"), 100 * row->layout.new_excess_low, 1e-7);
    assert_int_equal(json_is_true(json_object_get(natural, "misleading")), row->layout.misleading);
    assert_int_equal(json_is_true(json_object_get(natural, "off_average")),
                     row->layout.off_average);
    assert_same_pairs(json_object_get(written, "pairs"), &row->paired->pairs);
    assert_same_pairs(json_object_get(natural, "pairs"), &row->paired->natural);
    assert_true(json_is_null(json_object_get(written, "cache_shared_percent")));
    written = row_named(object, "bundle_cycle_with_tsc");
    assert_near(number_at(written, "cache_shared_percent"), 12, 1e-7);
    written = row_named(object, "ring_bulk_throughput/1M_ops");
    assert_int_equal(number_at(written, "layouts"), 1);
    assert_true(json_is_null(json_object_get(written, "natural")));
    assert_true(json_is_null(json_object_get(written, "layout_spread_percent")));
    json_decref(object);
    let_go_of_pairs(&both);
}

static void result_says_what_the_two_sides_are(void **state)
{
    (void)state;
    paired_sides both;
    fill_sample(&both);
    compare_paired(&both);
    json_t *object = written_and_read(&both.comparison, &both.new);
    const json_t *old = json_object_get(object, "old"), *new = json_object_get(object, "new");
    const json_t *layouts = json_object_get(object, "layouts");
    assert_string_equal(json_string_value(json_object_get(old, "kind")), "archive");
    assert_string_equal(json_string_value(json_object_get(old, "text")), both.old_facts.text);
    assert_true(json_is_null(json_object_get(old, "run")));
    assert_string_equal(json_string_value(json_object_get(new, "text")), "build/release/bin");
    /* All cases: one of them failed. The removed one was not measured. */
    assert_int_equal(json_array_size(json_object_get(old, "benchmarks")), both.count - 1);
    assert_int_equal(json_array_size(layouts), 2); /* once a side */
    assert_string_equal(json_string_value(json_object_get(json_array_get(layouts, 0), "side")),
                        "old");
    assert_int_equal(number_at(json_array_get(layouts, 1), "count"), TEST_LAYOUTS);
    assert_int_equal(json_array_size(json_object_get(json_array_get(layouts, 1), "functions")), 2);
    json_decref(object);
    let_go_of_pairs(&both);
}

static void schema_asks_more_of_a_paired_comparison(void **state)
{
    (void)state;
    static const char *const keys[] = {"notes", "new", "layouts"};
    paired_sides both = {0};
    vb_message message;
    add_case(&both, "a", &quiet);
    compare_paired(&both);
    json_t *whole = json_loads(vb_result_schema, 0, NULL);
    json_t *schema = json_pack("{s:s, s:O}", "$ref", "#/definitions/comparison", "definitions",
                               json_object_get(whole, "definitions"));
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        json_t *object = vb_comparison_json(&both.comparison, &test_gate);
        assert_int_equal(vb_schema_check(schema, object, &message), 0);
        json_object_del(object, keys[i]);
        assert_int_equal(vb_schema_check(schema, object, &message), -1);
        assert_has(message.text, keys[i]);
        json_decref(object);
    }
    json_t *object = vb_comparison_json(&both.comparison, &test_gate);
    json_object_del(json_array_get(json_object_get(object, "rows"), 0), "natural");
    assert_int_equal(vb_schema_check(schema, object, &message), -1);
    assert_string_equal(message.text, "`rows[0].natural` is missing.");
    json_object_set_new(object, "paired", json_false());
    assert_int_equal(vb_schema_check(schema, object, &message), -1);
    assert_string_equal(message.text, "`drift_percent` is null, but must be a number.");
    json_decref(object);
    json_decref(schema);
    json_decref(whole);
    let_go_of_pairs(&both);
}

static void json_that_lacks_something_for_want_of_memory_is_never_taken_for_whole(void **state)
{
    (void)state;
    paired_sides both = {0};
    simulated how = quiet;
    how.cycles = 2;
    how.new_natural = 0.1;
    fill_layouts(&both.old_layouts);
    add_case(&both, "a", &how)->old_layouts = &both.old_layouts;
    add_failed_case(&both, "b", "new");
    compare_paired(&both);
    assert_json_is_whole_or_its_lack_noted(&both.comparison);
    let_go_of_pairs(&both);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_is_as_it_should_be),
        cmocka_unit_test(table_of_more_than_ten_rows_names_only_what_needs_attention),
        cmocka_unit_test(table_without_any_row_to_show_says_so),
        cmocka_unit_test(rows_with_one_layout_are_joined_by_their_reason),
        cmocka_unit_test(sharing_of_the_cache_is_told_of_five_rows_at_most),
        cmocka_unit_test(placement_is_told_where_it_would_have_misled),
        cmocka_unit_test(an_old_suite_that_was_built_otherwise_is_told),
        cmocka_unit_test(texts_from_outside_do_not_upset_the_terminal),
        cmocka_unit_test(result_has_what_was_measured_in_pairs),
        cmocka_unit_test(result_says_what_the_two_sides_are),
        cmocka_unit_test(schema_asks_more_of_a_paired_comparison),
        cmocka_unit_test(json_that_lacks_something_for_want_of_memory_is_never_taken_for_whole),
    };
    return cmocka_run_group_tests_name("paired_output", tests, NULL, NULL);
}
