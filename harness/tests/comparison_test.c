/* Pairing old with new, and the table and the JSON of a comparison. */
#include "test_near.h"

#include "common/text.h"
#include "test_comparison.h"

/* Old and new, filled by a test; then compared. */
typedef struct {
    vb_benchmark_list old, new;
    vb_baseline baseline;
    vb_message old_text;
    vb_comparison comparison;
    const char *filter;
    const vb_suite_list *suites;
    const vb_texts *notes;
} sides;

static void judge_them(sides *both)
{
    vb_message message;
    vb_baseline_describe(&both->baseline, "measured", &both->old_text);
    if (vb_comparison_make(&both->baseline, both->old_text.text, &both->new, both->filter,
                           both->suites, &vb_unpaired_rules, both->notes, &both->comparison,
                           &message) != 0)
        fail_msg("%s", message.text);
}

static void compare(sides *both)
{
    make_baseline(&both->old, &both->baseline);
    judge_them(both);
}

static void let_go(sides *both)
{
    vb_comparison_free(&both->comparison);
    vb_baseline_free(&both->baseline);
    vb_benchmark_list_free(&both->old);
    vb_benchmark_list_free(&both->new);
}

/* "name name ..." in the order of the pairs. */
static void assert_order(const sides *both, const char *expected)
{
    char names[1000] = "";
    for (size_t i = 0; i < both->comparison.count; i++) {
        size_t length = strlen(names);
        snprintf(names + length, sizeof names - length, "%s%s", i ? " " : "",
                 both->comparison.rows[i].name);
    }
    assert_string_equal(names, expected);
}

/* Something of every kind. */
static void fill_all_kinds(sides *both)
{
    *both = (sides){0};
    add_constant(&both->old, "same", 100);
    add_constant(&both->new, "same", 100);
    add_constant(&both->old, "slower", 999);
    add_constant(&both->new, "slower", 1100);
    add_constant(&both->old, "much_slower", 100);
    add_constant(&both->new, "much_slower", 200);
    add_constant(&both->old, "faster", 100);
    add_constant(&both->new, "faster", 90);
    add_measured(&both->old, "unsure", (const double[]){90, 100, 110}, 3);
    add_constant(&both->new, "unsure", 101);
    add_measured(&both->old, "alone", (const double[]){100}, 1);
    add_constant(&both->new, "alone", 300);
    add_constant(&both->new, "added", 5);
    add_constant(&both->old, "removed", 5);
    add_constant(&both->old, "failing", 5);
    add_failed(&both->new, "failing", "it crashed");
    add_failed(&both->old, "failed_then", "it hung");
    add_constant(&both->new, "failed_then", 5);
    add_constant(&both->old, "no_time", 0);
    add_constant(&both->new, "no_time", 5);
}

static void pairs_are_found_by_name_whatever_their_order(void **state)
{
    (void)state;
    sides both = {0};
    add_constant(&both.old, "b", 20);
    add_constant(&both.old, "a", 10);
    add_constant(&both.old, "ab", 30);
    add_constant(&both.new, "ab", 30);
    add_constant(&both.new, "a", 10);
    add_constant(&both.new, "b", 20);
    compare(&both);
    assert_order(&both, "a ab b"); /* one verdict: by name */
    for (size_t i = 0; i < both.comparison.count; i++) {
        const vb_comparison_row *row = &both.comparison.rows[i];
        assert_string_equal(json_string_value(json_object_get(row->old, "name")), row->new->name);
        assert_int_equal(row->status, VB_COMPARED);
        assert_near(row->change.estimate, 0, 1e-12);
    }
    let_go(&both);
}

