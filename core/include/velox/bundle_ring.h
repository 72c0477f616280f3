/*
 * A bounded queue of bundles between exactly one producer thread and one consumer thread: the
 * bundler fills them where they lie, and they are read there. Nothing is copied.
 *
 *     producer                                          consumer
 *     bundle = velox_bundle_ring_claim(ring);           bundle = velox_bundle_ring_peek(ring);
 *     velox_bundler_open(bundler, bundle); ...          ...
 *     velox_bundler_close(bundler, ...);                velox_bundle_ring_release(ring);
 *     velox_bundle_ring_commit(ring);
 *
 * It never blocks, spins, allocates or calls the system. Thread rule, memory orders and sources are
 * those of ring.h.
 */
#ifndef VELOX_BUNDLE_RING_H
#define VELOX_BUNDLE_RING_H

#include "velox/bundle.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct velox_bundle_ring velox_bundle_ring;

/* Capacities are powers of two between these, in bundles; every slot is usable. */
#define VELOX_BUNDLE_RING_CAPACITY_MIN UINT32_C(2)
#define VELOX_BUNDLE_RING_CAPACITY_MAX (UINT32_C(1) << 20)

/*
 * Makes an empty ring on the heap, and touches all of it; ends with velox_bundle_ring_free().
 * Returns 0, -EINVAL if the capacity is not a power of two in range, or -ENOMEM; *ring is then
 * unchanged.
 */
int velox_bundle_ring_create(uint32_t capacity, velox_bundle_ring **ring);

/* NULL is allowed. No thread may be in any operation. */
void velox_bundle_ring_free(velox_bundle_ring *ring);

/* Empties the ring and continues at this index, as velox_ring_reset(). Only at a quiet moment. */
void velox_bundle_ring_reset(velox_bundle_ring *ring, uint64_t first_index);

/* --- Producer --- */

/* A free slot to fill; the same one until it is committed. NULL if the ring is full. */
velox_bundle *velox_bundle_ring_claim(velox_bundle_ring *ring);

/* Hands the claimed slot over. */
void velox_bundle_ring_commit(velox_bundle_ring *ring);

/* --- Consumer --- */

/* The oldest bundle, good until it is released. NULL if the ring is empty. */
const velox_bundle *velox_bundle_ring_peek(velox_bundle_ring *ring);

/* Gives the peeked slot back. */
void velox_bundle_ring_release(velox_bundle_ring *ring);

/* --- Any thread --- */

/* How many bundles the ring holds: a snapshot. */
size_t velox_bundle_ring_size(const velox_bundle_ring *ring);

size_t velox_bundle_ring_capacity(const velox_bundle_ring *ring);

#ifdef __cplusplus
}
#endif

#endif
