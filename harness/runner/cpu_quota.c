#include "runner/cpu_quota.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/shortfall.h"

enum { PATH_BYTES_MAX = 4096, LINE_BYTES_MAX = 2 * PATH_BYTES_MAX };

/* What is looked for in the groups. */
typedef struct {
    double cpus; /* INFINITY: no quota so far */
    uint64_t stops;
} found;

static FILE *open_file(const char *path)
{
    FILE *file = fopen(path, "re");
    if (!file && errno != ENOENT && errno != ENOTDIR && errno != EACCES)
        vb_shortfall_note(errno);
    return file;
}

/* The first line of folder/name in which `key` stands first; what is behind the key. False where
 * there is none. */
static bool read_value(const char *folder, const char *name, const char *key, char *value,
                       size_t value_bytes)
{
    char path[PATH_BYTES_MAX + 64];
    bool is_found = false;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = open_file(path);
    while (file && !is_found && fgets(value, (int)value_bytes, file)) {
        if (strncmp(value, key, strlen(key)) == 0) {
            memmove(value, value + strlen(key), strlen(value + strlen(key)) + 1);
            is_found = true;
        }
    }
    if (file)
        fclose(file);
    return is_found;
}

/* `of` parts of time in each period; what is no positive number, as "max" and -1, is no quota. */
static void take_quota(found *all, double of, double period)
{
    if (of > 0 && period > 0 && of / period < all->cpus)
        all->cpus = of / period;
}

static void ask_group(const char *folder, found *all)
{
    char text[64], period[64];
    char *rest;
    if (read_value(folder, "cpu.max", "", text, sizeof text)) {
        double of = strtod(text, &rest);
        take_quota(all, of, strtod(rest, NULL));
    } else if (read_value(folder, "cpu.cfs_quota_us", "", text, sizeof text) &&
               read_value(folder, "cpu.cfs_period_us", "", period, sizeof period)) {
        take_quota(all, strtod(text, NULL), strtod(period, NULL));
    }
    if (read_value(folder, "cpu.stat", "nr_throttled ", text, sizeof text))
        all->stops += strtoull(text, NULL, 10);
}

/* The group and those above it, up to the folder where its kind is mounted. A group that cannot be
 * seen from here, as from within a container, has no folder: the mounted one is the nearest. */
static void ask_groups(const char *mounted, const char *group, found *all)
{
    char folder[PATH_BYTES_MAX];
    size_t least = strlen(mounted);
    if (snprintf(folder, sizeof folder, "%s%s", mounted, group) >= (int)sizeof folder)
        return;
    for (;;) {
        ask_group(folder, all);
        char *slash = strrchr(folder, '/');
        if (!slash || (size_t)(slash - folder) < least)
            return;
        *slash = '\0';
    }
}

static bool has_word(const char *list, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = list; (at = strstr(at, word)); at += length) {
        if ((at == list || at[-1] == ',') && (at[length] == ',' || at[length] == '\0'))
            return true;
    }
    return false;
}

/* A line of /proc/self/cgroup: hierarchy:controllers:group, without controllers version 2. */
static void ask_line(const char *root, char *line, found *all)
{
    char mounted[PATH_BYTES_MAX];
    char *controllers = strchr(line, ':');
    char *group = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!group)
        return;
    *controllers++ = '\0';
    *group++ = '\0';
    group[strcspn(group, "\n")] = '\0';
    if (strcmp(group, "/") == 0)
        group[0] = '\0';
    if (controllers[0] == '\0') {
        snprintf(mounted, sizeof mounted, "%s/sys/fs/cgroup/unified", root);
        ask_groups(mounted, group, all);
        snprintf(mounted, sizeof mounted, "%s/sys/fs/cgroup", root);
        ask_groups(mounted, group, all);
    } else if (has_word(controllers, "cpu")) {
        /* Of "cpu,cpuacct" one folder often is a link to the other. */
        snprintf(mounted, sizeof mounted, "%s/sys/fs/cgroup/cpu", root);
        ask_groups(mounted, group, all);
    }
}

static found ask(const char *root)
{
    char line[LINE_BYTES_MAX], path[PATH_BYTES_MAX];
    found all = {.cpus = INFINITY};
    snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    FILE *file = open_file(path);
    while (file && fgets(line, sizeof line, file))
        ask_line(root, line, &all);
    if (file && ferror(file))
        vb_shortfall_note(EIO);
    if (file)
        fclose(file);
    return all;
}

double vb_cpu_quota(const char *root)
{
    double cpus = ask(root).cpus;
    return isinf(cpus) ? NAN : cpus;
}

uint64_t vb_cpu_quota_stops(const char *root)
{
    return ask(root).stops;
}

int vb_cpu_quota_tell(const char *root, uint64_t stops_before, vb_texts *notes)
{
    const found now = ask(root);
    const uint64_t stops = now.stops - stops_before;
    if (isinf(now.cpus))
        return 0;
    if (stops == 0)
        return vb_texts_add(notes, "There is a CPU quota of %.3g CPUs: it never struck.", now.cpus);
    return vb_texts_add(notes,
                        "There is a CPU quota of %.3g CPUs: it struck %llu time%s, on old and new "
                        "alike, so that intervals may be wider than on a machine of its own.",
                        now.cpus, (unsigned long long)stops, stops == 1 ? "" : "s");
}
