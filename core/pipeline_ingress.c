/*
 * What ingress does in one look: it takes from the source what is due, numbers it, and puts it into
 * the first ring. Like the other stages it neither waits nor calls the system, but to wake the
 * thread of the order book.
 */
#include "pipeline_neighbours.h"

/* An idle source is looked at again within this time: soon enough for its thread not to sleep. */
enum { SOURCE_LOOK_NS = 10000 };

static_assert(SOURCE_LOOK_NS < VELOX_PIPELINE_PARK_MIN_NS,
              "the thread of an idle source does not sleep");

static void begin(velox_pipeline *pipeline, uint64_t now_ns)
{
    ingress_state *own = &pipeline->ingress;
    uint64_t duration_ns = pipeline->options.duration_ns;
    own->begin_ns = now_ns;
    own->due_ns = now_ns;
    own->end_ns =
        duration_ns == 0 || duration_ns > UINT64_MAX - now_ns ? UINT64_MAX : now_ns + duration_ns;
    atomic_store_explicit(&pipeline->begin_ns, now_ns, memory_order_relaxed);
}

/* The time at which the next transaction of the source is due. The remainder is carried along, so
 * that a million of them a second are a million after an hour, too. */
static uint64_t next_due(ingress_state *own)
{
    uint64_t due_ns = own->due_ns;
    uint64_t fraction = (uint64_t)own->due_fraction + (uint32_t)own->interval_scaled;
    own->due_fraction = (uint32_t)fraction;
    own->due_ns += (own->interval_scaled >> 32) + (fraction >> 32);
    return due_ns;
}

/* Gets more from the source where nothing is left. */
static void stage_more(velox_pipeline *pipeline)
{
    ingress_state *own = &pipeline->ingress;
    if (own->first < own->last || own->source_ended)
        return;
    size_t got = pipeline->source.next(pipeline->source.context, own->staged, VELOX_PIPELINE_BATCH);
    own->source_ended = got == 0;
    own->source_idle = got == VELOX_SOURCE_IDLE;
    own->first = 0;
    own->last = own->source_idle ? 0 : got;
    for (size_t i = 0; i < own->last && pipeline->paced; i++)
        own->staged[i].ingress_ns = pipeline->options.source_times
                                        ? own->begin_ns + own->staged[i].ingress_ns
                                        : next_due(own);
}

/* How many of the staged ones are due, and may still be accepted. */
static size_t count_due(const velox_pipeline *pipeline, uint64_t now_ns)
{
    const ingress_state *own = &pipeline->ingress;
    size_t waiting = own->last - own->first;
    uint64_t left = own->accepted_max - pipeline->stages[VELOX_STAGE_INGRESS].next_sequence;
    if (waiting > left)
        waiting = (size_t)left;
    if (!pipeline->paced)
        return now_ns < own->end_ns ? waiting : 0;
    size_t due = 0;
    while (due < waiting && own->staged[own->first + due].ingress_ns <= now_ns &&
           own->staged[own->first + due].ingress_ns < own->end_ns)
        due++;
    return due;
}

/* Whether anybody asks when recorded ones were accepted: without a rate, that is when they are due.
 */
static bool needs_acceptance(const velox_pipeline *pipeline)
{
    return pipeline->paced || pipeline->spans != NULL;
}

/* The moment of acceptance of one whose latency is recorded. */
static void note_accepted(velox_pipeline *pipeline, uint64_t due_ns, uint64_t now_ns)
{
    uint64_t number = pipeline->ingress.sample++ & pipeline->accepted_mask;
    pipeline->accepted_ns[number] = now_ns;
    if (pipeline->spans != NULL) {
        pipeline->spans->under_way[number].at_ns[VELOX_MOMENT_DUE] = due_ns;
        pipeline->spans->under_way[number].at_ns[VELOX_MOMENT_ACCEPTED] = now_ns;
    }
}

/* Numbers the next `count` staged ones and writes them to the slots. */
static void accept(velox_pipeline *pipeline, velox_transaction *slots, size_t count,
                   uint64_t now_ns)
{
    ingress_state *own = &pipeline->ingress;
    stage_state *state = &pipeline->stages[VELOX_STAGE_INGRESS];
    const bool paced = pipeline->paced, verify = pipeline->options.verify;
    const bool notes = needs_acceptance(pipeline);
    uint64_t sequence = state->next_sequence;
    for (size_t i = 0; i < count; i++, sequence++) {
        velox_transaction item = own->staged[own->first + i];
        item.sequence = sequence;
        item.reserved = 0;
        if (!paced)
            item.ingress_ns = now_ns;
        item.checksum = verify ? velox_transaction_checksum(&item) : 0;
        slots[i] = item;
        if (notes && sequence == own->next_sampled) {
            own->next_sampled += pipeline->options.sample_every;
            note_accepted(pipeline, item.ingress_ns, now_ns);
        }
    }
    state->next_sequence = sequence;
    own->first += count;
}

