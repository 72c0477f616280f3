/* Building it with jansson. */
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

/* UINT64_MAX, which stands for never, becomes null. */
static json_t *time_or_never(uint64_t ns)
{
    return ns == UINT64_MAX ? json_null() : integer(ns);
}

static json_t *settings_json(const velox_program_options *options)
{
    static const char *const waits[] = {
        [VELOX_WAIT_PARK] = "park",
        [VELOX_WAIT_SLEEP] = "sleep",
        [VELOX_WAIT_YIELD] = "yield",
        [VELOX_WAIT_SPIN] = "spin",
    };
    const velox_pipeline_options *of = &options->pipeline;
    bool replays = options->replay != NULL;
    return json_pack(
        "{s:o, s:o, s:s?, s:o, s:o, s:i, s:s, s:b, s:o, s:o, s:o, s:b, s:b, s:o, s:b}",
        "rate_per_sec", of->source_times ? json_null() : json_real(of->rate_per_sec), "seed",
        replays ? json_null() : integer(options->seed), "replay", options->replay, "duration_ns",
        integer(of->duration_ns), "transactions", integer(of->transactions), "threads",
        (int)of->threads, "wait", waits[of->wait], "pin", of->pin, "ring_capacity",
        integer(of->ring_capacity), "levels", integer(of->levels), "flush_after_ns",
        time_or_never(of->flush_after_ns), "flush_when_idle", of->flush_when_idle, "drop_when_full",
        of->drop_when_full, "sample_every", integer(of->sample_every), "verify", of->verify);
}

static json_t *stages_json(const velox_pipeline_statistics *statistics)
{
    json_t *stages = json_array();
    for (size_t i = 0; i < VELOX_STAGES; i++) {
        const velox_stage_statistics *of = &statistics->stages[i];
        json_t *stage = json_pack(
            "{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "stage",
            velox_pipeline_stage_name((velox_stage)i), "in", integer(of->in), "out",
            integer(of->out), "dropped", integer(of->dropped), "refused", integer(of->refused),
            "retries", integer(of->retries), "timeouts", integer(of->timeouts), "wrong",
            integer(of->wrong), "blocked", integer(of->blocked), "busy_ns", integer(of->busy_ns),
            "ring_depth", integer(of->depth), "ring_capacity", integer(of->capacity));
        if (json_array_append_new(stages, stage) != 0) { /* a NULL makes the whole NULL */
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
    return json_pack(
        "{s:i, s:s, s:o, s:o, s:o, s:o, s:{s:o, s:o, s:o, s:o}, s:{s:o, s:o, s:o}, s:o, s:o, s:o, "
        "s:o, s:o, s:s?}",
        "schema_version", 1, "velox", VELOX_VERSION, "settings", settings_json(options),
        "elapsed_ns", integer(statistics.elapsed_ns), "transactions",
        integer(statistics.stages[VELOX_STAGE_OUTPUT].out), "stages", stages_json(&statistics),
        "bundles", "full", integer(statistics.bundles[VELOX_BUNDLE_FULL]), "time",
        integer(statistics.bundles[VELOX_BUNDLE_TIME]), "idle",
        integer(statistics.bundles[VELOX_BUNDLE_IDLE]), "drain",
        integer(statistics.bundles[VELOX_BUNDLE_DRAIN]), "system_calls", "yields",
        integer(statistics.yields), "parks", integer(statistics.parks), "wakes",
        integer(statistics.wakes), "clock_clamped", integer(statistics.clamped), "unpinned_threads",
        integer(statistics.unpinned), "latency",
        velox_latency_json(velox_pipeline_latency(pipeline)), "uncorrected_latency",
        velox_latency_json(velox_pipeline_uncorrected_latency(pipeline)), "parts",
        velox_parts_json(pipeline), "fault", velox_pipeline_fault(pipeline));
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
