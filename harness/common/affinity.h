/* Which CPUs this process may use, and keeping a thread to some of them. The OS part. */
#ifndef VBENCH_AFFINITY_H
#define VBENCH_AFFINITY_H

enum { VB_CPUS_MAX = 1024 };

/* Fills cpus[0..*count) with the CPUs the caller may run on, ascending. 0 or -errno. */
int vb_affinity_get(int cpus[VB_CPUS_MAX], int *count);

/* Lets the calling thread, and what it starts from now on, run on these CPUs only (one: it is
 * pinned). 0 or -errno; -ENOSYS where the system cannot do that. */
int vb_affinity_set(const int *cpus, int count);

#endif
