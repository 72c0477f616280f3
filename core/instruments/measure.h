/*
 * How long a block of code takes, measured where it stands:
 *
 *     VELOX_MEASURE(parse) {
 *         ...
 *     }
 *
 * Each run of the block is one duration, however it is left: at its end, by goto or return (not by
 * longjmp or the thread's end). The block is a loop to the compiler: break and continue leave the
 * block, not a loop around it.
 *
 * Thread rule: any thread may run such a block and read them all at any time. Recording is
 * wait-free: each thread has a histogram of its own for each block, which is allocated (37 KiB)
 * when it first runs the block and kept to the end of the program. Where there is no memory for it,
 * the runs are counted as lost.
 *
 * Whoever wants to know reads all of them by name: the engine's program serves them at
 * /debug/latency and /metrics. Costs two readings of the clock and a recording
 * (suites/instruments.c measures these). Depends on nothing else of the engine. GNU C: a statement
 * expression, and the cleanup attribute of gcc and clang.
 */
#ifndef VELOX_INSTRUMENTS_MEASURE_H
#define VELOX_INSTRUMENTS_MEASURE_H

#include "clock.h"
#include "histogram.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* What one thread has recorded of one block. */
typedef struct velox_measure_record {
    velox_histogram histogram;
    _Atomic uint64_t clamped;          /* of these, durations below 0, counted as 0 (clock.h) */
    struct velox_measure_record *next; /* of another thread */
} velox_measure_record;

/* A block. */
typedef struct velox_measure_site {
    const char *name;
    _Atomic(velox_measure_record *) records;
    _Atomic uint64_t lost; /* runs that there was no memory for */
    atomic_bool listed;
    struct velox_measure_site *next; /* in the list of all */
} velox_measure_site;

/* One run of it. */
typedef struct {
    velox_measure_record *record; /* NULL: there is no memory */
    uint64_t begin_ticks;
} velox_measure_run;

/* The names hold the line, so that a block within a block hides nothing of it. */
#define VELOX_MEASURE(block)            VELOX_MEASURE_LINE(block, __LINE__)
#define VELOX_MEASURE_LINE(block, line) VELOX_MEASURE_AT(block, line)
#define VELOX_MEASURE_AT(block, line)                                                              \
    VELOX_MEASURE_NAMED(block, velox_run_##line, velox_once_##line)
#define VELOX_MEASURE_NAMED(block, run, once)                                                      \
    for (velox_measure_run run __attribute__((cleanup(velox_measure_end))) = __extension__({       \
             static velox_measure_site velox_site = {.name = #block};                              \
             static _Thread_local velox_measure_record *velox_own;                                 \
             velox_measure_begin(&velox_site, &velox_own);                                         \
         }),                                                                                       \
                               *once = &run;                                                       \
         once != NULL; once = NULL)

/*
 * The clock that blocks are measured by from now on, which is copied; before, CLOCK_MONOTONIC,
 * which is slower to read. Call it once, before the first block runs.
 */
void velox_measure_use_clock(const velox_clock *clock);

/* Where a reader is; zeroed at the start. */
typedef struct {
    const velox_measure_site *first, *at;
} velox_measure_cursor;

/* What is known of the blocks of one name, in all threads. */
typedef struct {
    const char *name;
    velox_histogram histogram;
    uint64_t clamped; /* of these, durations below 0, counted as 0 */
    uint64_t lost;    /* runs that could not be recorded for want of memory */
} velox_measured;

/* Steps through the names of the blocks that have run, and gives each once; false when there are no
 * more. */
bool velox_measure_next(velox_measure_cursor *cursor, velox_measured *measured);

/* --- What the macro calls --- */

extern velox_clock velox_measure_clock;

/* This thread's record of the block. NULL without memory. */
velox_measure_record *velox_measure_join(velox_measure_site *site);

static inline velox_measure_run velox_measure_begin(velox_measure_site *site,
                                                    velox_measure_record **own)
{
    if (*own == NULL)
        *own = velox_measure_join(site);
    return (velox_measure_run){.record = *own,
                               .begin_ticks = velox_clock_ticks(&velox_measure_clock)};
}

static inline void velox_measure_end(velox_measure_run *run)
{
    uint64_t clamped = 0;
    uint64_t end_ticks = velox_clock_ticks(&velox_measure_clock);
    if (run->record == NULL)
        return;
    velox_histogram_record(
        &run->record->histogram,
        velox_clock_elapsed_ns(&velox_measure_clock, run->begin_ticks, end_ticks, &clamped));
    if (clamped > 0)
        atomic_fetch_add_explicit(&run->record->clamped, clamped, memory_order_relaxed);
}

#endif
