/*
 * The whole engine on one thread: a transaction through ingress, order book, bundle and output.
 *
 * One iteration is one look of every stage, which takes one transaction from the source to the
 * sink, in a bundle of its own. Nothing waits, so what is measured is the work, with six readings
 * of the clock, and with making the order twice: for the source, and for the sink to compare. With
 * threads between the stages a transaction takes longer, and many are under way.
 *
 * In finish the engine itself must find no fault.
 */
#include <errno.h>
#include <stdlib.h>

#include "velox/feed.h"
#include "velox/pipeline.h"

#include <vbench/vbench.h>

enum { LEVELS = 1024, FEED_SEED = 1 };

typedef struct {
    velox_pipeline *pipeline;
    velox_feed in, out; /* the same orders: for the source, and for the sink to compare */
    uint64_t taken;     /* by the sink */
    uint64_t wrong;     /* not 0: bits in which something was not what went in */
} e2e_fixture;

static size_t next_one(void *context, velox_transaction *transactions, size_t count)
{
    e2e_fixture *fixture = context;
    (void)count;
    velox_feed_next(&fixture->in, transactions, 1);
    return 1;
}

static void take(void *context, const velox_bundle *bundle)
{
    e2e_fixture *fixture = context;
    const velox_transaction *item = &bundle->transactions[0];
    velox_transaction expected;
    velox_feed_next(&fixture->out, &expected, 1);
    fixture->wrong |= (bundle->count ^ 1u) | (item->sequence ^ fixture->taken++) |
                      (item->price_tick ^ expected.price_tick) |
                      (item->quantity ^ expected.quantity) | (item->side ^ expected.side) |
                      (item->kind ^ expected.kind);
}

static int setup_engine(vb_run *run, void **fixture)
{
    (void)run;
    e2e_fixture *made = calloc(1, sizeof *made);
    if (!made)
        return -ENOMEM;
    velox_feed_init(&made->in, FEED_SEED, 0, LEVELS);
    velox_feed_init(&made->out, FEED_SEED, 0, LEVELS);
    velox_pipeline_options options;
    velox_pipeline_defaults(&options);
    options.levels = LEVELS;
    options.rate_per_sec = 0;
    const velox_source source = {.next = next_one, .context = made};
    const velox_sink sink = {take, made};
    int status = velox_pipeline_create(&options, &source, &sink, &made->pipeline);
    if (status != 0) {
        free(made);
        return status;
    }
    *fixture = made;
    return 0;
}

static void teardown_engine(void *fixture)
{
    e2e_fixture *made = fixture;
    velox_pipeline_free(made->pipeline);
    free(made);
}

static void check_results(vb_run *run)
{
    e2e_fixture *fixture = vb_fixture(run);
    const char *fault = velox_pipeline_fault(fixture->pipeline);
    velox_pipeline_statistics statistics;
    velox_pipeline_read(fixture->pipeline, &statistics);
    if (fixture->wrong != 0)
        vb_fail(run, "a transaction did not come out as it went in");
    else if (statistics.stages[VELOX_STAGE_INGRESS].out != fixture->taken)
        vb_fail(run, "not every transaction came out");
    else if (fault != NULL)
        vb_fail(run, fault);
}

static void single_transaction(vb_run *run)
{
    e2e_fixture *fixture = vb_fixture(run);
    velox_pipeline *pipeline = fixture->pipeline;
    uint64_t before = fixture->taken;
    VB_LOOP (run)
        velox_pipeline_poll(pipeline);
    fixture->wrong |= (fixture->taken - before) ^ vb_iterations(run);
    vb_items(run, 1);
}

static const vb_bench table[] = {
    {
        .name = "e2e_single_transaction",
        .fn = single_transaction,
        .setup = setup_engine,
        .finish = check_results,
        .teardown = teardown_engine,
    },
};

VB_MAIN(table)
