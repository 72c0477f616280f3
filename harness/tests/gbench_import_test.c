/* Files of Google Benchmark as results of ours. */
#include "test_near.h"

#include "runner/baseline.h"
#include "runner/gbench_import.h"
#include "runner/json.h"
#include "vbench/vbench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static vb_message message;
static vb_baseline result;

static json_t *rows;

static const char context[] =
    "{'date': '2023-11-14T22:13:20+01:00', 'host_name': 'secret', 'executable': '/home/me/bench',"
    " 'num_cpus': 8, 'mhz_per_cpu': 3000, 'library_build_type': 'release'}";

static json_t *parse(const char *text)
{
    char *copy = strdup(text);
    json_error_t error;
    assert_non_null(copy);
    for (char *c = copy; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    json_t *parsed = vb_json_parse(copy, strlen(copy), &error);
    if (!parsed)
        fail_msg("%s", error.text);
    free(copy);
    return parsed;
}

/* A row as it stands in the file. */
static void add_row(const char *row)
{
    if (!rows)
        rows = json_array();
    json_array_append_new(rows, parse(row));
}

/* A repetition of a benchmark, with these members besides. */
static void add(const char *name, const char *members)
{
    char row[1024];
    assert_true(snprintf(row, sizeof row,
                         "{'name': '%s', 'run_name': '%s', 'run_type': 'iteration', %s}", name,
                         name, members) < (int)sizeof row);
    add_row(row);
}

/* One as versions before 1.4.1 write it, of 2 ns. */
static void add_old(const char *name)
{
    char row[256];
    snprintf(row, sizeof row, "{'name': '%s', 'iterations': 1, 'real_time': 2, 'cpu_time': 2}",
             name);
    add_row(row);
}

static void add_aggregate(const char *run_name, const char *kind)
{
    char row[512];
    snprintf(row, sizeof row,
             "{'name': '%s_%s', 'run_name': '%s', 'run_type': 'aggregate', 'aggregate_name': '%s', "
             "'iterations': 3, 'real_time': 5, 'cpu_time': 5}",
             run_name, kind, run_name, kind);
    add_row(row);
}

/* The result of all rows, which is as the schema says. */
static void take(const char *of_context)
{
    json_t *document;
    json_t *read = json_pack("{s:o, s:o}", "context", parse(of_context), "benchmarks", rows);
    rows = NULL;
    assert_true(vb_gbench_is_one(read));
    if (vb_gbench_import("x.json", read, &document, &message) != 0 ||
        vb_baseline_take("x", "x.json", document, &result, &message) != 0)
        fail_msg("%s", message.text);
    json_decref(read);
}

/* What is at a path of names and indices in an entry, or under `vbench`. */
static const json_t *at(const json_t *from, const char *path)
{
    while (*path) {
        char key[64];
        size_t bytes = strcspn(path, ".");
        memcpy(key, path, bytes);
        key[bytes] = '\0';
        from = json_is_array(from) ? json_array_get(from, (size_t)atoi(key))
                                   : json_object_get(from, key);
        path += bytes + (path[bytes] == '.');
    }
    return from;
}

static const json_t *entry(const char *name)
{
    const vb_baseline_benchmark *found = vb_baseline_find(&result, name);
    if (!found)
        fail_msg("there is no %s", name);
    return found->entry;
}

static double number(const char *name, const char *path)
{
    const json_t *value = at(entry(name), path);
    if (!json_is_number(value))
        fail_msg("%s has no number %s", name, path);
    return json_number_value(value);
}

static const char *text(const json_t *from, const char *path)
{
    const char *found = json_string_value(at(from, path));
    return found ? found : "";
}

static const json_t *ours(void)
{
    return json_object_get(result.document, "vbench");
}

static void repetitions_are_processes_of_one_block(void **state)
{
    (void)state;
    add("a", "'iterations': 1000, 'real_time': 10, 'cpu_time': 9, 'time_unit': 'us'");
    add("a", "'iterations': 1000, 'real_time': 12, 'cpu_time': 9, 'time_unit': 'us'");
    take(context);
    assert_near(number("a", "time.estimate_ns"), 11000, 1e-6);
    assert_near(number("a", "processes.0.block_ns.0"), 10e6, 0);
    assert_near(number("a", "processes.1.iterations_per_block.0"), 1000, 0);
    assert_near(number("a", "statistics.process_count"), 2, 0);
    assert_near(number("a", "cpu_time_ns"), 9000, 1e-6);
    assert_true(json_is_number(at(entry("a"), "time.low_ns")));
    assert_string_equal(text(entry("a"), "warnings.0"),
                        "2 repetitions ran in one process: what differs between processes is "
                        "not in the interval");
    vb_baseline_free(&result);
}

static void one_repetition_has_no_interval(void **state)
{
    (void)state;
    add("a", "'iterations': 10, 'real_time': 1, 'cpu_time': 1, 'time_unit': 's'");
    take(context);
    assert_near(number("a", "time.estimate_ns"), 1e9, 0);
    assert_true(json_is_null(at(entry("a"), "time.low_ns")));
    assert_null(at(entry("a"), "warnings"));
    vb_baseline_free(&result);
}

/* 4 threads, 100 iterations each, each of 80 ns. */
static void time_shared_by_threads_is_that_of_one_again(void **state)
{
    (void)state;
    static const struct {
        const char *context;
        bool shared;
    } versions[] = {{"{'num_cpus': 4}", true},
                    {"{'library_version': '1.8.5', 'num_cpus': 4}", true},
                    {"{'library_version': 'v1.8.3-1-g12', 'num_cpus': 4}", true},
                    {"{'library_version': '1.9.0', 'num_cpus': 4}", false},
                    {"{'library_version': 'v1.10.2', 'num_cpus': 4}", false},
                    {"{'library_version': '2.0', 'num_cpus': 4}", false}};
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
        add("a/real_time/threads:4",
            versions[i].shared
                ? "'iterations': 400, 'real_time': 20, 'cpu_time': 70, 'items_per_second': 250e6"
                : "'threads': 4, 'iterations': 400, 'real_time': 80, 'cpu_time': 70, "
                  "'items_per_second': 62.5e6");
        take(versions[i].context);
        assert_near(number("a/4_threads", "time.estimate_ns"), 80, 1e-9);
        assert_near(number("a/4_threads", "processes.0.iterations_per_block.0"), 100, 0);
        assert_near(number("a/4_threads", "threads"), 4, 0);
        assert_near(number("a/4_threads", "cpu_time_ns"), 70, 1e-9);
        assert_near(number("a/4_threads", "items_per_iteration"), 20, 1e-6);
        assert_near(number("a/4_threads", "items_per_sec"), 250e6, 1);
        vb_baseline_free(&result);
    }
}