static void pairs_without_a_verdict_say_why(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        vb_row_status status;
        const char *reason;
    } expected[] = {
        {"same", VB_COMPARED, NULL},
        {"added", VB_ADDED, "added: the baseline does not have it"},
        {"removed", VB_REMOVED, "removed: only the baseline has it"},
        {"failing", VB_FAILED_NOW, "it crashed"},
        {"failed_then", VB_FAILED_THEN, "no old time: it failed when the baseline was saved"},
        {"no_time", VB_NO_RATIO,
         "a side took no time, or a billion times the other's, so there is no ratio"},
    };
    sides both;
    fill_all_kinds(&both);
    compare(&both);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        const vb_comparison_row *row = find_row(&both.comparison, expected[i].name);
        assert_int_equal(row->status, expected[i].status);
        assert_int_equal(row->old == NULL, row->status == VB_ADDED);
        assert_int_equal(row->new == NULL, row->status == VB_REMOVED);
        if (expected[i].reason)
            assert_string_equal(row->reason, expected[i].reason);
        else
            assert_null(row->reason);
    }
    let_go(&both);
}

static void failure_now_counts_before_a_failure_then(void **state)
{
    (void)state;
    sides both = {0};
    add_failed(&both.old, "a", "it hung");
    add_failed(&both.new, "a", "it crashed");
    compare(&both);
    assert_string_equal(both.comparison.rows[0].reason, "it crashed");
    let_go(&both);
}

static void what_needs_attention_comes_first(void **state)
{
    (void)state;
    sides both;
    fill_all_kinds(&both);
    compare(&both);
    assert_order(&both, "much_slower slower faster failing failed_then no_time added removed "
                        "alone same unsure");
    let_go(&both);
}

static void larger_changes_come_before_smaller_ones(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double new_ns;
    } changes[] = {{"a", 110}, {"b", 130}, {"c", 120}, {"d", 90}, {"e", 50}, {"f", 130}};
    sides both = {0};
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        add_constant(&both.old, changes[i].name, 100);
        add_constant(&both.new, changes[i].name, changes[i].new_ns);
    }
    compare(&both);
    assert_order(&both, "b f c a e d");
    let_go(&both);
}

static void every_pair_is_counted_once(void **state)
{
    (void)state;
    sides both;
    fill_all_kinds(&both);
    compare(&both);
    assert_int_equal(both.comparison.count, 11);
    assert_int_equal(both.comparison.verdicts[VB_REGRESSED], 2);
    assert_int_equal(both.comparison.verdicts[VB_IMPROVED], 1);
    assert_int_equal(both.comparison.verdicts[VB_EQUIVALENT], 0); /* the drift is 5 % */
    assert_int_equal(both.comparison.verdicts[VB_INCONCLUSIVE], 3);
    assert_int_equal(both.comparison.uncompared, 5);
    let_go(&both);
}

static void own_tolerance_of_a_benchmark_takes_the_place_of_the_common_one(void **state)
{
    (void)state;
    sides both = {0};
    add_constant(&both.old, "strict", 100);
    add_constant(&both.new, "strict", 100)->tolerance_percent = 4.99;
    add_constant(&both.old, "lax", 100);
    add_constant(&both.new, "lax", 100)->tolerance_percent = 5.001;
    add_constant(&both.old, "common", 100);
    add_constant(&both.new, "common", 100);
    compare(&both);
    /* The drift alone makes -4.76 to +5 % of no change. */
    assert_int_equal(find_row(&both.comparison, "lax")->change.verdict, VB_EQUIVALENT);
    assert_int_equal(find_row(&both.comparison, "common")->change.verdict, VB_INCONCLUSIVE);
    assert_int_equal(find_row(&both.comparison, "strict")->change.verdict, VB_INCONCLUSIVE);
    assert_near(both.comparison.rules.tolerance, 0.01, 0);
    let_go(&both);
}

static void what_was_not_asked_for_is_not_missing(void **state)
{
    (void)state;
    const vb_suite_list ring_only = {.items = test_suites, .count = 1};
    static const struct {
        const char *filter;
        bool ring_only;
        const char *pairs;
    } expected[] = {
        {NULL, false, "other/a push/a push/b"}, {"^push/", false, "push/a push/b"},
        {"a$", false, "other/a push/a"},        {"^none|b$", false, "push/b"},
        {NULL, true, "push/a push/b"},          {"a$", true, "push/a"},
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        sides both = {.filter = expected[i].filter,
                      .suites = expected[i].ring_only ? &ring_only : NULL};
        add_constant(&both.old, "push/a", 1);
        add_constant(&both.old, "push/b", 1);
        add_constant(&both.old, "other/a", 1)->suite = &test_suites[1];
        compare(&both);
        assert_order(&both, expected[i].pairs);
        assert_int_equal(both.comparison.uncompared, both.comparison.count);
        let_go(&both);
    }
}

