/* A pipeline's life, and what can be read of it. What its stages do is pipeline_stages.c. */
#include "pipeline_parts.h"

#include <errno.h>
#include <float.h>
#include <stdlib.h>
#include <string.h>

void velox_pipeline_defaults(velox_pipeline_options *options)
{
    *options = (velox_pipeline_options){
        .ring_capacity = 4096,
        .levels = 1024,
        .flush_after_ns = 100000,
        .flush_when_idle = true,
        .rate_per_sec = 100000,
        .sample_every = VELOX_PIPELINE_SAMPLE_EVERY,
        .verify = true,
        .threads = VELOX_STAGES,
        .wait = VELOX_WAIT_PARK,
    };
}

static bool are_valid(const velox_pipeline_options *options)
{
    return velox_ring_bytes(options->ring_capacity) > 0 && options->levels >= 1 &&
           options->levels <= VELOX_ORDER_BOOK_LEVELS_MAX &&
           options->levels - 1 <= UINT32_MAX - options->first_tick && options->threads >= 1 &&
           options->threads <= VELOX_STAGES && options->sample_every <= UINT32_MAX &&
           options->wait >= VELOX_WAIT_PARK && options->wait <= VELOX_WAIT_SPIN &&
           (options->rate_per_sec == 0 || /* also false for NaN */
            (options->rate_per_sec >= VELOX_PIPELINE_RATE_MIN_PER_SEC &&
             options->rate_per_sec <= VELOX_PIPELINE_RATE_MAX_PER_SEC));
}

/* As many bundles as hold what fits into a ring of transactions. */
static uint32_t bundles_of(uint32_t ring_capacity)
{
    uint32_t bundles = ring_capacity / VELOX_BUNDLE_CAPACITY;
    if (bundles < VELOX_BUNDLE_RING_CAPACITY_MIN)
        return VELOX_BUNDLE_RING_CAPACITY_MIN;
    return bundles < VELOX_BUNDLE_RING_CAPACITY_MAX ? bundles : VELOX_BUNDLE_RING_CAPACITY_MAX;
}

/* As many slots as transactions can be under way, all of them recorded: a power of two, at least a
 * block. */
static size_t accepted_slots(const velox_pipeline_options *options)
{
    size_t under_way = 2 * (size_t)options->ring_capacity +
                       (size_t)VELOX_BUNDLE_CAPACITY * bundles_of(options->ring_capacity);
    size_t slots = VELOX_SEPARATION_BYTES / sizeof(uint64_t);
    while (slots < under_way)
        slots *= 2;
    return slots;
}

static int make_parts(velox_pipeline *made)
{
    const velox_pipeline_options *options = &made->options;
    int status = 0;
    if (options->clock != NULL)
        made->clock = *options->clock;
    else
        status = velox_clock_init(&made->clock, VELOX_CLOCK_AUTO);
    if (status == 0)
        status = velox_ring_create(options->ring_capacity, &made->to_book);
    if (status == 0)
        status = velox_ring_create(options->ring_capacity, &made->to_bundle);
    if (status == 0)
        status = velox_bundle_ring_create(bundles_of(options->ring_capacity), &made->to_output);
    if (status == 0)
        status = velox_order_book_create(options->first_tick, options->levels, &made->book);
    if (status == 0)
        status = velox_bundler_create(options->flush_after_ns, &made->bundle.bundler);
    if (status == 0)
        status = velox_statistics_create(COUNTERS, &made->counters);
    if (status == 0) {
        size_t slots = accepted_slots(options);
        made->accepted_mask = slots - 1;
        /* Not malloc(): with the memset() behind it, compilers make that a calloc(), whose pages
         * come only when they are touched. */
        made->accepted_ns =
            aligned_alloc(VELOX_SEPARATION_BYTES, slots * sizeof *made->accepted_ns);
        if (made->accepted_ns == NULL)
            return -ENOMEM;
        memset(made->accepted_ns, 0, slots * sizeof *made->accepted_ns);
        if (options->spans > 0)
            status = velox_spans_create(made, options->spans);
    }
    return status;
}

/* In 2^-32 ns, which fits 64 bits from one a second on. Rounded up: what is due at the end of a
 * duration must not be due before it. */
static uint64_t interval_scaled(double rate_per_sec)
{
    double exact = 1e9 / rate_per_sec * 4294967296.0 * (1 + DBL_EPSILON);
    uint64_t below = (uint64_t)exact;
    return below + ((double)below < exact);
}

