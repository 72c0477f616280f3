/* The ring of bundles. Who may touch which slot is ring_ends.h. */
#include "velox/bundle_ring.h"
#include "ring_ends.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A slot begins and ends at a block's border: the producer fills one while the consumer reads the
 * one before it. */
typedef struct {
    alignas(VELOX_SEPARATION_BYTES) velox_bundle bundle;
} slot;

struct velox_bundle_ring {
    ring_ends ends;
    slot slots[];
};

int velox_bundle_ring_create(uint32_t capacity, velox_bundle_ring **ring)
{
    if (!ring_capacity_is_valid(capacity, VELOX_BUNDLE_RING_CAPACITY_MIN,
                                VELOX_BUNDLE_RING_CAPACITY_MAX))
        return -EINVAL;
    size_t bytes = sizeof(velox_bundle_ring) + (size_t)capacity * sizeof(slot);
    velox_bundle_ring *made = aligned_alloc(VELOX_SEPARATION_BYTES, bytes);
    if (made == NULL)
        return -ENOMEM;
    memset(made, 0, bytes);
    ring_ends_init(&made->ends, capacity);
    *ring = made;
    return 0;
}

void velox_bundle_ring_free(velox_bundle_ring *ring)
{
    free(ring);
}

void velox_bundle_ring_reset(velox_bundle_ring *ring, uint64_t first_index)
{
    ring_ends_reset(&ring->ends, first_index);
}

velox_bundle *velox_bundle_ring_claim(velox_bundle_ring *ring)
{
    ring_end *own = &ring->ends.producer;
    uint64_t tail = own_index(own);
    return free_slots(&ring->ends, tail, 1) > 0 ? &ring->slots[tail & own->mask].bundle : NULL;
}

void velox_bundle_ring_commit(velox_bundle_ring *ring)
{
    ring_end *own = &ring->ends.producer;
    uint64_t tail = own_index(own);
    assert(tail - own->peer_seen <= own->mask);
    advance(own, tail + 1);
}

const velox_bundle *velox_bundle_ring_peek(velox_bundle_ring *ring)
{
    ring_end *own = &ring->ends.consumer;
    uint64_t head = own_index(own);
    return filled_slots(&ring->ends, head, 1) > 0 ? &ring->slots[head & own->mask].bundle : NULL;
}

void velox_bundle_ring_release(velox_bundle_ring *ring)
{
    ring_end *own = &ring->ends.consumer;
    uint64_t head = own_index(own);
    assert(own->peer_seen != head);
    advance(own, head + 1);
}

size_t velox_bundle_ring_size(const velox_bundle_ring *ring)
{
    return ring_ends_size(&ring->ends);
}

size_t velox_bundle_ring_capacity(const velox_bundle_ring *ring)
{
    return ring->ends.producer.mask + 1;
}
