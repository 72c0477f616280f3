/* Stands between a program and its allocator. Knows nothing of benchmarks. */
#define _GNU_SOURCE
#include "allocations/allocations.h"

#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define EXPORTED __attribute__((visibility("default")))

/* The allocator behind this library. Each is looked up when it is first needed: the first calls
 * come from the dynamic linker, before any constructor has run. */
static void *(*next_malloc)(size_t);
static void (*next_free)(void *);
static void *(*next_calloc)(size_t, size_t);
static void *(*next_realloc)(void *, size_t);
static void *(*next_aligned_alloc)(size_t, size_t);
static int (*next_posix_memalign)(void **, size_t, size_t);
static void *(*next_memalign)(size_t, size_t);
static void *(*next_valloc)(size_t);
static void *(*next_pvalloc)(size_t);

static uint32_t counting;
static uint64_t counted;
static uint64_t counted_bytes;

/* How deep this thread is inside the allocator: what that calls itself is not counted. Volatile,
 * because dlsym is declared a leaf: the compiler takes it for one that never calls back in here,
 * and would leave the stores around it out. This model of thread-local storage never allocates. */
static _Thread_local volatile int depth __attribute__((tls_model("initial-exec")));
static _Thread_local volatile bool looking_up __attribute__((tls_model("initial-exec")));

/* ---- while dlsym runs ---- */

/* dlsym may allocate before it has told where to: a few hundred bytes, which are never freed. */
enum { EARLY_BYTES = 16384, ALIGNMENT = 16 };
static _Alignas(ALIGNMENT) char early[EARLY_BYTES];
static size_t early_used;

static bool is_early(const void *block)
{
    return (uintptr_t)block - (uintptr_t)early < EARLY_BYTES;
}

static void *early_alloc(size_t bytes)
{
    if (bytes > EARLY_BYTES)
        return NULL;
    size_t taken = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT + ALIGNMENT;
    size_t at = __atomic_fetch_add(&early_used, taken, __ATOMIC_RELAXED);
    if (at + taken > EARLY_BYTES)
        return NULL;
    memcpy(early + at, &bytes, sizeof bytes); /* for realloc */
    return early + at + ALIGNMENT;
}

static void *early_realloc(void *block, size_t bytes, void *(*allocate)(size_t))
{
    size_t old_bytes;
    memcpy(&old_bytes, (char *)block - ALIGNMENT, sizeof old_bytes);
    void *moved = allocate(bytes);
    if (moved)
        memcpy(moved, block, old_bytes < bytes ? old_bytes : bytes);
    return moved;
}

/* Fills in a pointer of the above; false while the lookup itself is what allocates. */
static bool find(void *pointer, const char *name)
{
    void *found = __atomic_load_n((void **)pointer, __ATOMIC_RELAXED);
    if (found)
        return true;
    if (looking_up)
        return false;
    looking_up = true;
    depth++;
    found = dlsym(RTLD_NEXT, name);
    depth--;
    looking_up = false;
    __atomic_store_n((void **)pointer, found, __ATOMIC_RELAXED);
    return found != NULL;
}

/* ---- counting ---- */

static void count(const void *block, size_t bytes)
{
    if (block && depth == 0 && __atomic_load_n(&counting, __ATOMIC_RELAXED)) {
        __atomic_fetch_add(&counted, 1, __ATOMIC_RELAXED);
        __atomic_fetch_add(&counted_bytes, bytes, __ATOMIC_RELAXED);
    }
}

EXPORTED void vb_allocations_start(void)
{
    __atomic_store_n(&counted, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&counted_bytes, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&counting, 1, __ATOMIC_RELEASE);
}

EXPORTED void vb_allocations_stop(void)
{
    __atomic_store_n(&counting, 0, __ATOMIC_RELEASE);
}

EXPORTED void vb_allocations_read(uint64_t *count_out, uint64_t *bytes)
{
    *count_out = __atomic_load_n(&counted, __ATOMIC_RELAXED);
    *bytes = __atomic_load_n(&counted_bytes, __ATOMIC_RELAXED);
}

/* ---- the allocator's functions ---- */

static void *out_of_memory(void)
{
    errno = ENOMEM;
    return NULL;
}

EXPORTED void *malloc(size_t bytes)
{
    if (!find(&next_malloc, "malloc"))
        return early_alloc(bytes);
    depth++;
    void *block = next_malloc(bytes);
    depth--;
    count(block, bytes);
    return block;
}

EXPORTED void free(void *block)
{
    int error = errno; /* free leaves it alone, which dlsym need not */
    if (!block || is_early(block) || !find(&next_free, "free"))
        return;
    errno = error;
    depth++;
    next_free(block);
    depth--;
}

EXPORTED void *calloc(size_t members, size_t bytes)
{
    if (!find(&next_calloc, "calloc")) /* fresh static memory is zero; only dlsym calls this */
        return early_alloc(members * bytes);
    depth++;
    void *block = next_calloc(members, bytes);
    depth--;
    count(block, members * bytes); /* a product too large has given no block */
    return block;
}

EXPORTED void *realloc(void *block, size_t bytes)
{
    if (block && is_early(block))
        return early_realloc(block, bytes, malloc);
    if (!find(&next_realloc, "realloc"))
        return block ? NULL : early_alloc(bytes);
    depth++;
    void *moved = next_realloc(block, bytes);
    depth--;
    count(moved, bytes);
    return moved;
}

/* Not passed on: in some C libraries it calls realloc, which comes here, in others it does not. */
EXPORTED void *reallocarray(void *block, size_t members, size_t bytes)
{
    size_t product;
    if (__builtin_mul_overflow(members, bytes, &product))
        return out_of_memory();
    return realloc(block, product);
}

EXPORTED void *aligned_alloc(size_t alignment, size_t bytes)
{
    if (!find(&next_aligned_alloc, "aligned_alloc"))
        return out_of_memory();
    depth++;
    void *block = next_aligned_alloc(alignment, bytes);
    depth--;
    count(block, bytes);
    return block;
}

EXPORTED int posix_memalign(void **block, size_t alignment, size_t bytes)
{
    if (!find(&next_posix_memalign, "posix_memalign"))
        return ENOMEM;
    depth++;
    int status = next_posix_memalign(block, alignment, bytes);
    depth--;
    count(status == 0 ? *block : NULL, bytes);
    return status;
}

EXPORTED void *memalign(size_t alignment, size_t bytes)
{
    if (!find(&next_memalign, "memalign"))
        return out_of_memory();
    depth++;
    void *block = next_memalign(alignment, bytes);
    depth--;
    count(block, bytes);
    return block;
}

EXPORTED void *valloc(size_t bytes)
{
    if (!find(&next_valloc, "valloc"))
        return out_of_memory();
    depth++;
    void *block = next_valloc(bytes);
    depth--;
    count(block, bytes);
    return block;
}

EXPORTED void *pvalloc(size_t bytes)
{
    if (!find(&next_pvalloc, "pvalloc"))
        return out_of_memory();
    depth++;
    void *block = next_pvalloc(bytes);
    depth--;
    count(block, bytes);
    return block;
}
