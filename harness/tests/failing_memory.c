/*
 * Makes one allocation of a program fail: a library for LD_PRELOAD. FAILING_ALLOCATION=N fails the
 * N-th call of malloc, calloc or realloc, counted from 1; 0 fails none. FAILING_ALLOCATION_BYTES
 * leaves out calls for fewer bytes. FAILING_ALLOCATION_COUNT names a file into which the program's
 * end writes how many calls there were.
 *
 * Only in the program itself: what it starts gets its memory as usual. Of the C library only what
 * it asks of malloc is seen. For glibc, whose own allocator has these second names.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *old, size_t bytes);

static long to_fail;
static size_t bytes_least;
static long calls;
static bool counting;

__attribute__((constructor)) static void begin(void)
{
    const char *number = getenv("FAILING_ALLOCATION");
    const char *bytes = getenv("FAILING_ALLOCATION_BYTES");
    to_fail = number ? atol(number) : 0;
    bytes_least = bytes ? (size_t)atol(bytes) : 0;
    unsetenv("LD_PRELOAD");
    counting = true;
}

__attribute__((destructor)) static void end(void)
{
    const char *path = getenv("FAILING_ALLOCATION_COUNT");
    counting = false;
    FILE *file = path ? fopen(path, "w") : NULL;
    if (file) {
        fprintf(file, "%ld\n", calls);
        fclose(file);
    }
}

static bool fails(size_t bytes)
{
    if (!counting || bytes < bytes_least || __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED) != to_fail)
        return false;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t bytes)
{
    return fails(bytes) ? NULL : __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes)
{
    return fails(count * bytes) ? NULL : __libc_calloc(count, bytes);
}

void *realloc(void *old, size_t bytes)
{
    return fails(bytes) ? NULL : __libc_realloc(old, bytes);
}
