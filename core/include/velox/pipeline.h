/*
 * The engine: four stages joined by rings, each run by a named thread, or several by one.
 *
 *     source -> ingress -> ring -> book -> ring -> bundle -> ring of bundles -> output -> sink
 *
 * Ingress takes transactions from the source when they are due, numbers them, and thereby accepts
 * them. The book stage tells the order book of them, bundle fills bundles, output hands these to
 * the sink and records how long each transaction took. What was accepted comes out exactly once, in
 * the order of acceptance, however the engine is stopped; every stage checks the sequence, and
 * output the checksum, which ingress stores.
 *
 *     velox_pipeline_defaults(&options);
 *     velox_pipeline_create(&options, &source, NULL, &pipeline);
 *     velox_pipeline_start(pipeline);
 *     ... velox_pipeline_read(pipeline, &statistics) ...
 *     velox_pipeline_join(pipeline);
 *     velox_pipeline_free(pipeline);
 *
 * Latency counts from the moment when a transaction was due, not from when a busy engine got round
 * to it: otherwise a pause would hide all those that arrived meanwhile ("coordinated omission", G.
 * Tene).
 *
 * After start no stage allocates, and none calls the system but to give its CPU away, to sleep and
 * to wake a sleeper, which are counted.
 *
 * Thread rule: life and poll, one thread at a time; poll_stages, one thread for each stage; stop,
 * done and readings, any thread.
 */
#ifndef VELOX_PIPELINE_H
#define VELOX_PIPELINE_H

#include "instruments/clock.h"
#include "instruments/histogram.h"
#include "velox/bundle.h"
#include "velox/transaction.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct velox_pipeline velox_pipeline;

typedef enum {
    VELOX_STAGE_INGRESS,
    VELOX_STAGE_BOOK,
    VELOX_STAGE_BUNDLE,
    VELOX_STAGE_OUTPUT,
} velox_stage;

#define VELOX_STAGES 4

/* From one a second, to more than any engine takes. */
#define VELOX_PIPELINE_RATE_MIN_PER_SEC 1.0
#define VELOX_PIPELINE_RATE_MAX_PER_SEC 1e8

/* The moments of a transaction's way. From each to the next it is in one part of the engine: part i
 * begins at moment i. */
typedef enum {
    VELOX_MOMENT_DUE,
    VELOX_MOMENT_ACCEPTED,  /* ingress has it; before that it was late */
    VELOX_MOMENT_IN_RING_1, /* ingress has handed it on */
    VELOX_MOMENT_AT_BOOK,   /* the book stage has it */
    VELOX_MOMENT_IN_RING_2,
    VELOX_MOMENT_AT_BUNDLE,
    VELOX_MOMENT_IN_RING_3, /* its bundle was closed */
    VELOX_MOMENT_AT_OUTPUT,
    VELOX_MOMENT_LEFT, /* the sink has had it */
    VELOX_MOMENTS,
} velox_moment;

#define VELOX_PARTS (VELOX_MOMENTS - 1)

/* The way of one transaction, on the time line of the pipeline's clock. */
typedef struct {
    uint64_t sequence;
    uint64_t at_ns[VELOX_MOMENTS];
} velox_span;

/* How a thread waits that has nothing to do. */
typedef enum {
    VELOX_WAIT_PARK, /* spins, yields, then sleeps until it is woken (if backoff.h sleeps at all) */
    VELOX_WAIT_SLEEP, /* spins, yields, then sleeps for VELOX_BACKOFF_PARK_NS at a time (backoff.h)
                       */
    VELOX_WAIT_YIELD, /* spins, then yields: never sleeps */
    VELOX_WAIT_SPIN,  /* spins: for threads that have a CPU of their own */
} velox_wait;

typedef struct {
    /* Transactions in each ring, a power of two (ring.h); those that wait in bundles are about as
     * many. */
    uint32_t ring_capacity;
    /* The book's ticks: so many levels a side, from the first one on (order_book.h). */
    uint32_t first_tick;
    uint32_t levels;
    /* A part-filled bundle leaves after so long, UINT64_MAX: never; or as soon as there is nothing
     * to add. */
    uint64_t flush_after_ns;
    bool flush_when_idle;
    /* When transactions are due: so long after the start as the source's ingress_ns says (up to
     * UINT64_MAX / 2, not before those before them), or else at a rate, or with a rate of 0 when
     * there is room. */
    bool source_times;
    double rate_per_sec;
    /* Nothing is accepted that is due later than this after the start, 0: no end; nor more than so
     * many, 0: no limit. */
    uint64_t duration_ns;
    uint64_t transactions;
    /* What is due and finds no room is dropped; otherwise it waits, and is dropped only if there
     * still is none at the end. Without a rate nothing is due before there is room. */
    bool drop_when_full;
    /* Records the latency of each so-many-th transaction, at most UINT32_MAX; 0: of none. */
    uint64_t sample_every;
    /* Notes the way of each that is recorded, too, and keeps the latest so many ways; 0: does not.
     */
    size_t spans;
    /* Checksums, too. */
    bool verify;
    /* 1 to VELOX_STAGES; fewer threads run neighbouring stages together. */
    unsigned threads;
    velox_wait wait;
    /* Each thread to one CPU, as far as these go round. */
    bool pin;
    /* A calibrated one, which is copied; NULL: calibrates one, in 20 ms. */
    const velox_clock *clock;
} velox_pipeline_options;

/* What a source returns that has nothing at the moment. */
#define VELOX_SOURCE_IDLE SIZE_MAX

/*
 * Where transactions come from: sets price_tick, quantity, side and kind of up to `count` of them
 * (and ingress_ns, see source_times), and returns how many; 0: there are no more, ever. Called by
 * the thread of ingress, which does not sleep while the source is idle.
 */
