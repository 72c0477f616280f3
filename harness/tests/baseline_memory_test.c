/*
 * A result is written, read and compared while each of its allocations fails in turn: every time
 * there is a sentence, or all of it.
 */
#define _GNU_SOURCE
#include "test_files.h"
#include "test_memory.h"

#include "runner/baseline.h"
#include "runner/comparison.h"
#include "runner/json.h"
#include "runner/result.h"
#include "runner/shortfall.h"
#include "runner/write_file.h"

enum { PROCESSES = 2, BLOCKS = 3 };

/* AddressSanitizer's, where it is there: what is allocated in between may leak. */

static vb_message message;
static char suite_name[] = "suite", flags[] = "-O2", build_type[] = "Release", path[] = "./suite";
static vb_suite suite = {.path = path,
                         .name = suite_name,
                         .compiler_flags = flags,
                         .build_type = build_type,
                         .google_benchmark = "1.8",
                         .compiler = "cc 1",
                         .c_library = "glibc 2"};
static const vb_suite_list suites = {&suite, 1};
static vb_benchmark_list list;
static int cpus[] = {0, 1};
static vb_measure_options plan = {
    .budget_s = 1, .processes = PROCESSES, .seed = 7, .cpus = cpus, .cpu_count = 2};
static vb_run_facts facts = {
    .wall_s = 2, .measured_s = 1, .with_host_name = true, .options = &plan};
static char file[TEST_PATH_MAX];
static char *whole_text;

/* A benchmark that has everything that one can have. */
static void add_benchmark(const char *name)
{
    const vb_block block = {.real_ns = 1000,
                            .cpu_ns = 900,
                            .items = 10,
                            .bytes = 80,
                            .counters = {{"sum", VB_SUM, 1, 0}, {"mean", VB_MEAN, 2, 0}},
                            .counter_count = 2};
    vb_benchmark *added = vb_benchmark_list_add(&list);
    assert_non_null(added);
    added->suite = &suite;
    added->name = strdup(name);
    added->case_bytes = strlen(name);
    added->threads = 1;
    added->iterations = 10;
    added->restarts = 1;
    added->peak_memory_bytes = 4 << 20;
    added->allocations = (vb_allocations){.known = true, .count = 2, .bytes = 96};
    added->parameters[0] = (vb_parameter){strdup("size"), 8};
    added->parameter_count = 1;
    vb_benchmark_warn(added, "a warning that is no UTF-8: \xff");
    assert_int_equal(vb_histogram_create(&added->latencies), 0);
    for (int process = 0; process < PROCESSES; process++) {
        vb_process_samples *samples = vb_benchmark_add_process(added);
        assert_non_null(samples);
        for (int i = 0; i < BLOCKS; i++)
            assert_int_equal(vb_process_samples_add(samples, &block), 0);
        assert_int_equal(vb_histogram_add(added->latencies, 100, 5), 0);
    }
}

static int make_result(void **state)
{
    vb_json_watch();
    add_benchmark("group/good");
    add_benchmark("group/other");
    add_benchmark("group/failed");
    vb_benchmark_fail(&list.items[2], "it was broken");
    facts.load_start = json_pack("[f, f, f]", 0.5, 0.25, 0.125);
    facts.source = json_pack("{s:s, s:b}", "commit", "c0ffee", "dirty", 0);
    whole_text = vb_result_text(&list, &suites, &facts, &message);
    if (!whole_text || make_test_folder(state) != 0)
        return -1;
    write_text(in_test_folder("x.json", file), whole_text, 0644);
    return 0;
}

static int free_result(void **state)
{
    vb_benchmark_list_free(&list);
    json_decref(facts.load_start);
    json_decref(facts.source);
    free(whole_text);
    return remove_test_folder(state);
}

/* Lets the allocation after `count` fail from now on. */
static void begin(long count)
{
    strcpy(message.text, "");
    vb_json_watch();
    fail_allocation_after(count);
}

static void assert_said(void)
{
    size_t length = strlen(message.text);
    assert_true(length > 10);
    assert_int_equal(message.text[length - 1], '.');
}

static void read_file_is_whole_or_there_is_a_sentence(void **state)
{
    (void)state;
    bool failed = true;
    long count = 0;
    vb_baseline whole;
    assert_int_equal(vb_baseline_load("x", file, &whole, &message), 0);
    for (; failed; count++) {
        vb_baseline baseline;
        begin(count);
        allow_leaks(true); /* json.h says why not all is freed */
        int status = vb_baseline_load("x", file, &baseline, &message);
        allow_leaks(false);
        failed = allocation_has_failed();
        if (status != 0) {
            assert_said();
            continue;
        }
        assert_true(json_equal(baseline.document, whole.document));
        assert_int_equal(baseline.count, whole.count);
        assert_non_null(vb_baseline_find(&baseline, "group/good")->medians_ns);
        vb_baseline_free(&baseline);
    }
    vb_baseline_free(&whole);
    assert_true(count > 300);
}

