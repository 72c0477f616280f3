/* What a report tells of a comparison's row besides its quantiles, against figures computed by
 * hand. */
#include "test_memory.h"
#include "test_near.h"

#include "runner/json.h"
#include "runner/row_details.h"

#include <errno.h>
#include <string.h>

static const char *const all_keys[] = {"old_low_ns",
                                       "old_high_ns",
                                       "new_low_ns",
                                       "new_high_ns",
                                       "rate_change_percent",
                                       "rate_change_low_percent",
                                       "rate_change_high_percent"};
enum { KEYS = sizeof all_keys / sizeof *all_keys };

/* Student's t of 95 % with two degrees of freedom is 4.302652730. Of 100, 110 and 121 ns the
 * logarithms scatter by log(1.1) about that of 110: exp(4.302652730 log(1.1) / sqrt(3)). */
static const double reach_of_three = 1.267141545;

#define THREE "\"processes\": [{\"median_ns\": 100}, {\"median_ns\": 121}, {\"median_ns\": 110}]"
#define SAME  "\"processes\": [{\"median_ns\": 55}, {\"median_ns\": 55}, {\"median_ns\": 55}]"

static json_t *parsed(const char *text)
{
    json_error_t error;
    json_t *made = json_loads(text, 0, &error);
    if (!made)
        fail_msg("%s", error.text);
    return made;
}

/* The row, completed. */
static json_t *completed(const char *row, const char *old, const char *new)
{
    json_t *made = parsed(row), *old_entry = parsed(old), *new_entry = parsed(new);
    assert_int_equal(vb_row_complete(made, old_entry, new_entry), 0);
    json_decref(old_entry);
    json_decref(new_entry);
    return made;
}

static void assert_number(const json_t *row, const char *key, double expected)
{
    const json_t *found = json_object_get(row, key);
    if (!json_is_number(found))
        fail_msg("there is no number %s", key);
    assert_near(json_number_value(found), expected, 1e-9 * (1 + fabs(expected)));
}

/* That of all keys the row has only `count` that begin so. */
static void assert_has_only(const json_t *row, const char *beginning, size_t count)
{
    for (size_t i = 0; i < KEYS; i++) {
        const bool begins_so = strncmp(all_keys[i], beginning, strlen(beginning)) == 0;
        if (json_object_get(row, all_keys[i]) && !begins_so)
            fail_msg("there is %s", all_keys[i]);
        count -= json_object_get(row, all_keys[i]) ? 1 : 0;
    }
    assert_int_equal(count, 0);
}

static void intervals_agree_with_those_computed_by_hand(void **state)
{
    (void)state;
    json_t *row = completed("{\"old_ns\": 110, \"new_ns\": 55}", "{" THREE "}",
                            "{\"processes\": [{\"median_ns\": 60.5}, {\"median_ns\": 50},"
                            " {\"median_ns\": 55}]}");
    assert_near(json_number_value(json_object_get(row, "old_low_ns")), 86.8095599972, 1e-7);
    assert_near(json_number_value(json_object_get(row, "old_high_ns")), 139.385569981, 1e-7);
    assert_near(json_number_value(json_object_get(row, "new_low_ns")), 43.4047799986, 1e-7);
    assert_near(json_number_value(json_object_get(row, "new_high_ns")), 69.6927849905, 1e-7);
    json_decref(row);
}

static void an_interval_is_around_the_time_that_the_row_tells(void **state)
{
    (void)state;
    json_t *row = completed("{\"old_ns\": 200, \"new_ns\": 300}", "{" THREE "}", "{" THREE "}");
    assert_near(json_number_value(json_object_get(row, "old_low_ns")), 200 / reach_of_three, 1e-6);
    assert_near(json_number_value(json_object_get(row, "new_high_ns")), 300 * reach_of_three, 1e-6);
    json_decref(row);
}

static void the_interval_of_processes_that_all_took_the_same_is_a_point(void **state)
{
    (void)state;
    json_t *row = completed("{\"old_ns\": 55, \"new_ns\": 55}", "{" SAME "}", "{" SAME "}");
    assert_number(row, "old_low_ns", 55);
    assert_number(row, "old_high_ns", 55);
    assert_number(row, "new_low_ns", 55);
    assert_number(row, "new_high_ns", 55);
    json_decref(row);
}

static void without_two_processes_that_took_time_there_is_no_interval(void **state)
{
    (void)state;
    static const char *const entries[] = {
        "{}",
        "{\"processes\": []}",
        "{\"processes\": 7}",
        "{\"processes\": [{\"median_ns\": 5}]}",
        "{\"processes\": [{\"median_ns\": 5}, {\"median_ns\": 0}, {\"median_ns\": 6}]}",
        "{\"processes\": [{\"median_ns\": 5}, {\"median_ns\": -6}]}",
        "{\"processes\": [{\"median_ns\": 5}, {\"median_ns\": \"6\"}]}",
        "{\"processes\": [{\"median_ns\": 5}, {}]}",
        "{\"processes\": [{\"median_ns\": 1e-300}, {\"median_ns\": 1e300}]}", /* it has no end */
    };
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
        json_t *row = completed("{\"old_ns\": 110, \"new_ns\": 110}", entries[i], "{" THREE "}");
        assert_has_only(row, "new_", 2);
        json_decref(row);
    }
}

