/* The table spread out: names, order, and what is wrong with a table. */
#include "test_cmocka.h"

#include "test_memory.h"
#include "worker/cases.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static char error[VB_NAME_MAX + 256];
static vb_case *cases;
static size_t count;

static int forget_cases(void **state)
{
    (void)state;
    vb_cases_free(cases, count);
    cases = NULL;
    count = 0;
    error[0] = '\0';
    return 0;
}

static void empty(vb_run *run)
{
    (void)run;
}

static int spread(const vb_bench *table, size_t table_count)
{
    return vb_cases_create(table, table_count, error, sizeof error, &cases, &count);
}

static void assert_names(const char *const *names, size_t expected)
{
    assert_int_equal(count, expected);
    for (size_t i = 0; i < expected; i++)
        assert_string_equal(cases[i].name, names[i]);
}

static void assert_refused(const vb_bench *bench, const char *sentence)
{
    assert_int_equal(spread(bench, 1), -EINVAL);
    assert_string_equal(error, sentence);
    assert_null(cases);
}

/* A name of so many bytes. */
static const char *name_of(size_t bytes)
{
    static char name[VB_NAME_MAX + 2];
    memset(name, 'n', bytes);
    name[bytes] = '\0';
    return name;
}

static void case_without_a_grid_has_the_name_of_the_table(void **state)
{
    (void)state;
    const vb_bench bench = {.name = "group/case", .fn = empty};
    assert_int_equal(spread(&bench, 1), 0);
    assert_names((const char *const[]){"group/case"}, 1);
    assert_ptr_equal(cases[0].bench, &bench);
    assert_int_equal(cases[0].threads, 1);
    assert_int_equal(cases[0].param_count, 0);
}

static void last_axis_varies_fastest_and_threads_faster_still(void **state)
{
    (void)state;
    const vb_bench bench = {.name = "g/c",
                            .fn = empty,
                            .axes = {VB_VALUES("a", 1, -2), VB_VALUES("b", 64, 128)},
                            .threads = VB_VALUES("threads", 1, 4)};
    assert_int_equal(spread(&bench, 1), 0);
    assert_names((const char *const[]){"g/c/1/64/1_threads", "g/c/1/64/4_threads",
                                       "g/c/1/128/1_threads", "g/c/1/128/4_threads",
                                       "g/c/-2/64/1_threads", "g/c/-2/64/4_threads",
                                       "g/c/-2/128/1_threads", "g/c/-2/128/4_threads"},
                 8);
    assert_int_equal(cases[5].params[0], -2);
    assert_int_equal(cases[5].params[1], 64);
    assert_int_equal(cases[5].param_count, 2);
    assert_int_equal(cases[5].threads, 4);
}

static void entries_keep_the_order_of_the_table(void **state)
{
    (void)state;
    const vb_bench table[] = {{.name = "z", .fn = empty},
                              {.name = "a", .fn = empty, .axes = {VB_VALUES("n", 2, 1)}},
                              {.name = "m", .fn = empty}};
    assert_int_equal(spread(table, 3), 0);
    assert_names((const char *const[]){"z", "a/2", "a/1", "m"}, 4);
}

static void hidden_axis_is_a_parameter_without_showing_in_the_name(void **state)
{
    (void)state;
    const vb_bench bench = {
        .name = "g/c", .fn = empty, .axes = {VB_FIXED("depth", 8), VB_VALUES("n", 5)}};
    assert_int_equal(spread(&bench, 1), 0);
    assert_names((const char *const[]){"g/c/5"}, 1);
    assert_int_equal(cases[0].params[0], 8);
    assert_int_equal(cases[0].params[1], 5);
}

static void extreme_values_are_spelt_out(void **state)
{
    (void)state;
    const vb_bench bench = {
        .name = "c", .fn = empty, .axes = {VB_VALUES("n", INT64_MIN, INT64_MAX)}};
    assert_int_equal(spread(&bench, 1), 0);
    assert_names((const char *const[]){"c/-9223372036854775808", "c/9223372036854775807"}, 2);
}

static void empty_table_has_no_cases(void **state)
{
    (void)state;
    assert_int_equal(spread(NULL, 0), 0);
    assert_int_equal(count, 0);
}

static void missing_name_is_refused(void **state)
{
    (void)state;
    const vb_bench none = {.fn = empty};
    assert_refused(&none, "entry 1 of the suite's table (no name) is wrong: it has no name");
    const vb_bench blank = {.name = "", .fn = empty};
    assert_refused(&blank, "entry 1 of the suite's table () is wrong: it has no name");
}

static void control_character_in_a_name_is_refused_and_not_printed(void **state)
{
    (void)state;
    const vb_bench bench = {.name = "g/\x1b[31mred\x7f", .fn = empty};
    assert_refused(&bench, "entry 1 of the suite's table (g/ [31mred ) is wrong: its name holds a "
                           "control character");
}

