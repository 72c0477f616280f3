#define _GNU_SOURCE
#include "common/affinity.h"

#include <errno.h>

#if defined(__linux__)
#include <sched.h>

int vb_affinity_get(int cpus[VB_CPUS_MAX], int *count)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return -errno;
    *count = 0;
    for (int cpu = 0; cpu < CPU_SETSIZE && *count < VB_CPUS_MAX; cpu++) {
        if (CPU_ISSET(cpu, &set))
            cpus[(*count)++] = cpu;
    }
    return 0;
}

int vb_affinity_set(const int *cpus, int count)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    for (int i = 0; i < count; i++) {
        if (cpus[i] < 0 || cpus[i] >= CPU_SETSIZE)
            return -EINVAL;
        CPU_SET(cpus[i], &set);
    }
    return sched_setaffinity(0, sizeof set, &set) == 0 ? 0 : -errno;
}

#else
#include <unistd.h>

int vb_affinity_get(int cpus[VB_CPUS_MAX], int *count)
{
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    *count = 0;
    for (int cpu = 0; cpu < online && cpu < VB_CPUS_MAX; cpu++)
        cpus[(*count)++] = cpu;
    return *count > 0 ? 0 : -ENOSYS;
}

int vb_affinity_set(const int *cpus, int count)
{
    (void)cpus;
    (void)count;
    return -ENOSYS;
}
#endif
