#define _GNU_SOURCE
#include "runner/baseline.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/text.h"
#include "runner/json.h"
#include "runner/read_file.h"
#include "runner/result_schema.h"
#include "runner/schema.h"
#include "runner/shortfall.h"

static int out_of_memory(const char *path, vb_message *message)
{
    vb_shortfall_note(ENOMEM); /* so that no other baseline is taken instead */
    return vb_say(message, "%s cannot be read: there is not enough memory.", path);
}

static int check_version(const char *path, const json_t *document, vb_message *message)
{
    const json_t *ours = json_object_get(document, "vbench");
    const json_t *version = json_object_get(ours, "schema_version");
    if (!json_is_object(ours))
        return vb_say(message, "%s is not a Velox Bench result: `vbench` is missing.%s", path,
                      json_object_get(document, "context")
                          ? " It looks like Google Benchmark's own output; measure with `vbench "
                            "save` instead."
                          : "");
    if (json_is_number(version) && json_number_value(version) > VB_SCHEMA_VERSION)
        return vb_say(message,
                      "%s was made by a newer vbench: it has schema version %g, and this one "
                      "reads %d; use the vbench that made it, or save the baseline anew.",
                      path, json_number_value(version), VB_SCHEMA_VERSION);
    return 0;
}

static int check_schema(const char *path, const json_t *document, vb_message *message)
{
    vb_message wrong;
    json_error_t error;
    json_t *schema = vb_json_parse(vb_result_schema, strlen(vb_result_schema), &error);
    if (!schema)
        return out_of_memory(path, message);
    int status = vb_schema_check(schema, document, &wrong);
    json_decref(schema);
    if (vb_shortfall())
        return out_of_memory(path, message);
    if (status != 0)
        return vb_say(message, "%s is not a Velox Bench result: %s", path, wrong.text);
    return 0;
}

static int take_benchmark(const char *path, const json_t *entry, vb_baseline_benchmark *benchmark,
                          vb_message *message)
{
    const json_t *processes = json_object_get(entry, "processes");
    *benchmark = (vb_baseline_benchmark){
        .name = json_string_value(json_object_get(entry, "name")),
        .error = json_string_value(json_object_get(entry, "error")),
        .entry = entry,
    };
    if (strcmp(json_string_value(json_object_get(entry, "status")), "error") == 0)
        return 0;
    benchmark->error = NULL;
    benchmark->process_count = json_array_size(processes);
    benchmark->medians_ns = malloc(benchmark->process_count * sizeof *benchmark->medians_ns);
    if (!benchmark->medians_ns)
        return out_of_memory(path, message);
    for (size_t i = 0; i < benchmark->process_count; i++)
        benchmark->medians_ns[i] =
            json_number_value(json_object_get(json_array_get(processes, i), "median_ns"));
    return 0;
}

static int by_name(const void *left, const void *right)
{
    return strcmp(((const vb_baseline_benchmark *)left)->name,
                  ((const vb_baseline_benchmark *)right)->name);
}

static int take_benchmarks(vb_baseline *baseline, vb_message *message)
{
    const json_t *ours = json_object_get(baseline->document, "vbench");
    const json_t *entries = json_object_get(ours, "benchmarks");
    size_t count = json_array_size(entries);
    baseline->started = json_string_value(json_object_get(json_object_get(ours, "run"), "started"));
    baseline->machine = json_object_get(ours, "machine");
    baseline->source = json_object_get(ours, "source");
    baseline->suites = json_object_get(ours, "suites");
    baseline->benchmarks = calloc(count ? count : 1, sizeof *baseline->benchmarks);
    if (!baseline->benchmarks)
        return out_of_memory(baseline->path, message);
    for (size_t i = 0; i < count; i++) {
        if (take_benchmark(baseline->path, json_array_get(entries, i), &baseline->benchmarks[i],
                           message) != 0)
            return -1;
        baseline->count = i + 1;
    }
    qsort(baseline->benchmarks, count, sizeof *baseline->benchmarks, by_name);
    for (size_t i = 1; i < count; i++) {
        if (by_name(&baseline->benchmarks[i - 1], &baseline->benchmarks[i]) == 0)
            return vb_say(message,
                          "%s is not a Velox Bench result: it has two benchmarks named %.300s.",
                          baseline->path, baseline->benchmarks[i].name);
    }
    return 0;
}

/* What jansson could not allocate it may leave out instead of failing, hence the second look. */
static json_t *parse_json(const char *path, const char *bytes, size_t count, vb_message *message)
{
    json_error_t error;
    json_t *document = vb_json_parse(bytes, count, &error);
    if (!document && vb_shortfall())
        out_of_memory(path, message);
    else if (!document)
        vb_say(message, "%s is not JSON: %s (line %d, column %d).", path, error.text, error.line,
               error.column);
    return document;
}

int vb_baseline_take(const char *name, const char *path, json_t *document, vb_baseline *baseline,
                     vb_message *message)
{
    *baseline = (vb_baseline){.name = strdup(name), .path = strdup(path), .document = document};
    int status = baseline->name && baseline->path ? 0 : out_of_memory(path, message);
    if (status == 0)
        status = check_version(path, document, message);
    if (status == 0)
        status = check_schema(path, document, message);
    if (status == 0)
        status = take_benchmarks(baseline, message);
    if (status != 0)
        vb_baseline_free(baseline);
    return status;
}

int vb_baseline_parse(const char *name, const char *path, const char *bytes, size_t count,
                      vb_baseline *baseline, vb_message *message)
{
    *baseline = (vb_baseline){0};
    json_t *document = parse_json(path, bytes, count, message);
    return document ? vb_baseline_take(name, path, document, baseline, message) : -1;
}

int vb_baseline_load(const char *name, const char *path, vb_baseline *baseline, vb_message *message)
{
    char *bytes = NULL;
    size_t count = 0;
    *baseline = (vb_baseline){0};
    if (vb_read_file(path, VB_RESULT_BYTES_MAX, &bytes, &count, message) != 0)
        return -1;
    int status = vb_baseline_parse(name, path, bytes, count, baseline, message);
    free(bytes);
    return status;
}

void vb_baseline_free(vb_baseline *baseline)
{
    if (!baseline)
        return;
    for (size_t i = 0; baseline->benchmarks && i < baseline->count; i++)
        free(baseline->benchmarks[i].medians_ns);
    free(baseline->benchmarks);
    free(baseline->name);
    free(baseline->path);
    json_decref(baseline->document);
    *baseline = (vb_baseline){0};
}

void vb_baseline_describe(const vb_baseline *baseline, const char *how, vb_message *text)
{
    const char *commit = json_string_value(json_object_get(baseline->source, "commit"));
    bool dirty = json_is_true(json_object_get(baseline->source, "dirty"));
    char shown[11];
    snprintf(shown, sizeof shown, "%s", commit ? commit : "");
    vb_drop_cut_character(shown); /* what is in a file need not be a commit */
    vb_say(text, "%s, %s %.10s %.5s UTC%s%s%s", baseline->path, how, baseline->started,
           baseline->started + 11, commit ? " at commit " : "", shown,
           commit && dirty ? " with uncommitted changes" : "");
}

const vb_baseline_benchmark *vb_baseline_find(const vb_baseline *baseline, const char *name)
{
    const vb_baseline_benchmark wanted = {.name = name};
    return bsearch(&wanted, baseline->benchmarks, baseline->count, sizeof wanted, by_name);
}
