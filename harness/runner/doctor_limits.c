/* What this process may use: CPUs, CPU time, memory, hardware counters, disk. */
#define _GNU_SOURCE
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__linux__)
#include <linux/perf_event.h>
#endif

#include "runner/cache.h"
#include "runner/control_group.h"
#include "runner/doctor_checks.h"
#include "runner/path.h"
#include "runner/system_file.h"

enum { LINE_BYTES = 256 };
static const unsigned long long mib = 1 << 20;

/* "0-1,4"; what does not fit is left out. */
static void list_cpus(const int *cpus, int count, char *text, size_t text_bytes)
{
    size_t length = 0;
    text[0] = '\0';
    for (int i = 0, last; i < count && length + 32 < text_bytes; i = last + 1) {
        for (last = i; last + 1 < count && cpus[last + 1] == cpus[last] + 1;)
            last++;
        length += (size_t)sprintf(text + length, "%s%d", i ? "," : "", cpus[i]);
        if (last > i)
            length += (size_t)sprintf(text + length, "-%d", cpus[last]);
    }
}

void vb_doctor_cpus(const vb_doctor_view *view, vb_findings *findings)
{
    char online[LINE_BYTES] = "", allowed[LINE_BYTES];
    vb_system_line(view->root, "/sys/devices/system/cpu/online", online, sizeof online);
    int all = vb_system_count_cpus(online);
    all = all < view->cpu_count ? view->cpu_count : all;
    list_cpus(view->cpus, view->cpu_count, allowed, sizeof allowed);
    vb_finding *found;
    if (view->cpu_count == 1) {
        found = vb_findings_add(findings, "cpus", VB_FINDING_WARNING,
                                "A single CPU may be used (%s), of %d.", allowed, all);
        found->is_noise = true;
        vb_say(&found->effect, "What is measured shares it with vbench and everything else; "
                               "benchmarks with threads measure the scheduler.");
        vb_say(&found->mend, "%s",
               all > 1 ? "Start vbench without taskset, or give the container "
                         "more CPUs: docker run --cpuset-cpus=..."
                       : "Give the machine a second CPU.");
    } else if (view->cpu_count < all) {
        found = vb_findings_add(findings, "cpus", VB_FINDING_NOTE,
                                "%d of %d CPUs may be used (%s).", view->cpu_count, all, allowed);
        vb_say(&found->effect, "Benchmarks with more than %d threads share CPUs.", view->cpu_count);
        vb_say(&found->mend,
               "Start vbench without taskset, or give the container more CPUs: docker "
               "run --cpuset-cpus=...");
    } else {
        vb_findings_add(findings, "cpus", VB_FINDING_OK, "All %d CPUs may be used (%s).", all,
                        allowed);
    }
}

void vb_doctor_quota(const vb_doctor_view *view, vb_findings *findings)
{
    const vb_group_limits limits = vb_control_group_limits(view->root);
    if (isnan(limits.cpus) || limits.cpus >= view->cpu_count) {
        vb_findings_add(findings, "quota", VB_FINDING_OK, "No limit on CPU time binds.");
        return;
    }
    vb_finding *found = vb_findings_add(
        findings, "quota", limits.cpus < 1 ? VB_FINDING_PROBLEM : VB_FINDING_WARNING,
        "A control group allows the time of %.3g CPUs, of %d; what "
        "runs here was stopped %llu time%s so far.",
        limits.cpus, view->cpu_count, (unsigned long long)limits.stops,
        limits.stops == 1 ? "" : "s");
    found->is_noise = true;
    vb_say(&found->effect,
           "When a period's time is used up, everything stands still until the next "
           "one: pauses of up to 100 ms, in the middle of a block.");
    vb_say(&found->mend,
           "Take the limit away: docker update --cpus=%d CONTAINER; with systemd "
           "CPUQuota=; with Kubernetes limits.cpu.",
           view->cpu_count);
}

void vb_doctor_memory_limit(const vb_doctor_view *view, vb_findings *findings)
{
    unsigned long long all_kib = 0;
    const vb_group_limits limits = vb_control_group_limits(view->root);
    bool is_told = vb_system_number(view->root, "/proc/meminfo", "MemTotal", &all_kib);
    if (limits.memory_bytes == 0 || (is_told && limits.memory_bytes / 1024 >= all_kib)) {
        vb_findings_add(findings, "memory_limit", VB_FINDING_OK, "No limit on memory binds.");
        return;
    }
    vb_finding *found =
        vb_findings_add(findings, "memory_limit",
                        limits.memory_bytes < 256 * mib ? VB_FINDING_WARNING : VB_FINDING_NOTE,
                        "A control group allows %llu MiB of memory.",
                        (unsigned long long)limits.memory_bytes / mib);
    vb_say(&found->effect, "A benchmark that takes more is killed (signal 9).");
    vb_say(&found->mend, "docker update --memory=SIZE CONTAINER; with systemd MemoryMax=; with "
                         "Kubernetes limits.memory.");
}

