/* What names of Google Benchmark's rows say. */
#include "test_cmocka.h"

#include "runner/gbench_name.h"

#include <stdio.h>
#include <string.h>

static vb_benchmark_list list;
static bool real_time;

static vb_benchmark *take(const char *run_name)
{
    vb_benchmark *added = vb_benchmark_list_add(&list);
    assert_non_null(added);
    assert_int_equal(vb_gbench_name_take(run_name, added, &real_time), 0);
    return added;
}

/* "NAME | CASE | THREADS | parameter=value ..." */
static void assert_says(const char *run_name, const char *expected)
{
    char text[512];
    const vb_benchmark *benchmark = take(run_name);
    int length = snprintf(text, sizeof text, "%s | %.*s | %d |", benchmark->name,
                          (int)benchmark->case_bytes, benchmark->name, benchmark->threads);
    for (int i = 0; i < benchmark->parameter_count; i++)
        length +=
            snprintf(text + length, sizeof text - (size_t)length, " %s=%lld",
                     benchmark->parameters[i].name, (long long)benchmark->parameters[i].value);
    assert_string_equal(text, expected);
    vb_benchmark_list_free(&list);
}

static void a_name_alone_is_the_case(void **state)
{
    (void)state;
    assert_says("BM_x", "BM_x | BM_x | 1 |");
    assert_says("Fixture/Name", "Fixture/Name | Fixture/Name | 1 |");
    assert_says("BM<a::b, 4>", "BM<a::b, 4> | BM<a::b, 4> | 1 |");
    assert_says("/8", "/8 | /8 | 1 |");
    assert_says("", " |  | 1 |");
}

static void numbers_at_the_end_are_parameters(void **state)
{
    (void)state;
    assert_says("BM_x/8", "BM_x/8 | BM_x | 1 | arg0=8");
    assert_says("BM_x/8/-16", "BM_x/8/-16 | BM_x | 1 | arg0=8 arg1=-16");
    assert_says("F/x/n:12/k:3", "F/x/n:12/k:3 | F/x | 1 | n=12 k=3");
    assert_says("BM_x/n:12/3", "BM_x/n:12/3 | BM_x | 1 | n=12 arg1=3");
    assert_says("BM_x/8/name", "BM_x/8/name | BM_x/8/name | 1 |");
    assert_says("BM_x/:8", "BM_x/:8 | BM_x/:8 | 1 |");
    assert_says("BM_x/8.5", "BM_x/8.5 | BM_x/8.5 | 1 |");
    assert_says("BM_x/99999999999999999999", "BM_x/99999999999999999999 | "
                                             "BM_x/99999999999999999999 | 1 |");
}

static void of_many_numbers_the_last_four_are_parameters(void **state)
{
    (void)state;
    assert_says("BM_x/1/2/3/4", "BM_x/1/2/3/4 | BM_x | 1 | arg0=1 arg1=2 arg2=3 arg3=4");
    assert_says("BM_x/1/2/3/4/5/6",
                "BM_x/1/2/3/4/5/6 | BM_x/1/2 | 1 | arg2=3 arg3=4 arg4=5 arg5=6");
}

static void what_says_how_it_was_run_is_left_out(void **state)
{
    (void)state;
    assert_says("BM_x/8/min_time:0.100/min_warmup_time:1.000/iterations:5/repeats:3/process_time/"
                "real_time",
                "BM_x/8 | BM_x | 1 | arg0=8");
    assert_says("BM_x/manual_time", "BM_x | BM_x | 1 |");
    assert_says("real_time", "real_time | real_time | 1 |");
}

static void threads_stand_in_the_name_as_in_our_own(void **state)
{
    (void)state;
    assert_says("BM_x/8/real_time/threads:4", "BM_x/8/4_threads | BM_x | 4 | arg0=8");
    assert_says("ring/4_threads/threads:4", "ring/4_threads | ring | 4 |"); /* ours, run by hand */
    assert_says("ring/4_threads/threads:2", "ring/4_threads/2_threads | ring/4_threads | 2 |");
    assert_says("BM_x/threads:1", "BM_x/1_threads | BM_x | 1 |");
    assert_says("BM_x/threads:0", "BM_x/threads:0 | BM_x | 1 | threads=0");
}

static void real_time_is_told_by_the_name(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool real;
    } cases[] = {{"BM_x/real_time", true},
                 {"BM_x/manual_time", true},
                 {"BM_x", false},
                 {"BM_x/process_time", false},
                 {"BM_x/8/process_time/real_time/threads:2", true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        take(cases[i].name);
        assert_int_equal(real_time, cases[i].real);
    }
    vb_benchmark_list_free(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_alone_is_the_case),
        cmocka_unit_test(numbers_at_the_end_are_parameters),
        cmocka_unit_test(of_many_numbers_the_last_four_are_parameters),
        cmocka_unit_test(what_says_how_it_was_run_is_left_out),
        cmocka_unit_test(threads_stand_in_the_name_as_in_our_own),
        cmocka_unit_test(real_time_is_told_by_the_name),
    };
    return cmocka_run_group_tests_name("gbench_name", tests, NULL, NULL);
}