static void nothing_against_nothing_is_empty(void **state)
{
    (void)state;
    sides both = {0};
    compare(&both);
    assert_int_equal(both.comparison.count, 0);
    let_go(&both);
    vb_comparison_free(&both.comparison); /* a second time */
}

static void other_machine_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *machine;
        const char *sentence;
    } expected[] = {
        {"{\"architecture\":\"x86_64\",\"cpu_model\":\"A\",\"cpu_count\":2,\"kernel\":\"1\"}", ""},
        {"{\"architecture\":\"aarch64\",\"cpu_model\":\"A\",\"cpu_count\":2}",
         "old.json was measured on another machine (its architecture is \"x86_64\", here it is "
         "\"aarch64\"), and times of two machines are not compared; check out the old code and "
         "save a baseline here."},
        {"{\"architecture\":\"x86_64\",\"cpu_model\":\"B\",\"cpu_count\":2}", "its cpu_model is"},
        {"{\"architecture\":\"x86_64\",\"cpu_model\":\"A\",\"cpu_count\":4}",
         "(its cpu_count is 2, here it is 4)"},
    };
    json_t *then = json_pack("{s:s, s:s, s:i, s:s}", "architecture", "x86_64", "cpu_model", "A",
                             "cpu_count", 2, "kernel", "2");
    vb_baseline old = {.path = "old.json", .machine = then};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        vb_message message = {""};
        json_t *here = json_loads(expected[i].machine, 0, NULL);
        int status = vb_comparison_check_machine(&old, here, &message);
        assert_int_equal(status, expected[i].sentence[0] ? -1 : 0);
        assert_non_null(strstr(message.text, expected[i].sentence));
        json_decref(here);
    }
    json_decref(then);
}

/* `count` benchmarks, of which `slower` take 8 % longer than before. */
static void fill_moved(sides *both, int count, int slower)
{
    *both = (sides){0};
    for (int i = 0; i < count; i++) {
        char name[16];
        snprintf(name, sizeof name, "case/%d", i);
        add_constant(&both->old, name, 100);
        add_constant(&both->new, name, i < slower ? 108 : 100);
    }
    compare(both);
}

static void benchmarks_that_move_together_are_told(void **state)
{
    (void)state;
    static const struct {
        int count, slower;
        bool moved;
    } cases[] = {{VB_COMMON_MIN, VB_COMMON_MIN, true},
                 {VB_COMMON_MIN, VB_COMMON_MIN / 2 + 1, true},
                 {VB_COMMON_MIN, VB_COMMON_MIN / 2, false},
                 {VB_COMMON_MIN - 1, VB_COMMON_MIN - 1, false}}; /* a few may well have changed */
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sides both;
        fill_moved(&both, cases[i].count, cases[i].slower);
        char *text = table_of(&both.comparison, true);
        json_t *object = vb_comparison_json(&both.comparison, &test_gate);
        const json_t *common = json_object_get(object, "common_percent");
        assert_int_equal(vb_comparison_moved(&both.comparison), cases[i].moved);
        assert_int_equal(json_is_true(json_object_get(object, "moved_together")), cases[i].moved);
        assert_true(json_is_boolean(json_object_get(object, "moved_together")));
        assert_int_equal(strstr(text, "have moved by +8.00 % (median)") != NULL, cases[i].moved);
        assert_int_equal(json_is_null(common), cases[i].count < VB_COMMON_MIN);
        if (cases[i].moved)
            assert_true(fabs(json_real_value(common) - 8) < 1e-6);
        json_decref(object);
        free(text);
        let_go(&both);
    }
}

