#define _GNU_SOURCE
#include "runner/result.h"

#include <errno.h>
#include <gsl/gsl_version.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/protocol.h"
#include "runner/debug_info.h"
#include "runner/entry_details.h"
#include "runner/json.h"
#include "runner/judge.h"
#include "runner/machine.h"
#include "runner/optimisation.h"
#include "runner/result_schema.h"
#include "runner/shortfall.h"

#ifndef VB_VERSION
#error "the build must define VB_VERSION"
#endif

/* Enough digits for any figure of a measurement; block lengths are whole numbers. */
enum { DUMP_FLAGS = JSON_COMPACT | JSON_REAL_PRECISION(10) };

static void set_number(json_t *object, const char *key, double value)
{
    json_object_set_new(object, key, vb_json_number(value));
}

static json_t *time_with_offset(time_t when)
{
    char stamp[64];
    char offset[8];
    struct tm local;
    localtime_r(&when, &local);
    strftime(offset, sizeof offset, "%z", &local); /* +hhmm */
    size_t length = strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &local);
    snprintf(stamp + length, sizeof stamp - length, "%.3s:%s", offset, offset + 3);
    return json_string(stamp);
}

static json_t *time_in_utc(time_t when)
{
    char stamp[64];
    struct tm utc;
    gmtime_r(&when, &utc);
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return json_string(stamp);
}

static bool all_optimised(const vb_suite_list *suites)
{
    for (size_t i = 0; i < suites->count; i++) {
        if (suites->items[i].optimised != VB_OPTIMISED_YES)
            return false;
    }
    return true;
}

/* Google Benchmark's own context. Its library_build_type is about the library on this machine and
 * says "debug" for Debian's; what a reader wants to know is how the measured code was built. */
static json_t *context(const vb_suite_list *suites, const vb_run_facts *facts,
                       const json_t *machine)
{
    json_t *object = json_object();
    json_object_set_new(object, "date", time_with_offset(facts->started));
    json_object_set_new(object, "executable", json_string("vbench"));
    json_object_set(object, "num_cpus", json_object_get(machine, "cpu_count"));
    json_object_set(object, "mhz_per_cpu", json_object_get(machine, "cpu_mhz"));
    json_object_set_new(object, "cpu_scaling_enabled", json_boolean(vb_machine_scales_frequency()));
    json_object_set_new(object, "caches", vb_machine_caches());
    json_object_set(object, "load_avg", facts->load_start);
    json_object_set_new(object, "library_build_type",
                        json_string(all_optimised(suites) ? "release" : "debug"));
    return object;
}

json_t *vb_result_row(const vb_benchmark *benchmark, size_t family, size_t index)
{
    json_t *object = json_object();
    json_object_set_new(object, "name", vb_json_string(benchmark->name));
    json_object_set_new(object, "family_index", json_integer((json_int_t)family));
    json_object_set_new(object, "per_family_instance_index", json_integer(0));
    json_object_set_new(object, "run_name", vb_json_string(benchmark->name));
    json_object_set_new(object, "run_type", json_string("iteration"));
    json_object_set_new(object, "repetitions",
                        json_integer(benchmark->error ? 1 : (json_int_t)benchmark->process_count));
    json_object_set_new(object, "repetition_index", json_integer((json_int_t)index));
    json_object_set_new(object, "threads", json_integer(benchmark->threads));
    if (benchmark->error) {
        json_object_set_new(object, "error_occurred", json_true());
        json_object_set_new(object, "error_message", vb_json_string(benchmark->error));
        /* As Google Benchmark writes it: its compare.py needs the times of every row. */
        json_object_set_new(object, "iterations", json_integer(0));
        set_number(object, "real_time", 0);
        set_number(object, "cpu_time", 0);
        json_object_set_new(object, "time_unit", json_string("ns"));
        return object;
    }

    const vb_process_samples *samples = &benchmark->processes[index];
    vb_process_estimate estimate;
    if (vb_judge_process(samples, &estimate) != 0) {
        json_decref(object);
        return NULL;
    }
    json_object_set_new(
        object, "iterations",
        json_integer((json_int_t)(samples->iterations_per_block * samples->block_count)));
    set_number(object, "real_time", estimate.real_ns);
    set_number(object, "cpu_time", estimate.cpu_ns);
    json_object_set_new(object, "time_unit", json_string("ns"));
    if (estimate.items_per_sec > 0)
        set_number(object, "items_per_second", estimate.items_per_sec);
    if (estimate.bytes_per_sec > 0)
        set_number(object, "bytes_per_second", estimate.bytes_per_sec);
    if (benchmark->allocations.known) /* Google Benchmark's name for it */
        set_number(object, "allocs_per_iter", benchmark->allocations.count);
    for (int i = 0; i < samples->counter_count; i++)
        set_number(object, samples->counters[i].name, vb_judge_process_counter(samples, i));
    return object;
}

