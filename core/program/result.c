#define _GNU_SOURCE
#include "result.h"

#include "files.h"
#include "latency_json.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>

static json_t *integer(uint64_t value)
{
    return json_integer((json_int_t)value);
}

static json_t *stages_json(const velox_pipeline_statistics *statistics)
{
    static const char *const names[VELOX_STAGES] = {"ingress", "book", "bundle", "output"};
    json_t *stages = json_array();
    for (size_t i = 0; i < VELOX_STAGES; i++) {
        const velox_stage_statistics *of = &statistics->stages[i];
        int status = json_array_append_new(
            stages, json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
                              "stage", names[i], "in", integer(of->in), "out", integer(of->out),
                              "dropped", integer(of->dropped), "refused", integer(of->refused),
                              "retries", integer(of->retries), "timeouts", integer(of->timeouts),
                              "wrong", integer(of->wrong), "blocked", integer(of->blocked),
                              "busy_ns", integer(of->busy_ns), "ring_depth", integer(of->depth),
                              "ring_capacity", integer(of->capacity)));
        if (status != 0) { /* a NULL makes the whole NULL */
            json_decref(stages);
            return NULL;
        }
    }
    return stages;
}

static json_t *result_json(const velox_program_options *options, const velox_pipeline *pipeline)
{
    velox_pipeline_statistics statistics;
    velox_pipeline_read(pipeline, &statistics);
    const char *fault = velox_pipeline_fault(pipeline);
    json_t *rate =
        options->pipeline.source_times ? json_null() : json_real(options->pipeline.rate_per_sec);
    return json_pack(
        "{s:i, s:o, s:i, s:o, s:o, s:o, s:o, s:{s:o, s:o, s:o, s:o}, s:{s:o, s:o, s:o}, s:o, s:o, "
        "s:o, s:s?}",
        "schema_version", 1, "rate_per_sec", rate, "threads", (int)options->pipeline.threads,
        "seed", integer(options->seed), "elapsed_ns", integer(statistics.elapsed_ns),
        "transactions", integer(statistics.stages[VELOX_STAGE_OUTPUT].out), "stages",
        stages_json(&statistics), "bundles", "full", integer(statistics.bundles[VELOX_BUNDLE_FULL]),
        "time", integer(statistics.bundles[VELOX_BUNDLE_TIME]), "idle",
        integer(statistics.bundles[VELOX_BUNDLE_IDLE]), "drain",
        integer(statistics.bundles[VELOX_BUNDLE_DRAIN]), "system_calls", "yields",
        integer(statistics.yields), "parks", integer(statistics.parks), "wakes",
        integer(statistics.wakes), "clock_clamped", integer(statistics.clamped), "latency",
        velox_latency_json(velox_pipeline_latency(pipeline)), "uncorrected_latency",
        velox_latency_json(velox_pipeline_uncorrected_latency(pipeline)), "fault", fault);
}

static int write_json(FILE *out, const void *result)
{
    errno = 0;
    if (json_dumpf(result, out, JSON_INDENT(1)) == 0 && fputc('\n', out) != EOF)
        return 0;
    return errno != 0 ? -errno : -EIO;
}

int velox_result_write(const velox_program_options *options, const velox_pipeline *pipeline)
{
    json_t *result = result_json(options, pipeline);
    if (result == NULL)
        return -ENOMEM;
    int status = velox_file_write(options->json, write_json, result);
    json_decref(result);
    return status;
}
