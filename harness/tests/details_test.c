/* Documents that lack what a report shows beside verdicts are completed: with the same figures as
 * measuring gives, whatever else is in them. */
#include "test_memory.h"
#include "test_near.h"
#include "test_paired_sides.h"

#include "runner/details.h"
#include "runner/json.h"
#include "runner/result_schema.h"
#include "runner/schema.h"
#include "runner/shortfall.h"

enum { PROCESSES = 9, BLOCKS = 12 };

static const simulated quiet = {.cycles = 8, .base_ns = 100, .noise = 0.01, .change = 0.1};

static json_t *parsed(const char *text)
{
    json_error_t error;
    json_t *document = json_loads(text, 0, &error);
    if (!document)
        fail_msg("%s", error.text);
    return document;
}

static void complete(json_t *document)
{
    vb_message message;
    if (vb_details_complete(document, &message) != 0)
        fail_msg("%s", message.text);
}

static void assert_fits_schema(const json_t *document)
{
    vb_message message;
    json_t *schema = parsed(vb_result_schema);
    if (vb_schema_check(schema, document, &message) != 0)
        fail_msg("%s", message.text);
    json_decref(schema);
}

/* A benchmark whose blocks differ, with the ladder of a run. */
static void add_blocks(vb_benchmark_list *list, const char *name, uint64_t seed)
{
    vb_benchmark *added = add_measured(list, name, NULL, 0);
    for (size_t process = 0; process < PROCESSES; process++) {
        vb_process_samples *samples = vb_benchmark_add_process(added);
        assert_non_null(samples);
        for (size_t i = 0; i < BLOCKS; i++) {
            const vb_block block = {.real_ns = (double)(100000 + random_next(&seed) % 10000),
                                    .items = 3000};
            assert_int_equal(vb_process_samples_add(samples, &block), 0);
        }
        samples->ladder =
            (vb_ladder){.steps = {{500, 51000 + process}, {1000, 102000}}, .count = 2};
    }
}

static json_t *entries_of(const json_t *document)
{
    return json_object_get(json_object_get(document, "vbench"), "benchmarks");
}

static json_t *comparison_of(const json_t *document)
{
    return json_object_get(json_object_get(document, "vbench"), "comparison");
}

static void strip_entries(json_t *entries)
{
    for (size_t i = 0; i < json_array_size(entries); i++) {
        json_t *entry = json_array_get(entries, i);
        json_object_del(entry, "spread");
        json_object_del(entry, "outliers");
        if (json_is_null(json_object_get(entry, "linear"))) /* a ladder cannot be made up */
            json_object_del(entry, "linear");
    }
}

/* As an older version would have written it. */
static json_t *stripped(const json_t *document)
{
    static const char *const keys[] = {"block_quantiles",
                                       "old_low_ns",
                                       "old_high_ns",
                                       "new_low_ns",
                                       "new_high_ns",
                                       "rate_change_percent",
                                       "rate_change_low_percent",
                                       "rate_change_high_percent"};
    json_t *old = json_deep_copy(document);
    const json_t *comparison = comparison_of(old);
    const json_t *rows = json_object_get(comparison, "rows");
    strip_entries(entries_of(old));
    strip_entries(json_object_get(json_object_get(comparison, "old"), "benchmarks"));
    for (size_t i = 0; i < json_array_size(rows); i++) {
        for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
            json_object_del(json_array_get(rows, i), keys[k]);
    }
    return old;
}

static double number_at(const json_t *entry, const char *part, const char *figure, const char *key)
{
    const json_t *value = json_object_get(entry, part);
    value = json_object_get(value, "figures") ? json_object_get(value, "figures") : value;
    return json_number_value(json_object_get(json_object_get(value, figure), key));
}

/* The same but for digits beyond those that are written. */
static void assert_alike(const json_t *found, const json_t *expected, const char *where)
{
    if (json_typeof(found) != json_typeof(expected))
        fail_msg("%s is not of the same type", where);
    if (json_is_real(expected)) {
        const double value = json_real_value(expected);
        assert_near(json_real_value(found), value, 1e-9 + 1e-9 * fabs(value));
    } else if (json_is_array(expected)) {
        assert_int_equal(json_array_size(found), json_array_size(expected));
        for (size_t i = 0; i < json_array_size(expected); i++)
            assert_alike(json_array_get(found, i), json_array_get(expected, i), where);
    } else if (json_is_object(expected)) {
        const char *key;
        json_t *value;
        assert_int_equal(json_object_size(found), json_object_size(expected));
        json_object_foreach((json_t *)expected, key, value)
        {
            if (!json_object_get(found, key))
                fail_msg("%s has no %s", where, key);
            assert_alike(json_object_get(found, key), value, key);
        }
    } else {
        assert_true(json_equal(found, expected));
    }
}

