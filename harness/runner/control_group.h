/*
 * What the control groups of this process allow it: containers and CI runners are often given a
 * part of a machine, whose kernel stops whatever runs in them for the rest of each period, and
 * kills what takes too much memory.
 *
 * Version 2 has cpu.max and memory.max, version 1 cpu.cfs_quota_us, cpu.cfs_period_us and
 * memory.limit_in_bytes, in a folder for each group (the kernel's admin-guide/cgroup-v2.rst,
 * scheduler/sched-bwc.rst and cgroup-v1/memory.rst). The group itself and every one above it are
 * asked, as far as they can be seen from here: the narrowest counts. They are looked for where
 * systems mount them: /sys/fs/cgroup, and in it unified and the controllers.
 *
 * `root` is where the system's files are, and what cannot be read is noted, as system_file.h says.
 * One thread only, as there.
 */
#ifndef VBENCH_CONTROL_GROUP_H
#define VBENCH_CONTROL_GROUP_H

#include <stdint.h>

typedef struct {
    double cpus;           /* as 0.5 for half of one; NAN: as many as there are */
    uint64_t stops;        /* how often quotas have stopped the group or one above it so far */
    uint64_t memory_bytes; /* 0: all that there is */
} vb_group_limits;

/* What is not there, or is no positive number, is no limit. */
vb_group_limits vb_control_group_limits(const char *root);

#endif
