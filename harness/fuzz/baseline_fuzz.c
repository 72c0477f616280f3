/*
 * Fuzzing what a file can do to a comparison (libFuzzer): any bytes are read as a baseline; what is
 * accepted is compared with a fixed list of benchmarks, printed, written as JSON, and completed for
 * a report. Beside crashes and leaks it looks for a comparison or a result that the schema does not
 * allow and for a table that would upset a terminal. json_mutator.c makes the inputs.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "runner/comparison.h"
#include "runner/details.h"
#include "runner/result_schema.h"
#include "runner/schema.h"

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

static uint64_t short_blocks[] = {99, 100, 101}, long_blocks[] = {5000000, 6000000},
                no_time[] = {0};

/* 10, 10, 9.95 and 5,500,000 ns */
static vb_process_samples samples[] = {
    {.iterations_per_block = 10, .block_ns = short_blocks, .block_count = 3, .real_ns = 300},
    {.iterations_per_block = 10, .block_ns = short_blocks, .block_count = 3, .real_ns = 300},
    {.iterations_per_block = 10, .block_ns = short_blocks, .block_count = 2, .real_ns = 199},
    {.iterations_per_block = 1, .block_ns = long_blocks, .block_count = 2, .real_ns = 11000000},
    {.iterations_per_block = 1, .block_ns = no_time, .block_count = 1},
};

static char flags[] = "-O2", build_type[] = "Release";
static const vb_suite suites[] = {{.path = "bin/ring",
                                   .name = "ring",
                                   .compiler = "gcc 12.2.0",
                                   .compiler_flags = flags,
                                   .build_type = build_type}};

/* What a list can hold: several processes and one, a tolerance of its own, an error, no time. */
static vb_benchmark benchmarks[] = {
    {.suite = suites, .name = "push/64", .processes = samples, .process_count = 3},
    {.suite = suites,
     .name = "bulk",
     .processes = samples,
     .process_count = 3,
     .tolerance_percent = 20},
    {.suite = suites, .name = "single", .processes = samples + 3, .process_count = 1},
    {.suite = suites, .name = "none", .processes = samples + 4, .process_count = 1},
    {.suite = suites, .name = "broken", .error = "it crashed"},
    {.suite = suites, .name = "fresh", .processes = samples, .process_count = 1},
};
static const vb_benchmark_list list = {.items = benchmarks,
                                       .count = sizeof benchmarks / sizeof *benchmarks};

static json_t *result_schema, *comparison_schema;

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    (void)count;
    (void)arguments;
    result_schema = json_loads(vb_result_schema, 0, NULL);
    comparison_schema = json_pack("{s:s, s:O}", "$ref", "#/definitions/comparison", "definitions",
                                  json_object_get(result_schema, "definitions"));
    return comparison_schema ? 0 : 1;
}

static void stop(const char *claim)
{
    fprintf(stderr, "broken: %s\n", claim);
    abort();
}

static void check_json(const vb_comparison *comparison)
{
    vb_message message;
    json_t *object = vb_comparison_json(comparison, &(vb_gate){0});
    char *text = object ? json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(10)) : NULL;
    json_t *again = text ? json_loads(text, 0, NULL) : NULL;
    if (!again)
        stop("a comparison is written as JSON that can be read");
    if (vb_schema_check(comparison_schema, again, &message) != 0)
        stop(message.text);
    json_decref(again);
    free(text);
    json_decref(object);
}

/* The file as it was, and with what it says of its blocks taken away. */
static void check_completed(json_t *document)
{
    vb_message message;
    const json_t *entries = json_object_get(json_object_get(document, "vbench"), "benchmarks");
    for (int bare = 0; bare < 2; bare++) {
        if (vb_details_complete(document, &message) != 0 ||
            vb_schema_check(result_schema, document, &message) != 0)
            stop(message.text);
        for (size_t i = 0; i < json_array_size(entries); i++) {
            json_object_del(json_array_get(entries, i), "spread");
            json_object_del(json_array_get(entries, i), "outliers");
            json_object_del(json_array_get(entries, i), "linear");
        }
    }
}

static void check_table(const vb_comparison *comparison)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    if (!out)
        return;
    vb_comparison_print(out, comparison, false);
    fclose(out);
    if (!vb_is_utf8(text))
        stop("a table is UTF-8");
    for (const char *c = text; *c; c++) {
        if (vb_is_control(*c) && *c != '\n')
            stop("a table has no control characters but the ends of its lines");
    }
    free(text);
}

static void check_counts(const vb_comparison *comparison)
{
    size_t sum = comparison->uncompared;
    for (int i = 0; i < VB_VERDICTS; i++)
        sum += comparison->verdicts[i];
    if (sum != comparison->count || comparison->count < list.count)
        stop("every benchmark of the list and of the baseline is counted once");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    vb_message message;
    vb_baseline old;
    vb_message old_text;
    vb_comparison comparison;
    if (vb_baseline_parse("old", "old.json", (const char *)bytes, count, &old, &message) != 0) {
        if (strstr(message.text, "old.json") == NULL)
            stop("a refusal names the file");
        return 0;
    }
    vb_baseline_describe(&old, "measured", &old_text);
    if (vb_comparison_make(&old, old_text.text, &list, NULL, NULL, &vb_unpaired_rules, NULL,
                           &comparison, &message) != 0)
        stop(message.text);
    check_counts(&comparison);
    check_json(&comparison);
    check_table(&comparison);
    vb_comparison_free(&comparison);
    check_completed(old.document);
    vb_baseline_free(&old);
    return 0;
}
