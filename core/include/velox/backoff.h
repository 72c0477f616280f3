/*
 * Waiting for another thread, ever more patiently: it spins, then gives the CPU away, then sleeps.
 *
 *     velox_backoff backoff;
 *     velox_backoff_init(&backoff, VELOX_BACKOFF_SPINS);
 *     while (!velox_ring_pop(ring, &item))
 *         velox_backoff_snooze(&backoff);
 *     velox_backoff_reset(&backoff);
 *
 * What it waits for is the caller's business: nobody wakes a sleeper, it looks again by itself.
 *
 * Thread rule: a backoff belongs to one thread, its counts too. To show these elsewhere, the owner
 * adds them to a counter that is shared (statistics.h).
 *
 * Source: the steps are those of Backoff in Rust's crossbeam-utils, which leaves the sleeping to
 * the caller.
 */
#ifndef VELOX_BACKOFF_H
#define VELOX_BACKOFF_H

#include "velox/tunables.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    uint32_t wait;        /* the number of the next wait, from 0; stays at first_park */
    uint32_t first_yield; /* waits before this one spin */
    uint32_t first_park;  /* those before this one yield, from it on they park */
    uint64_t yields;      /* how often the CPU was given away, since init */
    uint64_t parks;       /* how often the thread slept, since init */
} velox_backoff;

/*
 * Ready for its first wait, counts at 0. The first `spins` waits spin, wait k (from 0) for 2^k
 * pauses: VELOX_BACKOFF_SPINS, or VELOX_BACKOFF_SPINS_SHARED where threads share CPUs, or fewer
 * (tunables.h); more than VELOX_BACKOFF_SPINS is taken for that. Then come VELOX_BACKOFF_YIELDS
 * waits that yield, as many whatever `spins` is, and then those that park.
 */
void velox_backoff_init(velox_backoff *backoff, unsigned spins);

/* What was waited for has come: the next wait is the first again. The counts stay. */
void velox_backoff_reset(velox_backoff *backoff);

/*
 * Waits once, each time longer: some pauses, or sched_yield(), or a sleep of at least
 * VELOX_BACKOFF_PARK_NS, which a signal may cut short. With VELOX_BACKOFF_PARK_NS 0 it never sleeps
 * but goes on yielding.
 */
void velox_backoff_snooze(velox_backoff *backoff);

/*
 * Whether the next wait sleeps. A caller with something better to do meanwhile, or with a way to be
 * woken, asks first.
 */
bool velox_backoff_parks(const velox_backoff *backoff);

#ifdef __cplusplus
}
#endif

#endif
