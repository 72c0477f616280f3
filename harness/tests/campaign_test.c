/* Finding the benchmarks of several suites, which are shell scripts here, and the line about what
 * was measured. Measuring is for the tests that drive the programs. */
#define _GNU_SOURCE
#include "test_files.h"

#include "runner/campaign.h"
#include "test_memory.h"

#include <stdio.h>

/* A suite that lists these lines. */
static char *make_suite(const char *name, const char *lines, char path[TEST_PATH_MAX])
{
    char body[2000];
    snprintf(body, sizeof body,
             "printf 'vbench-worker 2\\nend\\n' >&3\nread -r request <&3\n"
             "printf '%send\\n' >&3\nread -r request <&3\nprintf 'end\\n' >&3",
             lines);
    write_script(name, body, path);
    return path;
}

static int find(vb_campaign *campaign, char *const *paths, size_t count, const char *filter,
                vb_message *message)
{
    const vb_options options = {
        .suites = paths, .suite_count = count, .filter = filter, .time_limit_s = 20};
    *campaign = (vb_campaign){0};
    return vb_campaign_find(campaign, &options, message);
}

static void benchmarks_of_all_suites_are_found_in_order(void **state)
{
    (void)state;
    char first[TEST_PATH_MAX], second[TEST_PATH_MAX];
    char *paths[] = {make_suite("b_suite", "case 1 0 0 0 4 push\\ncase 2 0 2.5 0 3 pop\\n", first),
                     make_suite("a_suite", "case 1 0 0 0 3 sum\\n", second)};
    vb_campaign campaign;
    vb_message message = {""};
    if (find(&campaign, paths, 2, NULL, &message) != 0)
        fail_msg("%s", message.text);
    assert_int_equal(campaign.list.count, 3);
    assert_string_equal(campaign.list.items[0].name, "push");
    assert_string_equal(campaign.list.items[1].name, "pop");
    assert_string_equal(campaign.list.items[2].name, "sum");
    assert_string_equal(campaign.list.items[1].suite->name, "b_suite");
    assert_string_equal(campaign.list.items[2].suite->name, "a_suite");
    vb_campaign_free(&campaign);
    vb_campaign_free(&campaign); /* a second time */
}

static void filter_keeps_what_it_names(void **state)
{
    (void)state;
    char path[TEST_PATH_MAX];
    char *paths[] = {make_suite("suite", "case 1 0 0 0 4 push\\ncase 1 0 0 0 3 pop\\n", path)};
    vb_campaign campaign;
    vb_message message;
    assert_int_equal(find(&campaign, paths, 1, "op$", &message), 0);
    assert_int_equal(campaign.list.count, 1);
    assert_string_equal(campaign.list.items[0].name, "pop");
    vb_campaign_free(&campaign);
}

static void filter_that_matches_nothing_is_refused_where_there_must_be_some(void **state)
{
    (void)state;
    char path[TEST_PATH_MAX];
    char *paths[] = {make_suite("suite", "case 1 0 0 0 4 push\\n", path)};
    const vb_options options = {
        .suites = paths, .suite_count = 1, .filter = "none", .time_limit_s = 20};
    vb_campaign campaign;
    vb_message message;
    assert_int_equal(find(&campaign, paths, 1, "none", &message), -1);
    assert_string_equal(
        message.text, "--filter \"none\" matches no benchmark; `vbench list` prints their names.");
    vb_campaign_free(&campaign);
    assert_int_equal(vb_campaign_list(&campaign, &options, &message), 0); /* a side may have none */
    assert_int_equal(campaign.list.count, 0);
    vb_campaign_free(&campaign);
}

static void two_suites_of_one_name_are_refused_with_both(void **state)
{
    (void)state;
    char first[TEST_PATH_MAX], folder[TEST_PATH_MAX], second[TEST_PATH_MAX];
    assert_int_equal(mkdir(in_test_folder("other", folder), 0755), 0);
    char *paths[] = {make_suite("suite", "case 1 0 0 0 1 a\\n", first),
                     make_suite("other/suite", "case 1 0 0 0 1 b\\n", second)};
    vb_campaign campaign;
    vb_message message;
    assert_int_equal(find(&campaign, paths, 2, NULL, &message), -1);
    assert_non_null(strstr(message.text, "Two suites have one name, "));
    assert_non_null(strstr(message.text, first));
    assert_non_null(strstr(message.text, second));
    vb_campaign_free(&campaign);
}