static json_t *identity(const vb_benchmark *benchmark)
{
    json_t *parameters = json_object();
    for (int i = 0; i < benchmark->parameter_count; i++)
        json_object_set_new(parameters, benchmark->parameters[i].name,
                            json_integer(benchmark->parameters[i].value));
    json_t *object = json_object();
    json_object_set_new(object, "name", vb_json_string(benchmark->name));
    json_object_set_new(object, "suite", vb_json_string(benchmark->suite->name));
    json_object_set_new(object, "group",
                        vb_json_text(benchmark->name, vb_benchmark_group_bytes(benchmark)));
    json_object_set_new(object, "case", vb_json_text(benchmark->name, benchmark->case_bytes));
    json_object_set_new(object, "parameters", parameters);
    json_object_set_new(object, "threads", json_integer(benchmark->threads));
    json_object_set_new(object, "status", json_string(benchmark->error ? "error" : "ok"));
    return object;
}

static json_t *time_object(const vb_interval *time)
{
    json_t *object = json_object();
    set_number(object, "estimate_ns", time->estimate);
    set_number(object, "low_ns", time->low);
    set_number(object, "high_ns", time->high);
    set_number(object, "confidence", time->confidence);
    json_object_set_new(object, "method",
                        json_string("mean over processes of the median block, Student's t "
                                    "interval over processes"));
    return object;
}

static json_t *statistics(const vb_benchmark *benchmark, const vb_estimate *estimate)
{
    json_t *object = json_object();
    set_number(object, "mean_ns", estimate->blocks.mean);
    set_number(object, "median_ns", estimate->blocks.median);
    set_number(object, "standard_deviation_ns", estimate->blocks.standard_deviation);
    set_number(object, "median_absolute_deviation_ns", estimate->blocks.median_absolute_deviation);
    set_number(object, "min_ns", estimate->blocks.min);
    set_number(object, "max_ns", estimate->blocks.max);
    json_object_set_new(object, "block_count", json_integer((json_int_t)estimate->block_count));
    json_object_set_new(object, "process_count",
                        json_integer((json_int_t)benchmark->process_count));
    return object;
}

static const char *kind_name(vb_kind kind)
{
    switch (kind) {
    case VB_SUM:
        return "sum";
    case VB_PER_SEC:
        return "per_sec";
    case VB_MEAN:
        break;
    }
    return "mean";
}

static json_t *counters(const vb_benchmark *benchmark)
{
    json_t *object = json_object();
    for (size_t i = 0; i < benchmark->process_count; i++) {
        const vb_process_samples *samples = &benchmark->processes[i];
        for (int k = 0; k < samples->counter_count; k++) {
            const char *name = samples->counters[k].name;
            if (json_object_get(object, name))
                continue;
            json_object_set_new(object, name,
                                json_pack("{s:s, s:o}", "kind",
                                          kind_name(samples->counters[k].kind), "value",
                                          vb_json_number(vb_judge_counter(benchmark, name))));
        }
    }
    return object;
}

