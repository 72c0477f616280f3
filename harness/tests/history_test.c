/* The history of a folder of baselines, and two results against each other. */
#define _GNU_SOURCE
#include "test_near.h"

#include "runner/against.h"
#include "runner/change_points.h"
#include "runner/history.h"
#include "runner/json.h"
#include "test_files.h"
#include "test_results.h"

static vb_message message;

/* A result begun at `started` whose one benchmark takes `ns`; with a machine of its own if `cpus`
 * is not 0. */
static json_t *document_of(const char *name, time_t started, double ns, int cpus)
{
    vb_benchmark_list list = {0};
    json_error_t error;
    add_constant(&list, name, ns);
    char *text = result_text(&list, started, NULL);
    json_t *document = vb_json_parse(text, strlen(text), &error);
    assert_non_null(document);
    if (cpus > 0)
        json_object_set_new(json_object_get(json_object_get(document, "vbench"), "machine"),
                            "cpu_count", json_integer(cpus));
    free(text);
    vb_benchmark_list_free(&list);
    return document;
}

static void save(const char *folder, const char *name, json_t *document)
{
    char path[2 * TEST_PATH_MAX];
    char *text = json_dumps(document, 0);
    snprintf(path, sizeof path, "%s/%s.json", folder, name);
    write_text(path, text, 0644);
    free(text);
    json_decref(document);
}

static const char *new_folder(const char *name, char folder[TEST_PATH_MAX])
{
    assert_int_equal(mkdir(in_test_folder(name, folder), 0755), 0);
    return folder;
}

static json_t *history_of(const char *folder, const json_t *document)
{
    json_t *history;
    if (vb_history_make(folder, document, "this.json", &history, &message) != 0)
        fail_msg("%s", message.text);
    return history;
}

static json_t *at(json_t *history, const char *array, size_t index)
{
    return json_array_get(json_object_get(history, array), index);
}

static const char *text_at(json_t *history, const char *array, size_t index, const char *key)
{
    return json_string_value(json_object_get(at(history, array, index), key));
}

static void without_a_baseline_it_is_null(void **state)
{
    (void)state;
    char folder[TEST_PATH_MAX];
    json_t *document = document_of("push", TEST_STARTED, 5, 0);
    json_t *history = history_of("/missing/folder", document);
    assert_true(json_is_null(history));
    json_decref(history);
    history = history_of(new_folder("empty", folder), document);
    assert_true(json_is_null(history));
    json_decref(history);
    json_decref(document);
}

static void baselines_are_in_the_order_of_their_time_and_the_result_is_the_last(void **state)
{
    (void)state;
    char folder[TEST_PATH_MAX];
    new_folder("order", folder);
    save(folder, "a_second", document_of("push", TEST_STARTED + 20, 6, 0));
    save(folder, "b_first", document_of("push", TEST_STARTED + 10, 5, 0));
    json_t *document = document_of("push", TEST_STARTED + 30, 7, 0);
    json_t *history = history_of(folder, document);
    static const char *const names[] = {"b_first", "a_second", "this.json"};
    assert_int_equal(json_array_size(json_object_get(history, "baselines")), 3);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(text_at(history, "baselines", i, "name"), names[i]);
        assert_int_equal(json_is_true(json_object_get(at(history, "baselines", i), "this")),
                         i == 2);
    }
    json_t *points = json_object_get(at(history, "trends", 0), "points");
    for (size_t i = 0; i < 3; i++)
        assert_near(json_number_value(json_object_get(json_array_get(points, i), "estimate_ns")),
                    5 + (double)i, 1e-9);
    assert_string_equal(text_at(history, "trends", 0, "name"), "push");
    assert_string_equal(text_at(history, "trends", 0, "suite"), "ring");
    json_decref(history);
    json_decref(document);
}

