/* The list of benchmarks and the bookkeeping of their samples. */
#include "test_near.h"

#include "runner/benchmark.h"
#include "test_memory.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void add_named(vb_benchmark_list *list, const char *name)
{
    vb_benchmark *added = vb_benchmark_list_add(list);
    assert_non_null(added);
    added->name = __real_strdup(name);
    added->case_bytes = strlen(name);
}

static vb_benchmark_list named_list(void)
{
    vb_benchmark_list list = {0};
    add_named(&list, "ring/push");
    add_named(&list, "book/update");
    add_named(&list, "ring/pop");
    return list;
}

static vb_block block_of(double real_ns)
{
    return (vb_block){.real_ns = real_ns, .cpu_ns = real_ns / 2, .items = 10, .bytes = 80};
}

static void new_benchmark_is_empty_and_the_others_stay(void **state)
{
    (void)state;
    vb_benchmark_list list = {0};
    char name[24];
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "case/%d", i);
        add_named(&list, name);
    }
    assert_int_equal(list.count, 100);
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "case/%d", i);
        assert_string_equal(list.items[i].name, name);
        assert_int_equal(list.items[i].process_count, 0);
        assert_null(list.items[i].error);
    }
    vb_benchmark_list_free(&list);
}

static void list_can_be_freed_twice_and_none_can(void **state)
{
    (void)state;
    vb_benchmark_list list = named_list();
    vb_benchmark_list_free(&list);
    vb_benchmark_list_free(&list);
    vb_benchmark_list_free(NULL);
}

static void filter_keeps_matches_in_their_order(void **state)
{
    (void)state;
    vb_message message;
    vb_benchmark_list list = named_list();
    assert_int_equal(vb_benchmark_list_filter(&list, "^ring/(push|pop)$", &message), 0);
    assert_int_equal(list.count, 2);
    assert_string_equal(list.items[0].name, "ring/push");
    assert_string_equal(list.items[1].name, "ring/pop");
    vb_benchmark_list_free(&list);
}

static void filter_matches_anywhere_in_the_name(void **state)
{
    (void)state;
    vb_message message;
    vb_benchmark_list list = named_list();
    assert_int_equal(vb_benchmark_list_filter(&list, "pdat", &message), 0);
    assert_int_equal(list.count, 1);
    assert_string_equal(list.items[0].name, "book/update");
    vb_benchmark_list_free(&list);
}

static void filter_that_is_no_regular_expression_is_refused_and_keeps_all(void **state)
{
    (void)state;
    vb_message message;
    vb_benchmark_list list = named_list();
    assert_int_equal(vb_benchmark_list_filter(&list, "ring/(", &message), -1);
    assert_non_null(strstr(message.text, "--filter \"ring/(\" is not a regular expression"));
    assert_int_equal(list.count, 3);
    vb_benchmark_list_free(&list);
}

static void filter_that_matches_nothing_keeps_none(void **state)
{
    (void)state;
    vb_message message;
    vb_benchmark_list list = named_list();
    assert_int_equal(vb_benchmark_list_filter(&list, "pipeline", &message), 0);
    assert_int_equal(list.count, 0);
    vb_benchmark_list_free(&list);
}

static size_t group_bytes(const char *name, size_t case_bytes)
{
    return vb_benchmark_group_bytes(
        &(vb_benchmark){.name = (char *)name, .case_bytes = case_bytes});
}

static void group_is_the_case_up_to_its_last_slash(void **state)
{
    (void)state;
    assert_int_equal(group_bytes("ring/push", 9), 4);
    assert_int_equal(group_bytes("core/ring/push", 14), 9);
}

static void group_of_a_case_without_a_slash_is_the_case(void **state)
{
    (void)state;
    assert_int_equal(group_bytes("push", 4), 4);
}

static void grid_values_are_no_part_of_the_group(void **state)
{
    (void)state;
    assert_int_equal(group_bytes("ring/push/64/4_threads", 9), 4);
    assert_int_equal(group_bytes("push/64", 4), 4);
}

static void new_process_takes_the_calibrated_iterations(void **state)
{
    (void)state;
    vb_benchmark_list list = named_list();
    list.items[0].iterations = 1234;
    vb_process_samples *samples = vb_benchmark_add_process(&list.items[0]);
    assert_non_null(samples);
    assert_int_equal(samples->iterations_per_block, 1234);
    assert_int_equal(samples->block_count, 0);
    vb_benchmark_list_free(&list);
}

static void every_block_is_kept_and_sums_add_up(void **state)
{
    (void)state;
    vb_benchmark_list list = named_list();
    vb_process_samples *samples = vb_benchmark_add_process(&list.items[0]);
    assert_non_null(samples);
    for (int i = 0; i < 1000; i++) {
        vb_block block = block_of(1000 + i);
        assert_int_equal(vb_process_samples_add(samples, &block), 0);
    }
    assert_int_equal(samples->block_count, 1000);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(samples->block_ns[i], 1000 + i);
    assert_near(samples->real_ns, 1499500, 1e-6);
    assert_near(samples->cpu_ns, 749750, 1e-6);
    assert_near(samples->items, 10000, 0);
    assert_near(samples->bytes, 80000, 0);
    vb_benchmark_list_free(&list);
}

static void block_time_is_rounded_to_the_nearest_ns(void **state)
{
    (void)state;
    vb_benchmark_list list = named_list();
    vb_process_samples *samples = vb_benchmark_add_process(&list.items[0]);
    vb_block below = block_of(100.4), above = block_of(100.6);
    assert_int_equal(vb_process_samples_add(samples, &below), 0);
    assert_int_equal(vb_process_samples_add(samples, &above), 0);
    assert_int_equal(samples->block_ns[0], 100);
    assert_int_equal(samples->block_ns[1], 101);
    vb_benchmark_list_free(&list);
}