static void rates_are_of_the_time_that_the_name_says(void **state)
{
    (void)state;
    static const char members[] = "'iterations': 100, 'real_time': 200, 'cpu_time': 100, "
                                  "'items_per_second': 1e7, 'bytes_per_second': 64e7";
    add("cpu", members);
    add("real/real_time", members);
    take(context);
    assert_near(number("cpu", "items_per_iteration"), 1, 1e-9);
    assert_near(number("cpu", "bytes_per_iteration"), 64, 1e-9);
    assert_near(number("real", "items_per_iteration"), 2, 1e-9);
    assert_near(number("real", "items_per_sec"), 1e7, 1);
    assert_near(number("cpu", "items_per_sec"), 5e6, 1);
    vb_baseline_free(&result);
}

static void other_numbers_are_counters(void **state)
{
    (void)state;
    add("a", "'family_index': 3, 'repetitions': 1, 'iterations': 10, 'real_time': 1, 'cpu_time': 1,"
             "'label': 'text', 'misses': 2.5, 'nan': null");
    take(context);
    assert_int_equal(json_object_size(at(entry("a"), "counters")), 1);
    assert_near(number("a", "counters.misses.value"), 2.5, 0);
    assert_string_equal(text(entry("a"), "counters.misses.kind"), "mean");
    vb_baseline_free(&result);
}

static void counters_for_which_there_is_no_room_are_told(void **state)
{
    (void)state;
    char members[512] = "'iterations': 10, 'real_time': 1, 'cpu_time': 1";
    for (int i = 1; i <= VB_COUNTERS_MAX + 1; i++)
        snprintf(members + strlen(members), sizeof members - strlen(members), ", 'c%d': 1", i);
    add("a", members);
    take(context);
    assert_int_equal(json_object_size(at(entry("a"), "counters")), VB_COUNTERS_MAX);
    assert_non_null(strstr(text(entry("a"), "warnings.0"), "c17 is left out"));
    vb_baseline_free(&result);
}

