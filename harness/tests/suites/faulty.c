/* Every way for a benchmark to go wrong, between two that go right. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <vbench/vbench.h>

extern int velox_clock_init(void *clock, int source); /* keeps the broken subject in the program */
int (*const kept_subject)(void *, int) = velox_clock_init;

static void work(void)
{
    for (uint64_t i = 0; i < 50; i++)
        VB_KEEP(i);
}

static void good(vb_run *run)
{
    VB_LOOP (run)
        work();
    vb_items(run, 1);
}

static void crashes(vb_run *run)
{
    VB_LOOP (run)
        raise(SIGSEGV);
}

static void aborts_with_last_words(vb_run *run)
{
    VB_LOOP (run) {
        fprintf(stderr, "first line\nthe invariant does not hold\n");
        abort();
    }
}

static void exits(vb_run *run)
{
    VB_LOOP (run)
        exit(7);
}

static void hangs(vb_run *run)
{
    VB_LOOP (run)
        pause();
}

static void hangs_busily(vb_run *run)
{
    volatile int forever = 1;
    VB_LOOP (run) {
        while (forever)
            work();
    }
}

static void never_enters(vb_run *run)
{
    (void)run;
}

static void breaks_out(vb_run *run)
{
    VB_LOOP (run)
        break;
}

static void returns_from_loop(vb_run *run)
{
    VB_LOOP (run)
        return;
}

static void enters_twice(vb_run *run)
{
    VB_LOOP (run)
        work();
    VB_LOOP (run)
        work();
}

static void fails(vb_run *run)
{
    VB_LOOP (run)
        work();
    vb_fail(run, "sum is 4, not 5");
}

static void fails_in_finish(vb_run *run)
{
    vb_fail(run, "found in finish");
}

static void sends_garbage(vb_run *run)
{
    static const char garbage[] = "\001\002 not the protocol\n";
    VB_LOOP (run) {
        if (write(3, garbage, sizeof garbage - 1) < 0)
            abort();
    }
}

static void sends_endless_lines(vb_run *run)
{
    static const char line[] = "items 1\n";
    VB_LOOP (run) {
        while (write(3, line, sizeof line - 1) > 0)
            ;
    }
}

static void prints_much(vb_run *run)
{
    VB_LOOP (run) {
        for (int i = 0; i < 200; i++)
            printf("this is only output %d, and no protocol: end\n", i);
    }
}

static int setup_fails(vb_run *run, void **fixture)
{
    (void)run;
    (void)fixture;
    return -ENOENT;
}

static int setup_returns_nonsense(vb_run *run, void **fixture)
{
    (void)run;
    (void)fixture;
    return 3;
}

static int setup_crashes(vb_run *run, void **fixture)
{
    (void)run;
    (void)fixture;
    raise(SIGBUS);
    return 0;
}

static void teardown_crashes(void *fixture)
{
    (void)fixture;
    raise(SIGSEGV);
}

static int reset_fails(vb_run *run)
{
    (void)run;
    return -ENOSPC;
}

static void records_a_latency(vb_run *run)
{
    VB_LOOP (run)
        work();
    vb_latency_ns(run, 1000);
}

static void body_removed(vb_run *run)
{
    uint64_t sum = 0;
    VB_LOOP (run)
        sum += 3;
}

static void negative_latency(vb_run *run)
{
    VB_LOOP (run)
        work();
    vb_latency_ns(run, (uint64_t)-5);
}

static void sum_overflows(vb_run *run)
{
    VB_LOOP (run)
        work();
    vb_counter(run, "huge", 1.7e308, VB_SUM);
}

static void counts_nan(vb_run *run)
{
    VB_LOOP (run)
        work();
    vb_counter(run, "ratio", 0.0 / (double)(vb_iterations(run) * 0), VB_MEAN);
}

static void counts_as_field(vb_run *run)
{
    VB_LOOP (run)
        work();
    vb_counter(run, "real_time", 1, VB_SUM);
}

static void asks_for_no_axis(vb_run *run)
{
    VB_LOOP (run)
        work();
    VB_KEEP(vb_param(run, 0));
}

static void one_thread_leaves_early(vb_run *run)
{
    VB_LOOP (run) {
        if (vb_thread(run) == 2)
            break;
    }
}

static void one_thread_never_enters(vb_run *run)
{
    if (vb_thread(run) == 0)
        return;
    VB_LOOP (run)
        work();
}

/* Leaves a process behind that would outlive the worker. */
static void leaves_a_child(vb_run *run)
{
    VB_LOOP (run) {
        if (fork() == 0) {
            for (;;)
                pause();
        }
        pause();
    }
}

#define VB_THREADS_4 .threads = VB_VALUES("threads", 4)

static const vb_bench table[] = {
    {.name = "good/before", .fn = good},
    {.name = "faulty/crashes", .fn = crashes},
    {.name = "faulty/aborts_with_last_words", .fn = aborts_with_last_words},
    {.name = "faulty/exits", .fn = exits},
    {.name = "faulty/hangs", .fn = hangs},
    {.name = "faulty/hangs_busily", .fn = hangs_busily},
    {.name = "faulty/never_enters", .fn = never_enters},
    {.name = "faulty/breaks_out", .fn = breaks_out},
    {.name = "faulty/returns_from_loop", .fn = returns_from_loop},
    {.name = "faulty/enters_twice", .fn = enters_twice},
    {.name = "faulty/fails", .fn = fails},
    {.name = "faulty/fails_in_finish", .fn = good, .finish = fails_in_finish},
    {.name = "faulty/sends_garbage", .fn = sends_garbage},
    {.name = "faulty/sends_endless_lines", .fn = sends_endless_lines},
    {.name = "good/prints_much", .fn = prints_much},
    {.name = "faulty/setup_fails", .fn = good, .setup = setup_fails},
    {.name = "faulty/setup_returns_nonsense", .fn = good, .setup = setup_returns_nonsense},
    {.name = "faulty/setup_crashes", .fn = good, .setup = setup_crashes},
    {.name = "faulty/reset_fails", .fn = good, .reset = reset_fails},
    {.name = "faulty/teardown_crashes", .fn = good, .teardown = teardown_crashes},
    {.name = "faulty/too_slow_for_its_limit", .fn = records_a_latency, .p99_limit_ns = 999},
    {.name = "good/fast_enough_for_its_limit", .fn = records_a_latency, .p99_limit_ns = 1010},
    {.name = "faulty/body_removed", .fn = body_removed},
    {.name = "faulty/negative_latency", .fn = negative_latency},
    {.name = "faulty/sum_overflows", .fn = sum_overflows},
    {.name = "faulty/counts_nan", .fn = counts_nan},
    {.name = "faulty/counts_as_field", .fn = counts_as_field},
    {.name = "faulty/asks_for_no_axis", .fn = asks_for_no_axis},
    {.name = "faulty/one_leaves_early", .fn = one_thread_leaves_early, VB_THREADS_4},
    {.name = "faulty/one_never_enters", .fn = one_thread_never_enters, VB_THREADS_4},
    {.name = "faulty/leaves_a_child", .fn = leaves_a_child},
    {.name = "good/after", .fn = good},
};

VB_MAIN(table)