static void a_result_that_is_a_baseline_stands_there_once(void **state)
{
    (void)state;
    char folder[TEST_PATH_MAX];
    new_folder("twice", folder);
    save(folder, "old", document_of("push", TEST_STARTED, 5, 0));
    save(folder, "same", document_of("push", TEST_STARTED + 1, 6, 0));
    json_t *document = document_of("push", TEST_STARTED + 1, 6, 0);
    json_t *history = history_of(folder, document);
    assert_int_equal(json_array_size(json_object_get(history, "baselines")), 2);
    assert_string_equal(text_at(history, "baselines", 1, "name"), "same");
    assert_true(json_is_false(json_object_get(at(history, "baselines", 1), "this")));
    json_decref(history);
    json_decref(document);
    document = document_of("push", TEST_STARTED + 1, 7, 0); /* of the same second alone */
    history = history_of(folder, document);
    assert_int_equal(json_array_size(json_object_get(history, "baselines")), 3);
    json_decref(history);
    json_decref(document);
}

static void machines_have_trends_of_their_own(void **state)
{
    (void)state;
    char folder[TEST_PATH_MAX];
    new_folder("machines", folder);
    save(folder, "here", document_of("push", TEST_STARTED, 5, 3));
    save(folder, "there", document_of("push", TEST_STARTED + 1, 50, 7));
    json_t *document = document_of("push", TEST_STARTED + 2, 5, 3);
    json_t *history = history_of(folder, document);
    assert_int_equal(json_array_size(json_object_get(history, "machines")), 2);
    assert_int_equal(json_array_size(json_object_get(history, "trends")), 2);
    json_t *points = json_object_get(at(history, "trends", 0), "points");
    assert_int_equal(json_array_size(points), 2);
    assert_int_equal(json_integer_value(json_object_get(json_array_get(points, 1), "baseline")), 2);
    json_decref(history);
    json_decref(document);
}

static void what_cannot_be_read_is_left_out_with_its_reason(void **state)
{
    (void)state;
    char folder[TEST_PATH_MAX], path[2 * TEST_PATH_MAX];
    new_folder("foreign", folder);
    save(folder, "good", document_of("push", TEST_STARTED, 5, 0));
    snprintf(path, sizeof path, "%s/foreign.json", folder);
    write_text(path, "{\"results\": []}", 0644);
    snprintf(path, sizeof path, "%s/schema.json", folder);
    write_text(path, "{}", 0644);
    json_t *document = document_of("push", TEST_STARTED + 1, 5, 0);
    json_t *history = history_of(folder, document);
    assert_int_equal(json_array_size(json_object_get(history, "left_out")), 1);
    assert_string_equal(text_at(history, "left_out", 0, "file"), "foreign.json");
    assert_string_equal(text_at(history, "left_out", 0, "reason"),
                        "foreign.json is not a Velox Bench result: `vbench` is missing.");
    assert_int_equal(json_array_size(json_object_get(history, "baselines")), 2);
    json_decref(history);
    json_decref(document);
}

static void a_step_is_among_the_changes(void **state)
{
    (void)state;
    char folder[TEST_PATH_MAX], name[16];
    new_folder("step", folder);
    for (int i = 0; i < 13; i++) {
        snprintf(name, sizeof name, "b%02d", i);
        save(folder, name, document_of("push", TEST_STARTED + i, (i < 7 ? 100 : 120) + 0.1 * i, 0));
    }
    json_t *document = document_of("push", TEST_STARTED + 13, 121.5, 0);
    json_t *history = history_of(folder, document);
    json_t *changes = json_object_get(at(history, "trends", 0), "changes");
    assert_int_equal(json_array_size(changes), 1);
    json_t *change = json_array_get(changes, 0);
    assert_int_equal(json_integer_value(json_object_get(change, "point")), 7);
    assert_near(json_number_value(json_object_get(change, "change_percent")), 20.6, 0.5);
    assert_int_equal(json_integer_value(json_object_get(history, "least_points")),
                     VB_CHANGE_SERIES_MIN);
    json_decref(history);
    json_decref(document);
}

/* --- one against the other */

static void as_result(json_t *document, const char *path, vb_baseline *result)
{
    if (vb_baseline_take(path, path, document, result, &message) != 0)
        fail_msg("%s", message.text);
}