static void missing_function_is_refused(void **state)
{
    (void)state;
    const vb_bench table[] = {{.name = "good", .fn = empty}, {.name = "bad"}};
    assert_int_equal(spread(table, 2), -EINVAL);
    assert_string_equal(error, "entry 2 of the suite's table (bad) is wrong: it has no function "
                               "(.fn)");
}

static void name_of_300_bytes_is_accepted(void **state)
{
    (void)state;
    const vb_bench bench = {.name = name_of(300), .fn = empty};
    assert_int_equal(spread(&bench, 1), 0);
    assert_int_equal(strlen(cases[0].name), 300);
}

static void name_of_301_bytes_is_refused(void **state)
{
    (void)state;
    const vb_bench bench = {.name = name_of(301), .fn = empty};
    assert_int_equal(spread(&bench, 1), -EINVAL);
    assert_non_null(strstr(error, "is wrong: its name is longer than 300 bytes"));
}

static void name_of_300_bytes_with_its_grid_is_accepted(void **state)
{
    (void)state;
    const vb_bench bench = {.name = name_of(286),
                            .fn = empty,
                            .axes = {VB_VALUES("n", 1024)},      /* five bytes */
                            .threads = VB_VALUES("threads", 4)}; /* ten bytes, one too many */
    assert_int_equal(spread(&bench, 1), -EINVAL);
    const vb_bench shorter = {.name = name_of(285),
                              .fn = empty,
                              .axes = {VB_VALUES("n", 1024)},
                              .threads = VB_VALUES("threads", 4)};
    assert_int_equal(spread(&shorter, 1), 0);
    assert_int_equal(strlen(cases[0].name), 300);
}

static void name_longer_than_300_bytes_with_its_grid_is_refused(void **state)
{
    (void)state;
    const vb_bench bench = {.name = name_of(299), .fn = empty, .axes = {VB_VALUES("n", 1, 22)}};
    assert_int_equal(spread(&bench, 1), -EINVAL);
    assert_non_null(strstr(error, "with its grid values the name is longer than 300 bytes"));
}

static void axis_without_name_or_values_is_refused(void **state)
{
    (void)state;
    static const int64_t one[] = {1};
    const vb_axis faulty[] = {
        {NULL, one, 1, 0}, {"", one, 1, 0}, {"n", NULL, 1, 0}, {"n", one, -1, 0}};
    for (size_t i = 0; i < sizeof faulty / sizeof *faulty; i++) {
        const vb_bench bench = {.name = "c", .fn = empty, .axes = {faulty[i]}};
        assert_refused(&bench,
                       "entry 1 of the suite's table (c) is wrong: an axis needs a name and "
                       "values (use VB_VALUES)");
    }
}

static void hidden_axis_of_two_values_is_refused(void **state)
{
    (void)state;
    const vb_bench bench = {
        .name = "c", .fn = empty, .axes = {{"n", (const int64_t[]){1, 2}, 2, 1}}};
    assert_refused(&bench,
                   "entry 1 of the suite's table (c) is wrong: an axis that does not show in "
                   "the name must have one value");
}

static void control_character_in_an_axis_name_is_refused(void **state)
{
    (void)state;
    const vb_bench bench = {.name = "c", .fn = empty, .axes = {VB_VALUES("a\nb", 1)}};
    assert_refused(&bench,
                   "entry 1 of the suite's table (c) is wrong: an axis name holds a control "
                   "character");
}

static void value_twice_on_an_axis_is_refused(void **state)
{
    (void)state;
    const vb_bench bench = {.name = "c", .fn = empty, .axes = {VB_VALUES("n", 1, 2, 1)}};
    assert_refused(&bench,
                   "entry 1 of the suite's table (c) is wrong: an axis holds a value twice");
}

static void axis_behind_an_empty_one_is_refused(void **state)
{
    (void)state;
    const vb_bench bench = {.name = "c", .fn = empty, .axes = {[1] = VB_VALUES("n", 1)}};
    assert_refused(&bench,
                   "entry 1 of the suite's table (c) is wrong: an axis follows an empty one");
}

static void thread_count_outside_1_to_1024_is_refused(void **state)
{
    (void)state;
    static const int64_t faulty[] = {0, -1, VB_THREADS_MAX + 1};
    for (size_t i = 0; i < sizeof faulty / sizeof *faulty; i++) {
        const vb_bench bench = {.name = "c", .fn = empty, .threads = {"threads", &faulty[i], 1, 0}};
        assert_refused(&bench, "entry 1 of the suite's table (c) is wrong: a thread count is not "
                               "between 1 and 1024");
    }
    const vb_bench most = {.name = "c", .fn = empty, .threads = VB_VALUES("t", VB_THREADS_MAX)};
    assert_int_equal(spread(&most, 1), 0);
}