/* The document is whole, but for what only a report needs; without its details it is completed to
 * the same. */
static void assert_round_trip(const char *text)
{
    json_t *document = parsed(text);
    complete(document);
    json_t *old = stripped(document);
    assert_fits_schema(document);
    assert_false(json_equal(document, old));
    complete(old);
    assert_fits_schema(old);
    assert_alike(old, document, "document");
    json_decref(document);
    json_decref(old);
}

static void a_result_without_details_is_completed_to_what_was_measured(void **state)
{
    (void)state;
    vb_benchmark_list list = {0};
    add_blocks(&list, "a", 1);
    add_blocks(&list, "b", 2);
    add_constant(&list, "constant", 5);
    add_failed(&list, "failed", "it crashed");
    char *text = result_text(&list, TEST_STARTED, NULL);
    assert_round_trip(text);
    json_t *document = parsed(text);
    const json_t *entry = json_array_get(entries_of(document), 0);
    const json_t *line = json_object_get(entry, "linear");
    assert_int_equal(json_array_size(json_object_get(line, "points")), 2 * PROCESSES);
    assert_near(number_at(entry, "linear", "slope_ns", "estimate"), 102, 0.01);
    assert_near(number_at(entry, "spread", "mean_ns", "estimate"),
                json_number_value(json_object_get(json_object_get(entry, "statistics"), "mean_ns")),
                1e-6);
    json_decref(document);
    free(text);
    vb_benchmark_list_free(&list);
}

static void a_paired_comparison_without_details_is_completed_to_what_was_measured(void **state)
{
    (void)state;
    paired_sides both = {.random = 3};
    add_case(&both, "a", &quiet);
    add_case(&both, "b", &quiet);
    add_failed_case(&both, "c", "old");
    compare_paired(&both);
    json_t *comparison = vb_comparison_json(&both.comparison, &test_gate);
    char *text = result_text(&both.new, TEST_STARTED, comparison);
    assert_round_trip(text);
    json_t *document = parsed(text);
    const json_t *row = json_array_get(json_object_get(comparison_of(document), "rows"), 0);
    const json_t *quantiles = json_object_get(row, "block_quantiles");
    assert_int_equal(json_array_size(quantiles), 5); /* of 32 blocks */
    const json_t *median = json_array_get(quantiles, 2);
    assert_near(json_number_value(json_object_get(median, "change_percent")), 10, 1);
    assert_true(json_number_value(json_object_get(median, "change_low_percent")) > 8);
    assert_true(json_number_value(json_object_get(median, "change_high_percent")) < 12);
    json_decref(document);
    free(text);
    json_decref(comparison);
    let_go_of_pairs(&both);
}

static void a_comparison_with_a_baseline_is_completed_to_what_was_measured(void **state)
{
    (void)state;
    vb_benchmark_list before = {0}, now = {0};
    vb_baseline old;
    vb_comparison comparison;
    vb_message message;
    add_blocks(&before, "a", 1);
    add_blocks(&now, "a", 2);
    add_constant(&before, "gone", 5);
    make_baseline(&before, &old);
    assert_int_equal(vb_comparison_make(&old, "x", &now, NULL, NULL, &vb_unpaired_rules, NULL,
                                        &comparison, &message),
                     0);
    json_t *object = vb_comparison_json(&comparison, &test_gate);
    char *text = result_text(&now, TEST_STARTED, object);
    assert_round_trip(text);
    json_decref(object);
    vb_comparison_free(&comparison);
    free(text);
    vb_baseline_free(&old);
    vb_benchmark_list_free(&before);
    vb_benchmark_list_free(&now);
}

static void a_row_tells_how_sure_either_side_is_and_how_throughput_has_changed(void **state)
{
    (void)state;
    vb_benchmark_list before = {0}, now = {0};
    vb_baseline old;
    vb_comparison comparison;
    vb_message message;
    add_blocks(&before, "a", 1);
    add_blocks(&now, "a", 2);
    make_baseline(&before, &old);
    assert_int_equal(vb_comparison_make(&old, "x", &now, NULL, NULL, &vb_unpaired_rules, NULL,
                                        &comparison, &message),
                     0);
    json_t *object = vb_comparison_json(&comparison, &test_gate);
    char *text = result_text(&now, TEST_STARTED, object);
    json_t *document = parsed(text);
    complete(document);
    const json_t *row = json_array_get(json_object_get(comparison_of(document), "rows"), 0);
    double old_ns, old_low_ns, old_high_ns, new_ns, new_low_ns, new_high_ns;
    double change, rate, rate_low, rate_high;
    assert_int_equal(
        json_unpack((json_t *)row, "{s:F, s:F, s:F, s:F, s:F, s:F, s:F, s:F, s:F, s:F}", "old_ns",
                    &old_ns, "old_low_ns", &old_low_ns, "old_high_ns", &old_high_ns, "new_ns",
                    &new_ns, "new_low_ns", &new_low_ns, "new_high_ns", &new_high_ns,
                    "change_percent", &change, "rate_change_percent", &rate,
                    "rate_change_low_percent", &rate_low, "rate_change_high_percent", &rate_high),
        0);
    assert_near(old_low_ns * old_high_ns, old_ns * old_ns, 1e-6 * old_ns * old_ns);
    assert_near(new_low_ns * new_high_ns, new_ns * new_ns, 1e-6 * new_ns * new_ns);
    assert_between(old_high_ns, 1.0001 * old_ns, 1.05 * old_ns);
    assert_between(new_high_ns, 1.0001 * new_ns, 1.05 * new_ns);
    assert_near((1 + change / 100) * (1 + rate / 100), 1, 1e-9);
    assert_true(rate_low < rate && rate < rate_high);
    assert_fits_schema(document);
    json_decref(document);
    json_decref(object);
    vb_comparison_free(&comparison);
    free(text);
    vb_baseline_free(&old);
    vb_benchmark_list_free(&before);
    vb_benchmark_list_free(&now);
}