static void table_is_as_it_should_be(void **state)
{
    (void)state;
    static const char expected[] =
        "Against baselines/old.json, measured 2023-11-14 22:13 UTC at commit 0123456789.\n"
        "Old and new did NOT run side by side: whatever the machine did in between counts as "
        "change.\n"
        "The intervals allow for 5 % of it.\n"
        "\n"
        "benchmark        old      new   change                    verdict\n"
        "much_slower   100 ns   200 ns   +100 %  (+90.5 to +110)   regressed\n"
        "slower        999 ns  1.10 µs  +10.1 %  (+4.87 to +15.6)  regressed\n"
        "faster        100 ns  90.0 ns  -10.0 %  (-14.3 to -5.50)  improved\n"
        "failing      FAILED: it crashed\n"
        "failed_then  no old time: it failed when the baseline was saved\n"
        "no_time      a side took no time, or a billion times the other's, so there is no ratio\n"
        "added        added: the baseline does not have it\n"
        "removed      removed: only the baseline has it\n"
        "alone         100 ns   300 ns   +200 %                    inconclusive\n"
        "same          100 ns   100 ns  +0.00 %  (-4.76 to +5.00)  inconclusive, 5.00 % would "
        "show\n"
        "unsure       99.7 ns   101 ns  +1.34 %  (-69.6 to +238)   inconclusive, 234 % would "
        "show\n"
        "\n"
        "2 regressed, 1 improved, 0 equivalent, 3 inconclusive, 5 not compared.\n"
        "warning: the 6 benchmarks together have moved by +5.72 % (median): the machine has, or "
        "what they share\n";
    sides both;
    fill_all_kinds(&both);
    compare(&both);
    char *text = table_of(&both.comparison, true);
    assert_string_equal(text, expected);
    free(text);
    let_go(&both);
}

static void changes_have_three_digits_at_most_hundredths_and_an_exponent_if_long(void **state)
{
    (void)state;
    static const struct {
        double old_ns, new_ns;
        const char *change;
    } expected[] = {
        {100000, 100001, " +0.00 %  ("},
        {100001, 100000, " +0.00 %  ("},
        {100000, 100006, " +0.01 %  ("},
        {100006, 100000, " -0.01 %  ("},
        {100000, 109994, " +9.99 %  ("},
        {100000, 109996, " +10.0 %  ("},
        {100000, 199940, " +99.9 %  ("},
        {100000, 199960, " +100 %  ("},
        {1, 100, " +9900 %  ("},
        {1, 1000.9, " +99990 %  ("},
        {1, 1001, " +1.00e+05 %  ("},
        {0.001, 1e5, " +1.00e+10 %  ("},
        {100, 0.001, " -100 %  (-100 to -100)"},
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        sides both = {0};
        add_constant(&both.old, "a", expected[i].old_ns);
        add_constant(&both.new, "a", expected[i].new_ns);
        compare(&both);
        char *text = table_of(&both.comparison, true);
        if (!strstr(text, expected[i].change))
            fail_msg("%s is not in %s", expected[i].change, text);
        free(text);
        let_go(&both);
    }
}

static void texts_of_a_file_do_not_upset_the_terminal(void **state)
{
    (void)state;
    vb_message message;
    sides both = {0};
    char name[500] = "x"; /* whose two-byte characters the cell's limit cuts */
    while (strlen(name) < 480)
        strcat(name, "\xC3\xA4");
    add_constant(&both.old, name, 1);
    add_constant(&both.old, "\x1b[31mred", 1);
    char *written = result_text(&both.old, TEST_STARTED, NULL);
    char *commit = strstr(written, "0123456789abcdef");
    memcpy(commit, "\\u0007bell\xC3\xA4\xC3\xA4", 14);
    assert_int_equal(
        vb_baseline_parse("old", "old.json", written, strlen(written), &both.baseline, &message),
        0);
    judge_them(&both);
    char *text = table_of(&both.comparison, true);
    assert_true(vb_is_utf8(text));
    assert_null(strpbrk(text, "\x1b\a"));
    assert_non_null(strstr(text, "\n [31mred"));
    assert_non_null(strstr(text, " at commit  bell\xC3\xA4\xC3\xA4"));
    free(text);
    free(written);
    let_go(&both);
}

