/* A session and its blocks, with Google Benchmark and its threads behind them. Callbacks run on
 * threads of their own, so they only note what they see; the tests judge it afterwards. */
#define _GNU_SOURCE
#include "test_near.h"

#include "common/affinity.h"
#include "test_memory.h"
#include "worker/gbench_shim.h"
#include "worker/session.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { THREADS = 4 };

static char error[VB_REASON_MAX + 1];
static vb_case *cases;
static size_t case_count;
static vb_bench opened; /* of the session: it outlives the test function */
static vb_session *session;
static vb_block_time block_time;

/* What the callbacks saw; thread 0's calls in order. */
static char events[256];
static atomic_int entered;
static atomic_int inside;
static atomic_int reset_saw_inside;
static atomic_int finish_saw_inside;
static atomic_int finish_saw_entered;
static int by_thread[THREADS]; /* plain on purpose: ThreadSanitizer is to see every race */
static int setup_status, reset_status;
static const char *setup_failure;

static void note(const char *event)
{
    strncat(events, event, sizeof events - strlen(events) - 1);
}

static void sleep_ms(long ms)
{
    nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

static int fresh(void **state)
{
    (void)state;
    events[0] = error[0] = '\0';
    atomic_store(&entered, 0);
    atomic_store(&inside, 0);
    atomic_store(&reset_saw_inside, 0);
    atomic_store(&finish_saw_inside, 0);
    atomic_store(&finish_saw_entered, 0);
    memset(by_thread, 0, sizeof by_thread);
    setup_status = reset_status = 0;
    setup_failure = NULL;
    return 0;
}

static int close_session(void **state)
{
    (void)state;
    vb_session_close(session);
    session = NULL;
    vb_cases_free(cases, case_count);
    cases = NULL;
    return 0;
}

static int try_open(const vb_bench *bench)
{
    char fault[512];
    opened = *bench;
    assert_int_equal(vb_cases_create(&opened, 1, fault, sizeof fault, &cases, &case_count), 0);
    return vb_session_open(&cases[0], NULL, 0, error, sizeof error, &session);
}

static void open_session(const vb_bench *bench)
{
    assert_int_equal(try_open(bench), 0);
}

static int run_block(uint64_t iterations)
{
    return vb_gbench_block(session, iterations, &block_time);
}

static void assert_block_fails(uint64_t iterations, const char *reason)
{
    assert_int_equal(run_block(iterations), -ECANCELED);
    assert_string_equal(vb_session_failure(session), reason);
}

/* ---- callbacks ---- */

static int setup(vb_run *run, void **fixture)
{
    note("setup ");
    *fixture = events;
    if (setup_failure)
        vb_fail(run, setup_failure);
    return setup_status;
}

static int reset(vb_run *run)
{
    (void)run;
    note("reset ");
    atomic_store(&reset_saw_inside, atomic_load(&inside));
    atomic_store(&entered, 0);
    memset(by_thread, 0, sizeof by_thread);
    return reset_status;
}

static void finish(vb_run *run)
{
    (void)run;
    note("finish ");
    atomic_store(&finish_saw_inside, atomic_load(&inside));
    atomic_store(&finish_saw_entered, atomic_load(&entered));
}

static void teardown(void *fixture)
{
    note(fixture == events ? "teardown " : "teardown of something else ");
}

/* A proper benchmark that counts its iterations. */
static void count_iterations(vb_run *run)
{
    atomic_fetch_add(&inside, 1);
    atomic_fetch_add(&entered, 1);
    if (vb_thread(run) == 0)
        note("fn ");
    VB_LOOP (run) {
        by_thread[vb_thread(run)]++;
    }
    atomic_fetch_sub(&inside, 1);
}

static void plain_loop(vb_run *run)
{
    uint64_t count = 0;
    VB_LOOP (run) {
        count++;
        VB_KEEP(count);
    }
}

#define FULL_CASE(function)                                                                        \
    .name = "full/case", .fn = function, .setup = setup, .reset = reset, .finish = finish,         \
    .teardown = teardown
#define ON_FOUR_THREADS .threads = VB_VALUES("threads", THREADS)

static const vb_bench one_thread = {FULL_CASE(count_iterations)};
static const vb_bench four_threads = {FULL_CASE(count_iterations), ON_FOUR_THREADS};

/* ---- the order of calls ---- */

static void callbacks_are_called_in_order_and_as_often_as_documented(void **state)
{
    (void)state;
    open_session(&one_thread);
    assert_int_equal(run_block(10), 0);
    assert_int_equal(run_block(20), 0);
    vb_session_close(session);
    session = NULL;
    assert_string_equal(events, "setup reset fn finish reset fn finish teardown ");
}

static void callbacks_may_all_be_missing(void **state)
{
    (void)state;
    const vb_bench bench = {.name = "bare", .fn = plain_loop};
    open_session(&bench);
    assert_int_equal(run_block(10), 0);
    assert_null(vb_fixture(&session->runs[0]));
}

static void every_thread_loops_exactly_as_often_as_asked(void **state)
{
    (void)state;
    open_session(&four_threads);
    assert_int_equal(run_block(1000), 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(by_thread[i], 1000);
    assert_int_equal(run_block(1), 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(by_thread[i], 1);
}

static void reset_comes_before_any_thread_enters_and_finish_after_all_left(void **state)
{
    (void)state;
    open_session(&four_threads);
    for (int i = 0; i < 50; i++) {
        assert_int_equal(run_block(100), 0);
        assert_int_equal(atomic_load(&reset_saw_inside), 0);
        assert_int_equal(atomic_load(&finish_saw_inside), 0);
        assert_int_equal(atomic_load(&finish_saw_entered), THREADS);
    }
}

static void failing_setup_is_told_and_nothing_is_torn_down(void **state)
{
    (void)state;
    setup_status = -ENOMEM;
    assert_int_equal(try_open(&one_thread), -ENOMEM);
    assert_string_equal(error, "its setup failed: Cannot allocate memory");
    assert_string_equal(events, "setup ");
}

static void setup_that_returns_a_positive_number_is_told(void **state)
{
    (void)state;
    setup_status = 12;
    assert_int_equal(try_open(&one_thread), -EINVAL);
    assert_string_equal(error, "its setup returned 12 instead of 0 or -errno");
    assert_string_equal(events, "setup ");
}

static void setup_that_fails_by_vb_fail_is_torn_down_if_it_returned_0(void **state)
{
    (void)state;
    setup_failure = "no input file";
    assert_int_equal(try_open(&one_thread), -EINVAL);
    assert_string_equal(error, "its setup failed: no input file");
    assert_string_equal(events, "setup teardown ");
}

static void failing_reset_fails_the_block_without_running_it(void **state)
{
    (void)state;
    open_session(&four_threads);
    reset_status = -EIO;
    assert_block_fails(10, "its reset failed: Input/output error");
    assert_int_equal(atomic_load(&entered), 0);
    reset_status = 3;
    assert_block_fails(10, "its reset returned 3 instead of 0 or -errno");
    assert_string_equal(events, "setup reset reset ");
}

static void block_after_a_failed_one_runs(void **state)
{
    (void)state;
    open_session(&four_threads);
    reset_status = -EIO;
    assert_int_equal(run_block(10), -ECANCELED);
    reset_status = 0;
    assert_int_equal(run_block(10), 0);
    assert_null(vb_session_failure(session));
    assert_int_equal(by_thread[THREADS - 1], 10);
}

static void closing_no_session_is_harmless(void **state)
{
    (void)state;
    vb_session_close(NULL);
}

static void each_allocation_that_fails_refuses_the_session_and_leaks_nothing(void **state)
{
    (void)state;
    char fault[512];
    assert_int_equal(vb_cases_create(&four_threads, 1, fault, sizeof fault, &cases, &case_count),
                     0);
    int status = -ENOMEM;
    long allowed = 0;
    for (; status != 0; allowed++) {
        fail_allocation_after(allowed);
        status = vb_session_open(&cases[0], NULL, 0, error, sizeof error, &session);
        assert_int_equal(status, allocation_has_failed() ? -ENOMEM : 0);
        if (status != 0)
            assert_string_not_equal(error, "");
    }
    assert_string_equal(events, "setup "); /* of the one that succeeded */
    assert_true(allowed > 2);
}

/* ---- what a run knows ---- */

static uint64_t iterations_in_setup;

static int look_around_in_setup(vb_run *run, void **fixture)
{
    iterations_in_setup = vb_iterations(run);
    by_thread[0] = (int)vb_param(run, 0);
    by_thread[1] = (int)vb_param(run, 1);
    by_thread[2] = vb_thread_count(run);
    by_thread[3] = vb_thread(run);
    *fixture = NULL;
    return 0;
}

static void setup_knows_parameters_and_threads_but_no_iterations(void **state)
{
    (void)state;
    const vb_bench bench = {.name = "c",
                            .fn = plain_loop,
                            .setup = look_around_in_setup,
                            .axes = {VB_VALUES("a", 7), VB_FIXED("b", 9)},
                            ON_FOUR_THREADS};
    iterations_in_setup = 99;
    open_session(&bench);
    assert_int_equal(iterations_in_setup, 0);
    assert_int_equal(by_thread[0], 7);
    assert_int_equal(by_thread[1], 9);
    assert_int_equal(by_thread[2], THREADS);
    assert_int_equal(by_thread[3], 0);
}

static uint64_t seen_iterations[THREADS];

static void note_iterations(vb_run *run)
{
    seen_iterations[vb_thread(run)] = vb_iterations(run);
    plain_loop(run);
}

static void every_thread_knows_the_iterations_of_its_block(void **state)
{
    (void)state;
    const vb_bench bench = {.name = "c", .fn = note_iterations, ON_FOUR_THREADS};
    open_session(&bench);
    assert_int_equal(run_block(123), 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(seen_iterations[i], 123);
}

static void ask_for_missing_axis(vb_run *run)
{
    by_thread[0] = (int)vb_param(run, 1);
    plain_loop(run);
}

static void parameter_of_no_axis_fails_the_block(void **state)
{
    (void)state;
    const vb_bench bench = {.name = "c", .fn = ask_for_missing_axis, .axes = {VB_VALUES("a", 7)}};
    open_session(&bench);
    assert_block_fails(1, "vb_param was asked for axis 1, but it has 1");
    assert_int_equal(by_thread[0], 0);
}

static void block_of_more_than_max_iterations_is_refused(void **state)
{
    (void)state;
    const vb_bench bench = {FULL_CASE(count_iterations), .max_iterations = 100};
    open_session(&bench);
    assert_int_equal(run_block(100), 0);
    assert_block_fails(101, "a block was asked for more than its max_iterations");
    assert_string_equal(events, "setup reset fn finish "); /* its reset could not prepare so many */
}

/* ---- loops that are not run as they must be ---- */

static int faulty_thread; /* the one that does it wrong; -1: all */

static bool is_faulty(const vb_run *run)
{
    return faulty_thread < 0 || vb_thread(run) == faulty_thread;
}

static void never_enter(vb_run *run)
{
    if (!is_faulty(run))
        count_iterations(run);
}

static void leave_by_break(vb_run *run)
{
    uint64_t left = 5;
    VB_LOOP (run) {
        if (is_faulty(run) && --left == 0)
            break;
    }
}

static void leave_by_return(vb_run *run)
{
    VB_LOOP (run) {
        if (is_faulty(run))
            return;
    }
}

static void enter_twice(vb_run *run)
{
    plain_loop(run);
    if (is_faulty(run))
        plain_loop(run);
}

static void enter_within(vb_run *run)
{
    VB_LOOP (run) {
        if (is_faulty(run))
            plain_loop(run);
    }
}

/* Alone, on one of four threads and on all of them; and then a good block still runs. */
static void assert_loop_fault(void (*fn)(vb_run *), const char *reason)
{
    const vb_bench alone = {.name = "alone", .fn = fn};
    const vb_bench together = {.name = "together", .fn = fn, ON_FOUR_THREADS};
    faulty_thread = 0;
    open_session(&alone);
    assert_block_fails(10, reason);
    close_session(NULL);
    open_session(&together);
    for (faulty_thread = -1; faulty_thread < THREADS; faulty_thread++)
        assert_block_fails(10, reason);
    faulty_thread = THREADS; /* nobody */
    assert_int_equal(run_block(10), 0);
}

static void thread_that_never_enters_the_loop_fails_the_block(void **state)
{
    (void)state;
    assert_loop_fault(never_enter, "it never entered VB_LOOP");
}

static void thread_that_breaks_out_of_the_loop_fails_the_block(void **state)
{
    (void)state;
    assert_loop_fault(leave_by_break, "it left VB_LOOP early");
}

static void thread_that_returns_from_the_loop_fails_the_block(void **state)
{
    (void)state;
    assert_loop_fault(leave_by_return, "it left VB_LOOP early");
}

static void thread_that_enters_the_loop_twice_fails_the_block(void **state)
{
    (void)state;
    assert_loop_fault(enter_twice, "it entered VB_LOOP twice");
}

static void thread_that_enters_the_loop_within_itself_fails_the_block(void **state)
{
    (void)state;
    assert_loop_fault(enter_within, "it entered VB_LOOP twice");
}

/* ---- vb_fail ---- */

static const char *reasons[2];

static void fail_twice(vb_run *run)
{
    vb_fail(run, reasons[0]);
    if (reasons[1])
        vb_fail(run, reasons[1]);
    plain_loop(run);
}

static void assert_reason(const char *first, const char *second, const char *kept)
{
    const vb_bench bench = {.name = "c", .fn = fail_twice};
    reasons[0] = first;
    reasons[1] = second;
    open_session(&bench);
    assert_block_fails(1, kept);
}

static void first_reason_of_a_failure_stands(void **state)
{
    (void)state;
    assert_reason("the first", "the second", "the first");
}

static void reason_is_copied_without_control_characters(void **state)
{
    (void)state;
    assert_reason("a\nb\tc\x1b[0m\x7f", NULL, "a b c [0m ");
}

static void missing_reason_is_replaced(void **state)
{
    (void)state;
    assert_reason(NULL, NULL, "it called vb_fail without a reason");
    close_session(NULL);
    assert_reason("", NULL, "it called vb_fail without a reason");
}

static void long_reason_is_cut(void **state)
{
    (void)state;
    char reason[1000], kept[VB_REASON_MAX + 1];
    memset(reason, 'r', sizeof reason);
    reason[sizeof reason - 1] = '\0';
    memset(kept, 'r', sizeof kept);
    kept[VB_REASON_MAX] = '\0';
    assert_reason(reason, NULL, kept);
}

static void fail_in_finish(vb_run *run)
{
    vb_fail(run, "the result is wrong");
}

static void failure_in_finish_fails_the_block(void **state)
{
    (void)state;
    const vb_bench bench = {.name = "c", .fn = plain_loop, .finish = fail_in_finish};
    open_session(&bench);
    assert_block_fails(1, "the result is wrong");
}

static void fail_in_loop(vb_run *run)
{
    VB_LOOP (run) {
        vb_fail(run, "all of them fail");
    }
}

static void failing_on_all_threads_at_once_is_one_failure(void **state)
{
    (void)state;
    const vb_bench bench = {.name = "c", .fn = fail_in_loop, .finish = finish, ON_FOUR_THREADS};
    open_session(&bench);
    assert_block_fails(1000, "all of them fail");
    assert_string_equal(events, ""); /* no result to check */
}

/* Thread 0 fails at once; who comes later must enter fn all the same: threads may wait for each
 * other. */
static void fail_before_the_loop(vb_run *run)
{
    atomic_fetch_add(&entered, 1);
    if (vb_thread(run) == 0)
        vb_fail(run, "at once");
    plain_loop(run);
}

static void all_threads_enter_fn_although_one_fails_before_its_loop(void **state)
{
    (void)state;
    const vb_bench bench = {
        .name = "c", .fn = fail_before_the_loop, .reset = reset, ON_FOUR_THREADS};
    open_session(&bench);
    for (int i = 0; i < 300; i++) {
        assert_block_fails(1, "at once");
        assert_int_equal(atomic_load(&entered), THREADS);
    }
}

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

#define session_test(name) cmocka_unit_test_setup_teardown(name, fresh, close_session)

int main(void)
{
    const struct CMUnitTest tests[] = {
        session_test(callbacks_are_called_in_order_and_as_often_as_documented),
        session_test(callbacks_may_all_be_missing),
        session_test(every_thread_loops_exactly_as_often_as_asked),
        session_test(reset_comes_before_any_thread_enters_and_finish_after_all_left),
        session_test(failing_setup_is_told_and_nothing_is_torn_down),
        session_test(setup_that_returns_a_positive_number_is_told),
        session_test(setup_that_fails_by_vb_fail_is_torn_down_if_it_returned_0),
        session_test(failing_reset_fails_the_block_without_running_it),
        session_test(block_after_a_failed_one_runs),
        session_test(closing_no_session_is_harmless),
        session_test(each_allocation_that_fails_refuses_the_session_and_leaks_nothing),
        session_test(setup_knows_parameters_and_threads_but_no_iterations),
        session_test(every_thread_knows_the_iterations_of_its_block),
        session_test(parameter_of_no_axis_fails_the_block),
        session_test(block_of_more_than_max_iterations_is_refused),
        session_test(thread_that_never_enters_the_loop_fails_the_block),
        session_test(thread_that_breaks_out_of_the_loop_fails_the_block),
        session_test(thread_that_returns_from_the_loop_fails_the_block),
        session_test(thread_that_enters_the_loop_twice_fails_the_block),
        session_test(thread_that_enters_the_loop_within_itself_fails_the_block),
        session_test(first_reason_of_a_failure_stands),
        session_test(reason_is_copied_without_control_characters),
        session_test(missing_reason_is_replaced),
        session_test(long_reason_is_cut),
        session_test(failure_in_finish_fails_the_block),
        session_test(failing_on_all_threads_at_once_is_one_failure),
        session_test(all_threads_enter_fn_although_one_fails_before_its_loop),
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
    return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