static void aggregates_alone_are_an_error_row(void **state)
{
    (void)state;
    add_aggregate("a", "mean");
    add_aggregate("a", "stddev");
    add("b", "'iterations': 1, 'real_time': 2, 'cpu_time': 2");
    add_aggregate("b", "mean");
    take(context);
    assert_string_equal(text(entry("a"), "error"),
                        "only aggregates of it are in the file, and no repetitions; measure "
                        "without --benchmark_report_aggregates_only");
    assert_near(number("b", "time.estimate_ns"), 2, 0);
    assert_int_equal(result.count, 2);
    vb_baseline_free(&result);
}

static void aggregates_of_old_files_are_told_by_their_names(void **state)
{
    (void)state;
    static const char *const names[] = {"a",           "a",      "a_mean",   "a_median", "a_stddev",
                                        "of_the_mean", "b_mean", "b_median", "b_stddev"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        add_old(names[i]);
    take(context);
    assert_near(number("a", "statistics.process_count"), 2, 0);
    assert_near(number("of_the_mean", "statistics.process_count"), 1, 0);
    assert_non_null(strstr(text(entry("b"), "error"), "only aggregates"));
    assert_int_equal(result.count, 3);
    vb_baseline_free(&result);
}

static void fits_and_what_is_no_row_are_passed_over(void **state)
{
    (void)state;
    add_old("a/8");
    add_row("{'name': 'a_BigO', 'run_name': 'a', 'run_type': 'aggregate', 'cpu_coefficient': 1, "
            "'real_coefficient': 1, 'big_o': 'N', 'time_unit': 'ns'}");
    add_row("{'name': 'a_RMS', 'run_name': 'a', 'run_type': 'aggregate', 'rms': 0.1}");
    add_row("{'name': 'c_BigO', 'cpu_coefficient': 1, 'big_o': 'N'}");
    add_row("{'no_name': 1}");
    add_row("[]");
    take(context);
    assert_int_equal(result.count, 1);
    vb_baseline_free(&result);
}

static void what_failed_is_an_error_row(void **state)
{
    (void)state;
    static const struct {
        const char *name, *members, *error;
    } cases[] = {
        {"a", "'error_occurred': true, 'error_message': 'broken', 'iterations': 0", "broken"},
        {"b", "'skipped': true, 'skip_message': 'not here'", "it was skipped: not here"},
        {"c", "'error_occurred': true, 'error_message': ''", "it failed, and does not say why"},
        {"d", "'iterations': 5, 'real_time': null",
         "a repetition has no time, or no number of iterations, that is one"},
        {"e", "'iterations': 5, 'real_time': 1, 'time_unit': 'min'",
         "the unit of its time is none of ns, us, ms and s"},
        {"f", "'iterations': 0, 'real_time': 1",
         "a repetition has no time, or no number of iterations, that is one"},
        {"g", "'iterations': 1e18, 'real_time': 1e18",
         "a repetition has no time, or no number of iterations, that is one"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        add(cases[i].name, cases[i].members);
    take(context);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(text(entry(cases[i].name), "error"), cases[i].error);
    vb_baseline_free(&result);
}

static void names_that_differ_in_the_way_of_running_alone_stay_whole(void **state)
{
    (void)state;
    add_old("a/8");
    add_old("a/8/real_time");
    take(context);
    assert_string_equal(text(entry("a/8/real_time"), "case"), "a");
    assert_near(number("a/8/real_time", "parameters.arg0"), 8, 0);
    vb_baseline_free(&result);
}

static void no_shortened_name_is_that_of_another(void **state)
{
    (void)state;
    static const char *const names[] = {"a/real_time", "a/process_time", "a", "b/iterations:5", "b",
                                        "c/threads:2", "c/2_threads"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        add_old(names[i]);
    take(context);
    assert_int_equal(result.count, sizeof names / sizeof *names);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_non_null(vb_baseline_find(&result, names[i]));
    vb_baseline_free(&result);
}

static void a_repetition_may_have_counters_called_like_a_fit(void **state)
{
    (void)state;
    add("a", "'iterations': 10, 'real_time': 1, 'cpu_time': 1, 'rms': 2.5, 'big_o': 3");
    take(context);
    assert_near(number("a", "counters.rms.value"), 2.5, 0);
    assert_near(number("a", "counters.big_o.value"), 3, 0);
    vb_baseline_free(&result);
}

static void what_is_not_told_is_unknown_and_the_machine_has_no_name(void **state)
{
    (void)state;
    add_old("group/a");
    take(context);
    char *whole = json_dumps(result.document, 0);
    assert_null(strstr(whole, "secret"));
    assert_null(strstr(whole, "/home"));
    free(whole);
    assert_string_equal(text(ours(), "machine.cpu_model"), "unknown");
    assert_int_equal(json_integer_value(at(ours(), "machine.cpu_count")), 8);
    assert_string_equal(text(ours(), "run.started"), "2023-11-14T21:13:20Z");
    assert_string_equal(text(ours(), "suites.0.name"), "bench");
    assert_string_equal(text(ours(), "suites.0.optimised"), "unknown");
    assert_string_equal(text(entry("group/a"), "group"), "group");
    assert_string_equal(text(entry("group/a"), "suite"), "bench");
    assert_near(number("group/a", "peak_memory_bytes"), 0, 0);
    vb_baseline_free(&result);
}

static void dates_of_all_versions_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *context, *started;
    } cases[] = {{"{'date': '2023-11-14T22:13:20-05:30'}", "2023-11-15T03:43:20Z"},
                 {"{'date': '2016-08-02 17:44:46'}", "2016-08-02T17:44:46Z"},
                 {"{'date': '9999-12-31T23:59:59-99:00'}", "1970-01-01T00:00:00Z"},
                 {"{'date': 'yesterday'}", "1970-01-01T00:00:00Z"},
                 {"{}", "1970-01-01T00:00:00Z"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        add_old("a");
        take(cases[i].context);
        assert_string_equal(text(ours(), "run.started"), cases[i].started);
        vb_baseline_free(&result);
    }
}

static void benchmarks_of_several_threads_scale(void **state)
{
    (void)state;
    static const int threads[] = {1, 2, 4, 8};
    for (size_t i = 0; i < sizeof threads / sizeof *threads; i++) {
        char name[64];
        snprintf(name, sizeof name, "a/real_time/threads:%d", threads[i]);
        add(name, "'iterations': 64, 'real_time': 100, 'cpu_time': 9");
    }
    take("{'num_cpus': 8, 'library_version': '1.9.1'}");
    assert_string_equal(text(ours(), "scaling.0.name"), "a");
    vb_baseline_free(&result);
}

static void a_file_without_benchmarks_is_refused(void **state)
{
    (void)state;
    json_t *document, *read = parse("{'context': {}, 'benchmarks': []}");
    assert_int_equal(vb_gbench_import("x.json", read, &document, &message), -1);
    assert_string_equal(message.text, "x.json is of Google Benchmark, but holds no benchmark; run "
                                      "its program with a --benchmark_filter that matches some.");
    assert_null(document);
    json_decref(read);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(repetitions_are_processes_of_one_block),
        cmocka_unit_test(one_repetition_has_no_interval),
        cmocka_unit_test(time_shared_by_threads_is_that_of_one_again),
        cmocka_unit_test(rates_are_of_the_time_that_the_name_says),
        cmocka_unit_test(other_numbers_are_counters),
        cmocka_unit_test(counters_for_which_there_is_no_room_are_told),
        cmocka_unit_test(aggregates_alone_are_an_error_row),
        cmocka_unit_test(aggregates_of_old_files_are_told_by_their_names),
        cmocka_unit_test(fits_and_what_is_no_row_are_passed_over),
        cmocka_unit_test(what_failed_is_an_error_row),
        cmocka_unit_test(names_that_differ_in_the_way_of_running_alone_stay_whole),
        cmocka_unit_test(no_shortened_name_is_that_of_another),
        cmocka_unit_test(a_repetition_may_have_counters_called_like_a_fit),
        cmocka_unit_test(what_is_not_told_is_unknown_and_the_machine_has_no_name),
        cmocka_unit_test(dates_of_all_versions_are_read),
        cmocka_unit_test(benchmarks_of_several_threads_scale),
        cmocka_unit_test(a_file_without_benchmarks_is_refused),
    };
    vb_json_watch();
    return cmocka_run_group_tests_name("gbench_import", tests, NULL, NULL);
}
