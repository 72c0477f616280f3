/* A source that can be checked, and a sink that checks: what goes in must come out, in order. */
#ifndef VELOX_TEST_PIPELINE_H
#define VELOX_TEST_PIPELINE_H

#include "test_cmocka.h"

#include "velox/feed.h"
#include "velox/pipeline.h"

#include <stdbool.h>
#include <string.h>

/* An order that is not found among so many does not come. */
enum { SKIPPED_MAX = 10000000 };

/* Feeds the orders of a made-up market, and feeds the same ones again to what comes out. */
typedef struct {
    velox_feed in, out;
    uint64_t limit;        /* the source ends after so many */
    uint64_t given;        /* by the source */
    uint64_t taken;        /* by the sink */
    uint64_t different;    /* of those taken: not the next in sequence, or changed */
    uint64_t skipped;      /* given, and did not come before a later one */
    uint32_t bundles;      /* taken */
    uint64_t out_of_order; /* of the bundles */
    uint64_t full;         /* bundles */
    void (*disturb)(void); /* called now and then; NULL: not */
} checked_flow;

static inline void checked_flow_init(checked_flow *flow, uint64_t seed, uint32_t levels,
                                     uint64_t limit)
{
    memset(flow, 0, sizeof *flow);
    velox_feed_init(&flow->in, seed, 0, levels);
    velox_feed_init(&flow->out, seed, 0, levels);
    flow->limit = limit;
}

static inline size_t checked_flow_next(void *context, velox_transaction *transactions, size_t count)
{
    checked_flow *flow = context;
    if (count > flow->limit - flow->given)
        count = (size_t)(flow->limit - flow->given);
    velox_feed_next(&flow->in, transactions, count);
    flow->given += count;
    if (flow->disturb != NULL)
        flow->disturb();
    return count;
}

/* Whether the next order of the market is this one. */
static inline bool checked_flow_is_next(checked_flow *flow, const velox_transaction *item)
{
    velox_transaction expected;
    velox_feed_next(&flow->out, &expected, 1);
    return item->price_tick == expected.price_tick && item->quantity == expected.quantity &&
           item->side == expected.side && item->kind == expected.kind;
}

static inline void checked_flow_take(void *context, const velox_bundle *bundle)
{
    checked_flow *flow = context;
    if (flow->disturb != NULL)
        flow->disturb();
    flow->out_of_order += bundle->sequence != flow->bundles++;
    flow->full += bundle->count == VELOX_BUNDLE_CAPACITY;
    for (size_t i = 0; i < bundle->count; i++) {
        const velox_transaction *item = &bundle->transactions[i];
        flow->different += item->sequence != flow->taken++ || !velox_transaction_verify(item);
        unsigned skipped = 0;
        while (skipped < SKIPPED_MAX && !checked_flow_is_next(flow, item))
            skipped++;
        flow->skipped += skipped;
        flow->different += skipped == SKIPPED_MAX;
        if (flow->different > 0)
            return; /* what follows would only be searched for in vain */
    }
}

static inline velox_pipeline *make_checked(const velox_pipeline_options *options,
                                           checked_flow *flow)
{
    const velox_source source = {.next = checked_flow_next, .context = flow};
    const velox_sink sink = {checked_flow_take, flow};
    velox_pipeline *pipeline = NULL;
    assert_int_equal(velox_pipeline_create(options, &source, &sink, &pipeline), 0);
    return pipeline;
}

/* Nothing was lost, doubled, changed or swapped, as the engine and as the sink see it. */
static inline void assert_all_came_out(const velox_pipeline *pipeline, const checked_flow *flow)
{
    velox_pipeline_statistics statistics;
    velox_pipeline_read(pipeline, &statistics);
    const char *fault = velox_pipeline_fault(pipeline);
    if (fault != NULL)
        fail_msg("%s", fault);
    assert_true(velox_pipeline_is_done(pipeline));
    const velox_stage_statistics *ingress = &statistics.stages[VELOX_STAGE_INGRESS];
    assert_int_equal(flow->different, 0);
    assert_int_equal(ingress->out, flow->taken);
    assert_int_equal(ingress->in, ingress->out + ingress->dropped);
    assert_true(flow->skipped <= ingress->dropped);
    assert_int_equal(flow->out_of_order, 0);
    uint64_t bundles = 0;
    for (size_t reason = 0; reason <= VELOX_BUNDLE_DRAIN; reason++)
        bundles += statistics.bundles[reason];
    assert_int_equal(bundles, flow->bundles);
}

#endif