static void one_name_in_two_suites_is_refused_with_both(void **state)
{
    (void)state;
    char first[TEST_PATH_MAX], second[TEST_PATH_MAX], expected[1000];
    char *paths[] = {make_suite("one", "case 1 0 0 0 1 a\\ncase 1 0 0 0 1 b\\n", first),
                     make_suite("two", "case 1 0 0 0 1 c\\ncase 1 0 0 0 1 b\\n", second)};
    vb_campaign campaign;
    vb_message message;
    assert_int_equal(find(&campaign, paths, 2, NULL, &message), -1);
    const char *rest =
        "have a benchmark named b; rename one, or remove the suite that is no longer "
        "built.";
    snprintf(expected, sizeof expected, "Two suites, %s and %s, %s", first, second, rest);
    if (strcmp(message.text, expected) != 0) { /* which comes first is the sort's affair */
        snprintf(expected, sizeof expected, "Two suites, %s and %s, %s", second, first, rest);
        assert_string_equal(message.text, expected);
    }
    vb_campaign_free(&campaign);

    /* also where the filter would leave one of them out */
    assert_int_equal(find(&campaign, paths, 2, "a", &message), -1);
    vb_campaign_free(&campaign);
}

static void suite_that_does_not_answer_well_is_named_in_a_sentence(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        const char *why;
    } expected[] = {
        {"exit 3", " does not list its benchmarks: "},
        {"echo hello >&3",
         " does not list its benchmarks: its process sent garbage to the runner."},
        {"printf 'vbench-worker 2\\nend\\n' >&3; read -r request <&3; "
         "echo 'error entry 1 is wrong.' >&3; read -r request <&3",
         " does not list its benchmarks: entry 1 is wrong."},
        {"printf 'vbench-worker 99\\nend\\n' >&3; read -r request <&3",
         " speaks version 99 of the worker protocol, this vbench version 2; build both from the "
         "same vbench."},
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        char path[TEST_PATH_MAX];
        vb_campaign campaign;
        vb_message message;
        write_script("bad", expected[i].body, path);
        assert_int_equal(find(&campaign, (char *[]){path}, 1, NULL, &message), -1);
        assert_non_null(strstr(message.text, path));
        assert_non_null(strstr(message.text, expected[i].why));
        size_t length = strlen(message.text);
        assert_int_equal(message.text[length - 1], '.');
        assert_int_not_equal(message.text[length - 2], '.');
        vb_campaign_free(&campaign);
    }
}

static void suites_without_a_benchmark_are_told(void **state)
{
    (void)state;
    char path[TEST_PATH_MAX];
    char *paths[] = {make_suite("empty", "", path)};
    vb_campaign campaign;
    vb_message message;
    assert_int_equal(find(&campaign, paths, 1, NULL, &message), -1);
    assert_string_equal(message.text, "The suites hold no benchmark.");
    vb_campaign_free(&campaign);
}

void __gcov_dump(void) __attribute__((weak));

static void running_out_of_memory_is_told_and_leaks_nothing(void **state)
{
    (void)state;
    if (__gcov_dump)
        skip(); /* what counts lines allocates in the child, too */
    char path[TEST_PATH_MAX];
    char *paths[] = {make_suite("suite", "case 1 0 0 0 4 push\\ncase 1 0 0 0 3 pop\\n", path)};
    bool failed = true;
    for (long allowed = 0; failed; allowed++) {
        vb_campaign campaign;
        vb_message message = {""};
        fail_allocation_after(allowed);
        int status = find(&campaign, paths, 1, "p", &message);
        failed = allocation_has_failed();
        assert_int_equal(status, failed ? -1 : 0);
        if (failed && !strstr(message.text, "memory"))
            fail_msg("with %ld allocations: %s", allowed, message.text);
        vb_campaign_free(&campaign);
    }
}

static void summary_counts_and_names_both_times(void **state)
{
    (void)state;
    static const struct {
        size_t benchmarks;
        int processes;
        const char *line;
    } expected[] = {
        {1, 1, "1 benchmark, 1 process each; measured 12.6 s, took 16.0 s.\n"},
        {6, 9, "6 benchmarks, 9 processes each; measured 12.6 s, took 16.0 s.\n"},
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        const vb_campaign campaign = {.list = {.count = expected[i].benchmarks},
                                      .plan = {.processes = expected[i].processes},
                                      .facts = {.measured_s = 12.6, .wall_s = 16.04}};
        char *text = NULL;
        size_t bytes = 0;
        FILE *out = open_memstream(&text, &bytes);
        vb_campaign_print_summary(out, &campaign);
        fclose(out);
        assert_string_equal(text, expected[i].line);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(benchmarks_of_all_suites_are_found_in_order),
        cmocka_unit_test(filter_keeps_what_it_names),
        cmocka_unit_test(filter_that_matches_nothing_is_refused_where_there_must_be_some),
        cmocka_unit_test(two_suites_of_one_name_are_refused_with_both),
        cmocka_unit_test(one_name_in_two_suites_is_refused_with_both),
        cmocka_unit_test(suite_that_does_not_answer_well_is_named_in_a_sentence),
        cmocka_unit_test(suites_without_a_benchmark_are_told),
        cmocka_unit_test(running_out_of_memory_is_told_and_leaks_nothing),
        cmocka_unit_test(summary_counts_and_names_both_times),
    };
    return cmocka_run_group_tests_name("campaign", tests, make_test_folder, remove_test_folder);
}
