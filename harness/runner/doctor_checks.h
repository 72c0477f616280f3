/*
 * The checks of `vbench doctor`. Each reads what the system says about one thing and adds what it
 * has found; what the system does not say is a finding, too, where it matters. Nothing is changed.
 *
 * doctor_machine.c: how the processor and the kernel are set. doctor_load.c: what runs beside us.
 * doctor_limits.c: what this process may use. doctor_tools.c: the programs that vbench calls.
 * doctor_quick.c: those of them that take no time, for a result to record.
 */
#ifndef VBENCH_DOCTOR_CHECKS_H
#define VBENCH_DOCTOR_CHECKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runner/doctor_findings.h"

/* What the checks look at. Borrows. */
typedef struct {
    const char *root;     /* of the system's files (system_file.h): "" for this machine */
    const int *cpus;      /* that this process may run on, ascending; at least one */
    int cpu_count;        /* of `cpus` */
    bool addresses_fixed; /* this process was started without address space randomisation */
    int counters_error;   /* what opening a hardware counter said: 0, or an errno */
    const char *cache;    /* the folder of the cache; NULL: there is none */
    bool has_apt;         /* Debian's apt-get is here */
} vb_doctor_view;

/* --- doctor_machine.c */
void vb_doctor_virtual(const vb_doctor_view *view, vb_findings *findings);
void vb_doctor_governor(const vb_doctor_view *view, vb_findings *findings);
void vb_doctor_boost(const vb_doctor_view *view, vb_findings *findings);
void vb_doctor_siblings(const vb_doctor_view *view, vb_findings *findings);
void vb_doctor_clock(const vb_doctor_view *view, vb_findings *findings);
void vb_doctor_huge_pages(const vb_doctor_view *view, vb_findings *findings);
void vb_doctor_addresses(const vb_doctor_view *view, vb_findings *findings);

/* --- doctor_load.c */

/* What others take of the CPUs, from which share on it disturbs, and figures are not worth much. */
#define VB_LOAD_WARNING  0.05
#define VB_LOAD_PROBLEM  0.5
#define VB_STEAL_WARNING 0.005
#define VB_STEAL_PROBLEM 0.05

/* What /proc says at one moment. Make it all zeros. */
enum { VB_COMMAND_NAME_MAX = 64 };
typedef struct {
    int pid;
    uint64_t started; /* ticks since boot: with the pid it is one process only */
    uint64_t ticks;   /* of CPU time */
    char name[VB_COMMAND_NAME_MAX];
} vb_process_ticks;
typedef struct {
    bool is_known;                           /* /proc/stat could be read */
    uint64_t ticks, idle_ticks, steal_ticks; /* of all CPUs, since boot */
    uint64_t swapped_pages;                  /* in and out, since boot */
    vb_process_ticks *processes;
    size_t process_count, process_capacity;
} vb_load_sample;

/* Looks once, at the totals alone. */
void vb_load_totals_take(const char *root, vb_load_sample *sample);
/* Looks once. Processes that come, go, or cannot be seen are left out. */
void vb_load_sample_take(const char *root, vb_load_sample *sample);
void vb_load_sample_free(vb_load_sample *sample); /* NULL-safe, may be called twice */

/* Of two samples, a second or so apart, during which this process slept. */
void vb_doctor_load(const vb_doctor_view *view, const vb_load_sample *before,
                    const vb_load_sample *after, vb_findings *findings);
void vb_doctor_steal(const vb_load_sample *before, const vb_load_sample *after,
                     vb_findings *findings);
void vb_doctor_swap(const vb_doctor_view *view, const vb_load_sample *before,
                    const vb_load_sample *after, vb_findings *findings);

/* --- doctor_limits.c */
void vb_doctor_cpus(const vb_doctor_view *view, vb_findings *findings);
void vb_doctor_quota(const vb_doctor_view *view, vb_findings *findings);
void vb_doctor_memory_limit(const vb_doctor_view *view, vb_findings *findings);
void vb_doctor_counters(const vb_doctor_view *view, vb_findings *findings);
void vb_doctor_disk(const vb_doctor_view *view, vb_findings *findings);
/* What opening a counter of CPU cycles says: vb_doctor_view's counters_error. */
int vb_doctor_try_counters(void);

/* --- doctor_tools.c */
void vb_doctor_programs(const vb_doctor_view *view, vb_findings *findings);
/* The interpreter that makes reports; 0, or -EINTR. */
int vb_doctor_python(const vb_doctor_view *view, vb_findings *findings);
/* How Google Benchmark's library was built, asked of a suite; 0, or -EINTR. */
int vb_doctor_benchmark_library(const char *suite, vb_findings *findings);

/* --- doctor_quick.c */

/* All that could disturb a measurement and is only read: a few files, in some milliseconds. */
void vb_doctor_quick(const vb_doctor_view *view, vb_findings *findings);
/* Whether this process was started without address space randomisation. */
bool vb_doctor_addresses_fixed(void);
/* A finding, if a file of the system could not be read: then it is a shortfall no more. */
void vb_doctor_files(vb_findings *findings);
/* The quick checks of this machine, as they go into a result; where there is no memory NULL, which
 * is noted. Asked before the runner keeps to a CPU of its own. */
json_t *vb_doctor_record(void);

#endif