static json_t *latency(vb_histogram *histogram)
{
    static const struct {
        const char *key;
        double q;
    } quantiles[] = {{"p50_ns", VELOX_HISTOGRAM_P50},     {"p90_ns", VELOX_HISTOGRAM_P90},
                     {"p95_ns", VELOX_HISTOGRAM_P95},     {"p99_ns", VELOX_HISTOGRAM_P99},
                     {"p99_9_ns", VELOX_HISTOGRAM_P99_9}, {"p99_99_ns", VELOX_HISTOGRAM_P99_99}};
    json_t *object = json_object();
    json_object_set_new(object, "count", json_integer((json_int_t)vb_histogram_count(histogram)));
    json_object_set_new(object, "min_ns", json_integer((json_int_t)vb_histogram_min(histogram)));
    json_object_set_new(object, "max_ns", json_integer((json_int_t)vb_histogram_max(histogram)));
    set_number(object, "mean_ns", vb_histogram_mean(histogram));
    for (size_t i = 0; i < sizeof quantiles / sizeof *quantiles; i++)
        json_object_set_new(
            object, quantiles[i].key,
            json_integer((json_int_t)vb_histogram_quantile(histogram, quantiles[i].q)));
    json_t *buckets = json_array();
    size_t cursor = 0;
    uint64_t lowest_ns, samples;
    while (vb_histogram_next_bucket(histogram, &cursor, &lowest_ns, &samples))
        json_array_append_new(buckets,
                              json_pack("[I, I]", (json_int_t)lowest_ns, (json_int_t)samples));
    json_object_set_new(object, "buckets", buckets);
    return object;
}

static json_t *process_samples(const vb_process_samples *samples)
{
    vb_process_estimate estimate;
    if (vb_judge_process(samples, &estimate) != 0)
        return NULL;
    json_t *lengths = json_array();
    for (size_t i = 0; i < samples->block_count; i++)
        json_array_append_new(lengths, json_integer((json_int_t)samples->block_ns[i]));
    return json_pack("{s:o, s:[I], s:o}", "median_ns", vb_json_number(estimate.real_ns),
                     "iterations_per_block", (json_int_t)samples->iterations_per_block, "block_ns",
                     lengths);
}

json_t *vb_result_entry(const vb_benchmark *benchmark)
{
    json_t *object = identity(benchmark);
    if (benchmark->error) {
        json_object_set_new(object, "error", vb_json_string(benchmark->error));
        return object;
    }
    vb_estimate estimate;
    if (vb_judge_benchmark(benchmark, VB_RUN_CONFIDENCE, &estimate) != 0) {
        json_decref(object);
        return NULL;
    }
    json_object_set_new(object, "time", time_object(&estimate.time));
    json_object_set_new(object, "statistics", statistics(benchmark, &estimate));
    if (vb_entry_add_measured_details(object, benchmark) != 0) {
        json_decref(object);
        return NULL;
    }
    set_number(object, "cpu_time_ns", estimate.cpu_ns);
    if (estimate.items_per_iteration > 0) {
        set_number(object, "items_per_iteration", estimate.items_per_iteration);
        set_number(object, "items_per_sec", estimate.items_per_sec);
        set_number(object, "item_time_ns", estimate.item_ns);
    }
    if (estimate.bytes_per_iteration > 0) {
        set_number(object, "bytes_per_iteration", estimate.bytes_per_iteration);
        set_number(object, "bytes_per_sec", estimate.bytes_per_sec);
    }
    json_t *named = counters(benchmark);
    if (json_object_size(named) > 0)
        json_object_set(object, "counters", named);
    json_decref(named);
    if (benchmark->latencies && vb_histogram_count(benchmark->latencies) > 0)
        json_object_set_new(object, "latency", latency(benchmark->latencies));
    if (benchmark->allocations.known)
        json_object_set_new(object, "allocations",
                            json_pack("{s:f, s:f}", "count_per_iteration",
                                      benchmark->allocations.count, "bytes_per_iteration",
                                      benchmark->allocations.bytes));
    json_object_set_new(object, "peak_memory_bytes",
                        json_integer((json_int_t)benchmark->peak_memory_bytes));
    json_object_set_new(object, "restarts", json_integer(benchmark->restarts));
    if (benchmark->warning_count > 0) {
        json_t *warnings = json_array();
        for (int i = 0; i < benchmark->warning_count; i++)
            json_array_append_new(warnings, vb_json_string(benchmark->warnings[i]));
        json_object_set_new(object, "warnings", warnings);
    }
    json_t *processes = json_array();
    json_object_set_new(object, "processes", processes);
    for (size_t i = 0; i < benchmark->process_count; i++) {
        if (json_array_append_new(processes, process_samples(&benchmark->processes[i])) != 0) {
            json_decref(object); /* rather no result than one that lacks samples */
            return NULL;
        }
    }
    return object;
}

