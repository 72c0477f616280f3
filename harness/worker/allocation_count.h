/*
 * Counting allocations in a worker: whether that can be done in this process, and the switch. The
 * counting itself is allocations/allocations.h, which is there only if the process was started with
 * it.
 */
#ifndef VBENCH_ALLOCATION_COUNT_H
#define VBENCH_ALLOCATION_COUNT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The functions of allocations/allocations.h. */
typedef struct {
    void (*start)(void);
    void (*stop)(void);
    void (*read)(uint64_t *count, uint64_t *bytes);
} vb_allocation_counter;

/*
 * Looks for the library and tries whether it sees what is allocated here. Returns a static
 * structure, or NULL with one clause that says why allocations cannot be counted. Programs that are
 * started from now on do not get the library.
 */
const vb_allocation_counter *vb_allocation_counter_find(const char **obstacle);

/* The sanitizer that this program was linked with and that has an allocator of its own, which must
 * not be put behind another; NULL: none. */
const char *vb_allocation_sanitizer(void);

#ifdef __cplusplus
}
#endif
#endif
