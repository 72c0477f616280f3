/*
 * Compiled in front of a variant of the engine: now and then a thread loses its CPU between reading
 * a level and exchanging it, the one moment at which another update can come between. So updates
 * meet on every machine, also on one CPU, and attempts run out when few are allowed.
 */
#ifndef VELOX_TEST_YIELD_BEFORE_EXCHANGE_H
#define VELOX_TEST_YIELD_BEFORE_EXCHANGE_H

#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>

static inline bool yield_now_and_then(void)
{
    static _Thread_local unsigned exchanges;
    if (++exchanges % 13 == 0)
        sched_yield();
    return true;
}

/* The weak exchange is used because a macro cannot expand to itself; where it fails for no reason,
 * that is one attempt more. */
#undef atomic_compare_exchange_strong_explicit
#define atomic_compare_exchange_strong_explicit(object, expected, desired, success, failure)       \
    (yield_now_and_then() &&                                                                       \
     atomic_compare_exchange_weak_explicit(object, expected, desired, success, failure))

#endif