static void a_row_without_a_time_gets_no_interval(void **state)
{
    (void)state;
    static const char *const rows[] = {"{}", "{\"old_ns\": 0, \"new_ns\": -1}",
                                       "{\"old_ns\": null, \"new_ns\": \"5\"}"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json_t *row = completed(rows[i], "{" THREE "}", "{" THREE "}");
        assert_has_only(row, "", 0);
        json_decref(row);
    }
}

/* Time by 25 % up, between 0 and 60 %. */
#define SLOWER "{\"change_percent\": 25, \"change_low_percent\": 0, \"change_high_percent\": 60}"

static void assert_rates(const char *row_text, const char *old, const char *new,
                         const double expected[3])
{
    json_t *row = completed(row_text, old, new);
    assert_has_only(row, "rate_", 3);
    assert_number(row, "rate_change_low_percent", expected[0]);
    assert_number(row, "rate_change_percent", expected[1]);
    assert_number(row, "rate_change_high_percent", expected[2]);
    json_decref(row);
}

static void throughputs_change_is_times_turned_over_and_its_ends_are_swapped(void **state)
{
    (void)state;
    static const char items[] = "{\"items_per_iteration\": 8}";
    assert_rates(SLOWER, items, items, (const double[]){-37.5, -20, 0});
    assert_rates(
        "{\"change_percent\": -50, \"change_low_percent\": -60, \"change_high_percent\": -20}",
        items, items, (const double[]){25, 100, 150});
}

static void other_items_or_bytes_an_iteration_count(void **state)
{
    (void)state;
    assert_rates(SLOWER, "{\"items_per_iteration\": 8}", "{\"items_per_iteration\": 16}",
                 (const double[]){25, 60, 100});
    assert_rates(SLOWER, "{\"bytes_per_iteration\": 100}", "{\"bytes_per_iteration\": 50}",
                 (const double[]){-68.75, -60, -50});
}

static void bytes_count_only_where_a_side_tells_no_items(void **state)
{
    (void)state;
    assert_rates(SLOWER, "{\"items_per_iteration\": 8, \"bytes_per_iteration\": 100}",
                 "{\"items_per_iteration\": 8, \"bytes_per_iteration\": 200}",
                 (const double[]){-37.5, -20, 0});
    assert_rates(SLOWER, "{\"items_per_iteration\": 8, \"bytes_per_iteration\": 100}",
                 "{\"bytes_per_iteration\": 200}", (const double[]){25, 60, 100});
}

static void without_items_or_bytes_of_both_sides_no_throughput_has_changed(void **state)
{
    (void)state;
    static const char *const entries[] = {
        "{}", "{\"bytes_per_iteration\": 8}", "{\"items_per_iteration\": 0}",
        "{\"items_per_iteration\": -8}", "{\"items_per_iteration\": \"8\"}"};
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
        json_t *row = completed(SLOWER, "{\"items_per_iteration\": 8}", entries[i]);
        assert_has_only(row, "", 0);
        json_decref(row);
        row = completed(SLOWER, entries[i], "{\"items_per_iteration\": 8}");
        assert_has_only(row, "", 0);
        json_decref(row);
    }
}

static void a_change_by_minus_100_percent_leaves_no_throughput(void **state)
{
    (void)state;
    static const char items[] = "{\"items_per_iteration\": 8}";
    static const char *const rows[] = {
        "{\"change_percent\": -100, \"change_low_percent\": -100, \"change_high_percent\": 0}",
        "{\"change_percent\": -101}", "{\"change_percent\": null}", "{}"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json_t *row = completed(rows[i], items, items);
        assert_has_only(row, "", 0);
        json_decref(row);
    }
}

static void an_interval_of_times_change_without_an_end_is_none_of_throughputs(void **state)
{
    (void)state;
    static const char items[] = "{\"items_per_iteration\": 8}";
    static const char *const rows[] = {
        "{\"change_percent\": 25, \"change_low_percent\": null, \"change_high_percent\": null}",
        "{\"change_percent\": 25, \"change_low_percent\": -100, \"change_high_percent\": 60}",
        "{\"change_percent\": 25, \"change_high_percent\": 60}"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json_t *row = completed(rows[i], items, items);
        assert_has_only(row, "rate_change_percent", 1);
        assert_number(row, "rate_change_percent", -20);
        json_decref(row);
    }
}

static void what_is_too_large_for_a_number_is_left_out(void **state)
{
    (void)state;
    json_t *row =
        completed(SLOWER, "{\"items_per_iteration\": 1e-300}", "{\"items_per_iteration\": 1e300}");
    assert_has_only(row, "", 0);
    json_decref(row);
    row = completed("{\"old_ns\": 1.7e308, \"new_ns\": 0}", "{" THREE "}", "{" THREE "}");
    assert_has_only(row, "", 0);
    json_decref(row);
}