/* Into the ring, as many as fit; where it wraps in two spans. */
static size_t push(velox_pipeline *pipeline, size_t due, uint64_t now_ns)
{
    size_t pushed = 0;
    while (pushed < due) {
        size_t got;
        velox_transaction *slots = velox_ring_claim(pipeline->to_book, due - pushed, &got);
        if (slots == NULL)
            break;
        accept(pipeline, slots, got, now_ns);
        note_moment(pipeline, VELOX_MOMENT_IN_RING_1,
                    pipeline->stages[VELOX_STAGE_INGRESS].next_sequence);
        velox_ring_commit(pipeline->to_book, got);
        pushed += got;
    }
    return pushed;
}

static inline uint64_t earlier(uint64_t a_ns, uint64_t b_ns)
{
    return a_ns < b_ns ? a_ns : b_ns;
}

static uint64_t scheduled(const ingress_state *own)
{
    __extension__ typedef unsigned __int128 wide;
    if (own->interval_scaled == 0 || own->source_ended || own->source_idle ||
        own->due_ns >= own->end_ns)
        return 0;
    wide left = ((wide)(own->end_ns - own->due_ns) << 32) - own->due_fraction;
    return (uint64_t)((left + own->interval_scaled - 1) / own->interval_scaled);
}

/* How many more are due before the end, by the rate or the source's own times, but were not taken
 * from the source yet. */
static uint64_t not_taken(const velox_pipeline *pipeline)
{
    const ingress_state *own = &pipeline->ingress;
    const velox_source *source = &pipeline->source;
    if (!pipeline->options.source_times)
        return scheduled(own);
    return source->rest != NULL ? source->rest(source->context, own->end_ns - own->begin_ns) : 0;
}

/* Counts what was due and was not accepted, now that the end has come. */
static void drop_the_rest(velox_pipeline *pipeline)
{
    ingress_state *own = &pipeline->ingress;
    uint64_t allowed = own->accepted_max - pipeline->stages[VELOX_STAGE_INGRESS].next_sequence;
    uint64_t staged = count_due(pipeline, own->end_ns);
    uint64_t dropped = staged;
    if (staged == own->last - own->first)
        dropped += not_taken(pipeline);
    if (dropped > allowed)
        dropped = allowed;
    stage_counter_add(pipeline, VELOX_STAGE_INGRESS, COUNTER_IN, dropped);
    stage_counter_add(pipeline, VELOX_STAGE_INGRESS, COUNTER_DROPPED, dropped);
}

/* What is due goes into the ring, as far as there is room; at most a ring full of it. Returns how
 * much; *late: whether some found no room. */
static size_t push_due(velox_pipeline *pipeline, uint64_t now_ns, size_t most, bool *late)
{
    size_t pushed = 0;
    size_t due;
    do {
        stage_more(pipeline);
        due = count_due(pipeline, now_ns);
        size_t got = push(pipeline, due, now_ns);
        pushed += got;
        *late = got < due;
    } while (due > 0 && !*late && pushed < most);
    return pushed;
}

size_t velox_ingress_poll(velox_pipeline *pipeline, uint64_t now_ns)
{
    ingress_state *own = &pipeline->ingress;
    stage_state *state = &pipeline->stages[VELOX_STAGE_INGRESS];
    if (own->begin_ns == 0)
        begin(pipeline, now_ns);
    if (atomic_load_explicit(&pipeline->stop, memory_order_relaxed) && now_ns < own->end_ns)
        own->end_ns = now_ns;

    bool over = now_ns >= own->end_ns;
    bool late;
    size_t pushed = push_due(pipeline, now_ns, over ? pipeline->options.ring_capacity : 1, &late);
    size_t dropped = 0;
    if (late) {
        stage_counter_add(pipeline, VELOX_STAGE_INGRESS, COUNTER_BLOCKED, 1);
        if (pipeline->options.drop_when_full && pipeline->paced && !over) {
            dropped = count_due(pipeline, now_ns);
            own->first += dropped;
        }
    }
    stage_counter_add(pipeline, VELOX_STAGE_INGRESS, COUNTER_IN, pushed + dropped);
    stage_counter_add(pipeline, VELOX_STAGE_INGRESS, COUNTER_OUT, pushed);
    stage_counter_add(pipeline, VELOX_STAGE_INGRESS, COUNTER_DROPPED, dropped);
    if (pushed > 0)
        wake_next(pipeline, VELOX_STAGE_INGRESS);

    bool staged = own->first < own->last;
    if (over || state->next_sequence == own->accepted_max || (own->source_ended && !staged)) {
        drop_the_rest(pipeline);
        finish_stage(pipeline, VELOX_STAGE_INGRESS);
    } else if (late) {
        state->next_ns = own->end_ns; /* sooner if the book stage makes room, which wakes it */
    } else if (staged) {
        state->next_ns = earlier(own->staged[own->first].ingress_ns, own->end_ns);
    } else if (own->source_idle) {
        state->next_ns = now_ns + SOURCE_LOOK_NS;
    } else {
        state->next_ns = now_ns;
    }
    return pushed + dropped;
}
