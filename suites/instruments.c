/*
 * The instruments, which are in every stage of the engine: what recording a latency costs, and what
 * reading a clock costs.
 *
 * Readings of the clock are checked around the loop: the time that it says went by must agree with
 * the harness's own clock. The histogram is compared, bucket by bucket, with one that was built
 * another way.
 */
#include <errno.h>
#include <stdlib.h>

#include "instruments/clock.h"
#include "instruments/histogram.h"

#include "suite_inputs.h"

#include <vbench/vbench.h>

/* --- The histogram --- */

/* A power of two, and so many that the branch predictor cannot learn their order: with 4096 of them
 * recording seems a third cheaper than it is. They are read in sequence, which the caches hide. */
enum { VALUES = 65536 };

typedef struct {
    uint64_t values_ns[VALUES];
    velox_histogram values; /* all of them, built by velox_histogram_add() */
    velox_histogram target; /* what is measured records or merges into it */
    velox_histogram expected;
} histogram_fixture;

/* From 16 ns to 33 ms, each power of two as likely as another, in no order. */
static int setup_histogram(vb_run *run, void **fixture)
{
    (void)run;
    histogram_fixture *made = malloc(sizeof *made);
    if (!made)
        return -ENOMEM;
    velox_histogram_init(&made->values);
    uint64_t random = 1;
    for (int i = 0; i < VALUES; i++) {
        uint64_t magnitude = UINT64_C(16) << random_next(&random) % 21;
        made->values_ns[i] = magnitude + random_next(&random) % magnitude;
        int status = velox_histogram_add(&made->values, made->values_ns[i], 1);
        if (status != 0) {
            free(made);
            return status;
        }
    }
    *fixture = made;
    return 0;
}

static void teardown_histogram(void *fixture)
{
    free(fixture);
}

static int reset_histogram(vb_run *run)
{
    histogram_fixture *fixture = vb_fixture(run);
    velox_histogram_init(&fixture->target);
    return 0;
}

/* Fails the run unless the target holds exactly what is expected. */
static void compare_with_expected(vb_run *run)
{
    histogram_fixture *fixture = vb_fixture(run);
    const velox_histogram *target = &fixture->target, *expected = &fixture->expected;
    size_t cursor = 0, expected_cursor = 0;
    uint64_t lowest_ns, count, expected_lowest_ns, expected_count;
    while (velox_histogram_next_bucket(expected, &expected_cursor, &expected_lowest_ns,
                                       &expected_count)) {
        if (!velox_histogram_next_bucket(target, &cursor, &lowest_ns, &count) ||
            lowest_ns != expected_lowest_ns || count != expected_count) {
            vb_fail(run, "a bucket does not count what was recorded");
            return;
        }
    }
    if (velox_histogram_next_bucket(target, &cursor, &lowest_ns, &count))
        vb_fail(run, "a bucket counts what was not recorded");
    else if (velox_histogram_count(target) != velox_histogram_count(expected) ||
             velox_histogram_sum(target) != velox_histogram_sum(expected) ||
             velox_histogram_min(target) != velox_histogram_min(expected) ||
             velox_histogram_max(target) != velox_histogram_max(expected))
        vb_fail(run, "count, sum, minimum or maximum is not that of the values");
}

static void check_recorded(vb_run *run)
{
    histogram_fixture *fixture = vb_fixture(run);
    const uint64_t times = vb_iterations(run);
    velox_histogram_init(&fixture->expected);
    for (uint64_t i = 0; i < VALUES; i++) {
        uint64_t count = times / VALUES + (i < times % VALUES);
        if (velox_histogram_add(&fixture->expected, fixture->values_ns[i], count) != 0)
            vb_fail(run, "the values cannot be counted");
    }
    compare_with_expected(run);
}

static void record(vb_run *run)
{
    histogram_fixture *fixture = vb_fixture(run);
    const uint64_t *values_ns = fixture->values_ns;
    velox_histogram *target = &fixture->target;
    uint64_t i = 0;
    VB_LOOP (run) {
        velox_histogram_record(target, values_ns[i++ % VALUES]);
    }
    vb_items(run, 1);
}

static void check_merged(vb_run *run)
{
    histogram_fixture *fixture = vb_fixture(run);
    const uint64_t times = vb_iterations(run);
    velox_histogram_init(&fixture->expected);
    for (int i = 0; i < VALUES; i++) {
        if (velox_histogram_add(&fixture->expected, fixture->values_ns[i], times) != 0)
            vb_fail(run, "the values cannot be counted");
    }
    compare_with_expected(run);
}

