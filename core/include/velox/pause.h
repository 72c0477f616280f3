/*
 * Tells the CPU that this thread is spinning: a sibling on the same core gets the execution units,
 * and the loop does not run ahead with loads that have to be thrown away. Takes some ns to some
 * dozens, depending on the CPU; it never gives the CPU to another thread.
 */
#ifndef VELOX_PAUSE_H
#define VELOX_PAUSE_H

static inline void velox_pause(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    /* `yield` does nothing on most cores; `isb` waits for the pipeline, about as long as x86's. */
    __asm__ volatile("isb" ::: "memory");
#else
    __asm__ volatile("" ::: "memory");
#endif
}

#endif
