/*
 * libvbench_allocations.so: counts what a process asks of the C allocator. Loaded with LD_PRELOAD,
 * it takes the place of malloc and its kin, counts, and passes each call on to the allocator that
 * the process would have used without it.
 *
 * An allocation is a call that returned a block: malloc, calloc, realloc, reallocarray,
 * aligned_alloc, posix_memalign, memalign, valloc or pvalloc, and so strdup, C++'s new and all else
 * that is built on them. Its bytes are those that were asked for. Hence:
 * - realloc is one allocation of the new size, wherever it leaves the block: whether it can grow in
 *   place depends on what happens to lie behind it, and a count shall not. As free it is none.
 * - A call that fails is none. One of 0 bytes is one, if it returned a block.
 * - free is not counted.
 * - What the allocator calls to serve a call is part of that call.
 * Memory mapped with mmap or taken with sbrk is not seen, nor what a child process allocates.
 *
 * Any thread may call any of these at any time; none of them allocates. A process that was not
 * started with the library finds them with dlsym only to learn that they are not there.
 */
#ifndef VBENCH_ALLOCATIONS_H
#define VBENCH_ALLOCATIONS_H

#include <stdint.h>

/* From here on all threads of the process are counted, beginning from zero. */
void vb_allocations_start(void);
/* Up to here. May be called again. */
void vb_allocations_stop(void);
/* What has been counted since the last start. */
void vb_allocations_read(uint64_t *count, uint64_t *bytes);

#endif
