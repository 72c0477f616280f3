/*
 * Every constant of the engine that an optimisation may vary, in one place. A variant of the core
 * is the same sources compiled with other values: velox_add_core(NAME DEFINITIONS VELOX_...=value)
 * in core/CMakeLists.txt.
 */
#ifndef VELOX_TUNABLES_H
#define VELOX_TUNABLES_H

/* --- Waiting for another thread (backoff.h) --- */

/*
 * So many waits spin, wait k (from 0) for 2^k pauses, where each thread has a CPU of its own. Where
 * threads share CPUs, the one that is waited for may need this very CPU, and a spinner only keeps
 * it off: then so many spin as the second number says.
 */
#ifndef VELOX_BACKOFF_SPINS
#define VELOX_BACKOFF_SPINS 7
#endif
#ifndef VELOX_BACKOFF_SPINS_SHARED
#define VELOX_BACKOFF_SPINS_SHARED 3
#endif
/* After those, so many waits give the CPU away. */
#ifndef VELOX_BACKOFF_YIELDS
#define VELOX_BACKOFF_YIELDS 4
#endif
/* After those, the thread sleeps for so long each time; 0: it goes on giving the CPU away. */
#ifndef VELOX_BACKOFF_PARK_NS
#define VELOX_BACKOFF_PARK_NS 100000
#endif

/* --- Updating a price level (order_book.h) --- */

/* An update gives up after so many failed attempts to exchange the level's word. */
#ifndef VELOX_ORDER_BOOK_ATTEMPTS_MAX
#define VELOX_ORDER_BOOK_ATTEMPTS_MAX 64
#endif
/* The pauses between two attempts double from 1 up to this. */
#ifndef VELOX_ORDER_BOOK_PAUSES_MAX
#define VELOX_ORDER_BOOK_PAUSES_MAX 64
#endif

/* --- Counting (statistics.h) --- */

/* 1: each counter on a cache line of its own; 0: side by side. */
#ifndef VELOX_STATISTICS_PADDED
#define VELOX_STATISTICS_PADDED 1
#endif

/* --- Stages of the pipeline (pipeline.h) --- */

/* A stage handles at most so many transactions before it looks what else its thread has to do. */
#ifndef VELOX_PIPELINE_BATCH
#define VELOX_PIPELINE_BATCH 64
#endif
/* The latency of each so-many-th transaction is recorded, unless the pipeline's options say
 * otherwise; 0: of none. */
#ifndef VELOX_PIPELINE_SAMPLE_EVERY
#define VELOX_PIPELINE_SAMPLE_EVERY 1
#endif
/* Who knows that it will have something to do within this time does not sleep: to be woken takes as
 * long. */
#ifndef VELOX_PIPELINE_PARK_MIN_NS
#define VELOX_PIPELINE_PARK_MIN_NS 100000
#endif
/* A sleeper looks for itself after so long. Nothing depends on it: whoever has something wakes it.
 */
#ifndef VELOX_PIPELINE_PARK_MAX_NS
#define VELOX_PIPELINE_PARK_MAX_NS 100000000
#endif

#endif
