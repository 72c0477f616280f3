/*
 * The backoff: what each kind of wait costs when nothing comes meanwhile.
 *
 * A wait is chosen by its number, set before each. The park is asked for a time and takes longer:
 * how much is the price of sleeping, and is recorded as a latency.
 */
#include <errno.h>
#include <stdlib.h>

#include "velox/backoff.h"

#include <vbench/vbench.h>

static int setup_backoff(vb_run *run, void **fixture)
{
    (void)run;
    velox_backoff *made = calloc(1, sizeof *made);
    if (!made)
        return -ENOMEM;
    *fixture = made;
    return 0;
}

static void teardown_backoff(void *fixture)
{
    free(fixture);
}

static int reset_backoff(vb_run *run)
{
    velox_backoff_init(vb_fixture(run), VELOX_BACKOFF_SPINS);
    return 0;
}

static void check_counts(vb_run *run, uint64_t yields, uint64_t parks)
{
    const velox_backoff *backoff = vb_fixture(run);
    if (backoff->yields != yields || backoff->parks != parks)
        vb_fail(run, "the waits were not of the kind that was to be measured");
}

static void check_spins(vb_run *run)
{
    check_counts(run, 0, 0);
}

static void check_yields(vb_run *run)
{
    check_counts(run, vb_iterations(run), 0);
}

/* Axis 0 is the number of the wait, from the first that spins to the last. */
static void spin(vb_run *run)
{
    velox_backoff *backoff = vb_fixture(run);
    const uint32_t wait = (uint32_t)vb_param(run, 0);
    VB_LOOP (run) {
        backoff->wait = wait;
        velox_backoff_snooze(backoff);
    }
}

static void yield(vb_run *run)
{
    velox_backoff *backoff = vb_fixture(run);
    VB_LOOP (run) {
        backoff->wait = backoff->first_yield;
        velox_backoff_snooze(backoff);
    }
}

#if VELOX_BACKOFF_PARK_NS > 0
static void check_parks(vb_run *run)
{
    check_counts(run, 0, vb_iterations(run));
}

/* A latency is what a sleep took beyond the time asked for; a sleep that is too short has a
 * negative one, which is an error row. */
static void park(vb_run *run)
{
    velox_backoff *backoff = vb_fixture(run);
    backoff->wait = backoff->first_park;
    VB_LOOP (run) {
        uint64_t begin_ns = vb_now_ns();
        velox_backoff_snooze(backoff);
        vb_latency_ns(run, vb_now_ns() - begin_ns - VELOX_BACKOFF_PARK_NS);
    }
}
#endif

static const vb_bench table[] = {
    {
        .name = "backoff/spin",
        .fn = spin,
        .setup = setup_backoff,
        .reset = reset_backoff,
        .finish = check_spins,
        .teardown = teardown_backoff,
        .axes = {VB_VALUES("wait", 0, (VELOX_BACKOFF_SPINS - 1) / 2, VELOX_BACKOFF_SPINS - 1)},
    },
    {
        .name = "backoff/yield",
        .fn = yield,
        .setup = setup_backoff,
        .reset = reset_backoff,
        .finish = check_yields,
        .teardown = teardown_backoff,
    },
#if VELOX_BACKOFF_PARK_NS > 0
    {
        .name = "backoff/park",
        .fn = park,
        .setup = setup_backoff,
        .reset = reset_backoff,
        .finish = check_parks,
        .teardown = teardown_backoff,
        .axes = {VB_FIXED("park_ns", VELOX_BACKOFF_PARK_NS)},
    },
#endif
};

VB_MAIN(table)