static json_t *with_processes(const char *processes)
{
    char text[2000];
    snprintf(text, sizeof text,
             "{\"vbench\": {\"benchmarks\": [{\"name\": \"a\", \"processes\": %s}]}}", processes);
    return parsed(text);
}

static void blocks_of_different_lengths_make_the_line(void **state)
{
    (void)state;
    json_t *document =
        with_processes("[{\"iterations_per_block\": [1, 2, 3], \"block_ns\": [10, 20, 30]},"
                       " {\"iterations_per_block\": [3, 1, 2], \"block_ns\": [30, 10, 20]}]");
    complete(document);
    const json_t *entry = json_array_get(entries_of(document), 0);
    const json_t *points = json_object_get(json_object_get(entry, "linear"), "points");
    assert_int_equal(json_array_size(points), 6);
    assert_int_equal(json_integer_value(json_array_get(json_array_get(points, 3), 0)), 3);
    assert_int_equal(json_integer_value(json_array_get(json_array_get(points, 3), 1)), 30);
    assert_near(number_at(entry, "linear", "slope_ns", "estimate"), 10, 1e-12);
    assert_near(number_at(entry, "linear", "slope_ns", "low"), 10, 1e-9);
    assert_near(number_at(entry, "spread", "standard_deviation_ns", "estimate"), 0, 1e-12);
    json_decref(document);
}

static void iterations_are_one_number_or_an_array_of_one_or_of_one_a_block(void **state)
{
    (void)state;
    static const char *const iterations[] = {"5", "[5]", "[5, 5]"};
    for (size_t i = 0; i < 3; i++) {
        char processes[200];
        snprintf(processes, sizeof processes,
                 "[{\"iterations_per_block\": %s, \"block_ns\": [10, 20]}]", iterations[i]);
        json_t *document = with_processes(processes);
        complete(document);
        const json_t *entry = json_array_get(entries_of(document), 0);
        assert_near(number_at(entry, "spread", "mean_ns", "estimate"), 3, 1e-12);
        assert_true(json_is_null(json_object_get(entry, "linear")));
        json_decref(document);
    }
}

static void processes_that_are_not_as_the_schema_says_are_passed_over(void **state)
{
    (void)state;
    json_t *document =
        with_processes("[{\"iterations_per_block\": [1], \"block_ns\": []}, 7, null, {}, [],"
                       " {\"iterations_per_block\": [0], \"block_ns\": [10]},"
                       " {\"iterations_per_block\": [1, 2], \"block_ns\": [10, 20, 30]},"
                       " {\"iterations_per_block\": [], \"block_ns\": [10]},"
                       " {\"iterations_per_block\": [1], \"block_ns\": [-1]},"
                       " {\"iterations_per_block\": [1], \"block_ns\": [10, \"x\"]},"
                       " {\"iterations_per_block\": [1], \"block_ns\": [1.5]},"
                       " {\"iterations_per_block\": [2], \"block_ns\": [10, 30]}]");
    complete(document);
    const json_t *entry = json_array_get(entries_of(document), 0);
    assert_near(number_at(entry, "spread", "mean_ns", "estimate"), 10, 1e-12);
    assert_true(json_is_null(json_object_get(
        json_object_get(json_object_get(json_object_get(entry, "spread"), "figures"), "mean_ns"),
        "low"))); /* one process is left */
    json_decref(document);
}

