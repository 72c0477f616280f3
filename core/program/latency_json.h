/* Numbers and the figures of histograms as JSON. */
#ifndef VELOX_PROGRAM_LATENCY_JSON_H
#define VELOX_PROGRAM_LATENCY_JSON_H

#include "velox/pipeline.h"

#include <jansson.h>

/* A count or a time: JSON has no unsigned numbers, and none of ours needs the highest bit. */
json_t *velox_integer_json(uint64_t value);

/* Of one moment, although somebody may be recording: {"count", "mean_ns", "min_ns", "max_ns",
 * "p50_ns" to "p99_99_ns"}. NULL without memory. Uses 37 KiB of stack. */
json_t *velox_latency_json(const velox_histogram *histogram);

/* Of each part of the engine, [{"part", "latency"}]; null without spans. NULL without memory. */
json_t *velox_parts_json(const velox_pipeline *pipeline);

#endif
