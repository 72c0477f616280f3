/*
 * What the pipeline's sources share: pipeline.c makes and reads it, pipeline_ingress.c and
 * pipeline_stages.c are what the stages do, pipeline_spans.c notes the way of recorded
 * transactions, pipeline_worker.c is the threads.
 */
#ifndef VELOX_PIPELINE_PARTS_H
#define VELOX_PIPELINE_PARTS_H

#include "instruments/clock.h"
#include "instruments/histogram.h"
#include "parker.h"
#include "velox/backoff.h"
#include "velox/bundle_ring.h"
#include "velox/order_book.h"
#include "velox/pipeline.h"
#include "velox/ring.h"
#include "velox/statistics.h"

#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>

/* Counters of velox_pipeline.counters: those of each stage, then those of all. */
enum {
    COUNTER_IN,
    COUNTER_OUT,
    COUNTER_DROPPED,
    COUNTER_REFUSED,
    COUNTER_RETRIES,
    COUNTER_TIMEOUTS,
    COUNTER_WRONG,
    COUNTER_BLOCKED,
    COUNTER_BUSY_NS,
    COUNTERS_OF_A_STAGE,
    COUNTER_BUNDLES = VELOX_STAGES * COUNTERS_OF_A_STAGE, /* by reason */
    COUNTER_YIELDS = COUNTER_BUNDLES + VELOX_BUNDLE_DRAIN + 1,
    COUNTER_PARKS,
    COUNTER_WAKES,
    COUNTER_CLAMPED,
    COUNTER_UNPINNED,
    COUNTERS
};

/* What each stage alone works with, and, apart from that, what the next one looks at. */
typedef struct {
    alignas(VELOX_SEPARATION_BYTES) uint64_t next_sequence; /* of the transaction that comes next */
    uint64_t next_ns; /* when it will have something to do without anything coming in; UINT64_MAX:
                         never */
    uint64_t freed;   /* slots given back since the stage before was woken for them */
    alignas(VELOX_SEPARATION_BYTES) _Atomic bool done; /* nothing will follow what it handed on */
} stage_state;

typedef struct {
    alignas(VELOX_SEPARATION_BYTES) uint64_t begin_ns; /* the start; 0: not yet */
    uint64_t end_ns; /* what is due from then on is not accepted */
    uint64_t accepted_max;
    uint64_t due_ns; /* of the next transaction from the source, and 2^-32 ns beyond */
    uint32_t due_fraction;
    uint64_t interval_scaled; /* between two of them, in 2^-32 ns */
    uint64_t next_sampled;    /* the sequence of the next one whose latency is recorded */
    uint64_t sample;          /* and its number among these */
    bool source_ended;
    bool source_idle;   /* at the last look */
    size_t first, last; /* staged[first] to staged[last - 1] wait to be accepted */
    velox_transaction staged[VELOX_PIPELINE_BATCH];
} ingress_state;

typedef struct {
    alignas(VELOX_SEPARATION_BYTES) velox_order_book_depth told[2]; /* what each side must hold */
} book_state;

typedef struct {
    alignas(VELOX_SEPARATION_BYTES) velox_bundler *bundler;
    bool open;
    bool idle;        /* at the last look there was nothing to add */
    uint64_t clamped; /* of the bundler, that are in the counters */
} bundle_state;

typedef struct {
    alignas(VELOX_SEPARATION_BYTES) uint64_t unrecorded; /* as many pass before the next recorded */
    uint64_t sample;                                     /* its number among the recorded ones */
    velox_histogram latency;
    velox_histogram uncorrected;
} output_state;

/* What is noted of recorded transactions on their way: NULL in the pipeline without spans. */
typedef struct {
    /* Of those under way, by their number among the recorded ones, as velox_pipeline.accepted_ns.
     * Each moment is written by one stage, before it hands the transaction on. */
    velox_span *under_way;
    velox_span *kept; /* the latest kept_room that left */
    size_t kept_room;
    uint64_t left; /* how many have */
    velox_histogram parts[VELOX_PARTS];
    /* For each moment, the sequence of the next recorded transaction that it will be noted for, and
     * its number among these. One stage writes it: a block each. */
    struct {
        alignas(VELOX_SEPARATION_BYTES) uint64_t sequence;
        uint64_t number;
    } next[VELOX_MOMENTS];
} span_state;