/* What a monitor does to see the latencies of all threads: one iteration takes in those of one. */
static void merge(vb_run *run)
{
    histogram_fixture *fixture = vb_fixture(run);
    VB_LOOP (run) {
        velox_histogram_merge(&fixture->target, &fixture->values);
    }
    vb_items(run, 1);
}

/* --- The clock --- */

typedef struct {
    velox_clock clock;
    const char *wrong; /* NULL: nothing */
} clock_fixture;

static int setup_clock(vb_run *run, void **fixture)
{
    (void)run;
    clock_fixture *made = calloc(1, sizeof *made);
    if (!made)
        return -ENOMEM;
    int status = velox_clock_init(&made->clock, VELOX_CLOCK_AUTO);
    if (status != 0) {
        free(made);
        return status;
    }
    *fixture = made;
    return 0;
}

static void teardown_clock(void *fixture)
{
    free(fixture);
}

static int reset_clock(vb_run *run)
{
    clock_fixture *fixture = vb_fixture(run);
    fixture->wrong = NULL;
    return 0;
}

static void check_clock(vb_run *run)
{
    clock_fixture *fixture = vb_fixture(run);
    if (fixture->wrong != NULL)
        vb_fail(run, fixture->wrong);
}

/* The rates of the two clocks differ by parts per million; a percent is far beyond that, and the
 * microsecond is for the reading of short blocks. */
static bool is_longer(uint64_t outer_ns, uint64_t inner_ns)
{
    return inner_ns <= outer_ns + outer_ns / 100 + 1000;
}

/*
 * The loop, once for each way to read a clock. What is read before and after is nested: an interval
 * of the one clock within one of the other within one of the first, each of which must be longer
 * than the next inner one, however long the thread was off the CPU in between.
 */
static inline __attribute__((always_inline)) void
read_many(vb_run *run, uint64_t (*reading)(const velox_clock *clock))
{
    clock_fixture *fixture = vb_fixture(run);
    const velox_clock clock = fixture->clock;
    uint64_t outer_ns = vb_now_ns();
    uint64_t middle_ns = velox_clock_now_ns(&clock);
    uint64_t inner_ns = vb_now_ns();
    const uint64_t first = reading(&clock);
    uint64_t last = first;
    VB_LOOP (run) {
        last = reading(&clock);
        VB_KEEP(last);
    }
    inner_ns = vb_now_ns() - inner_ns;
    middle_ns = velox_clock_now_ns(&clock) - middle_ns;
    outer_ns = vb_now_ns() - outer_ns;
    if (last < first)
        fixture->wrong = "the clock went back on one thread";
    else if (!is_longer(outer_ns, middle_ns) || !is_longer(middle_ns, inner_ns))
        fixture->wrong = "the clock does not agree with the harness's";
}

static inline uint64_t ordered(const velox_clock *clock)
{
    (void)clock;
    return velox_counter_read_ordered();
}

static inline uint64_t monotonic(const velox_clock *clock)
{
    (void)clock;
    return velox_monotonic_ns();
}

static void clock_read(vb_run *run)
{
    read_many(run, velox_clock_now_ns);
}

static void clock_ticks(vb_run *run)
{
    read_many(run, velox_clock_ticks);
}

static void clock_ordered(vb_run *run)
{
    read_many(run, ordered);
}

static void clock_system(vb_run *run)
{
    read_many(run, monotonic);
}

#define CLOCK_CASE(name_, fn_)                                                                     \
    {                                                                                              \
        .name = (name_), .fn = (fn_), .setup = setup_clock, .reset = reset_clock,                  \
        .finish = check_clock, .teardown = teardown_clock,                                         \
    }

static const vb_bench table[] = {
    {
        .name = "histogram/record",
        .fn = record,
        .setup = setup_histogram,
        .reset = reset_histogram,
        .finish = check_recorded,
        .teardown = teardown_histogram,
    },
    {
        .name = "histogram/merge",
        .fn = merge,
        .setup = setup_histogram,
        .reset = reset_histogram,
        .finish = check_merged,
        .teardown = teardown_histogram,
    },
    CLOCK_CASE("clock/read", clock_read),
    CLOCK_CASE("clock/ticks", clock_ticks),
    CLOCK_CASE("clock/ordered", clock_ordered),
    CLOCK_CASE("clock/system", clock_system), /* clock_gettime(), which the others are to beat */
};

VB_MAIN(table)