static void counters_of_one_name_add_up_over_blocks(void **state)
{
    (void)state;
    vb_benchmark_list list = named_list();
    vb_process_samples *samples = vb_benchmark_add_process(&list.items[0]);
    vb_block block = block_of(1);
    block.counters[0] = (vb_block_counter){"hits", VB_SUM, 3, 0};
    block.counters[1] = (vb_block_counter){"depth", VB_MEAN, 0.5, 0};
    block.counter_count = 2;
    assert_int_equal(vb_process_samples_add(samples, &block), 0);
    assert_int_equal(vb_process_samples_add(samples, &block), 0);
    assert_int_equal(samples->counter_count, 2);
    assert_near(samples->counters[0].value, 6, 0);
    assert_near(samples->counters[1].value, 1, 0);
    assert_int_equal(samples->counters[1].blocks, 2);
    vb_benchmark_list_free(&list);
}

static void more_counters_than_fit_are_refused(void **state)
{
    (void)state;
    vb_benchmark_list list = named_list();
    vb_process_samples *samples = vb_benchmark_add_process(&list.items[0]);
    for (int i = 0; i <= VB_COUNTERS_MAX; i++) {
        vb_block block = block_of(1);
        snprintf(block.counters[0].name, sizeof block.counters[0].name, "counter_%d", i);
        block.counter_count = 1;
        assert_int_equal(vb_process_samples_add(samples, &block),
                         i < VB_COUNTERS_MAX ? 0 : -ENOSPC);
    }
    assert_int_equal(samples->block_count, VB_COUNTERS_MAX);
    vb_benchmark_list_free(&list);
}

static void dropping_takes_the_newest_process_only(void **state)
{
    (void)state;
    vb_benchmark_list list = named_list();
    vb_benchmark *benchmark = &list.items[0];
    for (int i = 0; i < 2; i++) {
        vb_block block = block_of(100 + i);
        assert_int_equal(vb_process_samples_add(vb_benchmark_add_process(benchmark), &block), 0);
    }
    vb_benchmark_drop_process(benchmark);
    assert_int_equal(benchmark->process_count, 1);
    assert_int_equal(benchmark->processes[0].block_ns[0], 100);
    assert_int_equal(vb_benchmark_add_process(benchmark)->block_count, 0);
    vb_benchmark_list_free(&list);
}

static void dropping_from_no_process_does_nothing(void **state)
{
    (void)state;
    vb_benchmark_list list = named_list();
    vb_benchmark_drop_process(&list.items[0]);
    assert_int_equal(list.items[0].process_count, 0);
    vb_benchmark_list_free(&list);
}

static void first_reason_of_a_failure_is_kept(void **state)
{
    (void)state;
    vb_benchmark_list list = named_list();
    vb_benchmark_fail(&list.items[0], "it hung");
    vb_benchmark_fail(&list.items[0], "it crashed");
    assert_string_equal(list.items[0].error, "it hung");
    vb_benchmark_list_free(&list);
}

static void running_out_of_memory_adds_nothing(void **state)
{
    (void)state;
    vb_benchmark_list list = {0};
    fail_allocation_after(0);
    assert_null(vb_benchmark_list_add(&list));
    assert_true(allocation_has_failed());
    assert_int_equal(list.count, 0);

    add_named(&list, "case");
    fail_allocation_after(0);
    assert_null(vb_benchmark_add_process(&list.items[0]));
    assert_true(allocation_has_failed());
    assert_int_equal(list.items[0].process_count, 0);

    vb_process_samples *samples = vb_benchmark_add_process(&list.items[0]);
    vb_block block = block_of(1);
    fail_allocation_after(0);
    assert_int_equal(vb_process_samples_add(samples, &block), -ENOMEM);
    assert_true(allocation_has_failed());
    assert_int_equal(samples->block_count, 0);
    vb_benchmark_list_free(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_benchmark_is_empty_and_the_others_stay),
        cmocka_unit_test(list_can_be_freed_twice_and_none_can),
        cmocka_unit_test(filter_keeps_matches_in_their_order),
        cmocka_unit_test(filter_matches_anywhere_in_the_name),
        cmocka_unit_test(filter_that_is_no_regular_expression_is_refused_and_keeps_all),
        cmocka_unit_test(filter_that_matches_nothing_keeps_none),
        cmocka_unit_test(group_is_the_case_up_to_its_last_slash),
        cmocka_unit_test(group_of_a_case_without_a_slash_is_the_case),
        cmocka_unit_test(grid_values_are_no_part_of_the_group),
        cmocka_unit_test(new_process_takes_the_calibrated_iterations),
        cmocka_unit_test(every_block_is_kept_and_sums_add_up),
        cmocka_unit_test(block_time_is_rounded_to_the_nearest_ns),
        cmocka_unit_test(counters_of_one_name_add_up_over_blocks),
        cmocka_unit_test(more_counters_than_fit_are_refused),
        cmocka_unit_test(dropping_takes_the_newest_process_only),
        cmocka_unit_test(dropping_from_no_process_does_nothing),
        cmocka_unit_test(first_reason_of_a_failure_is_kept),
        cmocka_unit_test(running_out_of_memory_adds_nothing),
    };
    return cmocka_run_group_tests_name("benchmark", tests, NULL, NULL);
}
