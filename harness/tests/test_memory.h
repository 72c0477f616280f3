/*
 * An allocator that runs out when a test says so. Include it in one file of a program that is
 * linked with --wrap for these five functions; only calls from the program's own objects come here.
 */
#ifndef VBENCH_TEST_MEMORY_H
#define VBENCH_TEST_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_realloc(void *old, size_t bytes);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t bytes);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_realloc(void *old, size_t bytes);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t bytes);

static long allocations_left = -1; /* before one fails, once; -1: none fails */

static bool allocation_fails(void)
{
    return allocations_left >= 0 && allocations_left-- == 0;
}

void *__wrap_malloc(size_t bytes)
{
    return allocation_fails() ? NULL : __real_malloc(bytes);
}

void *__wrap_calloc(size_t count, size_t bytes)
{
    return allocation_fails() ? NULL : __real_calloc(count, bytes);
}

void *__wrap_realloc(void *old, size_t bytes)
{
    return allocation_fails() ? NULL : __real_realloc(old, bytes);
}

char *__wrap_strdup(const char *text)
{
    return allocation_fails() ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t bytes)
{
    return allocation_fails() ? NULL : __real_strndup(text, bytes);
}

/* Lets `count` allocations succeed and the next one fail. */
static inline void fail_allocation_after(long count)
{
    allocations_left = count;
}

/* Back to normal. True if the failure has come. */
static inline bool allocation_has_failed(void)
{
    bool failed = allocations_left < 0;
    allocations_left = -1;
    return failed;
}

/* Under a sanitizer: what is allocated from here on may stay; or may not any longer. */
void __lsan_disable(void) __attribute__((weak));
void __lsan_enable(void) __attribute__((weak));

static inline void allow_leaks(bool allowed)
{
    if (__lsan_disable && allowed)
        __lsan_disable();
    else if (__lsan_enable && !allowed)
        __lsan_enable();
}

#endif
