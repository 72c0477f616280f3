#include "runner/control_group.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "runner/system_file.h"

enum {
    PATH_BYTES = 4096,
    LINE_BYTES = 256,
    LIST_BYTES = 64 << 10, /* a line for each of a dozen hierarchies, paths of PATH_BYTES at most */
};

/* What to ask a group for: a controller has a folder of its own in version 1. */
typedef void ask_group(const char *root, const char *folder, vb_group_limits *limits);

/* The numbers at the beginning of folder/name, which has to have them all. */
static bool read_numbers(const char *root, const char *folder, const char *name, int count,
                         double numbers[2])
{
    char path[PATH_BYTES + 64], line[LINE_BYTES];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return vb_system_line(root, path, line, sizeof line) &&
           sscanf(line, "%lf %lf", &numbers[0], &numbers[1]) >= count;
}

static void ask_cpu(const char *root, const char *folder, vb_group_limits *limits)
{
    double time[2], period[2]; /* so much of each period */
    char path[PATH_BYTES + 64];
    bool has_quota = read_numbers(root, folder, "cpu.max", 2, time);
    if (has_quota)
        period[0] = time[1];
    else
        has_quota = read_numbers(root, folder, "cpu.cfs_quota_us", 1, time) &&
                    read_numbers(root, folder, "cpu.cfs_period_us", 1, period);
    if (has_quota && time[0] > 0 && period[0] > 0) /* "max" is no number, -1 not above 0 */
        limits->cpus = fmin(limits->cpus, time[0] / period[0]);

    unsigned long long stops = 0;
    snprintf(path, sizeof path, "%s/cpu.stat", folder);
    if (vb_system_number(root, path, "nr_throttled", &stops))
        limits->stops += stops;
}

static void ask_memory(const char *root, const char *folder, vb_group_limits *limits)
{
    const double none = 1e18; /* version 1 says a number near 2^63 */
    double bytes[2];
    if ((read_numbers(root, folder, "memory.max", 1, bytes) ||
         read_numbers(root, folder, "memory.limit_in_bytes", 1, bytes)) &&
        bytes[0] >= 1 && bytes[0] < none &&
        (limits->memory_bytes == 0 || bytes[0] < (double)limits->memory_bytes))
        limits->memory_bytes = (uint64_t)bytes[0];
}

/* A container may be told its group's path as it is outside: then the mounted one is the nearest
 * that can be seen. One above the mounted one begins with "/..". */
static bool is_below_mounted(const char *group)
{
    return strcmp(group, "/") != 0 && strcmp(group, "/..") != 0 && strncmp(group, "/../", 4) != 0;
}

/* Asks the group and those above it, up to the folder where its kind is mounted. */
static void ask_groups(const char *root, const char *mounted, const char *group, ask_group *ask,
                       vb_group_limits *limits)
{
    char folder[PATH_BYTES];
    const size_t least = strlen(mounted);
    const int length =
        snprintf(folder, sizeof folder, "%s%s", mounted, is_below_mounted(group) ? group : "");
    if (length >= (int)sizeof folder)
        folder[least] = '\0';
    for (;;) {
        ask(root, folder, limits);
        char *slash = strrchr(folder, '/');
        if (!slash || (size_t)(slash - folder) < least)
            return;
        *slash = '\0';
    }
}

/* A line of /proc/self/cgroup (cgroups(7)), hierarchy:controllers:group: "3:cpu,cpuacct:/a" is of
 * version 1, "0::/a" of version 2. Of "cpu,cpuacct" one folder often is a link to the other. */
static void ask_line(const char *root, char *line, vb_group_limits *limits)
{
    char *controllers = strchr(line, ':');
    char *group = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!group)
        return;
    *controllers++ = '\0';
    *group++ = '\0';
    if (controllers[0] == '\0') {
        static const char *const places[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"};
        for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
            ask_groups(root, places[i], group, ask_cpu, limits);
            ask_groups(root, places[i], group, ask_memory, limits);
        }
    }
    char *rest = NULL;
    for (char *name = strtok_r(controllers, ",", &rest); name; name = strtok_r(NULL, ",", &rest)) {
        if (strcmp(name, "cpu") == 0)
            ask_groups(root, "/sys/fs/cgroup/cpu", group, ask_cpu, limits);
        else if (strcmp(name, "memory") == 0)
            ask_groups(root, "/sys/fs/cgroup/memory", group, ask_memory, limits);
    }
}

vb_group_limits vb_control_group_limits(const char *root)
{
    vb_group_limits limits = {.cpus = INFINITY};
    char list[LIST_BYTES];
    if (!vb_system_text(root, "/proc/self/cgroup", list, sizeof list))
        strcpy(list, "0::/"); /* whose groups are not told still is in the mounted one */
    char *rest = NULL;
    for (char *line = strtok_r(list, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        ask_line(root, line, &limits);
    if (isinf(limits.cpus))
        limits.cpus = NAN;
    return limits;
}
