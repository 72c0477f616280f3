/* What runs beside us, from two looks at /proc. */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/doctor_checks.h"
#include "runner/shortfall.h"
#include "runner/system_file.h"

enum { STAT_BYTES = 1024 };

/* The first line of /proc/stat (proc(5)): user nice system idle iowait irq softirq steal, in ticks;
 * what follows is in user and nice already. */
void vb_load_totals_take(const char *root, vb_load_sample *sample)
{
    enum { FIELDS = 8, IDLE = 3, IO_WAIT = 4, STEAL = 7 };
    char line[STAT_BYTES];
    uint64_t fields[FIELDS] = {0};
    if (!vb_system_line(root, "/proc/stat", line, sizeof line) || strncmp(line, "cpu ", 4) != 0)
        return;
    const char *c = line + 4;
    int filled = 0;
    for (char *end; filled < FIELDS; c = end, filled++) {
        c += strspn(c, " ");
        if (!isdigit((unsigned char)*c))
            break;
        fields[filled] = strtoull(c, &end, 10);
        sample->ticks += fields[filled];
    }
    sample->idle_ticks = fields[IDLE] + fields[IO_WAIT];
    sample->steal_ticks = fields[STEAL];
    sample->is_known = filled > IDLE;
}

/* /proc/PID/stat: "PID (NAME) STATE ..."; the name may hold anything, a parenthesis too. Fields 14
 * and 15 are user and system time, 22 is when it started. */
static bool parse_process(const char *text, vb_process_ticks *process)
{
    enum { USER = 14, SYSTEM = 15, STARTED = 22 };
    const char *open = strchr(text, '('), *close = strrchr(text, ')');
    if (!open || !close || close < open)
        return false;
    snprintf(process->name, sizeof process->name, "%.*s", (int)(close - open - 1), open + 1);
    process->ticks = 0;
    const char *c = close + 1;
    for (int field = 3; field <= STARTED; field++) {
        c += strspn(c, " ");
        if (*c == '\0')
            return false;
        if (field == USER || field == SYSTEM)
            process->ticks += strtoull(c, NULL, 10);
        else if (field == STARTED)
            process->started = strtoull(c, NULL, 10);
        c += strcspn(c, " ");
    }
    return true;
}

static void add_process(vb_load_sample *sample, const vb_process_ticks *process)
{
    if (sample->process_count == sample->process_capacity) {
        size_t capacity = sample->process_capacity ? 2 * sample->process_capacity : 64;
        vb_process_ticks *grown = realloc(sample->processes, capacity * sizeof *grown);
        if (!grown) {
            vb_shortfall_note(ENOMEM);
            return;
        }
        sample->processes = grown;
        sample->process_capacity = capacity;
    }
    sample->processes[sample->process_count++] = *process;
}

static void take_processes(const char *root, vb_load_sample *sample)
{
    char *folder = NULL;
    if (asprintf(&folder, "%s/proc", root) < 0) {
        vb_shortfall_note(ENOMEM);
        return;
    }
    DIR *opened = opendir(folder);
    free(folder);
    for (struct dirent *entry; opened && (entry = readdir(opened));) {
        char path[32], text[STAT_BYTES];
        vb_process_ticks process = {.pid = atoi(entry->d_name)};
        if (process.pid <= 0)
            continue;
        snprintf(path, sizeof path, "/proc/%d/stat", process.pid);
        if (vb_system_text(root, path, text, sizeof text) && parse_process(text, &process))
            add_process(sample, &process);
    }
    if (opened)
        closedir(opened);
}

void vb_load_sample_take(const char *root, vb_load_sample *sample)
{
    unsigned long long in = 0, out = 0;
    vb_load_totals_take(root, sample);
    take_processes(root, sample);
    if (vb_system_number(root, "/proc/vmstat", "pswpin", &in) &&
        vb_system_number(root, "/proc/vmstat", "pswpout", &out))
        sample->swapped_pages = in + out;
}

void vb_load_sample_free(vb_load_sample *sample)
{
    if (!sample)
        return;
    free(sample->processes);
    *sample = (vb_load_sample){0};
}

static double difference(uint64_t after, uint64_t before)
{
    return after > before ? (double)(after - before) : 0; /* counters of some guests step back */
}

/* Ticks that a process of the second sample has taken since the first. */
static double ticks_since(const vb_load_sample *before, const vb_process_ticks *process)
{
    for (size_t i = 0; i < before->process_count; i++) {
        const vb_process_ticks *earlier = &before->processes[i];
        if (earlier->pid == process->pid && earlier->started == process->started)
            return difference(process->ticks, earlier->ticks);
    }
    return (double)process->ticks; /* it is new */
}

/* Who took most, as the end of a sentence; empty where nobody is to be seen. */
static void name_busiest(const vb_load_sample *before, const vb_load_sample *after,
                         vb_message *text)
{
    const vb_process_ticks *busiest = NULL;
    double most = 0;
    text->text[0] = '\0';
    for (size_t i = 0; i < after->process_count; i++) {
        double ticks =
            after->processes[i].pid == getpid() ? 0 : ticks_since(before, &after->processes[i]);
        if (ticks > most) {
            most = ticks;
            busiest = &after->processes[i];
        }
    }
    if (busiest)
        vb_say(text, "; the busiest is %s (process %d)", busiest->name, busiest->pid);
}

