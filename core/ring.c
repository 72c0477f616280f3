/*
 * The single-producer single-consumer ring of transactions. How to wait for it is not decided here,
 * and who may touch which slot is ring_ends.h.
 */
#include "velox/ring.h"
#include "copy_transaction.h"
#include "ring_ends.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct velox_ring {
    ring_ends ends;
    velox_transaction slots[];
};

static_assert(offsetof(struct velox_ring, slots) % VELOX_SEPARATION_BYTES == 0,
              "slot 0 shares no block with an index, and pairs of slots share a line");

size_t velox_ring_bytes(uint32_t capacity)
{
    if (!ring_capacity_is_valid(capacity, VELOX_RING_CAPACITY_MIN, VELOX_RING_CAPACITY_MAX))
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
    ring_ends_init(&made->ends, capacity);
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
    ring_ends_reset(&ring->ends, first_index);
}

bool velox_ring_push(velox_ring *ring, const velox_transaction *item)
{
    ring_end *own = &ring->ends.producer;
    uint64_t tail = own_index(own);
    if (free_slots(&ring->ends, tail, 1) == 0)
        return false;
    velox_copy_transaction(&ring->slots[tail & own->mask], item);
    advance(own, tail + 1);
    return true;
}

bool velox_ring_pop(velox_ring *ring, velox_transaction *item)
{
    ring_end *own = &ring->ends.consumer;
    uint64_t head = own_index(own);
    if (filled_slots(&ring->ends, head, 1) == 0)
        return false;
    velox_copy_transaction(item, &ring->slots[head & own->mask]);
    advance(own, head + 1);
    return true;
}

size_t velox_ring_push_batch(velox_ring *ring, const velox_transaction *items, size_t count)
{
    ring_end *own = &ring->ends.producer;
    uint64_t tail = own_index(own);
    uint64_t fits = free_slots(&ring->ends, tail, count);
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
    ring_end *own = &ring->ends.consumer;
    uint64_t head = own_index(own);
    uint64_t taken = filled_slots(&ring->ends, head, count);
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
    ring_end *own = &ring->ends.producer;
    uint64_t tail = own_index(own);
    uint64_t slot = tail & own->mask;
    /* What lies behind the wrap cannot be in the span, so it must not cost a look at the peer. */
    *got = free_slots(&ring->ends, tail, least(want, own->mask + 1 - slot));
    return *got > 0 ? &ring->slots[slot] : NULL;
}

void velox_ring_commit(velox_ring *ring, size_t count)
{
    ring_end *own = &ring->ends.producer;
    uint64_t tail = own_index(own);
    assert(count <= own->mask + 1 - (tail - own->peer_seen));
    advance(own, tail + count);
}

const velox_transaction *velox_ring_peek(velox_ring *ring, size_t want, size_t *got)
{
    ring_end *own = &ring->ends.consumer;
    uint64_t head = own_index(own);
    uint64_t slot = head & own->mask;
    *got = filled_slots(&ring->ends, head, least(want, own->mask + 1 - slot));
    return *got > 0 ? &ring->slots[slot] : NULL;
}

void velox_ring_release(velox_ring *ring, size_t count)
{
    ring_end *own = &ring->ends.consumer;
    uint64_t head = own_index(own);
    assert(count <= own->peer_seen - head);
    advance(own, head + count);
}

size_t velox_ring_size(const velox_ring *ring)
{
    return ring_ends_size(&ring->ends);
}

size_t velox_ring_capacity(const velox_ring *ring)
{
    return ring->ends.producer.mask + 1;
}