static json_t *run_object(const vb_run_facts *facts)
{
    json_t *cpus = json_array();
    for (int i = 0; i < facts->options->cpu_count; i++)
        json_array_append_new(cpus, json_integer(facts->options->cpus[i]));
    json_t *object = json_object();
    json_object_set_new(object, "started", time_in_utc(facts->started));
    set_number(object, "wall_s", facts->wall_s);
    set_number(object, "measured_s", facts->measured_s);
    json_object_set_new(object, "seed", json_integer((json_int_t)facts->options->seed));
    set_number(object, "budget_s", facts->options->budget_s);
    json_object_set_new(object, "processes", json_integer(facts->options->processes));
    json_object_set_new(object, "pinned_cpus", cpus);
    if (facts->command)
        json_object_set(object, "command", facts->command);
    json_object_set(object, "load_average_start", facts->load_start);
    json_object_set_new(object, "load_average_end", vb_machine_load());
    return object;
}

static json_t *suite_object(const vb_suite *suite)
{
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:o, s:i}", "name", vb_json_string(suite->name),
        "compiler", vb_json_string(suite->compiler), "compiler_flags",
        vb_json_string(suite->compiler_flags), "build_type", vb_json_string(suite->build_type),
        "google_benchmark", vb_json_string(suite->google_benchmark), "c_library",
        vb_json_string(suite->c_library), "optimised", vb_optimisation_text(suite->optimised),
        "optimisation_evidence", vb_json_string(suite->optimisation_evidence), "protocol_version",
        VB_PROTOCOL_VERSION);
}

json_t *vb_result_suites(const vb_suite_list *suites)
{
    json_t *array = json_array();
    for (size_t i = 0; i < suites->count; i++)
        json_array_append_new(array, suite_object(&suites->items[i]));
    return array;
}

double vb_result_measured_s(const vb_benchmark_list *list)
{
    double ns = 0;
    for (size_t i = 0; i < list->count; i++) {
        for (size_t k = 0; k < list->items[i].process_count; k++)
            ns += list->items[i].processes[k].real_ns;
    }
    return ns / 1e9;
}

/* A text that is being made. What once failed stays failed: jansson goes on behind a key that could
 * not be written. */
typedef struct {
    FILE *file;
    bool failed;
} printer;

static int put(const char *bytes, size_t count, void *to)
{
    printer *out = to;
    out->failed = out->failed || fwrite(bytes, 1, count, out->file) != count;
    return out->failed ? -1 : 0;
}

static void put_text(printer *out, const char *text)
{
    put(text, strlen(text), out);
}

/* Lets go of the value, too; NULL is one that could not be made. */
static void put_value(printer *out, json_t *value)
{
    if (!value || json_dump_callback(value, put, out, DUMP_FLAGS | JSON_ENCODE_ANY) != 0)
        out->failed = true;
    json_decref(value);
}

