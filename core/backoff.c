/* Waiting for another thread. Of the engine's sources, this one knows how the system gives a CPU
 * away and puts a thread to sleep. */
#include "velox/backoff.h"
#include "velox/pause.h"

#include <assert.h>
#include <sched.h>
#include <time.h>

static_assert(VELOX_BACKOFF_SPINS >= 0 && VELOX_BACKOFF_SPINS <= 32, "2^k fits 32 bits");
static_assert(VELOX_BACKOFF_YIELDS >= 0, "a count");
static_assert(VELOX_BACKOFF_SPINS_SHARED >= 0 && VELOX_BACKOFF_SPINS_SHARED <= VELOX_BACKOFF_SPINS,
              "fewer spins, not more");
static_assert(VELOX_BACKOFF_PARK_NS >= 0, "a duration");

void velox_backoff_init(velox_backoff *backoff, unsigned spins)
{
    uint32_t first_yield = spins < VELOX_BACKOFF_SPINS ? spins : VELOX_BACKOFF_SPINS;
    *backoff = (velox_backoff){
        .first_yield = first_yield,
        .first_park = first_yield + VELOX_BACKOFF_YIELDS,
    };
}

void velox_backoff_reset(velox_backoff *backoff)
{
    backoff->wait = 0;
}

static void spin(uint32_t pauses)
{
    for (uint32_t i = 0; i < pauses; i++)
        velox_pause();
}

/* Not repeated after a signal: the caller looks again, and may have been told to stop. */
static void park(void)
{
    const struct timespec time = {.tv_sec = VELOX_BACKOFF_PARK_NS / 1000000000,
                                  .tv_nsec = VELOX_BACKOFF_PARK_NS % 1000000000};
    nanosleep(&time, NULL);
}

bool velox_backoff_parks(const velox_backoff *backoff)
{
    return VELOX_BACKOFF_PARK_NS > 0 && backoff->wait >= backoff->first_park;
}

void velox_backoff_snooze(velox_backoff *backoff)
{
    if (velox_backoff_parks(backoff)) {
        backoff->parks++;
        park();
        return;
    }
    if (backoff->wait < backoff->first_yield) {
        spin(UINT32_C(1) << backoff->wait);
    } else {
        backoff->yields++;
        sched_yield();
    }
    if (backoff->wait < backoff->first_park)
        backoff->wait++;
}
