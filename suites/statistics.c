/*
 * Counting events in several threads, each with a counter of its own: no two threads ever add to
 * the same one. Built twice, over the core with padded counters and over that with packed ones; the
 * difference between the two is false sharing and nothing else.
 */
#include <errno.h>
#include <stddef.h>

#include "velox/statistics.h"

#include <vbench/vbench.h>

#if VELOX_STATISTICS_PADDED
#define NAME "statistics_add/padded"
#else
#define NAME "statistics_add/packed"
#endif

enum { COUNTERS = 8 }; /* one for each of the most threads; packed, all of them in one line */

static int setup_statistics(vb_run *run, void **fixture)
{
    (void)run;
    velox_statistics *made = NULL;
    int status = velox_statistics_create(COUNTERS, &made);
    *fixture = made;
    return status;
}

static void teardown_statistics(void *fixture)
{
    velox_statistics_free(fixture);
}

static int reset_statistics(vb_run *run)
{
    velox_statistics_reset(vb_fixture(run));
    return 0;
}

static void check_counts(vb_run *run)
{
    const velox_statistics *statistics = vb_fixture(run);
    for (int i = 0; i < COUNTERS; i++) {
        uint64_t expected = i < vb_thread_count(run) ? vb_iterations(run) : 0;
        if (velox_statistics_read(statistics, (size_t)i) != expected) {
            vb_fail(run, "a counter does not hold the number of times that its thread added to it");
            return;
        }
    }
}

static void add(vb_run *run)
{
    velox_statistics *statistics = vb_fixture(run);
    const size_t counter = (size_t)vb_thread(run);
    VB_LOOP (run) {
        velox_statistics_add(statistics, counter, 1);
    }
    vb_items(run, 1);
}

static const vb_bench table[] = {
    {
        .name = NAME,
        .fn = add,
        .setup = setup_statistics,
        .reset = reset_statistics,
        .finish = check_counts,
        .teardown = teardown_statistics,
        .threads = VB_VALUES("threads", 1, 2, 3, 4, 6, COUNTERS),
    },
};

VB_MAIN(table)