static void grid_of_more_than_100000_points_is_refused(void **state)
{
    (void)state;
    static int64_t values[400];
    for (int i = 0; i < 400; i++)
        values[i] = i;
    const vb_bench bench = {
        .name = "c", .fn = empty, .axes = {{"a", values, 400, 0}, {"b", values, 251, 0}}};
    assert_refused(&bench,
                   "entry 1 of the suite's table (c) is wrong: its grid has more than 100000 "
                   "points");
}

static void grid_of_100000_points_is_accepted(void **state)
{
    (void)state;
    static int64_t values[400];
    for (int i = 0; i < 400; i++)
        values[i] = i;
    const vb_bench bench = {
        .name = "c", .fn = empty, .axes = {{"a", values, 400, 0}, {"b", values, 250, 0}}};
    assert_int_equal(spread(&bench, 1), 0);
    assert_int_equal(count, 100000);
    assert_string_equal(cases[99999].name, "c/399/249");
}

static void two_entries_of_one_name_are_refused(void **state)
{
    (void)state;
    const vb_bench table[] = {
        {.name = "a", .fn = empty}, {.name = "b", .fn = empty}, {.name = "a", .fn = empty}};
    assert_int_equal(spread(table, 3), -EINVAL);
    assert_string_equal(error, "two benchmarks of the suite have the name a");
}

static void name_that_only_a_grid_makes_equal_is_refused(void **state)
{
    (void)state;
    const vb_bench table[] = {{.name = "a/64", .fn = empty},
                              {.name = "a", .fn = empty, .axes = {VB_VALUES("n", 32, 64)}}};
    assert_int_equal(spread(table, 2), -EINVAL);
    assert_string_equal(error, "two benchmarks of the suite have the name a/64");
}

static void fault_with_a_small_buffer_stays_in_it(void **state)
{
    (void)state;
    const vb_bench bench = {.name = "case"};
    char small[16];
    memset(small, 'x', sizeof small);
    assert_int_equal(vb_cases_create(&bench, 1, small, 8, &cases, &count), -EINVAL);
    assert_string_equal(small, "entry 1");
    assert_int_equal(small[8], 'x');
}

static void each_allocation_that_fails_is_told_and_leaks_nothing(void **state)
{
    (void)state;
    const vb_bench table[] = {{.name = "a", .fn = empty, .axes = {VB_VALUES("n", 1, 2)}},
                              {.name = "b", .fn = empty}};
    int status = -ENOMEM;
    long allowed = 0;
    for (; status != 0; allowed++) {
        fail_allocation_after(allowed);
        status = spread(table, 2);
        assert_int_equal(status, allocation_has_failed() ? -ENOMEM : 0);
        if (status != 0)
            assert_string_equal(error, "there is not enough memory for the suite's table");
    }
    assert_int_equal(allowed,
                     6); /* the cases, three names, the sorted names, and then none failed */
    assert_int_equal(count, 3);
}

#define case_test(name) cmocka_unit_test_teardown(name, forget_cases)

int main(void)
{
    const struct CMUnitTest tests[] = {
        case_test(case_without_a_grid_has_the_name_of_the_table),
        case_test(last_axis_varies_fastest_and_threads_faster_still),
        case_test(entries_keep_the_order_of_the_table),
        case_test(hidden_axis_is_a_parameter_without_showing_in_the_name),
        case_test(extreme_values_are_spelt_out),
        case_test(empty_table_has_no_cases),
        case_test(missing_name_is_refused),
        case_test(control_character_in_a_name_is_refused_and_not_printed),
        case_test(missing_function_is_refused),
        case_test(name_of_300_bytes_is_accepted),
        case_test(name_of_301_bytes_is_refused),
        case_test(name_of_300_bytes_with_its_grid_is_accepted),
        case_test(name_longer_than_300_bytes_with_its_grid_is_refused),
        case_test(axis_without_name_or_values_is_refused),
        case_test(hidden_axis_of_two_values_is_refused),
        case_test(control_character_in_an_axis_name_is_refused),
        case_test(value_twice_on_an_axis_is_refused),
        case_test(axis_behind_an_empty_one_is_refused),
        case_test(thread_count_outside_1_to_1024_is_refused),
        case_test(grid_of_more_than_100000_points_is_refused),
        case_test(grid_of_100000_points_is_accepted),
        case_test(two_entries_of_one_name_are_refused),
        case_test(name_that_only_a_grid_makes_equal_is_refused),
        case_test(fault_with_a_small_buffer_stays_in_it),
        case_test(each_allocation_that_fails_is_told_and_leaks_nothing),
    };
    return cmocka_run_group_tests_name("cases", tests, NULL, NULL);
}
