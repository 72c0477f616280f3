/* What a session's blocks give: counters, throughput and latencies, times, and when allocations are
 * counted. */
#define _GNU_SOURCE
#include "test_near.h"

#include "common/affinity.h"
#include "test_session.h"

#include <errno.h>
#include <stdio.h>

/* ---- counters, throughput, latencies ---- */

static struct {
    const char *name;
    double value;
    vb_kind kind;
} given[2];

static void give_counters(vb_run *run)
{
    plain_loop(run);
    for (int i = 0; i < 2 && given[i].name; i++)
        vb_counter(run, given[i].name, given[i].value, given[i].kind);
}

static void assert_counter_refused(const char *name, double value, vb_kind kind, const char *reason)
{
    const vb_bench bench = {.name = "c", .fn = give_counters};
    memset(given, 0, sizeof given);
    given[0].name = name;
    given[0].value = value;
    given[0].kind = kind;
    open_session(&bench);
    assert_block_fails(1, reason);
    close_session(NULL);
}

static void counter_with_the_name_of_a_result_field_is_refused(void **state)
{
    (void)state;
    static const char *const fields[] = {"name",         "iterations", "real_time",
                                         "cpu_time",     "time_unit",  "items_per_second",
                                         "threads",      "run_name",   "repetition_index",
                                         "error_message"};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        char reason[128];
        snprintf(reason, sizeof reason,
                 "counter \"%s\" has the name of a field of the result format", fields[i]);
        assert_counter_refused(fields[i], 1, VB_SUM, reason);
    }
}

static void counter_that_is_not_finite_is_refused(void **state)
{
    (void)state;
    assert_counter_refused("a", NAN, VB_SUM, "counter \"a\" is not a finite number");
    assert_counter_refused("a", INFINITY, VB_MEAN, "counter \"a\" is not a finite number");
}

static void counter_without_a_proper_name_is_refused(void **state)
{
    (void)state;
    assert_counter_refused("", 1, VB_SUM, "counter \"\" has no name");
    assert_counter_refused("a\nb", 1, VB_SUM,
                           "counter \"a b\" has a control character in its name");
    assert_counter_refused("a123456789b123456789c123456789d123456789e123456789f123456789g123", 1,
                           VB_SUM,
                           "counter \"a123456789b123456789c123456789d123456789e123456789f123456789"
                           "g123\" has a name of more than 63 bytes");
}

static void counter_of_an_unknown_kind_is_refused(void **state)
{
    (void)state;
    assert_counter_refused("a", 1, (vb_kind)3, "counter \"a\" has an unknown kind");
}

static void counter_of_two_kinds_is_refused(void **state)
{
    (void)state;
    const vb_bench bench = {.name = "c", .fn = give_counters};
    given[0].name = given[1].name = "a";
    given[0].kind = VB_SUM;
    given[1].kind = VB_MEAN;
    open_session(&bench);
    assert_block_fails(1, "counter \"a\" was given two kinds");
}

static void give_many_counters(vb_run *run)
{
    char name[24];
    plain_loop(run);
    for (uint64_t i = 0; i < vb_iterations(run); i++) {
        snprintf(name, sizeof name, "c%llu", (unsigned long long)i);
        vb_counter(run, name, 1, VB_SUM);
    }
}

static void seventeenth_counter_of_a_run_is_refused(void **state)
{
    (void)state;
    const vb_bench bench = {.name = "c", .fn = give_many_counters};
    open_session(&bench);
    assert_int_equal(run_block(16), 0);
    assert_block_fails(17, "counter \"c16\" is one too many: a run has at most 16");
}

static void give_by_thread(vb_run *run)
{
    double value = vb_thread(run) + 1;
    plain_loop(run);
    vb_counter(run, "sum", value, VB_SUM);
    vb_counter(run, "sum", value, VB_SUM);
    vb_counter(run, "rate", value, VB_PER_SEC);
    vb_counter(run, "mean", value, VB_MEAN);
    vb_counter(run, "mean", value + 2, VB_MEAN);
}