typedef struct {
    velox_parker parker;
    velox_pipeline *pipeline;
    pthread_t thread;
    unsigned number;
    velox_stage first, last; /* the stages that it runs */
    velox_backoff backoff;
    uint64_t yields_seen, parks_seen; /* of the backoff, that are in the counters */
} worker;

struct velox_pipeline {
    /* Read only after the start. */
    velox_pipeline_options options;
    velox_source source;
    velox_sink sink;
    velox_clock clock;
    bool paced; /* when a transaction is due does not depend on the engine */
    velox_ring *to_book;
    velox_ring *to_bundle;
    velox_bundle_ring *to_output;
    velox_order_book *book;
    velox_statistics *counters;
    /* When a recorded transaction was accepted, by its number among the recorded ones: as many as
     * can be under way. Handed on as the transaction itself is, by the rings. */
    uint64_t *accepted_ns;
    uint64_t accepted_mask;
    span_state *spans;
    worker *worker_of[VELOX_STAGES]; /* NULL: the caller of velox_pipeline_poll() */
    unsigned threads;                /* that were started */

    alignas(VELOX_SEPARATION_BYTES) _Atomic bool stop;
    alignas(VELOX_SEPARATION_BYTES) _Atomic uint64_t begin_ns; /* of ingress, for readers */
    _Atomic uint64_t end_ns;                                   /* when all had come out */

    stage_state stages[VELOX_STAGES];
    ingress_state ingress;
    book_state of_book;
    bundle_state bundle;
    output_state output;
    worker workers[VELOX_STAGES];
};

/*
 * What the stages do: each looks once at what there is for it, does at most a batch of it, and
 * returns how much that was; 0: it has nothing to do, for now or ever (stage_state.done).
 */
size_t velox_ingress_poll(velox_pipeline *pipeline, uint64_t now_ns);
size_t velox_book_poll(velox_pipeline *pipeline, uint64_t now_ns);
size_t velox_bundle_poll(velox_pipeline *pipeline, uint64_t now_ns);
size_t velox_output_poll(velox_pipeline *pipeline, uint64_t now_ns);

/* Several in the order of the flow, their times counted; *now_ns is the time, before and after.
 * Returns how much they did. */
size_t velox_stages_poll(velox_pipeline *pipeline, velox_stage first, velox_stage last,
                         uint64_t *now_ns);

/* What a pipeline notes of spans; keeps so many. 0 or -ENOMEM. pipeline_spans.c */
int velox_spans_create(velox_pipeline *pipeline, size_t kept);
void velox_spans_free(span_state *spans);

/* Notes the moment for the recorded ones among the transactions before this sequence number. */
void velox_spans_note(velox_pipeline *pipeline, velox_moment moment, uint64_t end_sequence,
                      uint64_t now_ns);

/* These have left: they are counted and kept. */
void velox_spans_leave(velox_pipeline *pipeline, uint64_t end_sequence, uint64_t now_ns,
                       uint64_t *clamped);

/* The body of a worker's thread. */
void *velox_worker_run(void *worker);

static inline void counter_add(velox_pipeline *pipeline, size_t counter, uint64_t amount)
{
    if (amount > 0)
        velox_statistics_add(pipeline->counters, counter, amount);
}

static inline void stage_counter_add(velox_pipeline *pipeline, velox_stage stage, size_t counter,
                                     uint64_t amount)
{
    counter_add(pipeline, (size_t)stage * COUNTERS_OF_A_STAGE + counter, amount);
}

/* Notes a moment, which is now, of the transactions before this one; nothing without spans. */
static inline void note_moment(velox_pipeline *pipeline, velox_moment moment, uint64_t end_sequence)
{
    if (pipeline->spans != NULL)
        velox_spans_note(pipeline, moment, end_sequence, velox_clock_now_ns(&pipeline->clock));
}

/* The time from one moment to another. Clocks of two CPUs may differ by more than that. */
static inline uint64_t elapsed(uint64_t begin_ns, uint64_t end_ns, uint64_t *clamped)
{
    *clamped += end_ns < begin_ns;
    return end_ns < begin_ns ? 0 : end_ns - begin_ns;
}

static inline bool stage_is_done(const velox_pipeline *pipeline, velox_stage stage)
{
    return atomic_load_explicit(&pipeline->stages[stage].done, memory_order_acquire);
}

#endif
