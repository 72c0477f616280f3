#include "worker/peak_memory.h"

#include <stdio.h>
#include <sys/resource.h>

#if defined(__linux__)
/* "VmHWM:      5180 kB" of proc(5). 0: it cannot be read. */
static uint64_t high_water_mark_bytes(void)
{
    char line[256];
    unsigned long long kib = 0;
    FILE *status = fopen("/proc/self/status", "r");
    if (!status)
        return 0;
    while (kib == 0 && fgets(line, sizeof line, status)) {
        if (sscanf(line, "VmHWM: %llu kB", &kib) != 1)
            kib = 0;
    }
    fclose(status);
    return (uint64_t)kib * 1024;
}
#endif

uint64_t vb_peak_memory_bytes(void)
{
    struct rusage usage;
#if defined(__linux__)
    /* Not ru_maxrss, which survives exec: it would begin with the runner's own peak, as it was when
     * it forked this process. */
    uint64_t bytes = high_water_mark_bytes();
    if (bytes > 0)
        return bytes;
#endif
    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return 0;
#if defined(__APPLE__)
    return (uint64_t)usage.ru_maxrss;
#else
    return (uint64_t)usage.ru_maxrss * 1024;
#endif
}