static void counters_of_threads_are_added_or_averaged_as_their_kind_says(void **state)
{
    (void)state;
    vb_counter_value counters[VB_COUNTERS_MAX];
    const vb_bench bench = {.name = "c", .fn = give_by_thread, ON_FOUR_THREADS};
    open_session(&bench);
    assert_int_equal(run_block(1), 0);
    assert_int_equal(vb_session_counters(session, counters, VB_COUNTERS_MAX), 3);
    assert_string_equal(counters[0].name, "sum");
    assert_near(counters[0].value, 2 * (1 + 2 + 3 + 4), 0);
    assert_string_equal(counters[1].name, "rate");
    assert_near(counters[1].value, 1 + 2 + 3 + 4, 0);
    assert_string_equal(counters[2].name, "mean");
    assert_near(counters[2].value, 3.5, 1e-12);
}

static void counters_of_the_block_before_are_forgotten(void **state)
{
    (void)state;
    vb_counter_value counters[VB_COUNTERS_MAX];
    const vb_bench bench = {.name = "c", .fn = give_by_thread};
    open_session(&bench);
    assert_int_equal(run_block(1), 0);
    assert_int_equal(run_block(1), 0);
    assert_int_equal(vb_session_counters(session, counters, VB_COUNTERS_MAX), 3);
    assert_near(counters[0].value, 2, 0);
}

static void give_kind_by_thread(vb_run *run)
{
    plain_loop(run);
    vb_counter(run, "a", 1, vb_thread(run) == 2 ? VB_MEAN : VB_SUM);
}

static void counter_of_two_kinds_on_two_threads_fails_the_block(void **state)
{
    (void)state;
    vb_counter_value counters[VB_COUNTERS_MAX];
    const vb_bench bench = {.name = "c", .fn = give_kind_by_thread, ON_FOUR_THREADS};
    open_session(&bench);
    assert_int_equal(run_block(1), 0);
    assert_int_equal(vb_session_counters(session, counters, VB_COUNTERS_MAX), -EINVAL);
    assert_string_equal(vb_session_failure(session),
                        "counter \"a\" was given two kinds by its threads");
}

static void give_names_by_thread(vb_run *run)
{
    char name[16];
    plain_loop(run);
    for (int i = 0; i < 5; i++) {
        snprintf(name, sizeof name, "t%d_%d", vb_thread(run), i);
        vb_counter(run, name, 1, VB_SUM);
    }
}

static void more_counters_than_fit_over_all_threads_fail_the_block(void **state)
{
    (void)state;
    vb_counter_value counters[VB_COUNTERS_MAX];
    const vb_bench bench = {.name = "c", .fn = give_names_by_thread, ON_FOUR_THREADS};
    open_session(&bench);
    assert_int_equal(run_block(1), 0);
    assert_int_equal(vb_session_counters(session, counters, VB_COUNTERS_MAX), -EINVAL);
    assert_string_equal(vb_session_failure(session),
                        "its threads together gave more than 16 different counters");
}

static void give_throughput(vb_run *run)
{
    plain_loop(run);
    if (vb_iterations(run) > 1) {
        vb_items(run, 3);
        vb_bytes(run, 24);
    }
}

static void throughput_is_that_of_the_last_block(void **state)
{
    (void)state;
    const vb_bench bench = {.name = "c", .fn = give_throughput};
    open_session(&bench);
    assert_int_equal(run_block(2), 0);
    assert_int_equal(session->runs[0].items_per_iteration, 3);
    assert_int_equal(session->runs[0].bytes_per_iteration, 24);
    assert_int_equal(run_block(1), 0);
    assert_int_equal(session->runs[0].items_per_iteration, 0);
    assert_int_equal(session->runs[0].bytes_per_iteration, 0);
}

static void record_latencies(vb_run *run)
{
    VB_LOOP (run) {
        vb_latency_ns(run, 10 + (uint64_t)vb_thread(run));
    }
}

