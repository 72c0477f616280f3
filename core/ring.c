/*
 * The single-producer single-consumer ring. How to wait for it is not decided here.
 *
 * Indices run freely through all 64 bits and are masked only to find a slot: full and empty differ
 * without a slack slot, and unsigned differences stay right across the wrap.
 */
#include "velox/ring.h"
#include "copy_transaction.h"

#include <assert.h>
#include <errno.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

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

struct velox_ring {
    ring_end producer;
    ring_end consumer;
    velox_transaction slots[];
};

static_assert(sizeof(ring_end) == VELOX_SEPARATION_BYTES, "each end fills its own block");
static_assert(offsetof(struct velox_ring, slots) % VELOX_SEPARATION_BYTES == 0,
              "slot 0 shares no block with an index, and pairs of slots share a line");

static inline uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/*
 * How many of `want` slots can be written from index `tail` on. The consumer's index is loaded only
 * if the last one seen leaves too little room: its line is the one the consumer writes. Acquire
 * pairs with advance() of the consumer: its reads of a slot come before our writes to it.
 */
static inline uint64_t free_slots(velox_ring *ring, uint64_t tail, uint64_t want)
{
    ring_end *own = &ring->producer;
    uint64_t room = own->mask + 1 - (tail - own->peer_seen);
    if (room < want) {
        own->peer_seen = atomic_load_explicit(&ring->consumer.index, memory_order_acquire);
        room = own->mask + 1 - (tail - own->peer_seen);
    }
    return least(room, want);
}

/* The same for the consumer: how many of `want` items can be read from index `head` on. */
static inline uint64_t filled_slots(velox_ring *ring, uint64_t head, uint64_t want)
{
    ring_end *own = &ring->consumer;
    uint64_t filled = own->peer_seen - head;
    if (filled < want) {
        own->peer_seen = atomic_load_explicit(&ring->producer.index, memory_order_acquire);
        filled = own->peer_seen - head;
    }
    return least(filled, want);
}

