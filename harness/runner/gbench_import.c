#define _GNU_SOURCE
#include "runner/gbench_import.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "runner/gbench_rows.h"
#include "runner/json.h"
#include "runner/path.h"
#include "runner/result.h"
#include "runner/result_schema.h"
#include "runner/scaling.h"
#include "runner/shortfall.h"

typedef struct {
    const json_t *context; /* as it was read */
    vb_suite suite;
    vb_benchmark_list list;
} import_job;

bool vb_gbench_is_one(const json_t *document)
{
    return json_is_object(json_object_get(document, "context")) &&
           json_is_array(json_object_get(document, "benchmarks")) &&
           !json_object_get(document, "vbench");
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

/* At least `least`. */
static json_int_t count_of(const json_t *object, const char *key, json_int_t least)
{
    const json_int_t count = json_integer_value(json_object_get(object, key));
    return count >= least ? count : least;
}

/* Until 1.8 real time is divided by the number of threads. Early versions do not tell which they
 * are, or begin with a v. */
static bool shares_time(const json_t *context)
{
    const char *version = text_of(context, "library_version");
    int major = 0, minor = 0;
    sscanf(version + (version[0] == 'v'), "%d.%d", &major, &minor);
    return major < 1 || (major == 1 && minor < 9);
}

/* "2023-11-14T22:13:20+01:00", or without the offset and with a blank, as early versions have it:
 * taken for UTC then. 0 where it is none of these. */
static time_t started(const char *date)
{
    static const time_t beyond_9999 = 253402300800; /* years have four digits */
    struct tm when = {0};
    int hours = 0, minutes = 0;
    const char *rest = strptime(date, "%Y-%m-%d", &when);
    if (rest && (*rest == 'T' || *rest == ' '))
        rest = strptime(rest + 1, "%H:%M:%S", &when);
    if (!rest)
        return 0;
    const bool west = *rest == '-';
    if ((west || *rest == '+') && sscanf(rest + 1, "%2d:%2d", &hours, &minutes) != 2)
        hours = minutes = 0;
    const time_t offset_s = 60 * (60 * hours + minutes);
    const time_t found = timegm(&when) + (west ? offset_s : -offset_s);
    return found > 0 && found < beyond_9999 ? found : 0;
}

/* The first three that are a load, of however many. */
static json_t *load(const json_t *context)
{
    const json_t *told = json_object_get(context, "load_avg");
    json_t *array = json_array();
    for (size_t i = 0; i < json_array_size(told) && i < 3; i++) {
        json_t *average = json_array_get(told, i);
        if (json_is_number(average) && json_number_value(average) >= 0)
            json_array_append(array, average);
    }
    return array;
}

static json_t *caches(const json_t *context)
{
    const json_t *told = json_object_get(context, "caches");
    json_t *array = json_array();
    for (size_t i = 0; i < json_array_size(told); i++) {
        if (json_is_object(json_array_get(told, i)))
            json_array_append(array, json_array_get(told, i));
    }
    return array;
}

/* library_build_type is about Google Benchmark's library there, and about the suites here: these
 * are not known to be optimised. */
static json_t *context_object(const import_job *job)
{
    const json_t *told = job->context;
    return json_pack("{s:o, s:o, s:I, s:I, s:b, s:o, s:o, s:s}", "date",
                     vb_json_string(text_of(told, "date")), "executable",
                     vb_json_string(job->suite.name), "num_cpus", count_of(told, "num_cpus", 1),
                     "mhz_per_cpu", count_of(told, "mhz_per_cpu", 0), "cpu_scaling_enabled",
                     json_is_true(json_object_get(told, "cpu_scaling_enabled")), "caches",
                     caches(told), "load_avg", load(told), "library_build_type", "debug");
}

static json_t *run_object(const import_job *job)
{
    char stamp[64];
    struct tm utc;
    const time_t when = started(text_of(job->context, "date"));
    const double timed_s = vb_result_measured_s(&job->list);
    size_t most = 1;
    for (size_t i = 0; i < job->list.count; i++)
        most = job->list.items[i].process_count > most ? job->list.items[i].process_count : most;
    gmtime_r(&when, &utc);
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", &utc);
    const double budget_s = timed_s / (double)job->list.count;
    const char *version = text_of(job->context, "library_version");
    char origin[VB_INFO_MAX];
    snprintf(origin, sizeof origin, "Google Benchmark%s%s", version[0] ? " " : "", version);
    return json_pack("{s:o, s:s, s:f, s:f, s:i, s:f, s:I, s:o, s:[]}", "imported_from",
                     vb_json_string(origin), "started", stamp, "wall_s", timed_s, "measured_s",
                     timed_s, "seed", 0, "budget_s", budget_s > 0 ? budget_s : 1.0, "processes",
                     (json_int_t)most, "load_average_start", load(job->context),
                     "load_average_end");
}

static json_t *machine_object(const import_job *job)
{
    return json_pack("{s:s, s:s, s:I, s:[], s:I, s:i, s:s, s:s}", "architecture", "unknown",
                     "cpu_model", "unknown", "cpu_count", count_of(job->context, "num_cpus", 1),
                     "cpu_features", "cpu_mhz", count_of(job->context, "mhz_per_cpu", 0),
                     "memory_bytes", 0, "kernel", "unknown", "operating_system", "unknown");
}

/* What could not be made is missed by nobody else. */
static void append(json_t *array, json_t *made)
{
    if (json_array_append_new(array, made) != 0)
        vb_shortfall_note(ENOMEM);
}

static json_t *rows_array(const import_job *job)
{
    json_t *array = json_array();
    for (size_t i = 0; i < job->list.count; i++) {
        const vb_benchmark *benchmark = &job->list.items[i];
        const size_t count = benchmark->error ? 1 : benchmark->process_count;
        for (size_t k = 0; k < count; k++)
            append(array, vb_result_row(benchmark, i, k));
    }
    return array;
}

static json_t *entries_array(const import_job *job)
{
    json_t *array = json_array();
    for (size_t i = 0; i < job->list.count; i++)
        append(array, vb_result_entry(&job->list.items[i]));
    return array;
}

static void add_scaling(const import_job *job, json_t *ours)
{
    vb_scaling_list found = {0};
    if (vb_scaling_find(&job->list, (int)count_of(job->context, "num_cpus", 1), &found) != 0)
        vb_shortfall_note(ENOMEM);
    else if (found.count > 0)
        json_object_set_new(ours, "scaling", vb_scaling_json(&found));
    vb_scaling_free(&found);
}

static json_t *put_together(const import_job *job)
{
    const vb_suite_list suites = {.items = (vb_suite *)&job->suite, .count = 1};
    json_t *ours =
        json_pack("{s:i, s:s, s:o, s:o, s:{s:n, s:n}, s:{}, s:o, s:o}", "schema_version",
                  VB_SCHEMA_VERSION, "vbench_version", VB_VERSION, "run", run_object(job),
                  "machine", machine_object(job), "source", "commit", "dirty", "libraries",
                  "suites", vb_result_suites(&suites), "benchmarks", entries_array(job));
    if (ours)
        add_scaling(job, ours);
    return json_pack("{s:o, s:o, s:o}", "context", context_object(job), "benchmarks",
                     rows_array(job), "vbench", ours);
}

/* Texts of a suite that are not told. */
static void describe_suite(const json_t *context, vb_suite *suite)
{
    static char unknown[] = "unknown";
    const char *version = text_of(context, "library_version");
    const char *name = vb_path_name(text_of(context, "executable"));
    *suite = (vb_suite){.path = unknown,
                        .name = name[0] ? (char *)name : unknown,
                        .compiler_flags = unknown,
                        .build_type = unknown,
                        .optimised = VB_OPTIMISED_UNKNOWN,
                        .compiler = "unknown",
                        .c_library = "unknown",
                        .optimisation_evidence = "a file of Google Benchmark does not tell"};
    snprintf(suite->google_benchmark, sizeof suite->google_benchmark, "%s",
             version[0] ? version : "unknown");
}

int vb_gbench_import(const char *path, const json_t *read, json_t **document, vb_message *message)
{
    import_job job = {.context = json_object_get(read, "context")};
    describe_suite(job.context, &job.suite);
    *document = NULL;
    int status = vb_gbench_rows_take(json_object_get(read, "benchmarks"), shares_time(job.context),
                                     &job.suite, &job.list);
    if (status != 0)
        vb_say_no_memory(message);
    else if (job.list.count == 0)
        status = vb_say(message,
                        "%s is of Google Benchmark, but holds no benchmark; run its program with a "
                        "--benchmark_filter that matches some.",
                        path);
    if (status == 0)
        *document = put_together(&job);
    if (status == 0 && (!*document || vb_shortfall() != 0)) {
        json_decref(*document);
        *document = NULL;
        status = vb_say_no_memory(message);
    }
    vb_benchmark_list_free(&job.list);
    return status == 0 ? 0 : -1;
}
