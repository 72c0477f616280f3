/*
 * Filling bundles. When to close one is decided by the caller; where it goes afterwards is not
 * known here.
 */
#include "velox/bundle.h"
#include "copy_transaction.h"

#include <assert.h>
#include <errno.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

/* Alone in its block, as the ends of a ring: it is written with every transaction. */
struct velox_bundler {
    alignas(VELOX_SEPARATION_BYTES) velox_bundle *bundle; /* the open one, or NULL */
    uint32_t count;                                       /* transactions in it */
    uint32_t room;     /* and how many more fit; 0 if none is open */
    uint64_t first_ns; /* when the first of them came in */
    uint64_t flush_after_ns;
    uint64_t latest_ns; /* the latest time used: no bundle begins or is closed before it */
    uint64_t clamped;
    uint32_t sequence; /* of the next bundle to be closed */
};

static_assert(sizeof(struct velox_bundler) == VELOX_SEPARATION_BYTES, "the bundler fills it");

size_t velox_bundler_bytes(void)
{
    return sizeof(velox_bundler);
}

int velox_bundler_init(void *memory, size_t memory_bytes, uint64_t flush_after_ns,
                       velox_bundler **bundler)
{
    if (memory_bytes < velox_bundler_bytes() || memory == NULL ||
        (uintptr_t)memory % VELOX_SEPARATION_BYTES != 0)
        return -EINVAL;
    velox_bundler *made = memory;
    *made = (velox_bundler){.flush_after_ns = flush_after_ns};
    *bundler = made;
    return 0;
}

int velox_bundler_create(uint64_t flush_after_ns, velox_bundler **bundler)
{
    void *memory = aligned_alloc(VELOX_SEPARATION_BYTES, velox_bundler_bytes());
    if (memory == NULL)
        return -ENOMEM;
    return velox_bundler_init(memory, velox_bundler_bytes(), flush_after_ns, bundler);
}

void velox_bundler_free(velox_bundler *bundler)
{
    free(bundler);
}

void velox_bundler_reset(velox_bundler *bundler, uint32_t first_sequence)
{
    *bundler =
        (velox_bundler){.flush_after_ns = bundler->flush_after_ns, .sequence = first_sequence};
}

void velox_bundler_open(velox_bundler *bundler, velox_bundle *bundle)
{
    /* The transactions are left as they are: most will be written over, and close() clears the
     * rest. */
    bundle->reason = VELOX_BUNDLE_OPEN;
    bundler->bundle = bundle;
    bundler->count = 0;
    bundler->room = VELOX_BUNDLE_CAPACITY;
}

size_t velox_bundler_room(const velox_bundler *bundler)
{
    return bundler->room;
}

size_t velox_bundler_count(const velox_bundler *bundler)
{
    return bundler->count;
}

/* Time does not go back: what was closed later must not say that it was closed earlier. */
static uint64_t not_before_latest(velox_bundler *bundler, uint64_t now_ns)
{
    if (now_ns < bundler->latest_ns)
        bundler->clamped++;
    else
        bundler->latest_ns = now_ns;
    return bundler->latest_ns;
}

static void fill(velox_bundler *bundler, uint32_t added, uint64_t now_ns)
{
    if (bundler->count == 0)
        bundler->first_ns = not_before_latest(bundler, now_ns);
    bundler->count += added;
    bundler->room -= added;
}

bool velox_bundler_push(velox_bundler *bundler, const velox_transaction *item, uint64_t now_ns)
{
    if (bundler->room == 0)
        return false;
    velox_copy_transaction(&bundler->bundle->transactions[bundler->count], item);
    fill(bundler, 1, now_ns);
    return true;
}

size_t velox_bundler_push_span(velox_bundler *bundler, const velox_transaction *items, size_t count,
                               uint64_t now_ns)
{
    uint32_t fits = count < bundler->room ? (uint32_t)count : bundler->room;
    if (fits == 0)
        return 0;
    memcpy(&bundler->bundle->transactions[bundler->count], items, fits * sizeof *items);
    fill(bundler, fits, now_ns);
    return fits;
}

bool velox_bundler_is_due(const velox_bundler *bundler, uint64_t now_ns)
{
    if (bundler->count == 0)
        return false;
    uint64_t waited_ns = now_ns > bundler->first_ns ? now_ns - bundler->first_ns : 0;
    return waited_ns >= bundler->flush_after_ns;
}

velox_bundle *velox_bundler_close(velox_bundler *bundler, uint8_t reason, uint64_t now_ns)
{
    assert(reason >= VELOX_BUNDLE_FULL && reason <= VELOX_BUNDLE_DRAIN);
    velox_bundle *bundle = bundler->bundle;
    if (bundler->count == 0)
        return NULL;
    memset(&bundle->transactions[bundler->count], 0, bundler->room * sizeof(velox_transaction));
    bundle->closed_ns = not_before_latest(bundler, now_ns);
    bundle->sequence = bundler->sequence++;
    bundle->count = (uint16_t)bundler->count;
    bundle->reason = reason;
    bundle->reserved = 0;
    bundler->bundle = NULL;
    bundler->count = 0;
    bundler->room = 0;
    return bundle;
}

uint64_t velox_bundler_clamped(const velox_bundler *bundler)
{
    return bundler->clamped;
}