/* Without what is not the same at any two times: the load. */
static json_t *parsed(const char *text)
{
    json_t *document = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(document);
    json_object_del(json_object_get(json_object_get(document, "vbench"), "run"),
                    "load_average_end");
    return document;
}

static void written_result_is_whole_or_there_is_a_sentence(void **state)
{
    (void)state;
    bool failed = true;
    long count = 0;
    json_t *whole = parsed(whole_text);
    for (; failed; count++) {
        begin(count);
        char *text = vb_result_text(&list, &suites, &facts, &message);
        failed = allocation_has_failed();
        if (!text) {
            assert_said();
            continue;
        }
        json_t *document = parsed(text);
        assert_true(json_equal(document, whole));
        json_decref(document);
        free(text);
    }
    json_decref(whole);
    assert_true(count > 500);
}

/* One by one: making it, and writing it down with the result. */
static char *compare(const vb_baseline *old)
{
    vb_comparison comparison = {0};
    json_t *json = NULL;
    char *text = NULL;
    if (vb_comparison_make(old, old->path, &list, "group/", &suites, &vb_unpaired_rules, NULL,
                           &comparison, &message) == 0) {
        json = vb_comparison_json(&comparison, &(vb_gate){0});
        vb_run_facts with = facts;
        with.comparison = json;
        text = vb_result_text(&list, &suites, &with, &message);
    }
    json_decref(json);
    vb_comparison_free(&comparison);
    return text;
}

static void comparison_is_whole_or_there_is_a_sentence(void **state)
{
    (void)state;
    bool failed = true;
    long count = 0;
    vb_baseline old;
    assert_int_equal(vb_baseline_load("x", file, &old, &message), 0);
    char *text = compare(&old);
    json_t *whole = parsed(text);
    free(text);
    for (; failed; count++) {
        begin(count);
        text = compare(&old);
        failed = allocation_has_failed();
        if (!text) {
            assert_said();
            continue;
        }
        json_t *document = parsed(text);
        assert_true(json_equal(document, whole));
        json_decref(document);
        free(text);
    }
    json_decref(whole);
    vb_baseline_free(&old);
    assert_true(count > 500);
}

static void file_is_the_old_or_the_new_one(void **state)
{
    (void)state;
    bool failed = true;
    char place[TEST_PATH_MAX];
    in_test_folder("y.json", place);
    for (long count = 0; failed; count++) {
        char found[16] = "";
        write_text(place, "old\n", 0644);
        begin(count);
        int status = vb_write_file(place, "new\n", 4, &message);
        failed = allocation_has_failed();
        FILE *opened = fopen(place, "r");
        assert_non_null(opened);
        assert_non_null(fgets(found, sizeof found, opened));
        fclose(opened);
        assert_string_equal(found, status == 0 ? "new\n" : "old\n");
        if (status != 0)
            assert_said();
    }
}

static void error_row_has_its_reason_even_without_memory(void **state)
{
    (void)state;
    vb_benchmark_list failing = {0};
    vb_benchmark *added = vb_benchmark_list_add(&failing);
    assert_non_null(added);
    fail_allocation_after(0);
    vb_benchmark_fail(added, "whatever it was");
    assert_true(allocation_has_failed());
    assert_string_equal(added->error, "there is not enough memory");
    vb_benchmark_list_free(&failing);
}

static void warning_that_is_lost_is_remembered(void **state)
{
    (void)state;
    vb_benchmark_list warned = {0};
    vb_benchmark *added = vb_benchmark_list_add(&warned);
    assert_non_null(added);
    begin(0);
    vb_benchmark_warn(added, "something to know");
    assert_true(allocation_has_failed());
    assert_int_not_equal(vb_shortfall(), 0);
    vb_benchmark_list_free(&warned);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(read_file_is_whole_or_there_is_a_sentence),
        cmocka_unit_test(written_result_is_whole_or_there_is_a_sentence),
        cmocka_unit_test(comparison_is_whole_or_there_is_a_sentence),
        cmocka_unit_test(file_is_the_old_or_the_new_one),
        cmocka_unit_test(error_row_has_its_reason_even_without_memory),
        cmocka_unit_test(warning_that_is_lost_is_remembered),
    };
    return cmocka_run_group_tests_name("baseline_memory", tests, make_result, free_result);
}
