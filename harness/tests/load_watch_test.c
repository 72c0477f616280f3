/* What others took of the CPUs while something was measured, from two made-up moments of /proc. */
#define _GNU_SOURCE
#include "test_near.h"
#include "test_tree.h"

#include "runner/json.h"
#include "runner/load_watch.h"
#include "runner/shortfall.h"
#include "test_memory.h"

#include <time.h>

static const double ticks_per_s = 100;

/* Of all CPUs since boot; `busy` without what was stolen. */
static vb_load_watch moment(uint64_t busy, uint64_t idle, uint64_t stolen, double own_s)
{
    return (vb_load_watch){.totals = {.is_known = true,
                                      .ticks = busy + idle + stolen,
                                      .idle_ticks = idle,
                                      .steal_ticks = stolen},
                           .own_s = own_s};
}

static const vb_finding *finding(size_t index, const char *check)
{
    assert_int_equal(findings.count, 2);
    assert_string_equal(findings.items[index].check, check);
    return &findings.items[index];
}

/* Of 1000 ticks so many were busy and stolen, and our own processes took so long. */
static void judge(uint64_t busy, uint64_t stolen, double own_s)
{
    const vb_load_watch before = moment(70000, 500000, 300, 12.5);
    const vb_load_watch after =
        moment(70000 + busy, 501000 - busy - stolen, 300 + stolen, 12.5 + own_s);
    findings.count = 0;
    vb_load_watch_judge(&before, &after, ticks_per_s, &findings);
}

static void assert_load(vb_severity severity, const char *percent)
{
    char expected[100];
    const vb_finding *found = finding(0, "load");
    snprintf(expected, sizeof expected, "Other programs used %s %% of the CPUs meanwhile.",
             percent);
    assert_string_equal(found->what.text, expected);
    assert_string_equal(vb_severity_name(found->severity), vb_severity_name(severity));
    assert_int_equal(found->effect.text[0] != '\0', severity != VB_FINDING_OK);
    assert_int_equal(found->mend.text[0] != '\0', severity != VB_FINDING_OK);
    assert_true(found->is_noise);
}

static void assert_steal(vb_severity severity, const char *percent)
{
    char expected[100];
    const vb_finding *found = finding(1, "steal");
    snprintf(expected, sizeof expected, "The host took %s %% of the CPUs away meanwhile.", percent);
    assert_string_equal(found->what.text, expected);
    assert_string_equal(vb_severity_name(found->severity), vb_severity_name(severity));
    assert_int_equal(found->effect.text[0] != '\0', severity != VB_FINDING_OK);
    assert_int_equal(found->mend.text[0] != '\0', severity != VB_FINDING_OK);
    assert_true(found->is_noise);
}

static void what_others_used_is_what_was_busy_without_our_own(void **state)
{
    (void)state;
    judge(450, 0, 2.5);
    assert_load(VB_FINDING_WARNING, "20.0");
    judge(450, 0, 4.5);
    assert_load(VB_FINDING_OK, "0.0");
    judge(450, 0, 0);
    assert_load(VB_FINDING_WARNING, "45.0");
}

static void ticks_are_as_long_as_is_said(void **state)
{
    (void)state;
    const vb_load_watch before = moment(0, 0, 0, 0), after = moment(600, 400, 0, 2);
    vb_load_watch_judge(&before, &after, 250, &findings);
    assert_load(VB_FINDING_WARNING, "10.0");
}

static void other_programs_are_a_warning_from_5_percent_on_and_a_problem_from_50(void **state)
{
    (void)state;
    judge(0, 0, 0);
    assert_load(VB_FINDING_OK, "0.0");
    judge(149, 0, 1);
    assert_load(VB_FINDING_OK, "4.9");
    judge(150, 0, 1);
    assert_load(VB_FINDING_WARNING, "5.0");
    judge(599, 0, 1);
    assert_load(VB_FINDING_WARNING, "49.9");
    judge(600, 0, 1);
    assert_load(VB_FINDING_PROBLEM, "50.0");
    judge(1000, 0, 0);
    assert_load(VB_FINDING_PROBLEM, "100.0");
}

