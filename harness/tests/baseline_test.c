/* Reading a saved result back. */
#define _GNU_SOURCE
#include "test_near.h"

#include "runner/json.h"
#include "test_files.h"
#include "test_memory.h"
#include "test_results.h"

#include <errno.h>
#include <sys/stat.h>

/* What parsing says; "" if the text is accepted. */
static const char *refusal(const char *text, vb_message *message)
{
    vb_baseline baseline;
    message->text[0] = '\0';
    int status = vb_baseline_parse("old", "old.json", text, strlen(text), &baseline, message);
    assert_int_equal(status, message->text[0] ? -1 : 0);
    if (status != 0) { /* nothing is left to free */
        assert_null(baseline.document);
        assert_null(baseline.benchmarks);
        assert_null(baseline.name);
    }
    vb_baseline_free(&baseline);
    return message->text;
}

static vb_benchmark_list small_list(void)
{
    vb_benchmark_list list = {0};
    add_measured(&list, "push", (const double[]){3.5, 2.25, 3}, 3);
    add_failed(&list, "broken", "it hung");
    add_constant(&list, "bulk", 1e6);
    return list;
}

static void what_was_written_is_read(void **state)
{
    (void)state;
    vb_benchmark_list list = small_list();
    vb_baseline baseline;
    make_baseline(&list, &baseline);
    assert_string_equal(baseline.name, "old");
    assert_string_equal(baseline.path, "baselines/old.json");
    assert_string_equal(baseline.started, "2023-11-14T22:13:20Z");
    assert_int_equal(baseline.count, 3);
    assert_true(json_is_object(baseline.machine));
    assert_int_equal(json_array_size(baseline.suites), 2);
    assert_string_equal(json_string_value(json_object_get(baseline.source, "commit")),
                        "0123456789abcdef");

    const vb_baseline_benchmark *push = vb_baseline_find(&baseline, "push");
    assert_non_null(push);
    assert_null(push->error);
    assert_int_equal(push->process_count, 3);
    assert_near(push->medians_ns[0], 3.5, 1e-9);
    assert_near(push->medians_ns[1], 2.25, 1e-9);
    assert_near(push->medians_ns[2], 3, 1e-9);
    assert_string_equal(json_string_value(json_object_get(push->entry, "name")), "push");

    const vb_baseline_benchmark *broken = vb_baseline_find(&baseline, "broken");
    assert_non_null(broken);
    assert_string_equal(broken->error, "it hung");
    assert_int_equal(broken->process_count, 0);
    assert_null(vb_baseline_find(&baseline, "pus"));
    assert_null(vb_baseline_find(&baseline, ""));
    vb_baseline_free(&baseline);
    vb_baseline_free(&baseline); /* a second time */
    vb_baseline_free(NULL);
    vb_benchmark_list_free(&list);
}

static void baseline_without_benchmarks_has_none_to_find(void **state)
{
    (void)state;
    vb_benchmark_list list = {0};
    vb_baseline baseline;
    make_baseline(&list, &baseline);
    assert_int_equal(baseline.count, 0);
    assert_null(vb_baseline_find(&baseline, "push"));
    vb_baseline_free(&baseline);
}

static void what_is_no_result_is_refused_with_a_sentence(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *sentence;
    } expected[] = {
        {"", "old.json is not JSON: '[' or '{' expected near end of file (line 1, column 0)."},
        {"{\"vbench\": {", "old.json is not JSON: string or '}' expected near end of file (line 1, "
                           "column 12)."},
        {"{\"a\": 1, \"a\": 2}", "old.json is not JSON: duplicate object key near '\"a\"' (line 1, "
                                 "column 12)."},
        {"{\"a\": \"\xFF\"}", "old.json is not JSON: unable to decode byte 0xff near '\"' (line 1, "
                              "column 7)."},
        {"{\"a\": 1e999}",
         "old.json is not JSON: real number overflow near '1e999' (line 1, column 11)."},
        {"[]", "old.json is not a Velox Bench result: `vbench` is missing."},
        {"{}", "old.json is not a Velox Bench result: `vbench` is missing."},
        {"{\"vbench\": []}", "old.json is not a Velox Bench result: `vbench` is missing."},
        {"{\"context\": {}, \"benchmarks\": []}",
         "old.json is not a Velox Bench result: `vbench` is missing. It looks like Google "
         "Benchmark's own output; measure with `vbench save` instead."},
        {"{\"vbench\": {\"schema_version\": 2}}",
         "old.json was made by a newer vbench: it has schema version 2, and this one reads 1; use "
         "the vbench that made it, or save the baseline anew."},
        {"{\"vbench\": {\"schema_version\": 0}}",
         "old.json is not a Velox Bench result: `context` is missing."},
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        vb_message message;
        assert_string_equal(refusal(expected[i].text, &message), expected[i].sentence);
    }
}