static void uncommitted_changes_and_missing_commits_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *source;
        const char *told;
    } expected[] = {
        {"{\"commit\":\"0123456789abcdef\",\"dirty\":true}",
         " UTC at commit 0123456789 with uncommitted changes.\n"},
        {"{\"commit\":\"0123456789abcdef\",\"dirty\":null}", " UTC at commit 0123456789.\n"},
        {"{\"commit\":null,\"dirty\":null}", " UTC.\n"},
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        sides both = {0};
        json_t *source = json_loads(expected[i].source, 0, NULL);
        make_baseline(&both.old, &both.baseline);
        both.baseline.source = source;
        judge_them(&both);
        char *text = table_of(&both.comparison, true);
        assert_non_null(strstr(text, expected[i].told));
        free(text);
        json_decref(source);
        let_go(&both);
    }
}

static void notes_stand_above_the_table_and_in_the_result(void **state)
{
    (void)state;
    vb_texts notes = {0};
    sides both = {.notes = &notes};
    assert_int_equal(vb_texts_add(&notes, "%s", "Its archive is missing."), 0);
    add_constant(&both.old, "a", 1);
    add_constant(&both.new, "a", 1);
    compare(&both);
    char *text = table_of(&both.comparison, true);
    assert_non_null(strstr(text, " of it.\nIts archive is missing.\n\nbenchmark "));
    json_t *object = written_and_read(&both.comparison, &both.new);
    const json_t *written = json_object_get(object, "notes");
    assert_int_equal(json_array_size(written), 1);
    assert_string_equal(json_string_value(json_array_get(written, 0)), notes.items[0]);
    assert_null(json_object_get(object, "layouts")); /* that is of paired ones */
    json_decref(object);
    free(text);
    let_go(&both);
    vb_texts_free(&notes);
}

static void result_says_what_the_table_shows(void **state)
{
    (void)state;
    sides both;
    fill_all_kinds(&both);
    compare(&both);
    json_t *object = written_and_read(&both.comparison, &both.new);
    const json_t *rows = json_object_get(object, "rows");
    const json_t *rest = json_object_get(object, "not_compared");
    static const char *const reasons[] = {"failed", "failed_then", "no_time", "added", "removed"};
    assert_int_equal(json_array_size(rows), 6);
    assert_int_equal(json_array_size(rest), 5);
    size_t told = 0, untold = 0;
    for (size_t i = 0; i < both.comparison.count; i++) {
        const vb_comparison_row *row = &both.comparison.rows[i];
        if (row->status != VB_COMPARED) {
            assert_string_equal(text_at(json_array_get(rest, untold), "name"), row->name);
            assert_string_equal(text_at(json_array_get(rest, untold), "reason"), reasons[untold]);
            assert_string_equal(text_at(json_array_get(rest, untold), "text"), row->reason);
            untold++;
            continue;
        }
        const json_t *object_of = json_array_get(rows, told);
        assert_string_equal(text_at(json_array_get(rows, told), "name"), row->name);
        assert_string_equal(text_at(json_array_get(rows, told), "verdict"),
                            vb_verdict_name(row->change.verdict));
        assert_near(json_number_value(json_object_get(object_of, "change_percent")),
                    100 * row->change.estimate, 1e-7);
        if (isnan(row->change.low))
            assert_true(json_is_null(json_object_get(object_of, "change_low_percent")));
        else
            assert_near(json_number_value(json_object_get(object_of, "change_low_percent")),
                        100 * row->change.low, 1e-7);
        told++;
    }
    assert_true(json_is_false(json_object_get(object, "paired")));
    assert_near(json_number_value(json_object_get(object, "drift_percent")), 5, 1e-9);
    const json_t *old = json_object_get(object, "old");
    assert_string_equal(json_string_value(json_object_get(old, "name")), "old");
    assert_int_equal(json_array_size(json_object_get(old, "benchmarks")), 10); /* all but added */
    assert_true(json_equal(json_object_get(old, "machine"), both.baseline.machine));
    json_decref(object);
    let_go(&both);
}

