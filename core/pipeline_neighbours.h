/* What a stage owes its neighbours: to wake their threads, where they sleep, for what they wait
 * for.
 */
#ifndef VELOX_PIPELINE_NEIGHBOURS_H
#define VELOX_PIPELINE_NEIGHBOURS_H

#include "pipeline_parts.h"

/* Wakes the thread of a neighbouring stage, should it sleep. */
static inline void wake_stage(velox_pipeline *pipeline, velox_stage from, velox_stage to)
{
    worker *other = pipeline->worker_of[to];
    if (other != pipeline->worker_of[from] && velox_parker_wake(&other->parker))
        counter_add(pipeline, COUNTER_WAKES, 1);
}

/* After something was handed on, or will not be any more. */
static inline void wake_next(velox_pipeline *pipeline, velox_stage stage)
{
    wake_stage(pipeline, stage, stage + 1);
}

/* The slots of the ring in front of a stage. */
static inline size_t capacity_before(const velox_pipeline *pipeline, velox_stage stage)
{
    return stage == VELOX_STAGE_OUTPUT ? velox_bundle_ring_capacity(pipeline->to_output)
                                       : pipeline->options.ring_capacity;
}

/*
 * After slots were given back. The stage before only needs them when it has filled the ring, so
 * half of a ring is worth a look whether it sleeps, and so is having nothing more to take.
 */
static inline void gave_back(velox_pipeline *pipeline, velox_stage stage, size_t slots, bool empty)
{
    stage_state *own = &pipeline->stages[stage];
    own->freed += slots;
    if (own->freed > 0 && (empty || own->freed >= capacity_before(pipeline, stage) / 2)) {
        own->freed = 0;
        wake_stage(pipeline, stage, stage - 1);
    }
}

static inline void finish_stage(velox_pipeline *pipeline, velox_stage stage)
{
    pipeline->stages[stage].next_ns = UINT64_MAX;
    atomic_store_explicit(&pipeline->stages[stage].done, true, memory_order_release);
    if (stage < VELOX_STAGE_OUTPUT)
        wake_next(pipeline, stage);
}

/* Transactions come in the order of acceptance, and none is missing: 1 if this one is not the next.
 */
static inline uint64_t is_out_of_sequence(stage_state *own, const velox_transaction *item)
{
    uint64_t expected = own->next_sequence;
    own->next_sequence = item->sequence + 1;
    return item->sequence != expected;
}

#endif