static void latencies_of_all_threads_and_blocks_are_kept(void **state)
{
    (void)state;
    const vb_bench bench = {.name = "c", .fn = record_latencies, ON_FOUR_THREADS};
    open_session(&bench);
    assert_int_equal(run_block(100), 0);
    assert_int_equal(run_block(50), 0);
    vb_histogram *sum = NULL;
    assert_int_equal(vb_histogram_create(&sum), 0);
    for (int i = 0; i < THREADS; i++)
        vb_histogram_merge(sum, session->runs[i].latencies);
    uint64_t count = vb_histogram_count(sum), total_ns = vb_histogram_sum(sum);
    vb_histogram_free(sum);
    assert_int_equal(count, 4 * 150);
    assert_int_equal(total_ns, 150 * (10 + 11 + 12 + 13));
}

/* ---- time ---- */

static void sleep_20_ms(vb_run *run)
{
    VB_LOOP (run) {
        sleep_ms(20);
    }
}

static int reset_slowly(vb_run *run)
{
    (void)run;
    sleep_ms(200);
    return 0;
}

static void finish_slowly(vb_run *run)
{
    (void)run;
    sleep_ms(200);
}

static void sleep_around_the_loop(vb_run *run)
{
    sleep_ms(200);
    sleep_20_ms(run);
    sleep_ms(200);
}

static void real_time_is_that_of_one_thread_whatever_their_number(void **state)
{
    (void)state;
    const vb_bench bench = {.name = "c", .fn = sleep_20_ms, ON_FOUR_THREADS};
    open_session(&bench);
    assert_int_equal(run_block(1), 0);
    assert_between(block_time.real_ns, 19e6, 70e6); /* not 5 ms, not 80 ms */
}

static void time_is_of_the_whole_block(void **state)
{
    (void)state;
    const vb_bench bench = {.name = "c", .fn = sleep_20_ms};
    open_session(&bench);
    assert_int_equal(run_block(5), 0);
    assert_between(block_time.real_ns, 99e6, 190e6);
}

static void reset_and_finish_are_in_no_time(void **state)
{
    (void)state;
    const vb_bench bench = {.name = "c",
                            .fn = sleep_20_ms,
                            .reset = reset_slowly,
                            .finish = finish_slowly,
                            ON_FOUR_THREADS};
    open_session(&bench);
    assert_int_equal(run_block(1), 0);
    assert_between(block_time.real_ns, 19e6, 150e6);
}

static void what_fn_does_outside_of_its_loop_is_in_no_time(void **state)
{
    (void)state;
    const vb_bench bench = {.name = "c", .fn = sleep_around_the_loop, ON_FOUR_THREADS};
    open_session(&bench);
    assert_int_equal(run_block(1), 0);
    assert_between(block_time.real_ns, 19e6, 150e6);
}