static inline uint64_t own_index(const ring_end *own)
{
    return atomic_load_explicit(&own->index, memory_order_relaxed);
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

static bool capacity_is_valid(uint32_t capacity)
{
    return capacity >= VELOX_RING_CAPACITY_MIN && capacity <= VELOX_RING_CAPACITY_MAX &&
           (capacity & (capacity - 1)) == 0;
}

size_t velox_ring_bytes(uint32_t capacity)
{
    if (!capacity_is_valid(capacity))
        return 0;
    /* Rounded up, so that a small ring's last block holds nobody else's data. */
    size_t bytes = sizeof(velox_ring) + (size_t)capacity * sizeof(velox_transaction);
    return (bytes + VELOX_SEPARATION_BYTES - 1) & ~(size_t)(VELOX_SEPARATION_BYTES - 1);
}

int velox_ring_init(void *memory, size_t memory_bytes, uint32_t capacity, velox_ring **ring)
{
    size_t needed_bytes = velox_ring_bytes(capacity);
    if (needed_bytes == 0 || memory_bytes < needed_bytes || memory == NULL ||
        (uintptr_t)memory % VELOX_SEPARATION_BYTES != 0)
        return -EINVAL;

    memset(memory, 0, needed_bytes);
    velox_ring *made = memory;
    made->producer.mask = capacity - 1;
    made->consumer.mask = capacity - 1;
    velox_ring_reset(made, 0);
    *ring = made;
    return 0;
}

int velox_ring_create(uint32_t capacity, velox_ring **ring)
{
    size_t bytes = velox_ring_bytes(capacity);
    if (bytes == 0)
        return -EINVAL;
    void *memory = aligned_alloc(VELOX_SEPARATION_BYTES, bytes);
    if (memory == NULL)
        return -ENOMEM;
    return velox_ring_init(memory, bytes, capacity, ring);
}

void velox_ring_free(velox_ring *ring)
{
    free(ring);
}

void velox_ring_reset(velox_ring *ring, uint64_t first_index)
{
    ring->producer.peer_seen = first_index;
    ring->consumer.peer_seen = first_index;
    advance(&ring->producer, first_index);
    advance(&ring->consumer, first_index);
}

bool velox_ring_push(velox_ring *ring, const velox_transaction *item)
{
    ring_end *own = &ring->producer;
    uint64_t tail = own_index(own);
    if (free_slots(ring, tail, 1) == 0)
        return false;
    velox_copy_transaction(&ring->slots[tail & own->mask], item);
    advance(own, tail + 1);
    return true;
}

bool velox_ring_pop(velox_ring *ring, velox_transaction *item)
{
    ring_end *own = &ring->consumer;
    uint64_t head = own_index(own);
    if (filled_slots(ring, head, 1) == 0)
        return false;
    velox_copy_transaction(item, &ring->slots[head & own->mask]);
    advance(own, head + 1);
    return true;
}

size_t velox_ring_push_batch(velox_ring *ring, const velox_transaction *items, size_t count)
{
    ring_end *own = &ring->producer;
    uint64_t tail = own_index(own);
    uint64_t fits = free_slots(ring, tail, count);
    if (fits == 0)
        return 0;
    uint64_t slot = tail & own->mask;
    uint64_t before_wrap = least(fits, own->mask + 1 - slot);
    memcpy(&ring->slots[slot], items, before_wrap * sizeof *items);
    memcpy(&ring->slots[0], items + before_wrap, (fits - before_wrap) * sizeof *items);
    advance(own, tail + fits);
    return fits;
}

size_t velox_ring_pop_batch(velox_ring *ring, velox_transaction *items, size_t count)
{
    ring_end *own = &ring->consumer;
    uint64_t head = own_index(own);
    uint64_t taken = filled_slots(ring, head, count);
    if (taken == 0)
        return 0;
    uint64_t slot = head & own->mask;
    uint64_t before_wrap = least(taken, own->mask + 1 - slot);
    memcpy(items, &ring->slots[slot], before_wrap * sizeof *items);
    memcpy(items + before_wrap, &ring->slots[0], (taken - before_wrap) * sizeof *items);
    advance(own, head + taken);
    return taken;
}

velox_transaction *velox_ring_claim(velox_ring *ring, size_t want, size_t *got)
{
    ring_end *own = &ring->producer;
    uint64_t tail = own_index(own);
    uint64_t slot = tail & own->mask;
    /* What lies behind the wrap cannot be in the span, so it must not cost a look at the peer. */
    *got = free_slots(ring, tail, least(want, own->mask + 1 - slot));
    return *got > 0 ? &ring->slots[slot] : NULL;
}

void velox_ring_commit(velox_ring *ring, size_t count)
{
    ring_end *own = &ring->producer;
    uint64_t tail = own_index(own);
    assert(count <= own->mask + 1 - (tail - own->peer_seen));
    advance(own, tail + count);
}

const velox_transaction *velox_ring_peek(velox_ring *ring, size_t want, size_t *got)
{
    ring_end *own = &ring->consumer;
    uint64_t head = own_index(own);
    uint64_t slot = head & own->mask;
    *got = filled_slots(ring, head, least(want, own->mask + 1 - slot));
    return *got > 0 ? &ring->slots[slot] : NULL;
}

void velox_ring_release(velox_ring *ring, size_t count)
{
    ring_end *own = &ring->consumer;
    uint64_t head = own_index(own);
    assert(count <= own->peer_seen - head);
    advance(own, head + count);
}

size_t velox_ring_size(const velox_ring *ring)
{
    /*
     * The consumer's index first: acquiring it shows a producer's index at least as large, so the
     * difference is never negative. It may be too large, because both went on in between.
     */
    uint64_t head = atomic_load_explicit(&ring->consumer.index, memory_order_acquire);
    uint64_t tail = atomic_load_explicit(&ring->producer.index, memory_order_relaxed);
    return least(tail - head, ring->producer.mask + 1);
}

size_t velox_ring_capacity(const velox_ring *ring)
{
    return ring->producer.mask + 1;
}