static void documents_in_which_there_is_nothing_to_complete_stay_as_they_are(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{}",
        "[]",
        "{\"vbench\": 1}",
        "{\"vbench\": {\"benchmarks\": {}, \"comparison\": []}}",
        "{\"vbench\": {\"benchmarks\": [1, null, [], {}, {\"processes\": 1}, {\"processes\": []}],"
        " \"comparison\": {\"rows\": [1, {}, {\"name\": 1}, {\"name\": \"a\"}],"
        " \"old\": {\"benchmarks\": [2]}}}}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        json_t *document = parsed(texts[i]), *before = parsed(texts[i]);
        complete(document);
        assert_true(json_equal(document, before));
        json_decref(document);
        json_decref(before);
    }
}

static void what_is_there_stays_as_it_is(void **state)
{
    (void)state;
    json_t *document =
        with_processes("[{\"iterations_per_block\": [1, 2], \"block_ns\": [10, 20]}]");
    json_t *entry = json_array_get(entries_of(document), 0);
    json_object_set_new(entry, "spread", json_string("mine"));
    json_object_set_new(entry, "linear", json_null());
    complete(document);
    assert_string_equal(json_string_value(json_object_get(entry, "spread")), "mine");
    assert_true(json_is_null(json_object_get(entry, "linear")));
    assert_true(json_is_object(json_object_get(entry, "outliers")));
    json_decref(document);
}

static void want_of_memory_is_told(void **state)
{
    (void)state;
    vb_benchmark_list before = {0}, now = {0};
    vb_baseline old;
    vb_comparison comparison;
    vb_message message;
    add_blocks(&before, "a", 1);
    add_blocks(&now, "a", 2);
    make_baseline(&before, &old);
    assert_int_equal(vb_comparison_make(&old, "x", &now, NULL, NULL, &vb_unpaired_rules, NULL,
                                        &comparison, &message),
                     0);
    json_t *object = vb_comparison_json(&comparison, &test_gate);
    char *text = result_text(&now, TEST_STARTED, object);
    json_t *whole = parsed(text);
    int status = -1;
    for (long allowed = 0; status != 0; allowed++) {
        json_t *document = stripped(whole);
        strcpy(message.text, "");
        vb_json_watch();
        fail_allocation_after(allowed);
        status = vb_details_complete(document, &message);
        assert_int_equal(status, allocation_has_failed() ? -1 : 0);
        assert_string_equal(message.text, status == 0 ? "" : "There is not enough memory.");
        json_decref(document);
    }
    vb_json_watch();
    json_decref(whole);
    json_decref(object);
    vb_comparison_free(&comparison);
    free(text);
    vb_baseline_free(&old);
    vb_benchmark_list_free(&before);
    vb_benchmark_list_free(&now);
}

static void throughput_has_the_interval_of_the_time_turned_over(void **state)
{
    (void)state;
    json_t *document =
        parsed("{\"vbench\": {\"benchmarks\": ["
               "{\"time\": {\"estimate_ns\": 100, \"low_ns\": 80, \"high_ns\": 125}, "
               "\"items_per_sec\": 1e7},"
               "{\"time\": {\"estimate_ns\": 100, \"low_ns\": 0, \"high_ns\": 125}, "
               "\"items_per_sec\": 1e7},"
               "{\"time\": {\"estimate_ns\": 100, \"low_ns\": null, \"high_ns\": null}, "
               "\"items_per_sec\": 1e7},"
               "{\"time\": {\"estimate_ns\": 100, \"low_ns\": 80, \"high_ns\": 125}}]}}");
    complete(document);
    const json_t *told = json_array_get(entries_of(document), 0);
    assert_near(json_number_value(json_object_get(told, "items_per_sec_low")), 8e6, 1e-3);
    assert_near(json_number_value(json_object_get(told, "items_per_sec_high")), 1.25e7, 1e-3);
    for (size_t i = 1; i < json_array_size(entries_of(document)); i++)
        assert_null(json_object_get(json_array_get(entries_of(document), i), "items_per_sec_low"));
    json_decref(document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_result_without_details_is_completed_to_what_was_measured),
        cmocka_unit_test(throughput_has_the_interval_of_the_time_turned_over),
        cmocka_unit_test(a_paired_comparison_without_details_is_completed_to_what_was_measured),
        cmocka_unit_test(a_comparison_with_a_baseline_is_completed_to_what_was_measured),
        cmocka_unit_test(a_row_tells_how_sure_either_side_is_and_how_throughput_has_changed),
        cmocka_unit_test(blocks_of_different_lengths_make_the_line),
        cmocka_unit_test(iterations_are_one_number_or_an_array_of_one_or_of_one_a_block),
        cmocka_unit_test(processes_that_are_not_as_the_schema_says_are_passed_over),
        cmocka_unit_test(documents_in_which_there_is_nothing_to_complete_stay_as_they_are),
        cmocka_unit_test(what_is_there_stays_as_it_is),
        cmocka_unit_test(want_of_memory_is_told),
    };
    return cmocka_run_group_tests_name("details", tests, NULL, NULL);
}