static void result_keeps_to_the_schema_whatever_the_figures_and_texts(void **state)
{
    (void)state;
    sides both = {0};
    add_measured(&both.old, "wild", (const double[]){0.001, 1e12}, 2);
    add_measured(&both.new, "wild", (const double[]){0.001, 1e12}, 2);
    add_constant(&both.old, "gone", 1e15);
    add_constant(&both.new, "gone", 0.001);
    add_constant(&both.old, "torn", 1);
    add_failed(&both.new, "torn", "a text cut in \xC3");
    make_baseline(&both.old, &both.baseline);
    free(both.baseline.name);
    both.baseline.name = strdup("\xFF.json");
    judge_them(&both);
    json_t *object = written_and_read(&both.comparison, &both.new);
    assert_string_equal(text_at(json_array_get(json_object_get(object, "not_compared"), 0), "text"),
                        "a text cut in ?");
    assert_string_equal(json_string_value(json_object_get(json_object_get(object, "old"), "name")),
                        "?.json");
    json_decref(object);
    let_go(&both);
}

static void running_out_of_memory_is_told_and_leaks_nothing(void **state)
{
    (void)state;
    sides both;
    int status = -1;
    fill_all_kinds(&both);
    make_baseline(&both.old, &both.baseline);
    for (long allowed = 0; status != 0; allowed++) {
        vb_message message = {""};
        fail_allocation_after(allowed);
        status = vb_comparison_make(&both.baseline, "old", &both.new, "a", NULL, &vb_unpaired_rules,
                                    NULL, &both.comparison, &message);
        assert_int_equal(status, allocation_has_failed() ? -1 : 0);
        if (status != 0)
            assert_string_equal(message.text, "There is not enough memory.");
        vb_comparison_free(&both.comparison);
    }
    vb_json_watch();
    let_go(&both);
}

static void json_that_lacks_something_for_want_of_memory_is_never_taken_for_whole(void **state)
{
    (void)state;
    sides both;
    fill_all_kinds(&both);
    compare(&both);
    assert_json_is_whole_or_its_lack_noted(&both.comparison);
    let_go(&both);
}

static void table_without_memory_is_short_but_whole_lines(void **state)
{
    (void)state;
    sides both;
    fill_all_kinds(&both);
    compare(&both);
    for (long allowed = 0; allowed < 40; allowed++) {
        fail_allocation_after(allowed);
        /* The stream's own memory is not the one that fails. */
        char *text = table_of(&both.comparison, true);
        allocation_has_failed();
        assert_int_equal(text[strlen(text) - 1], '\n');
        free(text);
    }
    vb_json_watch();
    let_go(&both);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_are_found_by_name_whatever_their_order),
        cmocka_unit_test(pairs_without_a_verdict_say_why),
        cmocka_unit_test(failure_now_counts_before_a_failure_then),
        cmocka_unit_test(what_needs_attention_comes_first),
        cmocka_unit_test(larger_changes_come_before_smaller_ones),
        cmocka_unit_test(every_pair_is_counted_once),
        cmocka_unit_test(own_tolerance_of_a_benchmark_takes_the_place_of_the_common_one),
        cmocka_unit_test(what_was_not_asked_for_is_not_missing),
        cmocka_unit_test(nothing_against_nothing_is_empty),
        cmocka_unit_test(other_machine_is_refused),
        cmocka_unit_test(benchmarks_that_move_together_are_told),
        cmocka_unit_test(table_is_as_it_should_be),
        cmocka_unit_test(changes_have_three_digits_at_most_hundredths_and_an_exponent_if_long),
        cmocka_unit_test(texts_of_a_file_do_not_upset_the_terminal),
        cmocka_unit_test(uncommitted_changes_and_missing_commits_are_told),
        cmocka_unit_test(notes_stand_above_the_table_and_in_the_result),
        cmocka_unit_test(result_says_what_the_table_shows),
        cmocka_unit_test(result_keeps_to_the_schema_whatever_the_figures_and_texts),
        cmocka_unit_test(running_out_of_memory_is_told_and_leaks_nothing),
        cmocka_unit_test(json_that_lacks_something_for_want_of_memory_is_never_taken_for_whole),
        cmocka_unit_test(table_without_memory_is_short_but_whole_lines),
    };
    return cmocka_run_group_tests_name("comparison", tests, NULL, NULL);
}
