/*
 * The ways of transactions through the engine, for tools that draw them: Chrome's trace format,
 * which Perfetto (ui.perfetto.dev) and chrome://tracing open, and OTLP/JSON, which OpenTelemetry's
 * collector takes.
 *
 * Sources: "Trace Event Format" (Google), asynchronous events; opentelemetry-proto 1.x, trace.proto
 * in its JSON mapping.
 */
#ifndef VELOX_PROGRAM_TRACE_H
#define VELOX_PROGRAM_TRACE_H

#include "velox/pipeline.h"

#include <stdio.h>

/* Each writes `count` spans and flushes. 0, or -errno of the failed write. */
int velox_trace_write_chrome(FILE *out, const velox_span *spans, size_t count);
/* unix_ns is what the pipeline's clock must be advanced by to be the time of day. */
int velox_trace_write_otlp(FILE *out, const velox_span *spans, size_t count, uint64_t unix_ns);

#endif