static double seconds_of_cpu(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void burn_20_ms_of_cpu(vb_run *run)
{
    VB_LOOP (run) {
        double end = seconds_of_cpu() + 0.02;
        while (seconds_of_cpu() < end)
            ;
    }
}

static void cpu_time_is_that_of_one_thread_whatever_their_number(void **state)
{
    (void)state;
    const vb_bench bench = {.name = "c", .fn = burn_20_ms_of_cpu, ON_FOUR_THREADS};
    open_session(&bench);
    assert_int_equal(run_block(1), 0);
    assert_between(block_time.cpu_ns, 18e6, 40e6);
}

static void thread_that_cannot_be_pinned_fails_the_block(void **state)
{
    (void)state;
    static const int no_cpu[] = {-1};
    char fault[512];
    assert_int_equal(vb_cases_create(&one_thread, 1, fault, sizeof fault, &cases, &case_count), 0);
    assert_int_equal(vb_session_open(&cases[0], no_cpu, 1, error, sizeof error, &session), 0);
    assert_block_fails(1, "thread 0 cannot be pinned to CPU -1: Invalid argument");
}

static void any_thread_that_cannot_be_pinned_fails_every_block(void **state)
{
    (void)state;
    int cpus[THREADS] = {0, -1, -1, -1};
    int available[VB_CPUS_MAX], count;
    char fault[512];
    assert_int_equal(vb_affinity_get(available, &count), 0);
    cpus[0] = available[0];
    assert_int_equal(vb_cases_create(&four_threads, 1, fault, sizeof fault, &cases, &case_count),
                     0);
    assert_int_equal(vb_session_open(&cases[0], cpus, THREADS, error, sizeof error, &session), 0);
    for (int block = 0; block < 300; block++)
        assert_int_equal(run_block(1), -ECANCELED);
    vb_affinity_set(available, count); /* the test's own thread was pinned */
}

/* ---- counting allocations ---- */

/* Stands for the library: it notes how the switch is turned. */
static atomic_int counting, count_starts, arrived, arrived_at_start, missed;

static void start_counting(void)
{
    atomic_store(&arrived_at_start, atomic_load(&arrived));
    atomic_fetch_add(&count_starts, 1);
    atomic_store(&counting, 1);
}

static void stop_counting(void)
{
    atomic_store(&counting, 0);
}

static const vb_allocation_counter noting_counter = {.start = start_counting,
                                                     .stop = stop_counting};

/* The threads come one after the other, and leave one after the other. */
static void staggered(vb_run *run)
{
    sleep_ms(vb_thread(run));
    atomic_fetch_add(&arrived, 1);
    VB_LOOP (run) {
        sleep_ms(THREADS - vb_thread(run));
        if (!atomic_load(&counting))
            atomic_fetch_add(&missed, 1);
    }
    sleep_ms(1);
    if (atomic_load(&counting))
        atomic_fetch_add(&missed, 1);
}

static void counting_lasts_from_the_last_arrival_to_the_last_end_of_a_loop(void **state)
{
    (void)state;
    const vb_bench bench = {
        .name = "staggered", .fn = staggered, .threads = VB_VALUES("threads", THREADS)};
    open_session(&bench);
    session->allocations = &noting_counter;
    atomic_store(&count_starts, 0);
    atomic_store(&missed, 0);
    for (int block = 1; block <= 10; block++) {
        atomic_store(&arrived, 0);
        assert_int_equal(run_block(2), 0);
        assert_int_equal(atomic_load(&count_starts), block);
        assert_int_equal(atomic_load(&arrived_at_start), THREADS);
        assert_int_equal(atomic_load(&counting), 0);
    }
    assert_int_equal(atomic_load(&missed), 0);
}

static void counting_stops_where_the_loop_is_never_entered(void **state)
{
    (void)state;
    const vb_bench bench = {.name = "absent", .fn = never_enter};
    open_session(&bench);
    session->allocations = &noting_counter;
    faulty_thread = -1;
    assert_int_equal(run_block(2), -ECANCELED);
    assert_int_equal(atomic_load(&counting), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        session_test(counter_with_the_name_of_a_result_field_is_refused),
        session_test(counter_that_is_not_finite_is_refused),
        session_test(counter_without_a_proper_name_is_refused),
        session_test(counter_of_an_unknown_kind_is_refused),
        session_test(counter_of_two_kinds_is_refused),
        session_test(seventeenth_counter_of_a_run_is_refused),
        session_test(counters_of_threads_are_added_or_averaged_as_their_kind_says),
        session_test(counters_of_the_block_before_are_forgotten),
        session_test(counter_of_two_kinds_on_two_threads_fails_the_block),
        session_test(more_counters_than_fit_over_all_threads_fail_the_block),
        session_test(throughput_is_that_of_the_last_block),
        session_test(latencies_of_all_threads_and_blocks_are_kept),
        session_test(real_time_is_that_of_one_thread_whatever_their_number),
        session_test(time_is_of_the_whole_block),
        session_test(reset_and_finish_are_in_no_time),
        session_test(what_fn_does_outside_of_its_loop_is_in_no_time),
        session_test(cpu_time_is_that_of_one_thread_whatever_their_number),
        session_test(thread_that_cannot_be_pinned_fails_the_block),
        session_test(any_thread_that_cannot_be_pinned_fails_every_block),
        session_test(counting_lasts_from_the_last_arrival_to_the_last_end_of_a_loop),
        session_test(counting_stops_where_the_loop_is_never_entered),
    };
    return cmocka_run_group_tests_name("session_figures", tests, NULL, NULL);
}
