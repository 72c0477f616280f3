/* The progress line on stderr: how far, how long still. A line that renews itself on a terminal, a
 * plain line every ten seconds elsewhere. */
#ifndef VBENCH_PROGRESS_H
#define VBENCH_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runner/change.h"

typedef struct {
    bool terminal;
    size_t steps;     /* in all */
    const char *unit; /* what a step is, in the plural */
    size_t steps_done;
    double planned_s; /* before there is anything to go by */
    uint64_t begin_ns;
    uint64_t shown_ns; /* when a plain line was last printed */
} vb_progress;

/* `unit` is what a step is, in the plural: "processes". */
void vb_progress_begin(vb_progress *progress, size_t steps, const char *unit, double planned_s);
/* Before a step: what it measures. */
void vb_progress_show(vb_progress *progress, const char *name);
/* The same, with what it has shown so far: "-38.9 % ± 1.2". NULL: nothing yet. */
void vb_progress_show_change(vb_progress *progress, const char *name, const vb_change *so_far);
/* After a step. */
void vb_progress_advance(vb_progress *progress);
/* Clears the line. */
void vb_progress_end(vb_progress *progress);

#endif
