/*
 * A clock that costs a few ns to read: the CPU's counter, scaled to the ns of CLOCK_MONOTONIC, or
 * CLOCK_MONOTONIC itself where the counter is no clock.
 *
 * Take ticks where time is short, convert them later. Depends on nothing else of the engine.
 *
 * Thread rule: velox_clock_init() before the clock is shared; after that it is never written, and
 * every operation is for any thread.
 */
#ifndef VELOX_INSTRUMENTS_CLOCK_H
#define VELOX_INSTRUMENTS_CLOCK_H

#include "clock_counter.h"

#include <stdint.h>

typedef enum {
    VELOX_CLOCK_AUTO,    /* the counter if it runs at a constant rate, otherwise the system clock */
    VELOX_CLOCK_COUNTER, /* rdtsc (x86-64), cntvct_el0 (aarch64) */
    VELOX_CLOCK_MONOTONIC /* clock_gettime(CLOCK_MONOTONIC); a tick is 1 ns */
} velox_clock_source;

/* Binary digits behind the point of velox_clock.ns_per_tick_scaled; ticks of up to 65 µs fit. */
#define VELOX_CLOCK_SHIFT 48

typedef struct {
    velox_clock_source source;    /* in use, hence never VELOX_CLOCK_AUTO */
    uint64_t ns_per_tick_scaled;  /* ns per tick, times 2^VELOX_CLOCK_SHIFT */
    uint64_t base_ticks, base_ns; /* the same moment on both clocks */
} velox_clock;

/*
 * Chooses and calibrates; sleeps about 20 ms for a counter, none for CLOCK_MONOTONIC. The rate is
 * good to some parts per million: differences carry that error, and velox_clock_now_ns() drifts
 * from CLOCK_MONOTONIC by some µs a second.
 * Returns 0, -EINVAL for an unknown source, -ENOTSUP if VELOX_CLOCK_COUNTER is asked for and the
 * counter has no constant rate, or -errno of clock_gettime(). The clock is set only on success.
 */
int velox_clock_init(velox_clock *clock, velox_clock_source source);

/* Now, in ticks of this clock. Ticks of different clocks do not compare. */
static inline uint64_t velox_clock_ticks(const velox_clock *clock)
{
    return clock->source == VELOX_CLOCK_COUNTER ? velox_counter_read() : velox_monotonic_ns();
}

/*
 * A number of ticks in ns, rounded down. The product has 128 bits, so nothing overflows while the
 * result itself fits: 584 years.
 */
static inline uint64_t velox_clock_ticks_to_ns(const velox_clock *clock, uint64_t ticks)
{
    __extension__ typedef unsigned __int128 wide;
    return (uint64_t)(((wide)ticks * clock->ns_per_tick_scaled) >> VELOX_CLOCK_SHIFT);
}

/* Now, in ns on the time line of CLOCK_MONOTONIC. */
static inline uint64_t velox_clock_now_ns(const velox_clock *clock)
{
    uint64_t ticks = velox_clock_ticks(clock);
    /* Another core's counter may lag behind the one that calibration ran on. */
    uint64_t since_base = ticks > clock->base_ticks ? ticks - clock->base_ticks : 0;
    return clock->base_ns + velox_clock_ticks_to_ns(clock, since_base);
}

/*
 * The time between two tick readings, in ns. Counters of two cores can differ by more than the
 * time between two events; such a negative difference becomes 0 and adds 1 to *clamped, which is
 * the caller's own counter (not shared between threads, not NULL: a clamp must not be silent).
 */
static inline uint64_t velox_clock_elapsed_ns(const velox_clock *clock, uint64_t begin_ticks,
                                              uint64_t end_ticks, uint64_t *clamped)
{
    uint64_t difference = end_ticks - begin_ticks;
    if (difference > UINT64_MAX / 2) {
        ++*clamped;
        return 0;
    }
    return velox_clock_ticks_to_ns(clock, difference);
}

#endif
