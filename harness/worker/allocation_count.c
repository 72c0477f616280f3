#define _GNU_SOURCE
#include "worker/allocation_count.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "allocations/allocations.h"
#include "vbench/vbench.h"

/* Defined if and only if the program is linked with that sanitizer. */
extern void __asan_init(void) __attribute__((weak));
extern void __hwasan_init(void) __attribute__((weak));
extern void __msan_init(void) __attribute__((weak));
extern void __tsan_init(void) __attribute__((weak));
extern int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

const char *vb_allocation_sanitizer(void)
{
    if (__asan_init)
        return "AddressSanitizer";
    if (__hwasan_init)
        return "HWAddressSanitizer";
    if (__msan_init)
        return "MemorySanitizer";
    if (__tsan_init)
        return "ThreadSanitizer";
    return __lsan_do_recoverable_leak_check ? "LeakSanitizer" : NULL;
}

/* The library stands first in LD_PRELOAD: the runner puts it there. */
static void keep_from_children(void)
{
    const char *value = getenv("LD_PRELOAD");
    const char *others = value ? strchr(value, ':') : NULL;
    if (others)
        setenv("LD_PRELOAD", others + 1, 1);
    else
        unsetenv("LD_PRELOAD");
}

extern void *_Znwm(size_t bytes) __attribute__((weak)); /* C++: operator new(unsigned long) */
extern void _ZdlPv(void *block) __attribute__((weak));  /* operator delete(void *) */

enum { PROBE_BYTES = 64 };

/* Allocates one block in the way of this number. False: there is no such way. */
static bool allocate(int way, void **block)
{
    *block = NULL;
    switch (way) {
    case 0:
        *block = malloc(PROBE_BYTES);
        return true;
    case 1:
        *block = calloc(1, PROBE_BYTES);
        return true;
    case 2:
        *block = realloc(NULL, PROBE_BYTES);
        return true;
    case 3:
        *block = aligned_alloc(PROBE_BYTES, PROBE_BYTES);
        return true;
    case 4:
        return posix_memalign(block, PROBE_BYTES, PROBE_BYTES) == 0;
    case 5:
        *block = _Znwm ? _Znwm(PROBE_BYTES) : NULL;
        return _Znwm != NULL;
    default:
        return false;
    }
}

/* Whether every way to allocate is seen: a program may bring its own version of any of them. */
static bool sees_all(const vb_allocation_counter *counter)
{
    enum { WAYS = 6, NEW = 5 };
    for (int way = 0; way < WAYS; way++) {
        void *block;
        uint64_t count, bytes;
        counter->start();
        bool tried = allocate(way, &block);
        VB_KEEP(block); /* or the compiler leaves the pair of calls out */
        counter->stop();
        counter->read(&count, &bytes);
        if (way == NEW && tried && _ZdlPv)
            _ZdlPv(block);
        else
            free(block);
        if (tried && (count != 1 || bytes != PROBE_BYTES))
            return false;
    }
    return true;
}

const vb_allocation_counter *vb_allocation_counter_find(const char **obstacle)
{
    static vb_allocation_counter counter;
    if (vb_allocation_sanitizer()) {
        *obstacle = "the suite is built with a sanitizer, which has its own allocator";
        return NULL;
    }
    /* ISO C has no cast from void * to a function's address; POSIX promises that this works. */
    *(void **)&counter.start = dlsym(RTLD_DEFAULT, "vb_allocations_start");
    *(void **)&counter.stop = dlsym(RTLD_DEFAULT, "vb_allocations_stop");
    *(void **)&counter.read = dlsym(RTLD_DEFAULT, "vb_allocations_read");
    if (!counter.start || !counter.stop || !counter.read) {
        *obstacle = "the library that counts them was not loaded with the suite, perhaps because "
                    "that is linked statically";
        return NULL;
    }
    keep_from_children();
    if (!sees_all(&counter)) {
        *obstacle = "the suite brings an allocator of its own";
        return NULL;
    }
    return &counter;
}