/* The load of the last minute; negative where it is not told. */
static double load_of_a_minute(const char *root, char line[STAT_BYTES])
{
    char *end = line;
    double load = vb_system_line(root, "/proc/loadavg", line, STAT_BYTES) ? strtod(line, &end) : -1;
    return end != line && load >= 0 && load < 1e6 ? load : -1;
}

void vb_doctor_load(const vb_doctor_view *view, const vb_load_sample *before,
                    const vb_load_sample *after, vb_findings *findings)
{
    char line[STAT_BYTES];
    double load = load_of_a_minute(view->root, line);
    double ticks = difference(after->ticks, before->ticks);
    if (!before->is_known || !after->is_known || ticks <= 0) {
        vb_findings_add(findings, "load", VB_FINDING_NOTE, "What else runs here is not told.");
        return;
    }
    double idle = difference(after->idle_ticks, before->idle_ticks) +
                  difference(after->steal_ticks, before->steal_ticks);
    double busy = idle < ticks ? 1 - idle / ticks : 0; /* of all CPUs */
    vb_message busiest;
    name_busiest(before, after, &busiest);
    vb_finding *found;
    if (busy >= VB_LOAD_WARNING) {
        found = vb_findings_add(
            findings, "load", busy < VB_LOAD_PROBLEM ? VB_FINDING_WARNING : VB_FINDING_PROBLEM,
            "Other programs use %.0f %% of the CPUs%s.", 100 * busy, busiest.text);
        vb_say(&found->effect, "They take CPU, caches and memory from what is measured: blocks "
                               "scatter, and intervals grow.");
        vb_say(&found->mend, "End them, or wait for them; `top` shows all of them.");
    } else if (load > 0.5 * view->cpu_count) {
        found =
            vb_findings_add(findings, "load", VB_FINDING_NOTE,
                            "It is quiet now, but the load average is %.2f: it was busy a moment "
                            "ago.",
                            load);
        vb_say(&found->effect, "What runs now and then falls on some blocks only.");
        vb_say(&found->mend, "Look with `top` what comes and goes.");
    } else {
        found = vb_findings_add(findings, "load", VB_FINDING_OK,
                                "Nothing else runs: the CPUs are %.0f %% idle.", 100 * (1 - busy));
    }
    found->is_noise = true;
}

void vb_doctor_steal(const vb_load_sample *before, const vb_load_sample *after,
                     vb_findings *findings)
{
    double ticks = difference(after->ticks, before->ticks);
    double stolen = difference(after->steal_ticks, before->steal_ticks);
    if (!before->is_known || !after->is_known || ticks <= 0)
        return; /* the check of the load has said so */
    double now = stolen / ticks;
    double since_boot = after->ticks > 0 ? (double)after->steal_ticks / (double)after->ticks : 0;
    if (now < VB_STEAL_WARNING && since_boot < 0.01) {
        vb_findings_add(findings, "steal", VB_FINDING_OK,
                        "No steal time: no host takes the CPU away (%.2f %% since boot).",
                        100 * since_boot);
        return;
    }
    vb_finding *found = vb_findings_add(
        findings, "steal",
        now >= VB_STEAL_PROBLEM   ? VB_FINDING_PROBLEM
        : now >= VB_STEAL_WARNING ? VB_FINDING_WARNING
                                  : VB_FINDING_NOTE,
        "Steal time: the host takes %.1f %% of the CPUs away now, %.1f %% since boot.", 100 * now,
        100 * since_boot);
    found->is_noise = true;
    vb_say(&found->effect, "The measured code stands still meanwhile: single blocks and high "
                           "quantiles of latencies become longer.");
    vb_say(&found->mend, "Measure at another hour, or on a machine whose CPUs are its own.");
}

void vb_doctor_swap(const vb_doctor_view *view, const vb_load_sample *before,
                    const vb_load_sample *after, vb_findings *findings)
{
    enum { KIB_PER_MIB = 1024, AVAILABLE_MIB_MIN = 256 };
    unsigned long long available_kib = 0;
    bool is_told = vb_system_number(view->root, "/proc/meminfo", "MemAvailable", &available_kib);
    double pages = difference(after->swapped_pages, before->swapped_pages);
    if (pages <= 0 && (!is_told || available_kib / KIB_PER_MIB >= AVAILABLE_MIB_MIN)) {
        vb_findings_add(findings, "swap", is_told ? VB_FINDING_OK : VB_FINDING_NOTE,
                        is_told ? "Nothing is swapped; %llu MiB of memory are available."
                                : "How much memory is available is not told.",
                        available_kib / KIB_PER_MIB);
        return;
    }
    vb_finding *found =
        pages > 0 ? vb_findings_add(findings, "swap", VB_FINDING_PROBLEM,
                                    "The machine swaps: %.0f pages in the last second.", pages)
                  : vb_findings_add(findings, "swap", VB_FINDING_WARNING,
                                    "Only %llu MiB of memory are available.",
                                    available_kib / KIB_PER_MIB);
    found->is_noise = true;
    vb_say(&found->effect,
           "A page that has to be fetched takes a thousand times as long as one that "
           "is there.");
    vb_say(&found->mend, "End what takes the memory: ps -eo rss,pid,comm --sort=-rss | head");
}