int velox_pipeline_create(const velox_pipeline_options *options, const velox_source *source,
                          const velox_sink *sink, velox_pipeline **pipeline)
{
    if (!are_valid(options))
        return -EINVAL;
    velox_pipeline *made = aligned_alloc(alignof(velox_pipeline), sizeof *made);
    if (made == NULL)
        return -ENOMEM;
    memset(made, 0, sizeof *made);
    made->options = *options;
    made->source = *source;
    if (sink != NULL)
        made->sink = *sink;
    int status = make_parts(made);
    if (status != 0) {
        velox_pipeline_free(made);
        return status;
    }

    made->paced = options->source_times || options->rate_per_sec > 0;
    if (!options->source_times && options->rate_per_sec > 0)
        made->ingress.interval_scaled = interval_scaled(options->rate_per_sec);
    made->ingress.accepted_max = options->transactions > 0 ? options->transactions : UINT64_MAX;
    made->ingress.next_sampled = options->sample_every > 0 ? 0 : UINT64_MAX;
    made->output.unrecorded = made->ingress.next_sampled;
    velox_histogram_init(&made->output.latency);
    velox_histogram_init(&made->output.uncorrected);
    for (velox_stage stage = 0; stage < VELOX_STAGES; stage++)
        made->stages[stage].next_ns = UINT64_MAX;
    *pipeline = made;
    return 0;
}

void velox_pipeline_free(velox_pipeline *pipeline)
{
    if (pipeline == NULL)
        return;
    velox_ring_free(pipeline->to_book);
    velox_ring_free(pipeline->to_bundle);
    velox_bundle_ring_free(pipeline->to_output);
    velox_order_book_free(pipeline->book);
    velox_bundler_free(pipeline->bundle.bundler);
    velox_statistics_free(pipeline->counters);
    velox_spans_free(pipeline->spans);
    free(pipeline->accepted_ns);
    free(pipeline);
}

/* Which stages each of so many threads runs: neighbours together, so that fewer rings cross
 * threads. */
static void share_out(velox_pipeline *pipeline)
{
    static const velox_stage lasts[VELOX_STAGES][VELOX_STAGES] = {
        {VELOX_STAGE_OUTPUT},
        {VELOX_STAGE_BOOK, VELOX_STAGE_OUTPUT},
        {VELOX_STAGE_INGRESS, VELOX_STAGE_BUNDLE, VELOX_STAGE_OUTPUT},
        {VELOX_STAGE_INGRESS, VELOX_STAGE_BOOK, VELOX_STAGE_BUNDLE, VELOX_STAGE_OUTPUT},
    };
    velox_stage first = VELOX_STAGE_INGRESS;
    for (unsigned i = 0; i < pipeline->options.threads; i++) {
        worker *own = &pipeline->workers[i];
        own->pipeline = pipeline;
        own->number = i;
        own->first = first;
        own->last = lasts[pipeline->options.threads - 1][i];
        velox_parker_init(&own->parker);
        for (velox_stage stage = own->first; stage <= own->last; stage++)
            pipeline->worker_of[stage] = own;
        first = own->last + 1;
    }
}

int velox_pipeline_start(velox_pipeline *pipeline)
{
    share_out(pipeline);
    /* Ingress last: its clock starts when the others are there. */
    for (unsigned left = pipeline->options.threads; left > 0; left--) {
        worker *own = &pipeline->workers[left - 1];
        int error = pthread_create(&own->thread, NULL, velox_worker_run, own);
        if (error != 0) {
            /* Those that run wait for ingress, which is not there: let them see the end. */
            velox_pipeline_stop(pipeline);
            for (velox_stage stage = 0; stage < own->last + 1; stage++)
                atomic_store_explicit(&pipeline->stages[stage].done, true, memory_order_release);
            for (unsigned i = left; i < pipeline->options.threads; i++) {
                velox_parker_wake(&pipeline->workers[i].parker);
                pthread_join(pipeline->workers[i].thread, NULL);
            }
            pipeline->threads = 0;
            return -error;
        }
        pipeline->threads++;
    }
    return 0;
}

void velox_pipeline_stop(velox_pipeline *pipeline)
{
    int saved = errno; /* a signal handler's caller does not expect it to change */
    atomic_store_explicit(&pipeline->stop, true, memory_order_release);
    worker *ingress = pipeline->worker_of[VELOX_STAGE_INGRESS];
    if (ingress != NULL)
        velox_parker_wake(&ingress->parker);
    errno = saved;
}

bool velox_pipeline_is_done(const velox_pipeline *pipeline)
{
    return stage_is_done(pipeline, VELOX_STAGE_OUTPUT);
}

void velox_pipeline_join(velox_pipeline *pipeline)
{
    for (; pipeline->threads > 0; pipeline->threads--) {
        unsigned started = pipeline->options.threads - pipeline->threads;
        pthread_join(pipeline->workers[started].thread, NULL);
    }
}

bool velox_pipeline_poll_stages(velox_pipeline *pipeline, velox_stage first, velox_stage last)
{
    uint64_t now_ns = velox_clock_now_ns(&pipeline->clock);
    return velox_stages_poll(pipeline, first, last, &now_ns) > 0;
}

bool velox_pipeline_poll(velox_pipeline *pipeline)
{
    return velox_pipeline_poll_stages(pipeline, VELOX_STAGE_INGRESS, VELOX_STAGE_OUTPUT);
}

