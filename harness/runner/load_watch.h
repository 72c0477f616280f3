/* What other programs and the host took of the CPUs while something was measured. */
#ifndef VBENCH_LOAD_WATCH_H
#define VBENCH_LOAD_WATCH_H

#include <jansson.h>

#include "runner/doctor_checks.h"

typedef struct {
    vb_load_sample totals; /* without processes */
    double own_s;          /* CPU time of this process and of those that it has waited for */
} vb_load_watch;

/* Looks once. `root` as in system_file.h. Nothing is to be freed. */
void vb_load_watch_take(const char *root, vb_load_watch *watch);
/* Adds the checks "load" and "steal"; nothing where the system does not tell. Shares are of the
 * time of all CPUs; a tick is the unit of /proc/stat. */
void vb_load_watch_judge(const vb_load_watch *before, const vb_load_watch *after,
                         double ticks_per_s, vb_findings *findings);
/* Puts them at the head of `findings`, an array. A lack of memory is noted (shortfall.h). */
void vb_load_watch_record(const vb_load_watch *before, json_t *findings);

#endif
