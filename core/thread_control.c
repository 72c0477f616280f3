#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "thread_control.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#if defined(__linux__)
#include <sched.h>
#include <sys/prctl.h>

unsigned velox_thread_cpus(void)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 0;
    return count > 0 ? (unsigned)count : 1;
}

int velox_thread_pin(unsigned n)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return -errno;
    unsigned skip = n % (unsigned)CPU_COUNT(&set);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (!CPU_ISSET(cpu, &set) || skip-- > 0)
            continue;
        CPU_ZERO(&set);
        CPU_SET(cpu, &set);
        return sched_setaffinity(0, sizeof set, &set) == 0 ? 0 : -errno;
    }
    return -EINVAL;
}

void velox_thread_name(const char *name)
{
    pthread_setname_np(pthread_self(), name);
}

void velox_thread_precise_timers(void)
{
    prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
}

#else

unsigned velox_thread_cpus(void)
{
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (unsigned)online : 1;
}

int velox_thread_pin(unsigned n)
{
    (void)n;
    return -ENOSYS;
}

void velox_thread_name(const char *name)
{
#if defined(__APPLE__)
    pthread_setname_np(name);
#else
    (void)name;
#endif
}

void velox_thread_precise_timers(void) {}

#endif
