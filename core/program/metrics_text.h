/* The texts of /metrics and /debug/latency. */
#ifndef VELOX_PROGRAM_METRICS_TEXT_H
#define VELOX_PROGRAM_METRICS_TEXT_H

#include "velox/pipeline.h"

#include <stdbool.h>
#include <stdio.h>

/* For Prometheus, in its text format 0.0.4; ferror() tells whether it was written. */
void velox_metrics_print(FILE *out, const velox_pipeline *pipeline);

/* JSON; false without memory, or if it could not be written. */
bool velox_metrics_print_latency(FILE *out, const velox_pipeline *pipeline);

#endif
