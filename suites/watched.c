/*
 * What it costs the engine to be looked at: as fast as it goes on one thread, while nobody, a
 * hundred scrapes a second, or a crowd of bad clients ask for its figures (WATCHERS). The server's
 * thread has the engine's CPU alone, so that whatever it takes is the engine's loss; the clients
 * have the others.
 *
 * One iteration takes a million transactions through, some 20 ms, so that each one has its share of
 * the scrapes.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "order_cycle.h"
#include "program/metrics.h"
#include "velox/pipeline.h"
#include "watchers.h"

#include <vbench/vbench.h>

enum { PER_ITERATION = 1 << 20, LEVELS = 1024 };

typedef struct {
    velox_pipeline *pipeline;
    velox_metrics *metrics;
    watchers clients;
    order_cycle orders;
    uint64_t allowed; /* as many the source may give in all */
    uint64_t given, taken;
} watched_fixture;

static size_t next(void *context, velox_transaction *transactions, size_t count)
{
    watched_fixture *fixture = context;
    uint64_t left = fixture->allowed - fixture->given;
    count = order_cycle_next(&fixture->orders, transactions, count < left ? count : (size_t)left);
    fixture->given += count;
    return count > 0 ? count : VELOX_SOURCE_IDLE;
}

static void take(void *context, const velox_bundle *bundle)
{
    watched_fixture *fixture = context;
    fixture->taken += bundle->count;
}

static int make_engine(watched_fixture *fixture)
{
    velox_pipeline_options options;
    velox_pipeline_defaults(&options);
    options.levels = LEVELS;
    options.rate_per_sec = 0;
    options.flush_when_idle = false;
    options.flush_after_ns = UINT64_MAX;
    const velox_source source = {.next = next, .context = fixture};
    const velox_sink sink = {take, fixture};
    return velox_pipeline_create(&options, &source, &sink, &fixture->pipeline);
}

/* Of the thread that measures: what it starts stays on its CPU. */
static int serve(watched_fixture *fixture, char message[VELOX_MESSAGE_BYTES])
{
    if (velox_metrics_start("127.0.0.1:0", fixture->pipeline, &fixture->metrics, message) != 0)
        return -1;
    const char *port = strrchr(velox_metrics_address(fixture->metrics), ':') + 1;
    int status = watchers_start(&fixture->clients, WATCHERS, (uint16_t)atoi(port));
    return status == 0 ? 0 : velox_say(message, "nobody watched: %s", strerror(-status));
}

static void free_engine(watched_fixture *fixture)
{
    velox_metrics_stop(fixture->metrics);
    velox_pipeline_free(fixture->pipeline);
    order_cycle_destroy(&fixture->orders);
    free(fixture);
}

static int setup_watched(vb_run *run, void **fixture)
{
    (void)run;
    watched_fixture *made = calloc(1, sizeof *made);
    if (!made)
        return -ENOMEM;
    int status = order_cycle_init(&made->orders, LEVELS);
    if (status == 0)
        status = make_engine(made);
    if (status != 0)
        free_engine(made);
    else
        *fixture = made;
    return status;
}

static void teardown_watched(void *fixture)
{
    watched_fixture *made = fixture;
    watchers_stop(&made->clients);
    free_engine(made);
}

static void check_results(vb_run *run)
{
    watched_fixture *fixture = vb_fixture(run);
    const char *fault = velox_pipeline_fault(fixture->pipeline);
    if (fault != NULL)
        vb_fail(run, fault);
    if (atomic_load(&fixture->clients.failures) > 0)
        vb_fail(run, "a scrape did not come whole");
}

static void watched(vb_run *run)
{
    watched_fixture *fixture = vb_fixture(run);
    char message[VELOX_MESSAGE_BYTES];
    if (fixture->metrics == NULL && serve(fixture, message) != 0)
        vb_fail(run, message);
    uint64_t scrapes = atomic_load(&fixture->clients.scrapes);
    watchers_rest(&fixture->clients, false);
    VB_LOOP (run) {
        fixture->allowed += PER_ITERATION;
        while (fixture->taken < fixture->allowed)
            velox_pipeline_poll(fixture->pipeline);
    }
    watchers_rest(&fixture->clients, true);
    scrapes = atomic_load(&fixture->clients.scrapes) - scrapes;
    vb_items(run, PER_ITERATION);
    vb_counter(run, "scrapes", (double)scrapes, VB_PER_SEC);
}

static const vb_bench table[] = {
    {
        .name = "pipeline_watched",
        .fn = watched,
        .setup = setup_watched,
        .finish = check_results,
        .teardown = teardown_watched,
    },
};

VB_MAIN(table)