static const char whole_row[] =
    "{\"old_ns\": 110, \"new_ns\": 55, \"change_percent\": -50, \"change_low_percent\": -60,"
    " \"change_high_percent\": -20}";
static const char whole_old[] = "{\"items_per_iteration\": 8, " THREE "}";
static const char whole_new[] = "{\"items_per_iteration\": 8, " SAME "}";

static void completing_twice_changes_nothing(void **state)
{
    (void)state;
    json_t *row = completed(whole_row, whole_old, whole_new);
    json_t *once = json_deep_copy(row), *old = parsed(whole_old), *new = parsed(whole_new);
    assert_has_only(row, "", KEYS);
    assert_int_equal(vb_row_complete(row, old, new), 0);
    assert_true(json_equal(row, once));
    json_decref(row);
    json_decref(once);
    json_decref(old);
    json_decref(new);
}

static void throughputs_are_those_of_the_times_that_the_change_is_of(void **state)
{
    (void)state;
    json_t *row = parsed("{\"old_ns\": 10, \"new_ns\": 20, \"change_percent\": 100}");
    json_t *old = parsed("{\"items_per_iteration\": 4, \"items_per_sec\": 1}");
    json_t *new = parsed("{\"items_per_iteration\": 2, \"items_per_sec\": 1}");
    assert_int_equal(vb_row_complete(row, old, new), 0);
    assert_string_equal(json_string_value(json_object_get(row, "rate_of")), "items");
    assert_number(row, "old_rate_per_sec", 4e8);
    assert_number(row, "new_rate_per_sec", 1e8);
    json_decref(row);
    json_decref(old);
    json_decref(new);
}

static void what_is_there_stays_as_it_is(void **state)
{
    (void)state;
    json_t *row = parsed(whole_row), *old = parsed(whole_old), *new = parsed(whole_new);
    json_object_set_new(row, "old_low_ns", json_real(1));
    json_object_set_new(row, "new_high_ns", json_real(2));
    json_object_set_new(row, "rate_of", json_string("bytes"));
    json_object_set_new(row, "rate_change_percent", json_real(3));
    json_t *before = json_deep_copy(row);
    assert_int_equal(vb_row_complete(row, old, new), 0);
    assert_true(json_equal(row, before));
    json_decref(row);
    json_decref(before);
    json_decref(old);
    json_decref(new);
}

static void entries_stay_as_they_are(void **state)
{
    (void)state;
    json_t *row = parsed(whole_row), *old = parsed(whole_old), *new = parsed(whole_new);
    json_t *old_before = json_deep_copy(old), *new_before = json_deep_copy(new);
    assert_int_equal(vb_row_complete(row, old, new), 0);
    assert_true(json_equal(old, old_before));
    assert_true(json_equal(new, new_before));
    json_decref(row);
    json_decref(old);
    json_decref(new);
    json_decref(old_before);
    json_decref(new_before);
}

static void want_of_memory_is_told(void **state)
{
    (void)state;
    json_t *old = parsed(whole_old), *new = parsed(whole_new);
    int status = -1;
    long failures = 0;
    for (long allowed = 0; status != 0; allowed++) {
        json_t *row = parsed(whole_row);
        vb_json_watch();
        fail_allocation_after(allowed);
        status = vb_row_complete(row, old, new);
        const bool has_failed = allocation_has_failed();
        assert_int_equal(status, has_failed ? -ENOMEM : 0);
        failures += has_failed;
        if (status == 0)
            assert_has_only(row, "", KEYS);
        json_decref(row);
    }
    assert_true(failures >= KEYS); /* a number each, at least */
    vb_json_watch();
    json_decref(old);
    json_decref(new);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(intervals_agree_with_those_computed_by_hand),
        cmocka_unit_test(an_interval_is_around_the_time_that_the_row_tells),
        cmocka_unit_test(the_interval_of_processes_that_all_took_the_same_is_a_point),
        cmocka_unit_test(without_two_processes_that_took_time_there_is_no_interval),
        cmocka_unit_test(a_row_without_a_time_gets_no_interval),
        cmocka_unit_test(throughputs_change_is_times_turned_over_and_its_ends_are_swapped),
        cmocka_unit_test(other_items_or_bytes_an_iteration_count),
        cmocka_unit_test(bytes_count_only_where_a_side_tells_no_items),
        cmocka_unit_test(without_items_or_bytes_of_both_sides_no_throughput_has_changed),
        cmocka_unit_test(a_change_by_minus_100_percent_leaves_no_throughput),
        cmocka_unit_test(an_interval_of_times_change_without_an_end_is_none_of_throughputs),
        cmocka_unit_test(what_is_too_large_for_a_number_is_left_out),
        cmocka_unit_test(completing_twice_changes_nothing),
        cmocka_unit_test(throughputs_are_those_of_the_times_that_the_change_is_of),
        cmocka_unit_test(what_is_there_stays_as_it_is),
        cmocka_unit_test(entries_stay_as_they_are),
        cmocka_unit_test(want_of_memory_is_told),
    };
    return cmocka_run_group_tests_name("row_details", tests, NULL, NULL);
}
