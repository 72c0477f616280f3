/*
 * Putting a thread to sleep until another one has something for it. The engine's own, for its
 * sources only; how the system does it is parker.c.
 *
 *     sleeper                                           waker
 *     velox_parker_prepare(parker);                     makes something, say in a ring
 *     if (there is something)                           velox_parker_wake(parker);
 *         velox_parker_cancel(parker);
 *     else
 *         velox_parker_wait(parker, timeout_ns);
 *
 * No wake-up is lost: prepare and wake are read-modify-write operations of one word, so one of them
 * comes first. If it is wake, prepare acquires what was made before it, and the second look finds
 * it; if it is prepare, wake sees the sleeper. That needs no fence, which ThreadSanitizer would not
 * understand, and costs the waker one such operation on a line that is its own as long as the
 * other one does not sleep.
 *
 * Thread rule: one thread sleeps at a parker; any thread may wake it.
 */
#ifndef VELOX_PARKER_H
#define VELOX_PARKER_H

#include "velox/separation.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    alignas(VELOX_SEPARATION_BYTES) _Atomic uint32_t
        waits; /* 1 while its thread sleeps, or is about to */
} velox_parker;

/* Nobody sleeps. */
void velox_parker_init(velox_parker *parker);

/* Says that the caller is about to sleep. It must look once more for what it waits for. */
static inline void velox_parker_prepare(velox_parker *parker)
{
    atomic_exchange_explicit(&parker->waits, 1, memory_order_acq_rel);
}

/* It does not sleep after all. */
static inline void velox_parker_cancel(velox_parker *parker)
{
    /* An exchange, not a store, so that a wake before it is still acquired by the next prepare. */
    atomic_exchange_explicit(&parker->waits, 0, memory_order_relaxed);
}

/* Sleeps until it is woken, for timeout_ns at most, and perhaps less for no reason. */
void velox_parker_wait(velox_parker *parker, uint64_t timeout_ns);

/* The part of velox_parker_wake() that calls the system. */
void velox_parker_wake_sleeper(velox_parker *parker);

/* Wakes the sleeper, if there is one. Returns whether the system was called. */
static inline bool velox_parker_wake(velox_parker *parker)
{
    if (atomic_exchange_explicit(&parker->waits, 0, memory_order_acq_rel) == 0)
        return false;
    velox_parker_wake_sleeper(parker);
    return true;
}

#endif
