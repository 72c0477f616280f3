/*
 * The bundler: a bundle that leaves part-filled because its time has come, and a full cycle with
 * every transaction stamped.
 *
 * Both go round a queue of bundles, as a worker does that hands them on, and read the engine's own
 * clock as a worker does, so a reading of it for each transaction is part of the time. The
 * latencies are what the bundle promises: how long its first transaction waited for the rest, from
 * its own stamp to the closing.
 *
 * Inside the loop a bundle's header and its first and last transaction are compared with what they
 * must be. In finish, bundles of every size are filled with sealed transactions, and all 528 bytes
 * must be right; times are then made up, so that "due" has one right answer.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "instruments/clock.h"
#include "velox/bundle.h"

#include "suite_inputs.h"

#include <vbench/vbench.h>

enum {
    QUEUE = 16,       /* bundles, 8.25 KiB */
    PART = 8,         /* transactions that a part-filled bundle gets */
    POLLS_MAX = 10000 /* a bundle that is not due after so many readings never will be */
};

typedef struct {
    velox_clock clock;
    velox_bundler *bundler;
    velox_bundle queue[QUEUE];
    uint64_t closed;  /* bundles so far */
    uint64_t wrong;   /* not 0: bits in which something was not what it had to be */
    uint64_t clamped; /* times that went back */
} bundle_fixture;

/* Axis 0 of every case is how long the first transaction of a bundle may wait, in ns. */
static int setup_bundler(vb_run *run, void **fixture)
{
    bundle_fixture *made = calloc(1, sizeof *made);
    if (!made)
        return -ENOMEM;
    int status = velox_clock_init(&made->clock, VELOX_CLOCK_AUTO);
    if (status == 0)
        status = velox_bundler_create((uint64_t)vb_param(run, 0), &made->bundler);
    if (status != 0) {
        free(made);
        return status;
    }
    *fixture = made;
    return 0;
}

static void teardown_bundler(void *fixture)
{
    bundle_fixture *made = fixture;
    velox_bundler_free(made->bundler);
    free(made);
}

static int reset_bundler(vb_run *run)
{
    bundle_fixture *fixture = vb_fixture(run);
    velox_bundler_reset(fixture->bundler, 0);
    memset(fixture->queue, 0xa5, sizeof fixture->queue);
    fixture->closed = fixture->wrong = fixture->clamped = 0;
    return 0;
}

/* Fills a bundle with `count` transactions at the time 0, singly or as a span, and closes it when
 * it is due; 0 if that was after flush_after_ns and every byte is right. */
static int pass_sealed(velox_bundler *bundler, uint32_t sequence, uint16_t count, bool span,
                       uint64_t flush_after_ns)
{
    velox_transaction items[VELOX_BUNDLE_CAPACITY];
    velox_bundle bundle, expected;
    memset(&bundle, 0xa5, sizeof bundle);
    memset(&expected, 0, sizeof expected);
    expected.closed_ns = flush_after_ns;
    expected.sequence = sequence;
    expected.count = count;
    expected.reason = VELOX_BUNDLE_TIME;
    for (uint16_t i = 0; i < count; i++)
        expected.transactions[i] = items[i] = sealed(100u * count + i);

    velox_bundler_reset(bundler, sequence);
    velox_bundler_open(bundler, &bundle);
    size_t added = 0;
    if (span)
        added = velox_bundler_push_span(bundler, items, count, 0);
    for (; added < count && velox_bundler_push(bundler, &items[added], 0); added++)
        ;
    bool more = velox_bundler_push(bundler, &items[0], 0);
    if (added != count || more != (count < VELOX_BUNDLE_CAPACITY))
        return -EIO;
    if (more) { /* and that one is in it, too */
        expected.transactions[count] = items[0];
        expected.count++;
    }
    if (velox_bundler_is_due(bundler, flush_after_ns - 1) ||
        !velox_bundler_is_due(bundler, flush_after_ns))
        return -EIO;
    if (velox_bundler_close(bundler, VELOX_BUNDLE_TIME, flush_after_ns) != &bundle)
        return -EIO;
    return memcmp(&bundle, &expected, sizeof expected) == 0 ? 0 : -EIO;
}

static void check_results(vb_run *run)
{
    bundle_fixture *fixture = vb_fixture(run);
    if (fixture->wrong != 0) {
        vb_fail(run, "a bundle's header or a transaction in it was not what it had to be");
        return;
    }
    if (fixture->clamped + velox_bundler_clamped(fixture->bundler) > 0) {
        vb_fail(run, "the clock went back on one thread");
        return;
    }
    const uint64_t flush_after_ns = (uint64_t)vb_param(run, 0);
    for (uint16_t count = 1; count <= VELOX_BUNDLE_CAPACITY; count++) {
        if (pass_sealed(fixture->bundler, 2u * count, count, false, flush_after_ns) != 0 ||
            pass_sealed(fixture->bundler, 2u * count + 1, count, true, flush_after_ns) != 0) {
            vb_fail(run, "a bundle of sealed transactions was not due in time, or did not come out "
                         "as they went in");
            return;
        }
    }
}

