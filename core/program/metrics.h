/*
 * The engine's figures over HTTP while it runs:
 *
 *     /metrics         for Prometheus, in its text format 0.0.4
 *     /debug/latency   percentiles as JSON: of all, of each part with spans, and of each block of
 * code that is measured (instruments/measure.h)
 *
 * A thread of its own answers, and only reads what the engine's threads write: a client, however
 * slow, large or wrong, costs them the cache lines that are read and, where CPUs are shared, a
 * hundredth of one, since the thread has the lowest priority. 64 connections are served at once,
 * and one that says nothing for 5 s is closed: clients that do keep saying a little, 64 of them,
 * keep others out, though nothing from the engine.
 */
#ifndef VELOX_PROGRAM_METRICS_H
#define VELOX_PROGRAM_METRICS_H

#include "message.h"
#include "velox/pipeline.h"

typedef struct velox_metrics velox_metrics;

/*
 * Listens at "HOST:PORT", "[HOST]:PORT", ":PORT" or "PORT", without a host on loopback; port 0
 * takes a free one. HOST is a numeric address, or localhost. Ends with velox_metrics_stop(), before
 * the pipeline. 0, or -1 with a sentence; *metrics is then NULL.
 */
int velox_metrics_start(const char *address, const velox_pipeline *pipeline,
                        velox_metrics **metrics, char message[VELOX_MESSAGE_BYTES]);

/* Where it listens, as in a URL: "127.0.0.1:9090". */
const char *velox_metrics_address(const velox_metrics *metrics);

/* NULL is allowed. */
void velox_metrics_stop(velox_metrics *metrics);

#endif
