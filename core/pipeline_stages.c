/*
 * What book, bundle and output do, each in one look at its ring. They neither wait nor call the
 * system, but to wake the thread of a neighbour that sleeps. Ingress is pipeline_ingress.c.
 */
#include "pipeline_neighbours.h"

#include "copy_transaction.h"

#include <errno.h>

enum {
    BUNDLES_PER_POLL = (VELOX_PIPELINE_BATCH + VELOX_BUNDLE_CAPACITY - 1) / VELOX_BUNDLE_CAPACITY
};

static_assert(VELOX_PIPELINE_BATCH >= 1, "a stage that does nothing never ends");

/* --- Book --- */

/* What the side must hold now. */
static void note(book_state *own, const velox_transaction *item)
{
    velox_order_book_depth *side = &own->told[item->side];
    bool adds = item->kind == VELOX_KIND_ADD;
    side->quantity += adds ? item->quantity : -(uint64_t)item->quantity;
    side->count += adds ? 1 : -UINT64_C(1);
}

size_t velox_book_poll(velox_pipeline *pipeline, uint64_t now_ns)
{
    (void)now_ns;
    stage_state *state = &pipeline->stages[VELOX_STAGE_BOOK];
    bool last = stage_is_done(pipeline, VELOX_STAGE_INGRESS);
    size_t got, room;
    const velox_transaction *items = velox_ring_peek(pipeline->to_book, VELOX_PIPELINE_BATCH, &got);
    if (items == NULL) {
        gave_back(pipeline, VELOX_STAGE_BOOK, 0, true);
        if (last)
            finish_stage(pipeline, VELOX_STAGE_BOOK);
        return 0;
    }
    velox_transaction *slots = velox_ring_claim(pipeline->to_bundle, got, &room);
    if (slots == NULL) {
        stage_counter_add(pipeline, VELOX_STAGE_BOOK, COUNTER_BLOCKED, 1);
        return 0;
    }
    note_moment(pipeline, VELOX_MOMENT_AT_BOOK, state->next_sequence + room);
    uint64_t wrong = 0, refused = 0, retries = 0, timeouts = 0;
    size_t done = 0;
    for (; done < room; done++) {
        const velox_transaction *item = &items[done];
        int status = velox_order_book_update(pipeline->book, item, &retries);
        /* Others are at this level: it is this one's turn again next time. */
        if (status == -EAGAIN) {
            timeouts++;
            break;
        }
        if (status == 0)
            note(&pipeline->of_book, item);
        refused += status != 0;
        wrong += is_out_of_sequence(state, item);
        velox_copy_transaction(&slots[done], item);
    }
    if (done > 0) {
        note_moment(pipeline, VELOX_MOMENT_IN_RING_2, state->next_sequence);
        velox_ring_commit(pipeline->to_bundle, done);
        wake_next(pipeline, VELOX_STAGE_BOOK);
        velox_ring_release(pipeline->to_book, done);
        gave_back(pipeline, VELOX_STAGE_BOOK, done, false);
    }
    stage_counter_add(pipeline, VELOX_STAGE_BOOK, COUNTER_IN, done);
    stage_counter_add(pipeline, VELOX_STAGE_BOOK, COUNTER_OUT, done);
    stage_counter_add(pipeline, VELOX_STAGE_BOOK, COUNTER_REFUSED, refused);
    stage_counter_add(pipeline, VELOX_STAGE_BOOK, COUNTER_RETRIES, retries);
    stage_counter_add(pipeline, VELOX_STAGE_BOOK, COUNTER_TIMEOUTS, timeouts);
    stage_counter_add(pipeline, VELOX_STAGE_BOOK, COUNTER_WRONG, wrong);
    return done + timeouts;
}

/* --- Bundle --- */

/* Makes sure of an open bundle to add to; false if the ring of bundles is full. */
static bool open_bundle(velox_pipeline *pipeline)
{
    bundle_state *own = &pipeline->bundle;
    if (own->open)
        return true;
    velox_bundle *bundle = velox_bundle_ring_claim(pipeline->to_output);
    if (bundle == NULL) {
        stage_counter_add(pipeline, VELOX_STAGE_BUNDLE, COUNTER_BLOCKED, 1);
        return false;
    }
    velox_bundler_open(own->bundler, bundle);
    own->open = true;
    return true;
}

