/* The progress line on stderr: how far, how long still. A line that renews itself on a terminal, a
 * plain line every ten seconds elsewhere. */
#ifndef VBENCH_PROGRESS_H
#define VBENCH_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    bool terminal;
    size_t steps; /* processes to run in all */
    size_t steps_done;
    double planned_s; /* before there is anything to go by */
    uint64_t begin_ns;
    uint64_t shown_ns; /* when a plain line was last printed */
} vb_progress;

void vb_progress_begin(vb_progress *progress, size_t steps, double planned_s);
/* Before a step: what it measures. */
void vb_progress_show(vb_progress *progress, const char *name);
/* After a step. */
void vb_progress_advance(vb_progress *progress);
/* Clears the line. */
void vb_progress_end(vb_progress *progress);

#endif
