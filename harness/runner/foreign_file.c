#include "runner/foreign_file.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Keys that an object has together, as paths: "a.b" is b in a, and "#.a" is a in the first item of
 * an array. */
static const struct {
    const char *keys[3];
    const char *name;
} known[] = {
    {{"results.#.command", "results.#.mean"}, "a result of hyperfine"},
    {{"mean.point_estimate", "median.point_estimate"}, "Criterion's estimates.json"},
    {{"sampling_mode", "iters", "times"}, "Criterion's sample.json"},
    {{"group_id", "full_id"}, "Criterion's benchmark.json"},
    {{"reason", "typical", "estimate"}, "a message of cargo-criterion"},
    {{"#.benchmark", "#.primaryMetric"}, "a result of JMH"},
    {{"machine_info", "commit_info", "benchmarks"}, "a result of pytest-benchmark"},
    {{"benchmarks.#.runs", "version"}, "a result of pyperf"},
    {{"HostEnvironmentInfo", "Benchmarks"}, "a result of BenchmarkDotNet"},
    {{"results.#.title", "results.#.epochs"}, "a result of nanobench"},
    {{"results.#.unit", "results.#.median(elapsed)"}, "a result of nanobench"},
    {{"doctor_version", "findings"}, "what vbench doctor found (--doctor takes it)"},
    {{"bars", "took_s"}, "a result of make bench-selftest (--selftest takes it)"},
};

static const json_t *follow(const json_t *value, const char *path)
{
    while (value && *path) {
        char key[64];
        size_t bytes = strcspn(path, ".");
        if (bytes >= sizeof key)
            return NULL;
        memcpy(key, path, bytes);
        key[bytes] = '\0';
        value = strcmp(key, "#") == 0 ? json_array_get(value, 0) : json_object_get(value, key);
        path += bytes + (path[bytes] == '.');
    }
    return value;
}

const char *vb_foreign_file_name(const json_t *document)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        bool all = true;
        for (size_t k = 0; k < 3 && known[i].keys[k]; k++)
            all = all && follow(document, known[i].keys[k]);
        if (all)
            return known[i].name;
    }
    return NULL;
}