int vb_doctor_try_counters(void)
{
#if defined(__linux__)
    struct perf_event_attr wanted = {.type = PERF_TYPE_HARDWARE,
                                     .size = sizeof wanted,
                                     .config = PERF_COUNT_HW_CPU_CYCLES,
                                     .disabled = 1,
                                     .exclude_kernel = 1,
                                     .exclude_hv = 1};
    long fd = syscall(SYS_perf_event_open, &wanted, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
    if (fd < 0)
        return errno;
    close((int)fd);
    return 0;
#else
    return ENOSYS;
#endif
}

void vb_doctor_counters(const vb_doctor_view *view, vb_findings *findings)
{
    unsigned long paranoid = 0;
    char value[LINE_BYTES], *end = value;
    bool is_told =
        vb_system_line(view->root, "/proc/sys/kernel/perf_event_paranoid", value, sizeof value);
    if (is_told) /* -1 means that all is allowed */
        paranoid = value[0] == '-' ? 0 : strtoul(value, &end, 10);
    if (view->counters_error == 0) {
        vb_findings_add(findings, "counters", VB_FINDING_OK, "Hardware counters can be read.");
        return;
    }
    bool is_forbidden = view->counters_error == EACCES || view->counters_error == EPERM;
    vb_finding *found =
        is_forbidden
            ? vb_findings_add(findings, "counters", VB_FINDING_NOTE,
                              "Hardware counters are forbidden to this user%s%.20s.",
                              is_told ? "; perf_event_paranoid is " : "", is_told ? value : "")
            : vb_findings_add(
                  findings, "counters", VB_FINDING_NOTE,
                  "The system has no hardware counters, as is usual in a virtual machine.");
    vb_say(&found->effect, "Times do not suffer; profiles have neither cycles nor cache misses.");
    if (is_forbidden && paranoid > 2)
        vb_say(&found->mend, "sudo sysctl kernel.perf_event_paranoid=1");
    else if (is_forbidden)
        vb_say(&found->mend,
               "The container forbids it: docker run --cap-add=PERFMON, with a seccomp "
               "profile that lets perf_event_open pass.");
    else
        vb_say(&found->mend, "Profile on a machine of its own, or let your virtual machine have "
                             "them: qemu -cpu host,pmu=on");
}

void vb_doctor_disk(const vb_doctor_view *view, vb_findings *findings)
{
    if (!view->cache) {
        vb_finding *found = vb_findings_add(findings, "disk", VB_FINDING_WARNING,
                                            "There is no folder for the cache.");
        vb_say(&found->effect, "vbench compare has nowhere to put layouts and old revisions.");
        vb_say(&found->mend, "Set HOME or XDG_CACHE_HOME, or name a folder with --cache DIR.");
        return;
    }
    /* It may not be there yet: then what it would be made in. */
    char folder[4096];
    struct statvfs told;
    snprintf(folder, sizeof folder, "%s", view->cache);
    while (statvfs(folder, &told) != 0) {
        char above[sizeof folder];
        vb_path_folder(folder, above, sizeof above);
        if (strcmp(above, folder) == 0) {
            vb_findings_add(findings, "disk", VB_FINDING_NOTE,
                            "How much space is left for %s is not told.", view->cache);
            return;
        }
        memcpy(folder, above, sizeof folder);
    }
    unsigned long long left = (unsigned long long)told.f_bavail * told.f_frsize;
    if (left >= VB_CACHE_BYTES_MAX) {
        vb_findings_add(findings, "disk", VB_FINDING_OK, "%s has room: %llu GiB.", view->cache,
                        left >> 30);
        return;
    }
    vb_finding *found =
        vb_findings_add(findings, "disk", left < 256 * mib ? VB_FINDING_WARNING : VB_FINDING_NOTE,
                        "%llu MiB are left for %s.", left / mib, view->cache);
    vb_say(&found->effect,
           "Layouts and old revisions take up to %llu GiB; without room a comparison "
           "fails.",
           (unsigned long long)(VB_CACHE_BYTES_MAX >> 30));
    vb_say(&found->mend, "Make room, or name another folder with --cache DIR.");
}