/* Not 0 if the bundle is not this one. */
static inline uint64_t difference(const velox_bundle *bundle, uint64_t sequence, uint64_t count,
                                  uint64_t reason, uint64_t last)
{
    return (bundle->sequence ^ (uint32_t)sequence) | (bundle->count ^ count) |
           (bundle->reason ^ reason) | (bundle->transactions[0].sequence ^ (last - (count - 1))) |
           (bundle->transactions[count - 1].sequence ^ last);
}

/*
 * One iteration is one bundle. Its transactions come in together, and whether it is due is asked
 * after each; when they are in, it is asked until it is. The wait is so short that it is over by
 * then: what is measured is the work, not the waiting.
 */
static void timed_flush(vb_run *run)
{
    bundle_fixture *fixture = vb_fixture(run);
    const velox_clock *clock = &fixture->clock;
    velox_bundler *bundler = fixture->bundler;
    const uint64_t flush_after_ns = (uint64_t)vb_param(run, 0);
    velox_transaction in = {0};
    uint64_t closed = 0;
    uint64_t wrong = 0;
    VB_LOOP (run) {
        velox_bundle *bundle = &fixture->queue[closed % QUEUE];
        velox_bundler_open(bundler, bundle);
        uint64_t now_ns = 0;
        bool due = false;
        for (int i = 0; i < PART; i++) {
            now_ns = velox_clock_now_ns(clock);
            in.sequence++;
            in.ingress_ns = now_ns;
            wrong |= !velox_bundler_push(bundler, &in, now_ns);
            due = velox_bundler_is_due(bundler, now_ns);
        }
        for (int polls = 0; !due && polls < POLLS_MAX; polls++) {
            now_ns = velox_clock_now_ns(clock);
            due = velox_bundler_is_due(bundler, now_ns);
        }
        wrong |= !due;
        wrong |= velox_bundler_close(bundler, VELOX_BUNDLE_TIME, now_ns) != bundle;
        wrong |= difference(bundle, closed++, PART, VELOX_BUNDLE_TIME, in.sequence);
        uint64_t waited_ns = bundle->closed_ns - bundle->transactions[0].ingress_ns;
        wrong |= waited_ns < flush_after_ns;
        vb_latency_ns(run, waited_ns);
    }
    fixture->wrong = wrong;
    vb_items(run, PART);
}

/* One iteration is one full bundle. The stamps are the clock's ticks, bare readings of the counter,
 * and are converted to ns only to be written into the transaction and the header. */
static void cycle_with_tsc(vb_run *run)
{
    bundle_fixture *fixture = vb_fixture(run);
    const velox_clock *clock = &fixture->clock;
    velox_bundler *bundler = fixture->bundler;
    velox_transaction in = {0};
    uint64_t closed = 0;
    uint64_t clamped = 0;
    uint64_t wrong = 0;
    VB_LOOP (run) {
        velox_bundle *bundle = &fixture->queue[closed % QUEUE];
        velox_bundler_open(bundler, bundle);
        uint64_t first_ticks = 0;
        for (int i = 0; i < VELOX_BUNDLE_CAPACITY; i++) {
            uint64_t ticks = velox_clock_ticks(clock);
            if (i == 0)
                first_ticks = ticks;
            in.sequence++;
            in.ingress_ns = velox_clock_ticks_to_ns(clock, ticks);
            wrong |= !velox_bundler_push(bundler, &in, in.ingress_ns);
        }
        wrong |= velox_bundler_room(bundler);
        uint64_t closed_ticks = velox_clock_ticks(clock);
        uint64_t closed_ns = velox_clock_ticks_to_ns(clock, closed_ticks);
        wrong |= velox_bundler_close(bundler, VELOX_BUNDLE_FULL, closed_ns) != bundle;
        wrong |=
            difference(bundle, closed++, VELOX_BUNDLE_CAPACITY, VELOX_BUNDLE_FULL, in.sequence);
        vb_latency_ns(run, velox_clock_elapsed_ns(clock, first_ticks, closed_ticks, &clamped));
    }
    fixture->wrong = wrong;
    fixture->clamped = clamped;
    vb_items(run, VELOX_BUNDLE_CAPACITY);
}

static const vb_bench table[] = {
    {
        .name = "bundle_timed_flush",
        .fn = timed_flush,
        .setup = setup_bundler,
        .reset = reset_bundler,
        .finish = check_results,
        .teardown = teardown_bundler,
        .axes = {VB_FIXED("flush_after_ns", 50)},
    },
    {
        .name = "bundle_cycle_with_tsc",
        .fn = cycle_with_tsc,
        .setup = setup_bundler,
        .reset = reset_bundler,
        .finish = check_results,
        .teardown = teardown_bundler,
        .axes = {VB_FIXED("flush_after_ns", 1000000)},
    },
};

VB_MAIN(table)
