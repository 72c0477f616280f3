#define _GNU_SOURCE
#include "runner/machine.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "runner/cpu_quota.h"
#include "runner/json.h"
#include "runner/process.h"
#include "runner/shortfall.h"
#include "runner/system_file.h"

static int set_string(json_t *object, const char *key, const char *text)
{
    /* What the system says is not always UTF-8. */
    json_t *string = json_string(text ? text : "unknown");
    return json_object_set_new(object, key, string ? string : json_string("unknown"));
}

static json_t *cpu_features(void)
{
    json_t *features = json_array();
    char *flags = vb_system_value("", "/proc/cpuinfo", "flags"); /* x86 */
    if (!flags)
        flags = vb_system_value("", "/proc/cpuinfo", "Features"); /* ARM */
    char *rest = NULL;
    for (char *word = flags ? strtok_r(flags, " ", &rest) : NULL; word;
         word = strtok_r(NULL, " ", &rest))
        json_array_append_new(features, json_string(word));
    free(flags);
    return features;
}

static long cpu_mhz(void)
{
    char line[64];
    if (vb_system_line("", "/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq", line,
                       sizeof line))
        return atol(line) / 1000;
    char *text = vb_system_value("", "/proc/cpuinfo", "cpu MHz");
    long mhz = text ? (long)(atof(text) + 0.5) : 0;
    free(text);
    return mhz;
}

json_t *vb_machine_describe(bool with_host_name)
{
    json_t *machine = json_object();
    struct utsname name;
    char kernel[sizeof name.sysname + sizeof name.release + 2] = "unknown";
    bool named = uname(&name) == 0;
    if (named)
        snprintf(kernel, sizeof kernel, "%s %s", name.sysname, name.release);

    char *model = vb_system_value("", "/proc/cpuinfo", "model name");
    if (!model)
        model = vb_system_value("", "/proc/cpuinfo", "CPU part");
    char *system = vb_system_value("", "/etc/os-release", "PRETTY_NAME");
    long pages = sysconf(_SC_PHYS_PAGES);
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);

    set_string(machine, "architecture", named ? name.machine : NULL);
    set_string(machine, "cpu_model", model);
    json_object_set_new(machine, "cpu_count", json_integer(cpus > 0 ? cpus : 1));
    json_object_set_new(machine, "cpu_features", cpu_features());
    json_object_set_new(machine, "cpu_mhz", json_integer(cpu_mhz()));
    json_object_set_new(machine, "memory_bytes",
                        json_integer(pages > 0 ? (json_int_t)pages * sysconf(_SC_PAGESIZE) : 0));
    json_object_set_new(machine, "cpu_quota", vb_json_number(vb_cpu_quota("")));
    set_string(machine, "kernel", kernel);
    set_string(machine, "operating_system", system);
    if (with_host_name && named)
        set_string(machine, "host_name", name.nodename);
    free(model);
    free(system);
    return machine;
}

json_t *vb_machine_load(void)
{
    double averages[3];
    json_t *load = json_array();
    errno = 0;
    int count = getloadavg(averages, 3);
    if (count < 0 && errno != 0 && errno != ENOENT && errno != ENOTDIR && errno != EACCES)
        vb_shortfall_note(errno);
    for (int i = 0; i < count; i++)
        json_array_append_new(load, json_real(averages[i]));
    return load;
}

/* "32K" or "8M" in bytes. */
static long cache_bytes(const char *text)
{
    char *unit;
    long size = strtol(text, &unit, 10);
    return *unit == 'K' ? size * 1024 : *unit == 'M' ? size * 1024 * 1024 : size;
}

json_t *vb_machine_caches(void)
{
    json_t *caches = json_array();
    for (int index = 0;; index++) {
        char path[128], type[64], level[16], size[32], sharing[256];
        const char *const keys[] = {"type", "level", "size", "shared_cpu_list"};
        char *const texts[] = {type, level, size, sharing};
        const size_t bytes[] = {sizeof type, sizeof level, sizeof size, sizeof sharing};
        for (int i = 0; i < 4; i++) {
            snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/%s", index,
                     keys[i]);
            if (!vb_system_line("", path, texts[i], bytes[i]))
                return caches;
        }
        json_t *cache = json_object();
        set_string(cache, "type", type);
        json_object_set_new(cache, "level", json_integer(atoi(level)));
        json_object_set_new(cache, "size", json_integer(cache_bytes(size)));
        json_object_set_new(cache, "num_sharing", json_integer(vb_system_count_cpus(sharing)));
        json_array_append_new(caches, cache);
    }
}

bool vb_machine_scales_frequency(void)
{
    char governor[64];
    return vb_system_line("", "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", governor,
                          sizeof governor) &&
           strcmp(governor, "performance") != 0;
}

static void *do_nothing(void *argument)
{
    return argument;
}

double vb_machine_thread_start_ns(int threads)
{
    enum { TRIES = 5 };
    uint64_t least = UINT64_MAX;
    pthread_t *started = calloc((size_t)threads, sizeof *started);
    for (int try = 0; started && try < TRIES; try++) {
        uint64_t begin = vb_process_now_ns();
        int count = 0;
        while (count < threads && pthread_create(&started[count], NULL, do_nothing, NULL) == 0)
            count++;
        for (int i = 0; i < count; i++)
            pthread_join(started[i], NULL);
        uint64_t took = vb_process_now_ns() - begin;
        least = took < least ? took : least;
    }
    free(started);
    return least == UINT64_MAX ? 0 : (double)least;
}