/* --- Readings --- */

static uint64_t elapsed_ns(const velox_pipeline *pipeline)
{
    uint64_t begin_ns = atomic_load_explicit(&pipeline->begin_ns, memory_order_relaxed);
    if (begin_ns == 0)
        return 0;
    bool done = velox_pipeline_is_done(pipeline);
    uint64_t end_ns = done ? atomic_load_explicit(&pipeline->end_ns, memory_order_relaxed)
                           : velox_clock_now_ns(&pipeline->clock);
    return end_ns > begin_ns ? end_ns - begin_ns : 0;
}

void velox_pipeline_read(const velox_pipeline *pipeline, velox_pipeline_statistics *statistics)
{
    memset(statistics, 0, sizeof *statistics);
    for (velox_stage stage = 0; stage < VELOX_STAGES; stage++) {
        velox_stage_statistics *of = &statistics->stages[stage];
        uint64_t *const fields[COUNTERS_OF_A_STAGE] = {
            [COUNTER_IN] = &of->in,           [COUNTER_OUT] = &of->out,
            [COUNTER_DROPPED] = &of->dropped, [COUNTER_REFUSED] = &of->refused,
            [COUNTER_RETRIES] = &of->retries, [COUNTER_TIMEOUTS] = &of->timeouts,
            [COUNTER_WRONG] = &of->wrong,     [COUNTER_BLOCKED] = &of->blocked,
            [COUNTER_BUSY_NS] = &of->busy_ns,
        };
        for (size_t i = 0; i < COUNTERS_OF_A_STAGE; i++)
            *fields[i] =
                velox_statistics_read(pipeline->counters, (size_t)stage * COUNTERS_OF_A_STAGE + i);
    }
    const velox_ring *const rings[] = {pipeline->to_book, pipeline->to_bundle};
    for (size_t i = 0; i < 2; i++) {
        statistics->stages[VELOX_STAGE_BOOK + i].depth = velox_ring_size(rings[i]);
        statistics->stages[VELOX_STAGE_BOOK + i].capacity = velox_ring_capacity(rings[i]);
    }
    statistics->stages[VELOX_STAGE_OUTPUT].depth = velox_bundle_ring_size(pipeline->to_output);
    statistics->stages[VELOX_STAGE_OUTPUT].capacity =
        velox_bundle_ring_capacity(pipeline->to_output);
    for (size_t reason = 0; reason <= VELOX_BUNDLE_DRAIN; reason++)
        statistics->bundles[reason] =
            velox_statistics_read(pipeline->counters, COUNTER_BUNDLES + reason);
    statistics->yields = velox_statistics_read(pipeline->counters, COUNTER_YIELDS);
    statistics->parks = velox_statistics_read(pipeline->counters, COUNTER_PARKS);
    statistics->wakes = velox_statistics_read(pipeline->counters, COUNTER_WAKES);
    statistics->clamped = velox_statistics_read(pipeline->counters, COUNTER_CLAMPED);
    statistics->unpinned = velox_statistics_read(pipeline->counters, COUNTER_UNPINNED);
    statistics->elapsed_ns = elapsed_ns(pipeline);
}

const char *velox_pipeline_stage_name(velox_stage stage)
{
    static const char *const names[VELOX_STAGES] = {"ingress", "book", "bundle", "output"};
    return names[stage];
}

const velox_histogram *velox_pipeline_latency(const velox_pipeline *pipeline)
{
    return &pipeline->output.latency;
}

const velox_histogram *velox_pipeline_uncorrected_latency(const velox_pipeline *pipeline)
{
    return pipeline->paced ? &pipeline->output.uncorrected : &pipeline->output.latency;
}

const char *velox_pipeline_fault(const velox_pipeline *pipeline)
{
    velox_pipeline_statistics statistics;
    velox_pipeline_read(pipeline, &statistics);
    uint64_t accepted = statistics.stages[VELOX_STAGE_INGRESS].out;
    for (velox_stage stage = 0; stage < VELOX_STAGES; stage++) {
        const velox_stage_statistics *of = &statistics.stages[stage];
        if (of->wrong > 0)
            return "transactions arrived at a stage out of sequence, or changed";
        if (stage > VELOX_STAGE_INGRESS && (of->in != accepted || of->out != accepted))
            return "not every transaction that was accepted came out of each stage, once";
        if (of->depth > 0)
            return "transactions were left in a ring";
    }
    for (unsigned side = 0; side <= VELOX_SIDE_ASK; side++) {
        velox_order_book_depth holds;
        if (velox_order_book_totals(pipeline->book, side, &holds) != 0 ||
            holds.quantity != pipeline->of_book.told[side].quantity ||
            holds.count != pipeline->of_book.told[side].count)
            return "the book does not hold the sum of what it was told";
    }
    return NULL;
}