static void close_bundle(velox_pipeline *pipeline, uint8_t reason, uint64_t now_ns)
{
    bundle_state *own = &pipeline->bundle;
    size_t items = velox_bundler_count(own->bundler);
    velox_bundler_close(own->bundler, reason, now_ns);
    note_moment(pipeline, VELOX_MOMENT_IN_RING_3,
                pipeline->stages[VELOX_STAGE_BUNDLE].next_sequence);
    velox_bundle_ring_commit(pipeline->to_output);
    wake_next(pipeline, VELOX_STAGE_BUNDLE);
    own->open = false;
    pipeline->stages[VELOX_STAGE_BUNDLE].next_ns = UINT64_MAX;
    counter_add(pipeline, COUNTER_CLAMPED, velox_bundler_clamped(own->bundler) - own->clamped);
    own->clamped = velox_bundler_clamped(own->bundler);
    counter_add(pipeline, COUNTER_BUNDLES + reason, 1);
    stage_counter_add(pipeline, VELOX_STAGE_BUNDLE, COUNTER_OUT, items);
}

/* Moves what there is into the open bundle, as far as it has room. Returns how much that was. */
static size_t fill_bundle(velox_pipeline *pipeline, uint64_t now_ns)
{
    bundle_state *own = &pipeline->bundle;
    stage_state *state = &pipeline->stages[VELOX_STAGE_BUNDLE];
    size_t held = velox_bundler_count(own->bundler);
    size_t got;
    const velox_transaction *items =
        velox_ring_peek(pipeline->to_bundle, VELOX_BUNDLE_CAPACITY - held, &got);
    own->idle = items == NULL;
    if (own->idle || !open_bundle(pipeline))
        return 0;
    uint64_t wrong = 0;
    for (size_t i = 0; i < got; i++)
        wrong += is_out_of_sequence(state, &items[i]);
    note_moment(pipeline, VELOX_MOMENT_AT_BUNDLE, state->next_sequence);
    if (held == 0) {
        uint64_t after_ns = pipeline->options.flush_after_ns;
        state->next_ns = after_ns < UINT64_MAX - now_ns ? now_ns + after_ns : UINT64_MAX;
    }
    velox_bundler_push_span(own->bundler, items, got, now_ns);
    velox_ring_release(pipeline->to_bundle, got);
    gave_back(pipeline, VELOX_STAGE_BUNDLE, got, false);
    stage_counter_add(pipeline, VELOX_STAGE_BUNDLE, COUNTER_WRONG, wrong);
    return got;
}

/* Why the open bundle leaves now; VELOX_BUNDLE_OPEN: it does not. */
static uint8_t reason_to_close(const velox_pipeline *pipeline, bool last, uint64_t now_ns)
{
    const bundle_state *own = &pipeline->bundle;
    if (velox_bundler_count(own->bundler) == 0)
        return VELOX_BUNDLE_OPEN;
    if (velox_bundler_room(own->bundler) == 0)
        return VELOX_BUNDLE_FULL;
    if (own->idle && last)
        return VELOX_BUNDLE_DRAIN;
    if (velox_bundler_is_due(own->bundler, now_ns))
        return VELOX_BUNDLE_TIME;
    return own->idle && pipeline->options.flush_when_idle ? VELOX_BUNDLE_IDLE : VELOX_BUNDLE_OPEN;
}

size_t velox_bundle_poll(velox_pipeline *pipeline, uint64_t now_ns)
{
    bundle_state *own = &pipeline->bundle;
    bool last = stage_is_done(pipeline, VELOX_STAGE_BOOK);
    size_t taken = 0;
    unsigned closed = 0;
    for (size_t got = 1; got > 0 && closed < BUNDLES_PER_POLL;) {
        got = fill_bundle(pipeline, now_ns);
        taken += got;
        uint8_t reason = reason_to_close(pipeline, last, now_ns);
        if (reason != VELOX_BUNDLE_OPEN) {
            close_bundle(pipeline, reason, now_ns);
            closed++;
        }
    }
    stage_counter_add(pipeline, VELOX_STAGE_BUNDLE, COUNTER_IN, taken);
    if (own->idle) {
        gave_back(pipeline, VELOX_STAGE_BUNDLE, 0, true);
        if (last && velox_bundler_count(own->bundler) == 0)
            finish_stage(pipeline, VELOX_STAGE_BUNDLE);
    }
    return taken + closed;
}

/* --- Output --- */

/* Transactions in a row that began at the same time, as those of a batch did: their latencies are
 * recorded together, in the time of one. */
typedef struct {
    uint64_t begin_ns;
    uint64_t count;
} latency_run;

static inline void end_run(const latency_run *run, uint64_t now_ns, velox_histogram *histogram,
                           uint64_t *clamped)
{
    uint64_t earlier = 0;
    if (run->count == 0)
        return;
    velox_histogram_record_n(histogram, elapsed(run->begin_ns, now_ns, &earlier), run->count);
    *clamped += earlier * run->count;
}

static inline void add_to_run(latency_run *run, uint64_t begin_ns, uint64_t now_ns,
                              velox_histogram *histogram, uint64_t *clamped)
{
    if (begin_ns != run->begin_ns) {
        end_run(run, now_ns, histogram, clamped);
        *run = (latency_run){.begin_ns = begin_ns};
    }
    run->count++;
}

