/*
 * How many CPUs the control group of this process may use: containers and CI runners are often
 * given a part of a machine, whose kernel stops whatever runs in them for the rest of each period.
 *
 * Version 2 has cpu.max, version 1 cpu.cfs_quota_us and cpu.cfs_period_us, in a folder for each
 * group (the kernel's admin-guide/cgroup-v2.rst and scheduler/sched-bwc.rst). The group itself and
 * every one above it are asked, as far as they can be seen from here: the narrowest counts. They
 * are looked for where systems mount them: /sys/fs/cgroup, and in it unified and the controllers.
 *
 * `root` stands before every path: "", or a test's folder. What is not there is no quota; what
 * cannot be read for another reason is noted (shortfall.h). One thread only, as there.
 */
#ifndef VBENCH_CPU_QUOTA_H
#define VBENCH_CPU_QUOTA_H

#include <stdint.h>

#include "runner/texts.h"

/* CPUs, as 0.5 for half of one; NAN where there is no quota. */
double vb_cpu_quota(const char *root);

/* How often a quota has stopped the group or one above it so far; 0 where nothing counts it. */
uint64_t vb_cpu_quota_stops(const char *root);

/* After measuring: adds a sentence where there is a quota, with how often it struck since
 * vb_cpu_quota_stops gave `stops_before`. 0 or -ENOMEM, which is noted. */
int vb_cpu_quota_tell(const char *root, uint64_t stops_before, vb_texts *notes);

#endif
