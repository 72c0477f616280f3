/* The warnings below a table. */
#include "test_cmocka.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/table.h"

static vb_benchmark_list list;

static vb_benchmark *add(const char *name)
{
    vb_benchmark *added = vb_benchmark_list_add(&list);
    assert_non_null(added);
    added->name = strdup(name);
    return added;
}

static void assert_printed(const char *expected)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    assert_non_null(out);
    vb_table_print_warnings(out, &list);
    assert_int_equal(fclose(out), 0);
    assert_string_equal(text, expected);
    free(text);
    vb_benchmark_list_free(&list);
}

static void text_that_benchmarks_share_stands_once(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b", "c", "d"};
    for (int i = 0; i < 4; i++)
        vb_benchmark_warn(add(names[i]), "4 threads share 2 CPUs");
    vb_benchmark_warn(&list.items[1], "its own");
    assert_printed("warning: a, b and 2 more: 4 threads share 2 CPUs\nwarning: b: its own\n");
}

static void failed_benchmark_has_said_it_already(void **state)
{
    (void)state;
    vb_benchmark *failed = add("failed");
    vb_benchmark_warn(failed, "a worker was started again");
    vb_benchmark_fail(failed, "it crashed");
    vb_benchmark_warn(add("good"), "a worker was started again");
    assert_printed("warning: good: a worker was started again\n");
}

static void lines_beyond_twelve_are_counted(void **state)
{
    (void)state;
    char expected[2048] = "";
    for (int i = 0; i < 14; i++) {
        char name[16];
        snprintf(name, sizeof name, "case/%d", i);
        vb_benchmark_warn(add(name), "warning %d", i);
        size_t length = strlen(expected);
        if (i < 12)
            snprintf(expected + length, sizeof expected - length, "warning: %s: warning %d\n", name,
                     i);
    }
    strcat(expected, "2 more warnings are in the result and the report.\n");
    assert_printed(expected);
}

static void nothing_is_printed_without_a_warning(void **state)
{
    (void)state;
    add("quiet");
    assert_printed("");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_that_benchmarks_share_stands_once),
        cmocka_unit_test(failed_benchmark_has_said_it_already),
        cmocka_unit_test(lines_beyond_twelve_are_counted),
        cmocka_unit_test(nothing_is_printed_without_a_warning),
    };
    return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
