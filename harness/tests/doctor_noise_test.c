/* What the noise test makes of comparisons' results. */
#define _GNU_SOURCE
#include "test_near.h"

#include "runner/doctor_noise.h"
#include "runner/json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static vb_noise noise;
static vb_findings findings;

static int begin(void **state)
{
    (void)state;
    findings.count = 0;
    vb_noise_begin(20, &noise);
    return 0;
}

/* A round in which so large changes would have shown. */
static int add_round(const char *rows)
{
    char text[2048];
    json_error_t error;
    snprintf(text, sizeof text, "{\"vbench\": {\"comparison\": {\"rows\": [%s]}}}", rows);
    json_t *result = vb_json_parse(text, strlen(text), &error);
    int status = vb_noise_add(result, &noise);
    json_decref(result);
    return status;
}

#define ROW(name, visible)                                                                         \
    "{\"name\": \"" name "\", \"verdict\": \"equivalent\", \"change_percent\": 0.01, "             \
    "\"visible_percent\": " visible "}"
#define QUIET                                                                                      \
    ROW("arithmetic", "0.05")                                                                      \
    "," ROW("cache", "0.1") "," ROW("branches", "0.2") "," ROW("memory", "1.25")

static void what_the_machine_can_see_is_one_sentence_the_worst_first(void **state)
{
    (void)state;
    assert_int_equal(add_round(QUIET), 0);
    vb_noise_judge(&findings, &noise);
    assert_string_equal(noise.sentence.text,
                        "This machine can see a change of about 1.2 % in memory-bound code, 0.20 % "
                        "in branches, 0.10 % in the first-level cache and 0.05 % in arithmetic, "
                        "within 2 s a benchmark.");
    assert_false(noise.is_noisy);
    assert_string_equal(noise.verdict.text, "");
}

static void of_several_rounds_the_worst_counts(void **state)
{
    (void)state;
    add_round(ROW("arithmetic", "0.1"));
    add_round(ROW("arithmetic", "0.4"));
    add_round(ROW("arithmetic", "0.2"));
    assert_near(noise.rows[0].visible_percent, 0.4, 0);
    assert_int_equal(noise.rounds, 3);
}

static void a_noisy_machine_is_told_with_the_likely_cause(void **state)
{
    (void)state;
    vb_findings_add(&findings, "virtual", VB_FINDING_NOTE, "A guest.")->is_noise = true;
    vb_findings_add(&findings, "load", VB_FINDING_WARNING, "Somebody compiles.")->is_noise = true;
    add_round(QUIET);
    add_round(ROW("memory", "12.4"));
    vb_noise_judge(&findings, &noise);
    assert_true(noise.is_noisy);
    assert_non_null(strstr(noise.sentence.text, "about 12 % in memory-bound code"));
    assert_string_equal(noise.verdict.text, "That is noisy. The likely cause: Somebody compiles.");
}

static void noise_without_a_cause_is_told_as_such(void **state)
{
    (void)state;
    add_round(QUIET);
    add_round(ROW("branches", "3"));
    vb_noise_judge(&findings, &noise);
    assert_non_null(strstr(noise.verdict.text, "Nothing that was found explains it"));
}

static void a_change_that_is_none_is_noise_and_told(void **state)
{
    (void)state;
    add_round(QUIET);
    add_round("{\"name\": \"cache\", \"verdict\": \"improved\", \"change_percent\": -0.4, "
              "\"visible_percent\": 0.1}");
    vb_noise_judge(&findings, &noise);
    assert_true(noise.is_noisy);
    assert_non_null(strstr(noise.verdict.text, "taken for changed, by -0.40 % in the first-level"));
}

static void a_verdict_that_came_early_tells_its_change_not_its_interval(void **state)
{
    (void)state;
    add_round(ROW("cache", "0.1") "," ROW("arithmetic", "0.6"));
    add_round("{\"name\": \"cache\", \"verdict\": \"regressed\", \"change_percent\": 0.4, "
              "\"visible_percent\": 3}, {\"name\": \"arithmetic\", \"verdict\": \"improved\", "
              "\"change_percent\": -0.4, \"visible_percent\": 3}");
    assert_near(noise.rows[0].visible_percent, 0.6, 0);
    assert_near(noise.rows[1].visible_percent, 0.4, 0);
    assert_near(noise.rows[0].mistaken_percent, -0.4, 0);
    assert_near(noise.rows[1].mistaken_percent, 0.4, 0);
}

static void a_row_without_an_interval_leaves_what_other_rounds_told(void **state)
{
    (void)state;
    static const char without[] = "{\"name\": \"cache\", \"verdict\": \"inconclusive\", "
                                  "\"change_percent\": 0.4, \"visible_percent\": null}";
    add_round(without);
    assert_true(isnan(noise.rows[1].visible_percent));
    add_round(ROW("cache", "0.1"));
    add_round(without);
    assert_near(noise.rows[1].visible_percent, 0.1, 0);
    assert_near(noise.rows[1].mistaken_percent, 0, 0);
}

