/* What velox prints: a line a second, and the summary. */
#ifndef VELOX_PROGRAM_SHOW_H
#define VELOX_PROGRAM_SHOW_H

#include "velox/pipeline.h"

#include <stdio.h>

/* What the last line showed, so that the next one shows what came since. */
typedef struct {
    velox_pipeline_statistics statistics;
    velox_histogram latency;
} velox_show_state;

/* The settings in a sentence, and the heading of the lines to come. */
void velox_show_begin(FILE *out, const velox_pipeline_options *options, unsigned cpus);

/* A line about what has happened since the last one. Before the first one the state is zeroed and
 * its histogram initialised. */
void velox_show_line(FILE *out, const velox_pipeline *pipeline, velox_show_state *state);

/* Stages, bundles, system calls and latencies, from the start to the end. Returns 0, or -errno if
 * something could not be written. */
int velox_show_summary(FILE *out, const velox_pipeline_options *options,
                       const velox_pipeline *pipeline);

#endif