static void steal_is_a_warning_from_half_a_percent_on_and_a_problem_from_5(void **state)
{
    (void)state;
    judge(0, 0, 0);
    assert_steal(VB_FINDING_OK, "0.0");
    judge(0, 4, 0);
    assert_steal(VB_FINDING_OK, "0.4");
    judge(0, 5, 0);
    assert_steal(VB_FINDING_WARNING, "0.5");
    judge(0, 49, 0);
    assert_steal(VB_FINDING_WARNING, "4.9");
    judge(0, 50, 0);
    assert_steal(VB_FINDING_PROBLEM, "5.0");
}

static void stolen_time_is_neither_idle_nor_other_programs(void **state)
{
    (void)state;
    judge(100, 900, 1);
    assert_load(VB_FINDING_OK, "0.0");
    assert_steal(VB_FINDING_PROBLEM, "90.0");
    judge(160, 200, 1);
    assert_load(VB_FINDING_WARNING, "6.0");
    assert_steal(VB_FINDING_PROBLEM, "20.0");
}

/* The kernel counts ticks, and a process's own time by the clock. */
static void own_time_beyond_all_busy_time_leaves_nothing_to_others(void **state)
{
    (void)state;
    judge(450, 0, 4.6);
    assert_load(VB_FINDING_OK, "0.0");
    judge(0, 0, 1e9);
    assert_load(VB_FINDING_OK, "0.0");
}

static void own_time_that_steps_back_is_not_other_programs(void **state)
{
    (void)state;
    judge(100, 0, -12.5);
    assert_load(VB_FINDING_WARNING, "10.0");
}

static void without_both_moments_nothing_is_claimed(void **state)
{
    (void)state;
    const vb_load_watch known = moment(100, 100, 0, 0), later = moment(200, 200, 0, 0);
    vb_load_watch unknown = {.own_s = 1};
    vb_load_watch_judge(&unknown, &known, ticks_per_s, &findings);
    vb_load_watch_judge(&known, &unknown, ticks_per_s, &findings);
    vb_load_watch_judge(&unknown, &unknown, ticks_per_s, &findings);
    unknown = later;
    unknown.totals.is_known = false;
    vb_load_watch_judge(&known, &unknown, ticks_per_s, &findings);
    vb_load_watch_judge(&known, &known, ticks_per_s, &findings); /* no time has passed */
    vb_load_watch_judge(&later, &known, ticks_per_s, &findings);
    assert_int_equal(findings.count, 0);
}

static void counters_that_step_back_have_taken_nothing(void **state)
{
    (void)state;
    vb_load_watch before = moment(1000, 5000, 100, 0), after = moment(900, 6000, 90, 0);
    vb_load_watch_judge(&before, &after, ticks_per_s, &findings);
    assert_load(VB_FINDING_OK, "0.0");
    assert_steal(VB_FINDING_OK, "0.0");
    /* Waiting for disks counts as idle, and steps back even where nothing is. */
    findings.count = 0;
    after = moment(2000, 4998, 100, 0);
    vb_load_watch_judge(&before, &after, ticks_per_s, &findings);
    assert_load(VB_FINDING_PROBLEM, "100.0");
}

static void no_share_is_more_than_all(void **state)
{
    (void)state;
    const vb_load_watch before = moment(1000, 5000, 100, 0), after = moment(100, 5000, 1100, 0);
    vb_load_watch_judge(&before, &after, ticks_per_s, &findings);
    assert_load(VB_FINDING_OK, "0.0");
    assert_steal(VB_FINDING_PROBLEM, "100.0");
    const vb_load_watch begin = {.totals = {.is_known = true}};
    const vb_load_watch end = {.totals = {.is_known = true, .ticks = UINT64_MAX}};
    findings.count = 0;
    vb_load_watch_judge(&begin, &end, ticks_per_s, &findings);
    assert_load(VB_FINDING_PROBLEM, "100.0");
}

static void a_moment_is_what_proc_says_and_our_own_time(void **state)
{
    (void)state;
    vb_load_watch watch;
    const double begin_s = (double)clock() / CLOCKS_PER_SEC;
    put("/proc/stat", "cpu  10 20 30 400 5 6 7 80 9 9\ncpu0 1 2 3 4 5 6 7 8 9 0\n");
    memset(&watch, 0xff, sizeof watch);
    vb_load_watch_take(tree, &watch);
    assert_true(watch.totals.is_known);
    assert_int_equal(watch.totals.ticks, 558);
    assert_int_equal(watch.totals.idle_ticks, 405);
    assert_int_equal(watch.totals.steal_ticks, 80);
    assert_null(watch.totals.processes);
    assert_between(watch.own_s, begin_s - 0.02, begin_s + 1000); /* it was told in ticks */
}

