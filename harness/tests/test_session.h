/* A session for each test, and a benchmark whose callbacks note what they see. They run on threads,
 * where nothing may be asserted: they note, the tests assert. Include after _GNU_SOURCE. */
#ifndef VBENCH_TEST_SESSION_H
#define VBENCH_TEST_SESSION_H

#include "test_cmocka.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "worker/gbench_shim.h"
#include "worker/session.h"

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

static inline void note(const char *event)
{
    strncat(events, event, sizeof events - strlen(events) - 1);
}

static inline void sleep_ms(long ms)
{
    nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

static inline int fresh(void **state)
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

static inline int close_session(void **state)
{
    (void)state;
    vb_session_close(session);
    session = NULL;
    vb_cases_free(cases, case_count);
    cases = NULL;
    return 0;
}

static inline int try_open(const vb_bench *bench)
{
    char fault[512];
    opened = *bench;
    assert_int_equal(vb_cases_create(&opened, 1, fault, sizeof fault, &cases, &case_count), 0);
    return vb_session_open(&cases[0], NULL, 0, error, sizeof error, &session);
}

static inline void open_session(const vb_bench *bench)
{
    assert_int_equal(try_open(bench), 0);
}

static inline int run_block(uint64_t iterations)
{
    return vb_gbench_block(session, iterations, &block_time);
}

static inline void assert_block_fails(uint64_t iterations, const char *reason)
{
    assert_int_equal(run_block(iterations), -ECANCELED);
    assert_string_equal(vb_session_failure(session), reason);
}

/* ---- callbacks ---- */

static inline int setup(vb_run *run, void **fixture)
{
    note("setup ");
    *fixture = events;
    if (setup_failure)
        vb_fail(run, setup_failure);
    return setup_status;
}

static inline int reset(vb_run *run)
{
    (void)run;
    note("reset ");
    atomic_store(&reset_saw_inside, atomic_load(&inside));
    atomic_store(&entered, 0);
    memset(by_thread, 0, sizeof by_thread);
    return reset_status;
}

static inline void finish(vb_run *run)
{
    (void)run;
    note("finish ");
    atomic_store(&finish_saw_inside, atomic_load(&inside));
    atomic_store(&finish_saw_entered, atomic_load(&entered));
}

static inline void teardown(void *fixture)
{
    note(fixture == events ? "teardown " : "teardown of something else ");
}

/* A proper benchmark that counts its iterations. */
static inline void count_iterations(vb_run *run)
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

static inline void plain_loop(vb_run *run)
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

static int faulty_thread; /* the one that does it wrong; -1: all */

static inline bool is_faulty(const vb_run *run)
{
    return faulty_thread < 0 || vb_thread(run) == faulty_thread;
}

static inline void never_enter(vb_run *run)
{
    if (!is_faulty(run))
        count_iterations(run);
}

#define session_test(name) cmocka_unit_test_setup_teardown(name, fresh, close_session)

#endif
