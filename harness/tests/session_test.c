/* A session and its blocks, with Google Benchmark and its threads behind them: the order of calls,
 * what a run knows, and what is told of one that fails. */
#define _GNU_SOURCE
#include "test_memory.h"
#include "test_session.h"

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
    };
    return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