static void the_time_of_programs_that_were_waited_for_is_our_own(void **state)
{
    (void)state;
    vb_load_watch before, after;
    vb_load_watch_take(tree, &before);
    assert_int_equal(system("i=0; while [ $i -lt 200000 ]; do i=$((i + 1)); done"), 0);
    vb_load_watch_take(tree, &after);
    assert_true(after.own_s - before.own_s > 0.01);
}

static void where_proc_is_not_told_a_moment_is_not_known(void **state)
{
    (void)state;
    vb_load_watch watch;
    vb_load_watch_take(tree, &watch);
    assert_false(watch.totals.is_known);
    put("/proc/stat", hostile);
    vb_load_watch_take(tree, &watch);
    assert_false(watch.totals.is_known);
}

static const char *check_at(const json_t *array, size_t index)
{
    return json_string_value(json_object_get(json_array_get(array, index), "check"));
}

/* From boot to now, on this machine. */
static const vb_load_watch boot = {.totals = {.is_known = true}};

static bool proc_tells(void)
{
    vb_load_sample now = {0};
    vb_load_totals_take("", &now);
    return now.is_known && now.ticks > 0;
}

static json_t *others(void)
{
    return json_pack("[{s:s}, {s:s}]", "check", "clock", "check", "cpus");
}

static void both_are_put_at_the_head_of_what_else_was_found(void **state)
{
    (void)state;
    if (!proc_tells())
        skip();
    json_t *array = others(), *none = json_array();
    vb_load_watch_record(&boot, array);
    assert_int_equal(json_array_size(array), 4);
    assert_string_equal(check_at(array, 0), "load");
    assert_string_equal(check_at(array, 1), "steal");
    assert_string_equal(check_at(array, 2), "clock");
    assert_string_equal(check_at(array, 3), "cpus");
    vb_load_watch_record(&boot, none);
    assert_int_equal(json_array_size(none), 2);
    json_decref(array);
    json_decref(none);
}

static void what_cannot_be_told_is_not_recorded(void **state)
{
    (void)state;
    const vb_load_watch unknown = {0};
    json_t *array = others(), *before = others();
    vb_load_watch_record(&unknown, array);
    assert_true(json_equal(array, before));
    json_decref(array);
    json_decref(before);
}

static void want_of_memory_is_noted(void **state)
{
    (void)state;
    bool has_failed = true;
    if (!proc_tells())
        skip();
    for (long allowed = 0; has_failed; allowed++) {
        vb_json_watch();
        json_t *array = others();
        fail_allocation_after(allowed);
        vb_load_watch_record(&boot, array);
        has_failed = allocation_has_failed();
        assert_int_equal(vb_shortfall(), has_failed ? ENOMEM : 0);
        if (!has_failed)
            assert_int_equal(json_array_size(array), 4);
        json_decref(array);
    }
    vb_json_watch();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        tree_test(what_others_used_is_what_was_busy_without_our_own),
        tree_test(ticks_are_as_long_as_is_said),
        tree_test(other_programs_are_a_warning_from_5_percent_on_and_a_problem_from_50),
        tree_test(steal_is_a_warning_from_half_a_percent_on_and_a_problem_from_5),
        tree_test(stolen_time_is_neither_idle_nor_other_programs),
        tree_test(own_time_beyond_all_busy_time_leaves_nothing_to_others),
        tree_test(own_time_that_steps_back_is_not_other_programs),
        tree_test(without_both_moments_nothing_is_claimed),
        tree_test(counters_that_step_back_have_taken_nothing),
        tree_test(no_share_is_more_than_all),
        tree_test(a_moment_is_what_proc_says_and_our_own_time),
        tree_test(the_time_of_programs_that_were_waited_for_is_our_own),
        tree_test(where_proc_is_not_told_a_moment_is_not_known),
        tree_test(both_are_put_at_the_head_of_what_else_was_found),
        tree_test(what_cannot_be_told_is_not_recorded),
        tree_test(want_of_memory_is_noted),
    };
    return cmocka_run_group_tests_name("load_watch", tests, make_test_folder, remove_test_folder);
}
