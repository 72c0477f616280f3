/*
 * A moment's wait inside a spin loop: tells the CPU that this thread only waits, so that it leaves
 * the core's resources to others and does not run ahead with loads that it would have to throw
 * away.
 */
#ifndef VELOX_PAUSE_H
#define VELOX_PAUSE_H

#ifdef __cplusplus
extern "C" {
#endif

/* Some tens of cycles on most CPUs. Memory counts as read and written: a loop around it loads anew.
 */
static inline void velox_pause(void)
{
#if defined(__x86_64__)
    __asm__ volatile("pause" ::: "memory");
#elif defined(__aarch64__)
    /* yield is a no-op on most cores; isb takes about as long as the pause of x86. */
    __asm__ volatile("isb" ::: "memory");
#else
    __asm__ volatile("" ::: "memory");
#endif
}

#ifdef __cplusplus
}
#endif

#endif