typedef struct {
    size_t (*next)(void *context, velox_transaction *transactions, size_t count);
    void *context;
    /* With times of its own: how many of those that it has not given yet are due sooner than so
     * long after the start. They are counted as dropped at the end; NULL: they are not. */
    uint64_t (*rest)(void *context, uint64_t before_ns);
} velox_source;

/* Where bundles go; called by the thread of output. The bundle is good until the call returns. */
typedef struct {
    void (*take)(void *context, const velox_bundle *bundle);
    void *context;
} velox_sink;

/* Of one stage. All but depth and capacity since the start. */
typedef struct {
    uint64_t in;       /* transactions taken in: ingress, those that were due */
    uint64_t out;      /* and handed on */
    uint64_t dropped;  /* ingress: were due, and not accepted */
    uint64_t refused;  /* book: it could not be told (order_book.h); they go on all the same */
    uint64_t retries;  /* book: exchanges that were tried again */
    uint64_t timeouts; /* book: updates that gave up and were called again */
    uint64_t wrong;    /* arrived out of sequence, or changed: 0 unless the engine has a fault */
    uint64_t blocked;  /* found no room in the next ring */
    uint64_t busy_ns;  /* spent at work, without waiting */
    size_t depth;      /* of the ring in front of it; output: bundles; ingress: 0 */
    size_t capacity;   /* of that ring */
} velox_stage_statistics;

typedef struct {
    velox_stage_statistics stages[VELOX_STAGES];
    uint64_t bundles[VELOX_BUNDLE_DRAIN + 1]; /* that left, by their reason (bundle.h) */
    uint64_t yields;                          /* system calls: the CPU given away, */
    uint64_t parks;                           /* sleeps, */
    uint64_t wakes;                           /* and sleepers woken */
    uint64_t clamped;    /* times that went back, counted as no time (clock.h) */
    uint64_t unpinned;   /* threads that could not be pinned, although they should be */
    uint64_t elapsed_ns; /* since the start; at the end, until all had come out */
} velox_pipeline_statistics;

/*
 * A ring of 4096, a book of 1024 levels from tick 0 on, flushed when idle or after 100 µs, 100,000
 * transactions a second without end, each one recorded and verified, a thread a stage that parks.
 */
void velox_pipeline_defaults(velox_pipeline_options *options);

/*
 * Makes an engine at rest. All three structures are copied; what the contexts point to must outlive
 * the engine (sink NULL: bundles go nowhere). Returns 0, -EINVAL for an option outside of what is
 * said of it, -ENOMEM, or -errno of clock_gettime() (clock.h); *pipeline is then unchanged.
 */
int velox_pipeline_create(const velox_pipeline_options *options, const velox_source *source,
                          const velox_sink *sink, velox_pipeline **pipeline);

/* NULL is allowed. Not between start and join. */
void velox_pipeline_free(velox_pipeline *pipeline);

/* Starts the threads, once. Returns 0, or -errno if one could not be started: then none is left,
 * and nothing comes out any more. */
int velox_pipeline_start(velox_pipeline *pipeline);

/*
 * Nothing that is due from now on is accepted; what was due and finds room still is, and what was
 * accepted comes out. May be called more than once, and by a signal handler, once start has
 * returned or where poll is called instead.
 */
void velox_pipeline_stop(velox_pipeline *pipeline);

/* Whether everything has come out, after the source, the duration, the number or stop has ended it.
 */
bool velox_pipeline_is_done(const velox_pipeline *pipeline);

/* Waits until then, and ends the threads. */
void velox_pipeline_join(velox_pipeline *pipeline);

/*
 * Instead of start and join, on the caller's own threads: looks once at each of the stages from
 * first to last, in the order of the flow, and does at most a batch for each. Returns whether any
 * had something to do. A stage belongs to one thread at a time.
 */
bool velox_pipeline_poll_stages(velox_pipeline *pipeline, velox_stage first, velox_stage last);

/* All of them. */
bool velox_pipeline_poll(velox_pipeline *pipeline);

/* The counters are of one moment only while nothing runs. */
void velox_pipeline_read(const velox_pipeline *pipeline, velox_pipeline_statistics *statistics);

/*
 * How long the recorded transactions took from when they were due until output had them, and,
 * beside it, from when they were accepted, which leaves out what they waited for a busy engine.
 * Without a rate the two are the same. They belong to the pipeline; reading while they are written
 * is allowed.
 */
const velox_histogram *velox_pipeline_latency(const velox_pipeline *pipeline);
const velox_histogram *velox_pipeline_uncorrected_latency(const velox_pipeline *pipeline);

/* How long recorded transactions were in this part of the engine, 0 to VELOX_PARTS - 1; NULL
 * without spans. */
const velox_histogram *velox_pipeline_part(const velox_pipeline *pipeline, size_t part);

/* "ingress", "book", "bundle" or "output". */
const char *velox_pipeline_stage_name(velox_stage stage);

/* "late", "ingress", "ring 1", "book" and so on; NULL for any other number. */
const char *velox_pipeline_part_name(size_t part);

/* The spans that were kept, oldest first, as far as there is room for `count`. Returns how many.
 * When the engine is done. */
size_t velox_pipeline_spans(const velox_pipeline *pipeline, velox_span *spans, size_t count);

/*
 * NULL if every accepted transaction has come out once, in order and, with verify, unchanged, and
 * the book holds the sum of what it was told; otherwise a sentence. When no transaction is under
 * way.
 */
const char *velox_pipeline_fault(const velox_pipeline *pipeline);

#ifdef __cplusplus
}
#endif

#endif
