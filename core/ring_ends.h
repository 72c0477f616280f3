/*
 * The two ends of a single-producer single-consumer ring: indices, and who may touch which slot.
 * What the slots hold is the including file's business (ring.c, bundle_ring.c).
 *
 * Indices run freely through all 64 bits and are masked only to find a slot: full and empty differ
 * without a slack slot, and unsigned differences stay right across the wrap.
 */
#ifndef VELOX_RING_ENDS_H
#define VELOX_RING_ENDS_H

#include "velox/separation.h"

#include <assert.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What one thread works with, alone in its block (separation.h). The peer touches it only when its
 * cached copy of `index` no longer suffices. The mask is kept twice so that an operation needs no
 * third line.
 */
typedef struct {
    alignas(VELOX_SEPARATION_BYTES) _Atomic uint64_t index; /* written by the owner only */
    uint64_t peer_seen; /* the peer's index when last looked at; the owner's, hence not atomic */
    uint64_t mask;      /* capacity - 1 */
} ring_end;

typedef struct {
    ring_end producer;
    ring_end consumer;
} ring_ends;

static_assert(sizeof(ring_end) == VELOX_SEPARATION_BYTES, "each end fills its own block");

static inline uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static inline uint64_t own_index(const ring_end *own)
{
    return atomic_load_explicit(&own->index, memory_order_relaxed);
}

/*
 * How many of `want` slots can be written from index `tail` on. The consumer's index is loaded only
 * if the last one seen leaves too little room: its line is the one the consumer writes. Acquire
 * pairs with advance() of the consumer: its reads of a slot come before our writes to it.
 */
static inline uint64_t free_slots(ring_ends *ends, uint64_t tail, uint64_t want)
{
    ring_end *own = &ends->producer;
    uint64_t room = own->mask + 1 - (tail - own->peer_seen);
    if (room < want) {
        own->peer_seen = atomic_load_explicit(&ends->consumer.index, memory_order_acquire);
        room = own->mask + 1 - (tail - own->peer_seen);
    }
    return least(room, want);
}

/* The same for the consumer: how many of `want` items can be read from index `head` on. */
static inline uint64_t filled_slots(ring_ends *ends, uint64_t head, uint64_t want)
{
    ring_end *own = &ends->consumer;
    uint64_t filled = own->peer_seen - head;
    if (filled < want) {
        own->peer_seen = atomic_load_explicit(&ends->producer.index, memory_order_acquire);
        filled = own->peer_seen - head;
    }
    return least(filled, want);
}

/*
 * Hands slots to the peer. Release on both sides: the producer's writes, and likewise the
 * consumer's reads, must be over before the peer may touch the slots. An order of stores alone is
 * not enough for the consumer on a weakly ordered machine, since its reads are what has to finish.
 */
static inline void advance(ring_end *own, uint64_t index)
{
    atomic_store_explicit(&own->index, index, memory_order_release);
}

/* Empty, both ends at this index. Only at a quiet moment. */
static inline void ring_ends_reset(ring_ends *ends, uint64_t first_index)
{
    ends->producer.peer_seen = first_index;
    ends->consumer.peer_seen = first_index;
    advance(&ends->producer, first_index);
    advance(&ends->consumer, first_index);
}

/* The capacity is a power of two. */
static inline void ring_ends_init(ring_ends *ends, uint64_t capacity)
{
    ends->producer.mask = capacity - 1;
    ends->consumer.mask = capacity - 1;
    ring_ends_reset(ends, 0);
}

/* How many slots are filled: a snapshot, for any thread. */
static inline uint64_t ring_ends_size(const ring_ends *ends)
{
    /*
     * The consumer's index first: acquiring it shows a producer's index at least as large, so the
     * difference is never negative. It may be too large, because both went on in between.
     */
    uint64_t head = atomic_load_explicit(&ends->consumer.index, memory_order_acquire);
    uint64_t tail = atomic_load_explicit(&ends->producer.index, memory_order_relaxed);
    return least(tail - head, ends->producer.mask + 1);
}

static inline bool ring_capacity_is_valid(uint64_t capacity, uint64_t min, uint64_t max)
{
    return capacity >= min && capacity <= max && (capacity & (capacity - 1)) == 0;
}

#endif
