/* What runs beside us, from two made-up moments of /proc. */
#define _GNU_SOURCE
#include "test_tree.h"

static vb_load_sample before, after;

static int begin(void **state)
{
    before = after = (vb_load_sample){0};
    return begin_tree(state);
}

static int end(void **state)
{
    (void)state;
    vb_load_sample_free(&before);
    vb_load_sample_free(&after);
    return 0;
}

/* /proc/stat with these ticks of user, idle and steal. */
static void put_stat(int user, int idle, int steal)
{
    char text[256];
    snprintf(text, sizeof text, "cpu  %d 0 0 %d 0 0 0 %d 0 0\ncpu0 1 2 3 4 5 6 7 8 9 0\nintr 5\n",
             user, idle, steal);
    put("/proc/stat", text);
}

static void put_process(int pid, const char *name, int ticks)
{
    char path[64], text[512];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    snprintf(text, sizeof text,
             "%d (%s) R 1 1 1 0 -1 4194304 100 0 0 0 %d 0 0 0 20 0 1 0 777 1000 10\n", pid, name,
             ticks);
    put(path, text);
}

static void an_idle_machine_is_ok(void **state)
{
    (void)state;
    put("/proc/loadavg", "0.01 0.02 0.03 1/90 1234\n");
    put_stat(1000, 5000, 0);
    vb_load_sample_take(tree, &before);
    put_stat(1004, 5396, 0);
    vb_load_sample_take(tree, &after);
    vb_doctor_load(&view, &before, &after, &findings);
    assert_found(VB_FINDING_OK, "99 % idle");
}

static void who_burns_cpu_is_named(void **state)
{
    (void)state;
    put("/proc/loadavg", "1.50 1.00 1.00 2/90 1234\n");
    put_stat(1000, 5000, 0);
    put_process(41, "old hand", 90000);
    put_process(42, "cc1 (plus)", 100);
    vb_load_sample_take(tree, &before);
    put_stat(1100, 5300, 0);
    put_process(41, "old hand", 90001);
    put_process(42, "cc1 (plus)", 195);
    vb_load_sample_take(tree, &after);
    vb_doctor_load(&view, &before, &after, &findings);
    assert_found(VB_FINDING_WARNING,
                 "use 25 % of the CPUs; the busiest is cc1 (plus) (process 42)");
}

static void most_of_the_cpus_in_use_is_a_problem(void **state)
{
    (void)state;
    put_stat(1000, 5000, 0);
    vb_load_sample_take(tree, &before);
    put_stat(1300, 5100, 0);
    vb_load_sample_take(tree, &after);
    vb_doctor_load(&view, &before, &after, &findings);
    assert_found(VB_FINDING_PROBLEM, "use 75 % of the CPUs.");
    assert_mended_by("End them, or wait for them");
}

static void a_new_process_under_an_old_number_is_not_the_old_one(void **state)
{
    (void)state;
    put_stat(1000, 5000, 0);
    put_process(42, "first", 5000);
    put_process(43, "other", 0);
    vb_load_sample_take(tree, &before);
    put_stat(1100, 5300, 0);
    put("/proc/42/stat", "42 (second) R 1 1 1 0 -1 4 1 0 0 0 60 0 0 0 20 0 1 0 999 1000 10\n");
    put_process(43, "other", 30);
    vb_load_sample_take(tree, &after);
    vb_doctor_load(&view, &before, &after, &findings);
    assert_found(VB_FINDING_WARNING, "second (process 42)");
}

static void a_machine_that_was_busy_a_moment_ago_is_a_note(void **state)
{
    (void)state;
    put("/proc/loadavg", "3.70 1.00 1.00 2/90 1234\n");
    put_stat(1000, 5000, 0);
    vb_load_sample_take(tree, &before);
    put_stat(1000, 5400, 0);
    vb_load_sample_take(tree, &after);
    vb_doctor_load(&view, &before, &after, &findings);
    assert_found(VB_FINDING_NOTE, "3.70");
}

static void take_steal(int stolen, int stolen_before)
{
    put_stat(1000, 500000, stolen_before);
    vb_load_sample_take(tree, &before);
    put_stat(1000, 500400 - stolen, stolen_before + stolen);
    vb_load_sample_take(tree, &after);
    vb_doctor_steal(&before, &after, &findings);
}

static void steal_time_is_a_warning(void **state)
{
    (void)state;
    take_steal(4, 0);
    assert_found(VB_FINDING_WARNING, "takes 1.0 % of the CPUs away now");
}

static void much_steal_time_is_a_problem(void **state)
{
    (void)state;
    take_steal(40, 0);
    assert_found(VB_FINDING_PROBLEM, "10.0 %");
}

static void steal_time_of_the_past_is_a_note(void **state)
{
    (void)state;
    take_steal(0, 20000);
    assert_found(VB_FINDING_NOTE, "0.0 % of the CPUs away now, 3.8 % since boot");
}

static void no_steal_time_is_ok(void **state)
{
    (void)state;
    take_steal(0, 0);
    assert_found(VB_FINDING_OK, "No steal time");
}