static void record_latencies(velox_pipeline *pipeline, const velox_bundle *bundle, uint64_t now_ns,
                             uint64_t *clamped)
{
    output_state *own = &pipeline->output;
    const bool paced = pipeline->paced;
    latency_run latency = {0}, uncorrected = {0};
    uint64_t i = own->unrecorded;
    for (; i < bundle->count; i += pipeline->options.sample_every) {
        add_to_run(&latency, bundle->transactions[i].ingress_ns, now_ns, &own->latency, clamped);
        if (paced) {
            uint64_t accepted_ns = pipeline->accepted_ns[own->sample++ & pipeline->accepted_mask];
            add_to_run(&uncorrected, accepted_ns, now_ns, &own->uncorrected, clamped);
        }
    }
    own->unrecorded = i - bundle->count;
    end_run(&latency, now_ns, &own->latency, clamped);
    end_run(&uncorrected, now_ns, &own->uncorrected, clamped);
}

static void take(velox_pipeline *pipeline, const velox_bundle *bundle, uint64_t now_ns)
{
    stage_state *state = &pipeline->stages[VELOX_STAGE_OUTPUT];
    uint64_t clamped = 0;
    if (pipeline->output.unrecorded < bundle->count)
        record_latencies(pipeline, bundle, now_ns, &clamped);
    else
        pipeline->output.unrecorded -= bundle->count;
    uint64_t wrong = 0;
    for (size_t i = 0; i < bundle->count; i++) {
        const velox_transaction *item = &bundle->transactions[i];
        bool changed = pipeline->options.verify && !velox_transaction_verify(item);
        wrong += is_out_of_sequence(state, item) | changed;
    }
    if (pipeline->sink.take != NULL)
        pipeline->sink.take(pipeline->sink.context, bundle);
    if (pipeline->spans != NULL) {
        velox_spans_note(pipeline, VELOX_MOMENT_AT_OUTPUT, state->next_sequence, now_ns);
        velox_spans_leave(pipeline, state->next_sequence, velox_clock_now_ns(&pipeline->clock),
                          &clamped);
    }
    stage_counter_add(pipeline, VELOX_STAGE_OUTPUT, COUNTER_WRONG, wrong);
    counter_add(pipeline, COUNTER_CLAMPED, clamped);
}

size_t velox_output_poll(velox_pipeline *pipeline, uint64_t now_ns)
{
    bool last = stage_is_done(pipeline, VELOX_STAGE_BUNDLE);
    size_t taken = 0;
    unsigned bundles = 0;
    for (; bundles < BUNDLES_PER_POLL; bundles++) {
        const velox_bundle *bundle = velox_bundle_ring_peek(pipeline->to_output);
        if (bundle == NULL)
            break;
        /* The time after it was found: what it holds may have been accepted since the poll began.
         */
        take(pipeline, bundle, velox_clock_now_ns(&pipeline->clock));
        taken += bundle->count;
        velox_bundle_ring_release(pipeline->to_output);
    }
    stage_counter_add(pipeline, VELOX_STAGE_OUTPUT, COUNTER_IN, taken);
    stage_counter_add(pipeline, VELOX_STAGE_OUTPUT, COUNTER_OUT, taken);
    gave_back(pipeline, VELOX_STAGE_OUTPUT, bundles, bundles < BUNDLES_PER_POLL);
    if (bundles == 0 && last) {
        atomic_store_explicit(&pipeline->end_ns, now_ns, memory_order_relaxed);
        finish_stage(pipeline, VELOX_STAGE_OUTPUT);
    }
    return taken;
}

/* --- Any of them --- */

/* One stage, its time counted; sets *now_ns to the time after it. */
static size_t poll_stage(velox_pipeline *pipeline, velox_stage stage, uint64_t *now_ns)
{
    static size_t (*const polls[VELOX_STAGES])(velox_pipeline *, uint64_t) = {
        velox_ingress_poll, velox_book_poll, velox_bundle_poll, velox_output_poll};
    if (stage_is_done(pipeline, stage))
        return 0;
    size_t done = polls[stage](pipeline, *now_ns);
    uint64_t clamped = 0;
    uint64_t after_ns = velox_clock_now_ns(&pipeline->clock);
    uint64_t busy_ns = elapsed(*now_ns, after_ns, &clamped);
    if (done > 0)
        stage_counter_add(pipeline, stage, COUNTER_BUSY_NS, busy_ns);
    counter_add(pipeline, COUNTER_CLAMPED, clamped);
    if (clamped == 0)
        *now_ns = after_ns;
    return done;
}

size_t velox_stages_poll(velox_pipeline *pipeline, velox_stage first, velox_stage last,
                         uint64_t *now_ns)
{
    size_t done = 0;
    for (velox_stage stage = first; stage <= last; stage++)
        done += poll_stage(pipeline, stage, now_ns);
    return done;
}