static void a_side_that_is_favoured_is_noise_though_no_verdict_is_left(void **state)
{
    (void)state;
    json_error_t error;
    static const char text[] =
        "{\"vbench\": {\"comparison\": {\"rows\": [" QUIET "], \"noise_floor\": {\"pairs\": 30, "
        "\"change_percent\": 0.31, \"exceeded\": true}}}}";
    json_t *result = vb_json_parse(text, strlen(text), &error);
    assert_int_equal(vb_noise_add(result, &noise), 0);
    json_decref(result);
    vb_noise_judge(&findings, &noise);
    assert_true(noise.is_noisy);
    assert_non_null(strstr(noise.verdict.text, "side of a pair was favoured, by +0.31 %"));
}

static void a_workload_that_told_nothing_comes_first_and_is_noise(void **state)
{
    (void)state;
    add_round(ROW("arithmetic", "0.05") "," ROW("cache", "0.1") "," ROW("memory", "1"));
    add_round("{\"name\": \"branches\", \"verdict\": \"inconclusive\", \"visible_percent\": null}");
    vb_noise_judge(&findings, &noise);
    assert_true(noise.is_noisy);
    assert_non_null(
        strstr(noise.sentence.text, "about more than this can tell in branches, 1.0 %"));
}

static void a_result_without_these_benchmarks_is_a_reason(void **state)
{
    (void)state;
    assert_int_equal(add_round(ROW("another", "1")), -1);
    assert_non_null(strstr(noise.reason.text, "told nothing"));
    assert_int_equal(vb_noise_add(NULL, &noise), -1);
    json_t *json = vb_noise_json(&noise);
    assert_non_null(json_object_get(json, "reason"));
    assert_null(json_object_get(json, "rows"));
    json_decref(json);
}

static void rows_of_other_types_do_no_harm(void **state)
{
    (void)state;
    assert_int_equal(add_round("3, null, {\"name\": 5}, {\"name\": \"cache\", \"verdict\": 1, "
                               "\"visible_percent\": \"x\", \"change_percent\": []}"),
                     0);
    assert_true(isnan(noise.rows[1].visible_percent));
}

static void little_time_is_shared_by_the_workloads(void **state)
{
    (void)state;
    vb_noise_begin(1, &noise);
    assert_near(noise.budget_s, 0.2, 1e-9);
    vb_noise_begin(1000, &noise);
    assert_near(noise.budget_s, 2, 0);
}

static void in_little_time_more_is_no_noise(void **state)
{
    (void)state;
    const char *rows = ROW("arithmetic", "1.2") "," ROW("cache", "1.2") "," ROW(
        "branches", "2") "," ROW("memory", "5");
    vb_noise_begin(1, &noise);
    add_round(rows);
    vb_noise_judge(&findings, &noise);
    assert_false(noise.is_noisy);
    vb_noise_begin(20, &noise);
    add_round(rows);
    vb_noise_judge(&findings, &noise);
    assert_true(noise.is_noisy);
}

static void a_suite_that_is_not_there_is_a_reason_that_says_how_to_get_it(void **state)
{
    (void)state;
    assert_int_equal(vb_noise_measure("/nowhere/noise", 1, NULL, &findings, &noise), 0);
    assert_non_null(strstr(noise.reason.text, "/nowhere/noise, is not there; `make` builds it"));
}

static void a_suite_that_was_not_found_is_a_reason_without_a_path(void **state)
{
    (void)state;
    assert_int_equal(vb_noise_measure(NULL, 1, NULL, &findings, &noise), 0);
    assert_non_null(strstr(noise.reason.text, "does not find its own folder"));
}

#define noise_test(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
    vb_json_watch();
    const struct CMUnitTest tests[] = {
        noise_test(what_the_machine_can_see_is_one_sentence_the_worst_first),
        noise_test(of_several_rounds_the_worst_counts),
        noise_test(a_noisy_machine_is_told_with_the_likely_cause),
        noise_test(noise_without_a_cause_is_told_as_such),
        noise_test(a_change_that_is_none_is_noise_and_told),
        noise_test(a_verdict_that_came_early_tells_its_change_not_its_interval),
        noise_test(a_row_without_an_interval_leaves_what_other_rounds_told),
        noise_test(a_side_that_is_favoured_is_noise_though_no_verdict_is_left),
        noise_test(a_workload_that_told_nothing_comes_first_and_is_noise),
        noise_test(a_result_without_these_benchmarks_is_a_reason),
        noise_test(rows_of_other_types_do_no_harm),
        noise_test(little_time_is_shared_by_the_workloads),
        noise_test(in_little_time_more_is_no_noise),
        noise_test(a_suite_that_is_not_there_is_a_reason_that_says_how_to_get_it),
        noise_test(a_suite_that_was_not_found_is_a_reason_without_a_path),
    };
    return cmocka_run_group_tests_name("doctor_noise", tests, NULL, NULL);
}
