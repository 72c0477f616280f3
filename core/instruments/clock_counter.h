/*
 * The one place that knows the CPU's counter and the system's clock: how to read each, and whether
 * the counter can serve as a clock. Scaling and calibration are in clock.c.
 *
 * clock_gettime() needs POSIX declarations: compile as gnu11, or define _POSIX_C_SOURCE.
 */
#ifndef VELOX_INSTRUMENTS_CLOCK_COUNTER_H
#define VELOX_INSTRUMENTS_CLOCK_COUNTER_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#if defined(__x86_64__)
#include <cpuid.h>
#include <x86intrin.h>
#endif

/* CLOCK_MONOTONIC in ns. velox_clock_init() has checked that the call works. */
static inline uint64_t velox_monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

/*
 * The bare counter. The CPU may run it a few dozen cycles before or after its neighbours in program
 * order; the barriers that prevent this cost more than the error, for stamps inside a pipeline.
 */
static inline uint64_t velox_counter_read(void)
{
#if defined(__x86_64__)
    return __rdtsc();
#elif defined(__aarch64__)
    uint64_t ticks;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
    return ticks;
#else
    return velox_monotonic_ns();
#endif
}

/* The counter, read after all that precedes in program order and before all that follows. */
static inline uint64_t velox_counter_read_ordered(void)
{
#if defined(__x86_64__)
    _mm_lfence();
    uint64_t ticks = __rdtsc();
    _mm_lfence();
    return ticks;
#elif defined(__aarch64__)
    uint64_t ticks;
    __asm__ volatile("isb\n\tmrs %0, cntvct_el0\n\tisb" : "=r"(ticks) : : "memory");
    return ticks;
#else
    return velox_monotonic_ns();
#endif
}

/* Whether the counter runs at one rate in every frequency and sleep state of the CPU. */
static inline bool velox_counter_is_steady(void)
{
#if defined(__x86_64__)
    /* CPUID leaf 8000_0007h, EDX bit 8: invariant TSC (AMD APM vol. 3, Intel SDM vol. 3). */
    unsigned eax, ebx, ecx, edx;
    return __get_cpuid(0x80000007u, &eax, &ebx, &ecx, &edx) != 0 && (edx & (1u << 8)) != 0;
#elif defined(__aarch64__)
    return true; /* the Arm architecture defines the generic timer so */
#else
    return false;
#endif
}

#endif
