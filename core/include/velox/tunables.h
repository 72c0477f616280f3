/*
 * Every constant of the engine that an optimisation may vary, in one place. A variant of the core is
 * the same sources compiled with other values: velox_add_core(NAME DEFINITIONS VELOX_...=value) in
 * core/CMakeLists.txt.
 */
#ifndef VELOX_TUNABLES_H
#define VELOX_TUNABLES_H

/* --- Waiting for another thread (backoff.h) --- */

/* Waits number 0 to this one spin: wait k for 2^k pauses. */
#ifndef VELOX_BACKOFF_SPIN_STEPS
#define VELOX_BACKOFF_SPIN_STEPS 6
#endif
/* After those, the waits up to this number give the CPU away. */
#ifndef VELOX_BACKOFF_YIELD_STEPS
#define VELOX_BACKOFF_YIELD_STEPS 10
#endif
/* After those, the thread sleeps for so long each time; 0: it goes on giving the CPU away. */
#ifndef VELOX_BACKOFF_PARK_NS
#define VELOX_BACKOFF_PARK_NS 100000
#endif
/* Where threads share CPUs, only so many waits spin; as many yield as otherwise. */
#ifndef VELOX_BACKOFF_SPINS_SHARED
#define VELOX_BACKOFF_SPINS_SHARED 3
#endif

/* --- Updating a price level (order_book.h) --- */

/* An update gives up after so many failed attempts to exchange the level's word. */
#ifndef VELOX_BOOK_ATTEMPTS_MAX
#define VELOX_BOOK_ATTEMPTS_MAX 64
#endif
/* The pauses between two attempts double from 1 up to this. */
#ifndef VELOX_BOOK_PAUSES_MAX
#define VELOX_BOOK_PAUSES_MAX 64
#endif

/* --- Counting (statistics.h) --- */

/* 1: each counter on a cache line of its own; 0: side by side. */
#ifndef VELOX_STATISTICS_PADDED
#define VELOX_STATISTICS_PADDED 1
#endif

#endif