static json_t *comparison_of(const vb_baseline *result)
{
    return json_object_get(json_object_get(result->document, "vbench"), "comparison");
}

static void two_results_are_compared_as_if_the_new_one_had_been_measured(void **state)
{
    (void)state;
    vb_baseline old, new;
    as_result(document_of("push", TEST_STARTED, 100, 0), "old.json", &old);
    as_result(document_of("push", TEST_STARTED + 1, 150, 0), "new.json", &new);
    assert_int_equal(vb_against_compare(&old, &new, &message), 0);
    json_t *comparison = comparison_of(&new);
    json_t *row = json_array_get(json_object_get(comparison, "rows"), 0);
    assert_string_equal(json_string_value(json_object_get(row, "verdict")), "regressed");
    assert_near(json_number_value(json_object_get(row, "change_percent")), 50, 1e-6);
    assert_null(json_object_get(comparison, "gate"));
    assert_int_equal(json_array_size(json_object_get(comparison, "notes")), 0);
    vb_baseline_free(&old);
    json_t *document = json_incref(new.document);
    vb_baseline_free(&new);
    as_result(document, "new.json", &new); /* still as the schema says */
    as_result(document_of("push", TEST_STARTED, 100, 0), "old.json", &old);
    assert_int_equal(vb_against_compare(&old, &new, &message), -1);
    assert_string_equal(message.text, "new.json is a comparison already, and --against makes one; "
                                      "leave it out, or name the result of a run.");
    vb_baseline_free(&old);
    vb_baseline_free(&new);
}

static void what_only_one_result_has_is_not_compared(void **state)
{
    (void)state;
    vb_baseline old, new;
    as_result(document_of("pop", TEST_STARTED, 100, 0), "old.json", &old);
    as_result(document_of("push", TEST_STARTED + 1, 150, 0), "new.json", &new);
    assert_int_equal(vb_against_compare(&old, &new, &message), 0);
    json_t *rest = json_object_get(comparison_of(&new), "not_compared");
    assert_int_equal(json_array_size(rest), 2);
    assert_string_equal(json_string_value(json_object_get(json_array_get(rest, 0), "text")),
                        "added: the old result does not have it");
    vb_baseline_free(&old);
    vb_baseline_free(&new);
}

static void times_of_two_machines_are_not_compared(void **state)
{
    (void)state;
    vb_baseline old, new;
    as_result(document_of("push", TEST_STARTED, 100, 3), "old.json", &old);
    as_result(document_of("push", TEST_STARTED + 1, 150, 4), "new.json", &new);
    assert_int_equal(vb_against_compare(&old, &new, &message), -1);
    assert_string_equal(message.text, "old.json and new.json were measured on two machines "
                                      "(cpu_count is 3 and 4), and times of two machines are not "
                                      "compared; measure both on one.");
    json_object_set_new((json_t *)new.machine, "cpu_count", json_integer(3));
    json_object_set_new((json_t *)new.machine, "cpu_model", json_string("unknown"));
    assert_int_equal(vb_against_compare(&old, &new, &message), 0); /* with a note */
    assert_int_equal(json_array_size(json_object_get(comparison_of(&new), "notes")), 1);
    vb_baseline_free(&old);
    vb_baseline_free(&new);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_baseline_it_is_null),
        cmocka_unit_test(baselines_are_in_the_order_of_their_time_and_the_result_is_the_last),
        cmocka_unit_test(a_result_that_is_a_baseline_stands_there_once),
        cmocka_unit_test(machines_have_trends_of_their_own),
        cmocka_unit_test(what_cannot_be_read_is_left_out_with_its_reason),
        cmocka_unit_test(a_step_is_among_the_changes),
        cmocka_unit_test(two_results_are_compared_as_if_the_new_one_had_been_measured),
        cmocka_unit_test(what_only_one_result_has_is_not_compared),
        cmocka_unit_test(times_of_two_machines_are_not_compared),
    };
    vb_json_watch();
    return cmocka_run_group_tests_name("history", tests, make_test_folder, remove_test_folder);
}
