/*
 * An aligned_alloc() that fails when a test wants it to, and tells what it was asked for. The test
 * is linked with WRAP aligned_alloc (add_unit_test). Only one source of a program may include this.
 */
#ifndef VELOX_TEST_ALIGNED_ALLOC_H
#define VELOX_TEST_ALIGNED_ALLOC_H

#include <stdbool.h>
#include <stddef.h>

static bool allocation_fails;
static size_t allocated_bytes; /* what was asked for last */

void *__real_aligned_alloc(size_t alignment, size_t bytes);
void *__wrap_aligned_alloc(size_t alignment, size_t bytes);

void *__wrap_aligned_alloc(size_t alignment, size_t bytes)
{
    allocated_bytes = bytes;
    return allocation_fails ? NULL : __real_aligned_alloc(alignment, bytes);
}

#endif
