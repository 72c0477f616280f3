/*
 * Compiled in front of a variant of the engine: now and then a thread loses its CPU between reading
 * a level and exchanging it, the one moment at which another update can come between. So updates
 * meet on every machine, also on one CPU, and attempts run out where few are allowed.
 */
#ifndef VELOX_TEST_YIELD_BEFORE_EXCHANGE_H
#define VELOX_TEST_YIELD_BEFORE_EXCHANGE_H

#define _GNU_SOURCE /* before the first header, for those of the engine's sources that need it */
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Exchanges of this thread that failed; the test defines it. */
extern _Thread_local uint64_t beaten_exchanges;

static inline void yield_now_and_then(void)
{
    static _Thread_local uint32_t random = 1;
    random =
        random * 1664525 + 1013904223; /* Numerical Recipes' generator; its high bits are good */
    if (random >> 29 == 0)
        sched_yield();
}

static inline bool count_exchange(bool succeeded)
{
    beaten_exchanges += !succeeded;
    return succeeded;
}

/* The weak exchange is used because a macro cannot expand to itself; where it fails for no reason,
 * that is one attempt more. */
#undef atomic_compare_exchange_strong_explicit
#define atomic_compare_exchange_strong_explicit(object, expected, desired, success, failure)       \
    (yield_now_and_then(), count_exchange(atomic_compare_exchange_weak_explicit(                   \
                               object, expected, desired, success, failure)))

#endif