static void put_rows(printer *out, const vb_benchmark_list *list)
{
    const char *separator = "\n    ";
    for (size_t i = 0; i < list->count; i++) {
        const vb_benchmark *benchmark = &list->items[i];
        size_t rows = benchmark->error ? 1 : benchmark->process_count;
        for (size_t k = 0; k < rows && !out->failed; k++) {
            put_text(out, separator);
            put_value(out, vb_result_row(benchmark, i, k));
            separator = ",\n    ";
        }
    }
}

/* Those that were to be measured: a comparison may leave out what only one side has. */
static void put_entries(printer *out, const vb_benchmark_list *list)
{
    const char *separator = "\n      ";
    for (size_t i = 0; i < list->count && !out->failed; i++) {
        const vb_benchmark *benchmark = &list->items[i];
        if (!benchmark->error && benchmark->process_count == 0)
            continue;
        put_text(out, separator);
        put_value(out, vb_result_entry(benchmark));
        separator = ",\n      ";
    }
}

static void put_suites(printer *out, const vb_suite_list *suites)
{
    json_t *described = vb_result_suites(suites);
    out->failed = out->failed || json_array_size(described) != suites->count;
    for (size_t i = 0; i < json_array_size(described); i++) {
        put_text(out, i ? ",\n      " : "\n      ");
        put_value(out, json_incref(json_array_get(described, i)));
    }
    json_decref(described);
}

static void put_document(printer *out, const vb_benchmark_list *list, const vb_suite_list *suites,
                         const vb_run_facts *facts)
{
    json_t *machine = vb_machine_describe(facts->with_host_name);
    put_text(out, "{\n  \"context\": ");
    put_value(out, context(suites, facts, machine));
    put_text(out, ",\n  \"benchmarks\": [");
    put_rows(out, list);
    put_text(out, "\n  ],\n  \"vbench\": {\n    \"schema_version\": ");
    put_value(out, json_integer(VB_SCHEMA_VERSION));
    put_text(out, ",\n    \"vbench_version\": \"" VB_VERSION "\",\n    \"run\": ");
    put_value(out, run_object(facts));
    put_text(out, ",\n    \"machine\": ");
    put_value(out, json_incref(machine));
    put_text(out, ",\n    \"source\": ");
    put_value(out, json_incref(facts->source));
    put_text(out, ",\n    \"libraries\": ");
    put_value(out, json_pack("{s:s, s:s, s:s}", "gsl", gsl_version, "libdw",
                             vb_debug_info_library_version(), "jansson", jansson_version_str()));
    put_text(out, ",\n    \"suites\": [");
    put_suites(out, suites);
    put_text(out, "\n    ],\n    \"benchmarks\": [");
    put_entries(out, list);
    put_text(out, "\n    ]");
    if (facts->scaling && facts->scaling->count > 0) {
        put_text(out, ",\n    \"scaling\": ");
        put_value(out, vb_scaling_json(facts->scaling));
    }
    if (facts->findings) {
        put_text(out, ",\n    \"findings\": ");
        put_value(out, json_incref(facts->findings));
    }
    if (facts->comparison) {
        put_text(out, ",\n    \"comparison\": ");
        put_value(out, json_incref(facts->comparison));
    }
    put_text(out, "\n  }\n}\n");
    json_decref(machine);
}

char *vb_result_text(const vb_benchmark_list *list, const vb_suite_list *suites,
                     const vb_run_facts *facts, vb_message *message)
{
    char *document = NULL;
    size_t bytes = 0;
    printer out = {.file = open_memstream(&document, &bytes)};
    if (out.file) {
        put_document(&out, list, suites, facts);
        out.failed = fclose(out.file) != 0 || out.failed; /* closing it takes memory, too */
    }
    if (out.failed || !document || vb_shortfall()) {
        int error = vb_shortfall();
        free(document);
        vb_say(message, "The result cannot be put together: %s.",
               error == 0 || error == ENOMEM ? "there is not enough memory" : strerror(error));
        return NULL;
    }
    return document;
}