static void stolen_time_is_not_other_programs_load(void **state)
{
    (void)state;
    put_stat(1000, 5000, 0);
    vb_load_sample_take(tree, &before);
    put_stat(1000, 5200, 200);
    vb_load_sample_take(tree, &after);
    vb_doctor_load(&view, &before, &after, &findings);
    assert_found(VB_FINDING_OK, "100 % idle");
}

static void take_swap(const char *later, const char *memory)
{
    put("/proc/vmstat", "nr_free_pages 1\npswpin 100\npswpout 200\n");
    put("/proc/meminfo", memory);
    vb_load_sample_take(tree, &before);
    put("/proc/vmstat", later);
    vb_load_sample_take(tree, &after);
    vb_doctor_swap(&view, &before, &after, &findings);
}

static void swapping_now_is_a_problem(void **state)
{
    (void)state;
    take_swap("pswpin 107\npswpout 203\n", "MemAvailable:  8388608 kB\n");
    assert_found(VB_FINDING_PROBLEM, "10 pages");
}

static void what_was_swapped_long_ago_is_ok(void **state)
{
    (void)state;
    take_swap("pswpin 100\npswpout 200\n", "MemTotal: 9000000 kB\nMemAvailable:  8388608 kB\n");
    assert_found(VB_FINDING_OK, "8192 MiB");
}

static void little_memory_is_a_warning(void **state)
{
    (void)state;
    take_swap("pswpin 100\npswpout 200\n", "MemAvailable:  102400 kB\n");
    assert_found(VB_FINDING_WARNING, "Only 100 MiB");
}

static void without_proc_nothing_is_claimed(void **state)
{
    (void)state;
    vb_load_sample_take(tree, &before);
    vb_load_sample_take(tree, &after);
    vb_doctor_load(&view, &before, &after, &findings);
    assert_found(VB_FINDING_NOTE, "not told");
    vb_doctor_steal(&before, &after, &findings);
    assert_int_equal(findings.count, 1);
    findings.count = 0;
    vb_doctor_swap(&view, &before, &after, &findings);
    assert_found(VB_FINDING_NOTE, "not told");
}

static void counters_that_step_back_are_neither_load_nor_steal(void **state)
{
    (void)state;
    put_stat(1000, 5000, 100);
    vb_load_sample_take(tree, &before);
    put_stat(900, 5400, 90);
    vb_load_sample_take(tree, &after);
    vb_doctor_load(&view, &before, &after, &findings);
    assert_found(VB_FINDING_OK, "idle");
    findings.count = 0;
    vb_doctor_steal(&before, &after, &findings);
    assert_found(VB_FINDING_NOTE, "0.0 % of the CPUs away now");
}

static void garbage_is_no_load(void **state)
{
    (void)state;
    put("/proc/stat", hostile);
    put("/proc/loadavg", hostile);
    put("/proc/vmstat", hostile);
    put("/proc/meminfo", hostile);
    put("/proc/42/stat", hostile);
    put("/proc/43/stat", "43 (cut short) R 1");
    put("/proc/44/stat", ") (");
    vb_load_sample_take(tree, &before);
    vb_load_sample_take(tree, &after);
    assert_int_equal(after.process_count, 0);
    vb_doctor_load(&view, &before, &after, &findings);
    assert_found(VB_FINDING_NOTE, "not told");
}

static void a_hostile_name_is_made_printable(void **state)
{
    (void)state;
    put_stat(1000, 5000, 0);
    put_process(42, "\x1b[2J\n\xff)(", 0);
    vb_load_sample_take(tree, &before);
    put_stat(1200, 5200, 0);
    put_process(42, "\x1b[2J\n\xff)(", 100);
    vb_load_sample_take(tree, &after);
    vb_doctor_load(&view, &before, &after, &findings);
    assert_found(VB_FINDING_PROBLEM, " [2J ?)( (process 42)");
}

#define load_test(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        load_test(an_idle_machine_is_ok),
        load_test(who_burns_cpu_is_named),
        load_test(most_of_the_cpus_in_use_is_a_problem),
        load_test(a_new_process_under_an_old_number_is_not_the_old_one),
        load_test(a_machine_that_was_busy_a_moment_ago_is_a_note),
        load_test(steal_time_is_a_warning),
        load_test(much_steal_time_is_a_problem),
        load_test(steal_time_of_the_past_is_a_note),
        load_test(no_steal_time_is_ok),
        load_test(stolen_time_is_not_other_programs_load),
        load_test(swapping_now_is_a_problem),
        load_test(what_was_swapped_long_ago_is_ok),
        load_test(little_memory_is_a_warning),
        load_test(without_proc_nothing_is_claimed),
        load_test(counters_that_step_back_are_neither_load_nor_steal),
        load_test(garbage_is_no_load),
        load_test(a_hostile_name_is_made_printable),
    };
    return cmocka_run_group_tests_name("doctor_load", tests, make_test_folder, remove_test_folder);
}
