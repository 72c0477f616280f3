/*
 * What a run says of a CPU quota (control_group.h): that there is one, and how often it struck
 * meanwhile. `root` is as there.
 */
#ifndef VBENCH_CPU_QUOTA_H
#define VBENCH_CPU_QUOTA_H

#include <stdint.h>

#include "runner/texts.h"

/* CPUs, as 0.5 for half of one; NAN where there is no quota. */
double vb_cpu_quota(const char *root);

/* How often a quota has stopped the group or one above it so far; 0 where nothing counts it. */
uint64_t vb_cpu_quota_stops(const char *root);
/* How often since that was `before`. */
uint64_t vb_cpu_quota_stops_since(const char *root, uint64_t before);

/* After measuring: adds a sentence where there is a quota, with how often it struck since
 * vb_cpu_quota_stops gave `stops_before`. 0 or -ENOMEM, which is noted. */
int vb_cpu_quota_tell(const char *root, uint64_t stops_before, vb_texts *notes);

#endif
