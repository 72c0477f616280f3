/* Building it with jansson. */
#define _GNU_SOURCE
#include "result.h"

#include "latency_json.h"

#include "thread_control.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

/* UINT64_MAX, which stands for never, becomes null. */
static json_t *time_or_never(uint64_t ns)
{
    return ns == UINT64_MAX ? json_null() : velox_integer_json(ns);
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
        replays ? json_null() : velox_integer_json(options->seed), "replay", options->replay,
        "duration_ns", velox_integer_json(of->duration_ns), "transactions",
        velox_integer_json(of->transactions), "threads", (int)of->threads, "wait", waits[of->wait],
        "pin", of->pin, "ring_capacity", velox_integer_json(of->ring_capacity), "levels",
        velox_integer_json(of->levels), "flush_after_ns", time_or_never(of->flush_after_ns),
        "flush_when_idle", of->flush_when_idle, "drop_when_full", of->drop_when_full,
        "sample_every", velox_integer_json(of->sample_every), "verify", of->verify);
}

static json_t *stages_json(const velox_pipeline_statistics *statistics)
{
    json_t *stages = json_array();
    for (size_t i = 0; i < VELOX_STAGES; i++) {
        const velox_stage_statistics *of = &statistics->stages[i];
        json_t *stage = json_pack(
            "{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "stage",
            velox_pipeline_stage_name((velox_stage)i), "in", velox_integer_json(of->in), "out",
            velox_integer_json(of->out), "dropped", velox_integer_json(of->dropped), "refused",
            velox_integer_json(of->refused), "retries", velox_integer_json(of->retries), "timeouts",
            velox_integer_json(of->timeouts), "wrong", velox_integer_json(of->wrong), "blocked",
            velox_integer_json(of->blocked), "busy_ns", velox_integer_json(of->busy_ns),
            "ring_depth", velox_integer_json(of->depth), "ring_capacity",
            velox_integer_json(of->capacity));
        if (json_array_append_new(stages, stage) != 0) { /* a NULL makes the whole NULL */
            json_decref(stages);
            return NULL;
        }
    }
    return stages;
}

/* What the system calls the first CPU; null where it does not say. */
static json_t *cpu_model_json(void)
{
    char line[256];
    json_t *model = json_null();
    FILE *file = fopen("/proc/cpuinfo", "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        const char *colon = strstr(line, ": ");
        if (strncmp(line, "model name", 10) == 0 && colon != NULL) {
            line[strcspn(line, "\n")] = '\0';
            model = json_string(colon + 2);
            break;
        }
    }
    if (file != NULL)
        fclose(file);
    return model;
}

static json_t *machine_json(void)
{
    struct utsname system;
    if (uname(&system) != 0)
        return json_null();
    return json_pack("{s:o, s:i, s:s, s:s}", "cpu_model", cpu_model_json(), "cpu_count",
                     (int)velox_thread_cpus(), "architecture", system.machine, "kernel",
                     system.release);
}

static json_t *result_json(const velox_program_options *options, const velox_pipeline *pipeline)
{
    velox_pipeline_statistics statistics;
    velox_pipeline_read(pipeline, &statistics);
    return json_pack(
        "{s:i, s:s, s:{s:s, s:s}, s:o, s:o, s:o, s:o, s:o, s:{s:o, s:o, s:o, s:o}, s:{s:o, s:o, "
        "s:o}, s:o, s:o, s:o, "
        "s:o, s:o, s:s?}",
        "schema_version", 1, "velox", VELOX_VERSION, "build", "compiler", VELOX_COMPILER, "flags",
        VELOX_COMPILER_FLAGS, "machine", machine_json(), "settings", settings_json(options),
        "elapsed_ns", velox_integer_json(statistics.elapsed_ns), "transactions",
        velox_integer_json(statistics.stages[VELOX_STAGE_OUTPUT].out), "stages",
        stages_json(&statistics), "bundles", "full",
        velox_integer_json(statistics.bundles[VELOX_BUNDLE_FULL]), "time",
        velox_integer_json(statistics.bundles[VELOX_BUNDLE_TIME]), "idle",
        velox_integer_json(statistics.bundles[VELOX_BUNDLE_IDLE]), "drain",
        velox_integer_json(statistics.bundles[VELOX_BUNDLE_DRAIN]), "system_calls", "yields",
        velox_integer_json(statistics.yields), "parks", velox_integer_json(statistics.parks),
        "wakes", velox_integer_json(statistics.wakes), "clock_clamped",
        velox_integer_json(statistics.clamped), "unpinned_threads",
        velox_integer_json(statistics.unpinned), "latency",
        velox_latency_json(velox_pipeline_latency(pipeline)), "uncorrected_latency",
        velox_latency_json(velox_pipeline_uncorrected_latency(pipeline)), "parts",
        velox_parts_json(pipeline), "fault", velox_pipeline_fault(pipeline));
}

int velox_result_write(FILE *out, const velox_program_options *options,
                       const velox_pipeline *pipeline)
{
    json_t *result = result_json(options, pipeline);
    if (result == NULL)
        return -ENOMEM;
    errno = 0;
    int status = 0;
    if (json_dumpf(result, out, JSON_INDENT(1)) != 0 || fputc('\n', out) == EOF)
        status = errno != 0 ? -errno : -EIO;
    json_decref(result);
    return status;
}
