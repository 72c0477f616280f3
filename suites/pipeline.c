/*
 * The whole engine on one, two or four threads, which are those of the benchmark: each looks at its
 * stages again and again.
 *
 * Throughput: as fast as it goes. One iteration takes 64 transactions through, in four full
 * bundles, and ingress may be a ring ahead, so that no thread waits for another one transaction at
 * a time.
 *
 * Flood: the same at a rate that is beyond the engine, so that each transaction was due at a time
 * of its own, and none has the latency of another.
 *
 * Latency: at a rate, which is axis 0, in transactions a second; each leaves as soon as nothing
 * more is there. One iteration is one transaction, hence the time of an iteration is that between
 * two of them, and says nothing unless the engine cannot keep up. What counts is the recorded
 * latencies, from when each was due.
 *
 * In finish the rest is drained, and the engine must find no fault: every transaction once, in
 * order, with its checksum, and the book as it was told.
 */
#include <errno.h>
#include <sched.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "order_cycle.h"
#include "velox/pause.h"
#include "velox/pipeline.h"
#include "velox/separation.h"

#include <vbench/vbench.h>

enum {
    PER_ITERATION = 4 * VELOX_BUNDLE_CAPACITY,
    AHEAD_MAX = 4096, /* transactions that ingress may be ahead of output */
    LEVELS = 1024
};

typedef struct {
    velox_pipeline *pipeline;
    order_cycle orders;
    uint64_t given;   /* by the source */
    uint64_t allowed; /* as many as it may give */
    uint64_t begin;   /* what was taken before this block */
    velox_clock clock;
    vb_run *latencies; /* of the thread of output; NULL: they are not recorded here */
    /* By the sink; every thread looks at it. */
    alignas(VELOX_SEPARATION_BYTES) _Atomic uint64_t taken;
} pipeline_fixture;

static size_t next_allowed(void *context, velox_transaction *transactions, size_t count)
{
    pipeline_fixture *fixture = context;
    uint64_t left = fixture->allowed - fixture->given;
    if (count > left)
        count = (size_t)left;
    if (count == 0)
        return VELOX_SOURCE_IDLE;
    count = order_cycle_next(&fixture->orders, transactions, count);
    fixture->given += count;
    return count;
}

static void take(void *context, const velox_bundle *bundle)
{
    pipeline_fixture *fixture = context;
    if (fixture->latencies != NULL) {
        uint64_t now_ns = velox_clock_now_ns(&fixture->clock);
        for (size_t i = 0; i < bundle->count; i++) {
            uint64_t due_ns = bundle->transactions[i].ingress_ns;
            vb_latency_ns(fixture->latencies, now_ns > due_ns ? now_ns - due_ns : 0);
        }
    }
    uint64_t taken = atomic_load_explicit(&fixture->taken, memory_order_relaxed);
    atomic_store_explicit(&fixture->taken, taken + bundle->count, memory_order_relaxed);
}

static void teardown_engine(void *fixture)
{
    pipeline_fixture *made = fixture;
    velox_pipeline_free(made->pipeline);
    order_cycle_destroy(&made->orders);
    free(made);
}

/* A new engine, with an empty book. */
static int make_engine(pipeline_fixture *fixture, double rate_per_sec)
{
    velox_pipeline_options options;
    velox_pipeline_defaults(&options);
    options.clock = &fixture->clock;
    options.levels = LEVELS;
    options.rate_per_sec = rate_per_sec;
    options.flush_when_idle = rate_per_sec > 0;
    options.flush_after_ns = UINT64_MAX;
    const velox_source source = {.next = next_allowed, .context = fixture};
    const velox_sink sink = {take, fixture};
    return velox_pipeline_create(&options, &source, &sink, &fixture->pipeline);
}

static int setup_engine(vb_run *run, void **fixture)
{
    pipeline_fixture *made = aligned_alloc(VELOX_SEPARATION_BYTES, sizeof *made);
    if (!made)
        return -ENOMEM;
    memset(made, 0, sizeof *made);
    int status = order_cycle_init(&made->orders, LEVELS);
    if (status == 0)
        status = velox_clock_init(&made->clock, VELOX_CLOCK_AUTO);
    if (status == 0)
        status = make_engine(made, (double)vb_param(run, 0));
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

/* The schedule of the one before has gone on meanwhile. */
static int reset_schedule(vb_run *run)
{
    pipeline_fixture *fixture = vb_fixture(run);
    velox_pipeline_free(fixture->pipeline);
    fixture->pipeline = NULL;
    fixture->orders.next = 0;
    fixture->given = fixture->allowed = fixture->begin = 0;
    atomic_store_explicit(&fixture->taken, 0, memory_order_relaxed);
    return make_engine(fixture, (double)vb_param(run, 0));
}

static void check_results(vb_run *run)
{
    pipeline_fixture *fixture = vb_fixture(run);
    while (velox_pipeline_poll(fixture->pipeline))
        ;
    const uint64_t expected = fixture->allowed;
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

/* Which stages are this thread's: neighbouring ones together, as the engine's own threads have
 * them. */
static void own_stages(const vb_run *run, velox_stage *first, velox_stage *last)
{
    const velox_stage stages = (velox_stage)(VELOX_STAGES / vb_thread_count(run));
    *first = (velox_stage)vb_thread(run) * stages;
    *last = *first + stages - 1;
}

static void throughput(vb_run *run)
{
    pipeline_fixture *fixture = vb_fixture(run);
    velox_stage first, last;
    own_stages(run, &first, &last);
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

static void latency(vb_run *run)
{
    pipeline_fixture *fixture = vb_fixture(run);
    velox_stage first, last;
    own_stages(run, &first, &last);
    if (first == VELOX_STAGE_INGRESS)
        fixture->allowed = vb_iterations(run);
    if (last == VELOX_STAGE_OUTPUT)
        fixture->latencies = run;
    uint64_t target = 0;
    VB_LOOP (run) {
        target++;
        poll_until(fixture, first, last, target);
    }
    if (last == VELOX_STAGE_OUTPUT) {
        fixture->latencies = NULL; /* `run` ends with the block */
        vb_items(run, 1);
    }
}

static const vb_bench table[] = {
    {
        .name = "pipeline_throughput",
        .fn = throughput,
        .setup = setup_engine,
        .reset = reset_block,
        .finish = check_results,
        .teardown = teardown_engine,
        .axes = {VB_FIXED("per_sec", 0)},
        .threads = VB_VALUES("threads", 1, 2, 4),
    },
    {
        .name = "pipeline_flood",
        .fn = throughput,
        .setup = setup_engine,
        .reset = reset_block,
        .finish = check_results,
        .teardown = teardown_engine,
        .axes = {VB_FIXED("per_sec", 100000000)},
    },
    {
        .name = "pipeline_latency",
        .fn = latency,
        .setup = setup_engine,
        .reset = reset_schedule,
        .finish = check_results,
        .teardown = teardown_engine,
        .axes = {VB_VALUES("per_sec", 100000, 1000000)},
        .threads = VB_VALUES("threads", 1, 2),
    },
};

VB_MAIN(table)
