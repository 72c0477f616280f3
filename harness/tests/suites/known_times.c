/*
 * Benchmarks whose figures are known: each iteration waits 20 us by the system's clock, whatever
 * surrounds it. What surrounds it sleeps much longer than the loop runs: the limit on iterations
 * keeps the blocks short.
 */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include <vbench/vbench.h>

enum { WAIT_NS = 20000 };

extern int velox_clock_init(void *clock, int source); /* keeps the broken subject in the program */
int (*const kept_subject)(void *, int) = velox_clock_init;

static uint64_t system_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void wait_20_us(void)
{
    uint64_t begin = system_now_ns();
    while (system_now_ns() - begin < WAIT_NS)
        ;
}

static void sleep_ms(long ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

static void waits(vb_run *run)
{
    VB_LOOP (run)
        wait_20_us();
}

static int slow_setup(vb_run *run, void **fixture)
{
    (void)run;
    sleep_ms(200);
    *fixture = malloc(1);
    return *fixture ? 0 : -ENOMEM;
}

static int slow_reset(vb_run *run)
{
    (void)run;
    sleep_ms(10);
    return 0;
}

static void slow_finish(vb_run *run)
{
    (void)run;
    sleep_ms(10);
}

static void slow_teardown(void *fixture)
{
    sleep_ms(50);
    free(fixture);
}

/* What surrounds the loop inside fn is untimed as well. */
static void slow_around_the_loop(vb_run *run)
{
    sleep_ms(10);
    VB_LOOP (run)
        wait_20_us();
    sleep_ms(10);
}

static void throughput(vb_run *run)
{
    VB_LOOP (run)
        wait_20_us();
    vb_items(run, 5);
    vb_bytes(run, 1000);
    vb_counter(run, "events", (double)vb_iterations(run), VB_SUM);
    vb_counter(run, "events per second", (double)vb_iterations(run), VB_PER_SEC);
    vb_counter(run, "depth", 3 + vb_thread(run), VB_MEAN);
}

/* Every iteration records the same three latencies, by the harness's clock and by hand. */
static void latencies(vb_run *run)
{
    VB_LOOP (run) {
        uint64_t begin = vb_now_ns();
        wait_20_us();
        vb_latency_ns(run, vb_now_ns() - begin);
        vb_latency_ns(run, 1000000);
        vb_latency_ns(run, 3);
    }
}

/* Thread 1 sleeps before the start: the others wait for it at the gate, untimed. */
static void late_thread(vb_run *run)
{
    if (vb_thread(run) == 1)
        sleep_ms(30);
    VB_LOOP (run)
        sleep_ms(2);
    vb_items(run, 1);
}

/* What happens once must not be taken for the time of an iteration. */
static void late_start(vb_run *run)
{
    static int started;
    VB_LOOP (run) {
        if (!started)
            sleep_ms(30);
        started = 1;
        system_now_ns(); /* so short that a block has many, however busy the machine is */
    }
}

static void limited(vb_run *run)
{
    if (vb_iterations(run) > 10)
        vb_fail(run, "more iterations than max_iterations");
    VB_LOOP (run)
        wait_20_us();
}

static const vb_bench table[] = {
    {.name = "plain", .fn = waits},
    {
        .name = "slow_callbacks",
        .fn = waits,
        .setup = slow_setup,
        .reset = slow_reset,
        .finish = slow_finish,
        .teardown = slow_teardown,
        .max_iterations = 50,
    },
    {.name = "slow_around_the_loop", .fn = slow_around_the_loop, .max_iterations = 50},
    {.name = "throughput", .fn = throughput},
    {.name = "throughput_threads", .fn = throughput, .threads = VB_VALUES("threads", 2)},
    {.name = "latencies", .fn = latencies},
    {.name = "late_thread", .fn = late_thread, .threads = VB_VALUES("threads", 3)},
    {.name = "late_start", .fn = late_start},
    {.name = "limited", .fn = limited, .max_iterations = 10},
};

VB_MAIN(table)
