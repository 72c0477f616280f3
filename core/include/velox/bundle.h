/*
 * Bundles: up to 16 transactions that leave the engine together, and the bundler that fills them.
 *
 * The bundler writes into the caller's memory, one bundle at a time:
 *
 *     velox_bundler_open(bundler, bundle);
 *     for each transaction, until one of the two:
 *         velox_bundler_push(bundler, &transaction, now_ns);
 *         if (velox_bundler_room(bundler) == 0)
 *             velox_bundler_close(bundler, VELOX_BUNDLE_FULL, now_ns);
 *         else if (velox_bundler_is_due(bundler, now_ns))
 *             velox_bundler_close(bundler, VELOX_BUNDLE_TIME, now_ns);
 *
 * It reads no clock: time is what the caller passes, in ns from any start, and never goes back for
 * it. A time before the latest one that it used counts as that one, and is counted as clamped.
 *
 * Thread rule: a bundler belongs to one thread at a time; so does a bundle from open to close.
 * After that the bundle is the caller's, to read or to hand on.
 *
 * The operations are functions of bundle.o and the bundler is opaque for the reason that ring.h
 * gives: a variant or an older build links under the same caller.
 */
#ifndef VELOX_BUNDLE_H
#define VELOX_BUNDLE_H

#include "velox/separation.h"
#include "velox/transaction.h"

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define VELOX_BUNDLE_CAPACITY 16

/* Why a bundle was closed: values of velox_bundle.reason. */
enum {
    VELOX_BUNDLE_OPEN = 0,  /* it was not: it is being filled */
    VELOX_BUNDLE_FULL = 1,  /* no more fits */
    VELOX_BUNDLE_TIME = 2,  /* its first transaction has waited long enough */
    VELOX_BUNDLE_IDLE = 3,  /* there is nothing more to put in for now */
    VELOX_BUNDLE_DRAIN = 4, /* the engine stops */
};

/*
 * A header of 16 bytes and 16 transactions, each a copy of 32 bytes. Once closed, all 528 bytes are
 * defined: slots from `count` on are 0.
 */
typedef struct {
    uint64_t closed_ns; /* when it was closed, on the caller's time line */
    uint32_t sequence; /* consecutive from one bundler, starting at 0; wraps: compare differences */
    uint16_t count;    /* transactions in it: 1 to VELOX_BUNDLE_CAPACITY */
    uint8_t reason;    /* VELOX_BUNDLE_* */
    uint8_t reserved;  /* 0 */
    velox_transaction transactions[VELOX_BUNDLE_CAPACITY]; /* in the order they were put in */
} velox_bundle;

static_assert(sizeof(velox_bundle) == 528, "a header of 16 bytes and 16 transactions");
static_assert(offsetof(velox_bundle, closed_ns) == 0, "layout");
static_assert(offsetof(velox_bundle, sequence) == 8, "layout");
static_assert(offsetof(velox_bundle, count) == 12, "layout");
static_assert(offsetof(velox_bundle, reason) == 14, "layout");
static_assert(offsetof(velox_bundle, reserved) == 15, "layout");
static_assert(offsetof(velox_bundle, transactions) == 16, "layout");

typedef struct velox_bundler velox_bundler;

/* The memory that a bundler needs, a multiple of VELOX_SEPARATION_BYTES. */
size_t velox_bundler_bytes(void);

/*
 * Makes a bundler without an open bundle in the caller's memory. A part-filled bundle is due when
 * its first transaction has waited flush_after_ns: at once with 0, never with UINT64_MAX (584
 * years). There is nothing to destroy; the memory stays the caller's and must outlive the bundler.
 * Returns 0, or -EINVAL if the memory is NULL or not aligned to VELOX_SEPARATION_BYTES, or
 * memory_bytes is less than velox_bundler_bytes(); *bundler is then unchanged.
 */
int velox_bundler_init(void *memory, size_t memory_bytes, uint64_t flush_after_ns,
                       velox_bundler **bundler);

/*
 * The same on the heap; ends with velox_bundler_free(). Returns 0 or -ENOMEM; *bundler is then
 * unchanged.
 */
int velox_bundler_create(uint64_t flush_after_ns, velox_bundler **bundler);

/* Frees a bundler of velox_bundler_create(), not a bundle that it has open. NULL is allowed. */
void velox_bundler_free(velox_bundler *bundler);

/*
 * As new, but the next bundle gets this sequence number: gives up an open bundle, forgets the times
 * and what was clamped. flush_after_ns stays.
 */
void velox_bundler_reset(velox_bundler *bundler, uint32_t first_sequence);

/*
 * Starts an empty bundle in this memory, which must stay until the bundle is closed. What an open
 * one held is given up, and its sequence number used again.
 */
void velox_bundler_open(velox_bundler *bundler, velox_bundle *bundle);

/* How many transactions still fit; 0 if the bundle is full or none is open. */
size_t velox_bundler_room(const velox_bundler *bundler);

/* How many transactions the open bundle holds; 0 if none is open. */
size_t velox_bundler_count(const velox_bundler *bundler);

/*
 * Adds a copy of the transaction; false if there is no room. The time matters only for the first
 * one of a bundle, whose wait begins with it.
 */
bool velox_bundler_push(velox_bundler *bundler, const velox_transaction *item, uint64_t now_ns);

/* Adds as many of the items as there is room for, from the first on. Returns how many. */
size_t velox_bundler_push_span(velox_bundler *bundler, const velox_transaction *items, size_t count,
                               uint64_t now_ns);

/*
 * Whether the open bundle should be closed for VELOX_BUNDLE_TIME: its first transaction came in at
 * least flush_after_ns ago. Never so for an empty bundle, or when none is open. A time before that
 * of the first transaction is a wait of 0.
 */
bool velox_bundler_is_due(const velox_bundler *bundler, uint64_t now_ns);

/*
 * Completes the open bundle: header, and zeros in what is unused. Returns it, or NULL if none is
 * open or it is empty: then nothing changes, an empty bundle takes no sequence number and stays
 * open. `reason` is one of VELOX_BUNDLE_* but VELOX_BUNDLE_OPEN.
 */
velox_bundle *velox_bundler_close(velox_bundler *bundler, uint8_t reason, uint64_t now_ns);

/* How often a time passed to push or close was clamped, because it went back. */
uint64_t velox_bundler_clamped(const velox_bundler *bundler);

#ifdef __cplusplus
}
#endif

#endif
