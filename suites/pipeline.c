/*
 * The whole engine as fast as it goes, on one, two or four threads, which are those of the
 * benchmark: each looks at its stages again and again. One iteration takes 64 transactions through,
 * in four full bundles.
 *
 * Ingress may be a ring ahead, so that no thread waits for another one transaction at a time. In
 * finish the rest is drained, and the engine must find no fault: every transaction once, in order,
 * with its checksum, and the book as it was told.
 */
#include <errno.h>
#include <sched.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "velox/feed.h"
#include "velox/pause.h"
#include "velox/pipeline.h"
#include "velox/separation.h"

#include <vbench/vbench.h>

enum {
    PER_ITERATION = 4 * VELOX_BUNDLE_CAPACITY,
    AHEAD_MAX = 4096, /* transactions that ingress may be ahead of output */
    LEVELS = 1024,
    FEED_SEED = 1,
    ORDERS = 8192 /* and then cancels of all that are left, so that they can come again and again */
};

typedef struct {
    velox_pipeline *pipeline;
    velox_transaction *orders;
    size_t count; /* of the orders */
    size_t next;
    uint64_t given;   /* by the source */
    uint64_t allowed; /* as many as it may give */
    uint64_t begin;   /* what was taken before this block */
    /* By the sink; every thread looks at it. */
    alignas(VELOX_SEPARATION_BYTES) _Atomic uint64_t taken;
} pipeline_fixture;

static size_t next_allowed(void *context, velox_transaction *transactions, size_t count)
{
    pipeline_fixture *fixture = context;
    uint64_t left = fixture->allowed - fixture->given;
    if (count > left)
        count = (size_t)left;
    if (count > fixture->count - fixture->next)
        count = fixture->count - fixture->next;
    if (count == 0)
        return VELOX_SOURCE_IDLE;
    memcpy(transactions, fixture->orders + fixture->next, count * sizeof *transactions);
    fixture->next = fixture->next + count == fixture->count ? 0 : fixture->next + count;
    fixture->given += count;
    return count;
}

static void take(void *context, const velox_bundle *bundle)
{
    pipeline_fixture *fixture = context;
    uint64_t taken = atomic_load_explicit(&fixture->taken, memory_order_relaxed);
    atomic_store_explicit(&fixture->taken, taken + bundle->count, memory_order_relaxed);
}

static velox_transaction cancel_of(const velox_feed_order *order)
{
    return (velox_transaction){.price_tick = order->price_tick,
                               .quantity = order->quantity,
                               .side = order->side,
                               .kind = VELOX_KIND_CANCEL};
}

static int make_orders(pipeline_fixture *made)
{
    velox_feed *feed = malloc(sizeof *feed);
    made->orders = calloc(ORDERS + VELOX_FEED_LIVE_MAX, sizeof *made->orders);
    if (!feed || !made->orders) {
        free(feed);
        return -ENOMEM;
    }
    velox_feed_init(feed, FEED_SEED, 0, LEVELS);
    velox_feed_next(feed, made->orders, ORDERS);
    made->count = ORDERS;
    for (uint32_t i = 0; i < feed->live; i++)
        made->orders[made->count++] = cancel_of(&feed->orders[i]);
    free(feed);
    return 0;
}

static void teardown_engine(void *fixture)
{
    pipeline_fixture *made = fixture;
    velox_pipeline_free(made->pipeline);
    free(made->orders);
    free(made);
}

static int setup_engine(vb_run *run, void **fixture)
{
    (void)run;
    pipeline_fixture *made = aligned_alloc(VELOX_SEPARATION_BYTES, sizeof *made);
    if (!made)
        return -ENOMEM;
    memset(made, 0, sizeof *made);
    int status = make_orders(made);
    if (status == 0) {
        velox_pipeline_options options;
        velox_pipeline_defaults(&options);
        options.levels = LEVELS;
        options.rate_per_sec = 0;
        options.flush_when_idle = false;
        options.flush_after_ns = UINT64_MAX;
        const velox_source source = {next_allowed, made};
        const velox_sink sink = {take, made};
        status = velox_pipeline_create(&options, &source, &sink, &made->pipeline);
    }
    if (status != 0) {
        teardown_engine(made);
        return status;
    }
    *fixture = made;
    return 0;
}

static uint64_t taken_by(pipeline_fixture *fixture)
{
    return atomic_load_explicit(&fixture->taken, memory_order_relaxed);
}

static int reset_block(vb_run *run)
{
    pipeline_fixture *fixture = vb_fixture(run);
    fixture->begin = taken_by(fixture);
    return 0;
}

static void check_results(vb_run *run)
{
    pipeline_fixture *fixture = vb_fixture(run);
    while (velox_pipeline_poll(fixture->pipeline))
        ;
    uint64_t expected = fixture->begin + PER_ITERATION * vb_iterations(run);
    const char *fault = velox_pipeline_fault(fixture->pipeline);
    if (taken_by(fixture) != expected || fixture->given != expected)
        vb_fail(run, "not every transaction came out");
    else if (fault != NULL)
        vb_fail(run, fault);
}

/* Looks at the stages of one thread until output has come so far. */
static void poll_until(pipeline_fixture *fixture, velox_stage first, velox_stage last,
                       uint64_t target)
{
    enum { SPINS = 64 };
    unsigned tries = 0;
    while (taken_by(fixture) < target) {
        if (velox_pipeline_poll_stages(fixture->pipeline, first, last))
            tries = 0;
        else if (++tries < SPINS)
            velox_pause();
        else
            sched_yield(); /* the thread that is waited for may need this CPU */
    }
}

static void throughput(vb_run *run)
{
    pipeline_fixture *fixture = vb_fixture(run);
    /* Neighbouring stages together, as the engine's own threads have them. */
    const velox_stage stages = (velox_stage)(VELOX_STAGES / vb_thread_count(run));
    const velox_stage first = (velox_stage)vb_thread(run) * stages;
    const velox_stage last = first + stages - 1;
    const uint64_t begin = fixture->begin;
    const uint64_t end = begin + PER_ITERATION * vb_iterations(run);
    uint64_t target = begin;
    if (first == VELOX_STAGE_INGRESS) {
        VB_LOOP (run) {
            target += PER_ITERATION;
            fixture->allowed += PER_ITERATION;
            velox_pipeline_poll_stages(fixture->pipeline, first, last);
            /* The others wait for what is in this thread's stages: none may be left at the end. */
            uint64_t ahead = target == end ? 0 : AHEAD_MAX;
            if (target - begin > ahead)
                poll_until(fixture, first, last, target - ahead);
        }
    } else {
        VB_LOOP (run) {
            target += PER_ITERATION;
            poll_until(fixture, first, last, target);
        }
    }
    if (last == VELOX_STAGE_OUTPUT)
        vb_items(run, PER_ITERATION);
}

static const vb_bench table[] = {
    {
        .name = "pipeline_throughput",
        .fn = throughput,
        .setup = setup_engine,
        .reset = reset_block,
        .finish = check_results,
        .teardown = teardown_engine,
        .threads = VB_VALUES("threads", 1, 2, 4),
    },
};

VB_MAIN(table)
