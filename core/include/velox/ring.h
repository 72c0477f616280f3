/*
 * A bounded queue of transactions between exactly one producer thread and one consumer thread.
 *
 * No operation blocks, spins, allocates or calls the system: on full or empty it says so, and how
 * to wait is the caller's choice.
 *
 * Thread rule: "producer" operations belong to one thread at a time, "consumer" operations to one
 * thread at a time. Handing a role to another thread needs a happens-before edge between the two,
 * such as a join or a lock.
 *
 * All operations are functions of the object file ring.o on purpose, and the structure is opaque:
 * a variant or an older build of the core then links under the same caller, and comparing the two
 * compares the rings, not two ways of inlining them. Callers for whom the call matters use batches
 * or spans, where it is paid once for many elements.
 *
 * Sources: the queue is Lamport's ("Specifying concurrent program modules", TOPLAS 1983) with the
 * peer's index cached (Lee, Bu and Chandranmenon, "A lock-free, cache-efficient shared ring buffer
 * for multi-core architectures", ANCS 2009). Its memory orders are those proved for C11 by
 * Lê, Guatto, Cohen and Pop, "Correct and efficient bounded FIFO queues" (SBAC-PAD 2013).
 */
#ifndef VELOX_RING_H
#define VELOX_RING_H

#include "velox/separation.h"
#include "velox/transaction.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct velox_ring velox_ring;

/* Capacities are powers of two between these, in elements; every slot is usable. */
#define VELOX_RING_CAPACITY_MIN UINT32_C(2)
#define VELOX_RING_CAPACITY_MAX (UINT32_C(1) << 30)

/* --- Life: one thread, before the ring is shared and after it no longer is. --- */

/*
 * The memory that a ring of this capacity needs, a multiple of VELOX_SEPARATION_BYTES; 0 if the
 * capacity is refused.
 */
size_t velox_ring_bytes(uint32_t capacity);

/*
 * Makes an empty ring in the caller's memory, and touches all of it, so that no page fault is left
 * for the first pass. There is nothing to destroy; the memory stays the caller's and must outlive
 * the ring. Returns 0, or -EINVAL if the capacity is not a power of two in range, the memory is
 * NULL or not aligned to VELOX_SEPARATION_BYTES, or memory_bytes is less than
 * velox_ring_bytes(capacity); *ring is then unchanged.
 */
int velox_ring_init(void *memory, size_t memory_bytes, uint32_t capacity, velox_ring **ring);

/*
 * The same on the heap; ends with velox_ring_free(). Returns 0, -EINVAL for a refused capacity, or
 * -ENOMEM; *ring is then unchanged.
 */
int velox_ring_create(uint32_t capacity, velox_ring **ring);

/* Frees a ring of velox_ring_create(), with whatever is in it. NULL is allowed. */
void velox_ring_free(velox_ring *ring);

/*
 * Empties the ring and continues at the given index. Only at a quiet moment: no other thread may
 * be in any operation. Any index is right; one near UINT64_MAX lets a test cross the wrap of the
 * free-running indices, which otherwise takes centuries.
 */
void velox_ring_reset(velox_ring *ring, uint64_t first_index);

/* --- Producer --- */

/* Adds a copy of the item; false if the ring is full. */
bool velox_ring_push(velox_ring *ring, const velox_transaction *item);

/* Adds as many of the items as fit, from the first on, made visible at once. Returns how many. */
size_t velox_ring_push_batch(velox_ring *ring, const velox_transaction *items, size_t count);

/*
 * Gives free slots to write in place: the first of *got consecutive ones, at most `want`. They may
 * be fewer than are free, because a span ends where the storage wraps. NULL and *got = 0 if the
 * ring is full or want is 0. Nothing is added before velox_ring_commit(); claiming again without a
 * commit gives the same slots.
 */
velox_transaction *velox_ring_claim(velox_ring *ring, size_t want, size_t *got);

/* Adds the first `count` of the claimed slots; at most what the last claim gave. */
void velox_ring_commit(velox_ring *ring, size_t count);

/* --- Consumer --- */

/* Takes the oldest item; false, and *item unchanged, if the ring is empty. */
bool velox_ring_pop(velox_ring *ring, velox_transaction *item);

/* Takes up to `count` items, oldest first. Returns how many. */
size_t velox_ring_pop_batch(velox_ring *ring, velox_transaction *items, size_t count);

/*
 * Gives the oldest items to read in place: *got consecutive ones, at most `want`, and fewer where
 * the storage wraps. NULL and *got = 0 if the ring is empty or want is 0. They stay in the ring
 * until velox_ring_release(); the pointer is good until then.
 */
const velox_transaction *velox_ring_peek(velox_ring *ring, size_t want, size_t *got);

/* Takes the first `count` of the peeked items out; at most what the last peek gave. */
void velox_ring_release(velox_ring *ring, size_t count);

/* --- Any thread --- */

/* How many items the ring holds: a snapshot, already old when another thread is at work. */
size_t velox_ring_size(const velox_ring *ring);

size_t velox_ring_capacity(const velox_ring *ring);

#ifdef __cplusplus
}
#endif

#endif
