/*
 * Counting events in many threads: a set of counters, each its own cache line's or side by side.
 *
 * What is counted is the caller's choice: an enumeration of its own, from 0 up, names the counters.
 *
 * Thread rule: any thread may add to and read any counter at any time. A count is exact; counts of
 * several counters read one after the other are not of one moment, and order nothing else between
 * threads (all accesses are relaxed).
 *
 * With VELOX_STATISTICS_PADDED 1, threads that add to different counters do not disturb each other.
 * With 0 the counters share lines, which every add takes away from all other threads: false
 * sharing, kept to be measured. The set is opaque, so both variants link under the same caller.
 */
#ifndef VELOX_STATISTICS_H
#define VELOX_STATISTICS_H

#include "velox/separation.h"
#include "velox/tunables.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct velox_statistics velox_statistics;

/* The most counters of a set. */
#define VELOX_STATISTICS_COUNTERS_MAX 4096

/*
 * The memory that a set of so many counters needs, a multiple of VELOX_SEPARATION_BYTES; 0 if the
 * number is refused: 0, or above VELOX_STATISTICS_COUNTERS_MAX.
 */
size_t velox_statistics_bytes(size_t counters);

/*
 * Makes a set of counters, all 0, in the caller's memory. There is nothing to destroy; the memory
 * stays the caller's and must outlive the set. Returns 0, or -EINVAL if the number of counters is
 * refused, the memory is NULL or not aligned to VELOX_SEPARATION_BYTES, or memory_bytes is less
 * than velox_statistics_bytes(counters); *statistics is then unchanged.
 */
int velox_statistics_init(void *memory, size_t memory_bytes, size_t counters,
                          velox_statistics **statistics);

/*
 * The same on the heap; ends with velox_statistics_free(). Returns 0, -EINVAL for a refused number,
 * or -ENOMEM; *statistics is then unchanged.
 */
int velox_statistics_create(size_t counters, velox_statistics **statistics);

/* Frees a set of velox_statistics_create(). NULL is allowed. */
void velox_statistics_free(velox_statistics *statistics);

/* Adds to one counter, which must exist. It wraps at 2^64. */
void velox_statistics_add(velox_statistics *statistics, size_t counter, uint64_t amount);

/* The count of one counter, which must exist. */
uint64_t velox_statistics_read(const velox_statistics *statistics, size_t counter);

/* Sets every counter to 0. Adds of other threads meanwhile come before or after it. */
void velox_statistics_reset(velox_statistics *statistics);

#ifdef __cplusplus
}
#endif

#endif