static void every_part_that_is_wrong_is_named(void **state)
{
    (void)state;
    /* The first `from` of a good result becomes `to`. */
    static const struct {
        const char *from, *to, *sentence;
    } expected[] = {
        {"\"schema_version\": 1", "\"schema_version\": \"1\"",
         "`vbench.schema_version` is \"1\", but must be 1."},
        {"2023-11-14T22:13:20Z", "yesterday",
         "`vbench.run.started` is \"yesterday\", which is not written as it must be."},
        {"\"cpu_count\":", "\"cpus\":", "`vbench.machine.cpu_count` is missing."},
        {"\"status\":\"ok\"", "\"status\":\"error\"", "`vbench.benchmarks[0].error` is missing."},
        {"\"error\":\"it hung\"", "\"error\":\"\"", "`vbench.benchmarks[1].error` is too short."},
        {"\"median_ns\":3.5,\"iter", "\"median_ns\":-3.5,\"iter",
         "`vbench.benchmarks[0].processes[0].median_ns` is -3.5, but must be at least 0."},
        {"\"restarts\":0,\"processes\":[", "\"restarts\":0,\"processes\":[],\"x\":[",
         "`vbench.benchmarks[0].processes` is too short."},
        {"\"name\":\"bulk\",\"suite\"", "\"name\":\"push\",\"suite\"",
         "it has two benchmarks named push."},
    };
    vb_benchmark_list list = small_list();
    char *text = result_text(&list, TEST_STARTED, NULL);
    vb_message message;
    assert_string_equal(refusal(text, &message), "");
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        char *changed = NULL, sentence[300];
        const char *found = strstr(text, expected[i].from);
        assert_non_null(found);
        assert_true(asprintf(&changed, "%.*s%s%s", (int)(found - text), text, expected[i].to,
                             found + strlen(expected[i].from)) > 0);
        snprintf(sentence, sizeof sentence, "old.json is not a Velox Bench result: %s",
                 expected[i].sentence);
        assert_string_equal(refusal(changed, &message), sentence);
        free(changed);
    }
    free(text);
    vb_benchmark_list_free(&list);
}

static void text_that_breaks_off_anywhere_is_refused(void **state)
{
    (void)state;
    vb_benchmark_list list = small_list();
    char *text = result_text(&list, TEST_STARTED, NULL);
    size_t whole = strlen(text) - 1; /* without the last newline */
    for (size_t bytes = 0; bytes < whole; bytes += 7) {
        vb_baseline baseline;
        vb_message message;
        assert_int_equal(vb_baseline_parse("old", "old.json", text, bytes, &baseline, &message),
                         -1);
        assert_ptr_equal(strstr(message.text, "old.json is not JSON: "), message.text);
    }
    free(text);
    vb_benchmark_list_free(&list);
}

static void file_is_read_and_what_is_no_file_refused(void **state)
{
    (void)state;
    char path[TEST_PATH_MAX], sentence[400];
    vb_message message;
    vb_baseline baseline;
    vb_benchmark_list list = small_list();
    char *text = result_text(&list, TEST_STARTED, NULL);
    write_text(in_test_folder("good.json", path), text, 0644);
    assert_int_equal(vb_baseline_load("good", path, &baseline, &message), 0);
    assert_int_equal(baseline.count, 3);
    assert_string_equal(baseline.path, path);
    vb_baseline_free(&baseline);
    free(text);
    vb_benchmark_list_free(&list);

    in_test_folder("none.json", path);
    snprintf(sentence, sizeof sentence, "%s cannot be read: No such file or directory.", path);
    assert_int_equal(vb_baseline_load("none", path, &baseline, &message), -1);
    assert_string_equal(message.text, sentence);

    assert_int_equal(mkdir(in_test_folder("folder.json", path), 0755), 0);
    snprintf(sentence, sizeof sentence, "%s is not a file.", path);
    assert_int_equal(vb_baseline_load("folder", path, &baseline, &message), -1);
    assert_string_equal(message.text, sentence);

    assert_int_equal(mkfifo(in_test_folder("fifo.json", path), 0644), 0); /* must not block */
    assert_int_equal(vb_baseline_load("fifo", path, &baseline, &message), -1);
    assert_non_null(strstr(message.text, " is not a file."));

    write_text(in_test_folder("huge.json", path), "", 0644); /* sparse */
    assert_int_equal(truncate(path, ((off_t)256 << 20) + 1), 0);
    assert_int_equal(vb_baseline_load("huge", path, &baseline, &message), -1);
    assert_non_null(strstr(message.text, " has 256 MB; at most 256 are read."));
    assert_null(baseline.document);
}

static void running_out_of_memory_is_told(void **state)
{
    (void)state;
    vb_benchmark_list list = small_list();
    char *text = result_text(&list, TEST_STARTED, NULL);
    size_t bytes = strlen(text);
    int status = -1;
    /* Each early and each later one in steps: the schema alone takes thousands. */
    for (long allowed = 0; status != 0; allowed += allowed < 50 ? 1 : 13) {
        vb_baseline baseline;
        vb_message message;
        vb_json_watch();
        fail_allocation_after(allowed);
        allow_leaks(true); /* json.h says why not all is freed */
        status = vb_baseline_parse("old", "old.json", text, bytes, &baseline, &message);
        allow_leaks(false);
        assert_int_equal(status, allocation_has_failed() ? -1 : 0);
        if (status != 0)
            assert_string_equal(message.text,
                                "old.json cannot be read: there is not enough memory.");
        vb_baseline_free(&baseline);
    }
    vb_json_watch();
    free(text);
    vb_benchmark_list_free(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_read),
        cmocka_unit_test(baseline_without_benchmarks_has_none_to_find),
        cmocka_unit_test(what_is_no_result_is_refused_with_a_sentence),
        cmocka_unit_test(every_part_that_is_wrong_is_named),
        cmocka_unit_test(text_that_breaks_off_anywhere_is_refused),
        cmocka_unit_test(file_is_read_and_what_is_no_file_refused),
        cmocka_unit_test(running_out_of_memory_is_told),
    };
    return cmocka_run_group_tests_name("baseline", tests, make_test_folder, remove_test_folder);
}
