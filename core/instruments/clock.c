/* Choice and calibration of a clock. Reading it is inline, in clock.h. */
#include "clock.h"

#include <errno.h>

/* Long enough that the error of a pair (tens of ns) is some parts per million of it. */
#define CALIBRATION_NS UINT64_C(20000000)

/* Readings to choose the best pair from: one without an interrupt in it is all that is needed. */
#define PAIR_ATTEMPTS 100

typedef struct {
    uint64_t ticks;
    uint64_t ns;
} pair;

/*
 * Both clocks at one moment. The system clock is read between two readings of the counter; where
 * these lie closest together, nothing interrupted, and their middle errs by half the gap at most.
 */
static pair read_pair(void)
{
    pair best = {0, 0};
    uint64_t smallest_gap = UINT64_MAX;
    for (int attempt = 0; attempt < PAIR_ATTEMPTS; attempt++) {
        uint64_t before = velox_counter_read_ordered();
        uint64_t ns = velox_monotonic_ns();
        uint64_t gap = velox_counter_read_ordered() - before;
        if (gap < smallest_gap) {
            smallest_gap = gap;
            best = (pair){.ticks = before + gap / 2, .ns = ns};
        }
    }
    return best;
}

/* Waits by the system clock, asleep: the counter is steady, so there is nothing to keep busy. */
static void wait_ns(uint64_t duration_ns)
{
    uint64_t begin_ns = velox_monotonic_ns();
    for (;;) {
        uint64_t waited_ns = velox_monotonic_ns() - begin_ns;
        if (waited_ns >= duration_ns)
            return;
        struct timespec left = {.tv_sec = 0, .tv_nsec = (long)(duration_ns - waited_ns)};
        nanosleep(&left, NULL); /* a signal may cut it short; the loop goes on */
    }
}

/* 0, or -ENOTSUP if the counter did not move in a way that a rate can be had from. */
static int calibrate(velox_clock *clock)
{
    pair first = read_pair();
    wait_ns(CALIBRATION_NS);
    pair last = read_pair();

    uint64_t ticks = last.ticks - first.ticks;
    uint64_t ns = last.ns - first.ns;
    if (ticks == 0 || ticks > UINT64_MAX / 2)
        return -ENOTSUP;

    __extension__ typedef unsigned __int128 wide;
    wide scaled = (((wide)ns << VELOX_CLOCK_SHIFT) + ticks / 2) / ticks;
    if (scaled == 0 || scaled > UINT64_MAX)
        return -ENOTSUP;

    *clock = (velox_clock){.source = VELOX_CLOCK_COUNTER,
                           .ns_per_tick_scaled = (uint64_t)scaled,
                           .base_ticks = last.ticks,
                           .base_ns = last.ns};
    return 0;
}

int velox_clock_init(velox_clock *clock, velox_clock_source source)
{
    if (source != VELOX_CLOCK_AUTO && source != VELOX_CLOCK_COUNTER &&
        source != VELOX_CLOCK_MONOTONIC)
        return -EINVAL;

    struct timespec probe;
    if (clock_gettime(CLOCK_MONOTONIC, &probe) != 0)
        return -errno;

    if (source != VELOX_CLOCK_MONOTONIC) {
        int error = velox_counter_is_steady() ? calibrate(clock) : -ENOTSUP;
        if (error == 0 || source == VELOX_CLOCK_COUNTER)
            return error;
    }
    /* Ticks are ns and count from the same zero, so scaling and base change nothing. */
    *clock = (velox_clock){.source = VELOX_CLOCK_MONOTONIC,
                           .ns_per_tick_scaled = UINT64_C(1) << VELOX_CLOCK_SHIFT,
                           .base_ticks = 0,
                           .base_ns = 0};
    return 0;
}
