/* What is said of a running engine, in two formats. */
#include "metrics_text.h"

#include "instruments/histogram.h"
#include "instruments/measure.h"
#include "latency_json.h"

#include <inttypes.h>
#include <string.h>

static void print_counters(FILE *out, const velox_pipeline_statistics *statistics)
{
    static const struct {
        const char *name, *help;
        size_t offset;
    } counters[] = {
#define COUNTER(field, help) {#field, help, offsetof(velox_stage_statistics, field)}
        COUNTER(in, "Transactions that a stage has taken in; ingress: that were due."),
        COUNTER(out, "Transactions that a stage has handed on."),
        COUNTER(dropped, "Transactions that were due and not accepted."),
        COUNTER(refused, "Transactions that the order book could not be told."),
        COUNTER(retries, "Exchanges of the order book that were tried again."),
        COUNTER(timeouts, "Updates of the order book that gave up and were called again."),
        COUNTER(wrong, "Transactions that arrived out of sequence, or changed."),
        COUNTER(blocked, "How often a stage found no room in the next ring."),
#undef COUNTER
    };
    for (size_t i = 0; i < sizeof counters / sizeof counters[0]; i++) {
        fprintf(out, "# HELP velox_stage_%s_total %s\n# TYPE velox_stage_%s_total counter\n",
                counters[i].name, counters[i].help, counters[i].name);
        for (size_t stage = 0; stage < VELOX_STAGES; stage++) {
            uint64_t value;
            memcpy(&value, (const char *)&statistics->stages[stage] + counters[i].offset,
                   sizeof value);
            fprintf(out, "velox_stage_%s_total{stage=\"%s\"} %" PRIu64 "\n", counters[i].name,
                    velox_pipeline_stage_name((velox_stage)stage), value);
        }
    }
}

static void print_stages(FILE *out, const velox_pipeline_statistics *statistics)
{
    print_counters(out, statistics);
    fputs("# HELP velox_stage_busy_seconds_total Time at work, whose rate is the utilisation.\n"
          "# TYPE velox_stage_busy_seconds_total counter\n",
          out);
    for (size_t i = 0; i < VELOX_STAGES; i++)
        fprintf(out, "velox_stage_busy_seconds_total{stage=\"%s\"} %.9f\n",
                velox_pipeline_stage_name((velox_stage)i),
                (double)statistics->stages[i].busy_ns / 1e9);
    fputs("# HELP velox_ring_depth What the ring in front of a stage holds; output: bundles.\n"
          "# TYPE velox_ring_depth gauge\n",
          out);
    for (size_t i = VELOX_STAGE_BOOK; i < VELOX_STAGES; i++)
        fprintf(out, "velox_ring_depth{stage=\"%s\"} %zu\n",
                velox_pipeline_stage_name((velox_stage)i), statistics->stages[i].depth);
    fputs("# HELP velox_ring_capacity What it can hold.\n# TYPE velox_ring_capacity gauge\n", out);
    for (size_t i = VELOX_STAGE_BOOK; i < VELOX_STAGES; i++)
        fprintf(out, "velox_ring_capacity{stage=\"%s\"} %zu\n",
                velox_pipeline_stage_name((velox_stage)i), statistics->stages[i].capacity);
}

static void print_engine(FILE *out, const velox_pipeline_statistics *statistics)
{
    static const char *const reasons[] = {
        [VELOX_BUNDLE_FULL] = "full",
        [VELOX_BUNDLE_TIME] = "time",
        [VELOX_BUNDLE_IDLE] = "idle",
        [VELOX_BUNDLE_DRAIN] = "drain",
    };
    fputs("# HELP velox_bundles_total Bundles that have left, by their reason.\n"
          "# TYPE velox_bundles_total counter\n",
          out);
    for (size_t i = VELOX_BUNDLE_FULL; i <= VELOX_BUNDLE_DRAIN; i++)
        fprintf(out, "velox_bundles_total{reason=\"%s\"} %" PRIu64 "\n", reasons[i],
                statistics->bundles[i]);
    fprintf(
        out,
        "# HELP velox_system_calls_total CPUs given away, sleeps, and sleepers woken.\n"
        "# TYPE velox_system_calls_total counter\n"
        "velox_system_calls_total{call=\"yield\"} %" PRIu64 "\n"
        "velox_system_calls_total{call=\"park\"} %" PRIu64 "\n"
        "velox_system_calls_total{call=\"wake\"} %" PRIu64 "\n"
        "# HELP velox_clock_clamped_total Times that went back, counted as no time.\n"
        "# TYPE velox_clock_clamped_total counter\n"
        "velox_clock_clamped_total %" PRIu64 "\n"
        "# HELP velox_elapsed_seconds Time since the start.\n"
        "# TYPE velox_elapsed_seconds gauge\n"
        "velox_elapsed_seconds %.9f\n"
        "# HELP velox_unpinned_threads Threads that could not be pinned, although they should be.\n"
        "# TYPE velox_unpinned_threads gauge\n"
        "velox_unpinned_threads %" PRIu64 "\n",
        statistics->yields, statistics->parks, statistics->wakes, statistics->clamped,
        (double)statistics->elapsed_ns / 1e9, statistics->unpinned);
}

/* Those of one label, if it is not NULL. */
static void print_samples(FILE *out, const char *name, const char *label, const char *of,
                          const velox_histogram *histogram)
{
    /* 1, 2, 5 up to a tenth of a second: what lies beyond the last one has no quantile there. */
    static const uint64_t edges_ns[] = {
        100,    200,    500,     1000,    2000,    5000,     10000,    20000,    50000,    100000,
        200000, 500000, 1000000, 2000000, 5000000, 10000000, 20000000, 50000000, 100000000};
    enum { EDGES = sizeof edges_ns / sizeof edges_ns[0] };
    char own[128] = "", others[128] = "";
    if (label != NULL) {
        snprintf(own, sizeof own, "{%s=\"%s\"}", label, of);
        snprintf(others, sizeof others, "%s=\"%s\",", label, of);
    }
    uint64_t counts[EDGES + 1];
    velox_histogram_split(histogram, edges_ns, EDGES, counts);
    uint64_t below = 0;
    for (size_t i = 0; i < EDGES; i++) {
        below += counts[i];
        fprintf(out, "%s_bucket{%sle=\"%g\"} %" PRIu64 "\n", name, others,
                (double)edges_ns[i] / 1e9, below);
    }
    below += counts[EDGES];
    fprintf(out, "%s_bucket{%sle=\"+Inf\"} %" PRIu64 "\n", name, others, below);
    fprintf(out, "%s_sum%s %.9f\n%s_count%s %" PRIu64 "\n", name, own,
            (double)velox_histogram_sum(histogram) / 1e9, name, own, below);
}

static void print_histogram(FILE *out, const char *name, const char *help,
                            const velox_histogram *from)
{
    velox_histogram snapshot; /* of one moment */
    velox_histogram_snapshot(&snapshot, from);
    fprintf(out, "# HELP %s %s\n# TYPE %s histogram\n", name, help, name);
    print_samples(out, name, NULL, NULL, &snapshot);
}

static void print_measured(FILE *out)
{
    velox_measured measured;
    velox_measure_cursor cursor = {0};
    for (bool first = true; velox_measure_next(&cursor, &measured); first = false) {
        if (first)
            fputs("# HELP velox_measured_seconds How long blocks of code took.\n"
                  "# TYPE velox_measured_seconds histogram\n",
                  out);
        print_samples(out, "velox_measured_seconds", "block", measured.name, &measured.histogram);
    }
    cursor = (velox_measure_cursor){0};
    for (bool first = true; velox_measure_next(&cursor, &measured); first = false) {
        if (first)
            fputs("# HELP velox_measured_lost_total Runs of blocks that there was no memory for.\n"
                  "# TYPE velox_measured_lost_total counter\n",
                  out);
        fprintf(out, "velox_measured_lost_total{block=\"%s\"} %" PRIu64 "\n", measured.name,
                measured.lost);
    }
}

void velox_metrics_print(FILE *out, const velox_pipeline *pipeline)
{
    velox_pipeline_statistics statistics;
    velox_pipeline_read(pipeline, &statistics);
    print_stages(out, &statistics);
    print_engine(out, &statistics);
    print_histogram(out, "velox_latency_seconds",
                    "From when a transaction was due until output had it.",
                    velox_pipeline_latency(pipeline));
    print_histogram(out, "velox_latency_uncorrected_seconds",
                    "From when a transaction was accepted until output had it.",
                    velox_pipeline_uncorrected_latency(pipeline));
    print_measured(out);
}

static json_t *measured_json(void)
{
    json_t *all = json_array();
    velox_measure_cursor cursor = {0};
    velox_measured measured;
    while (velox_measure_next(&cursor, &measured)) {
        json_t *one = json_pack("{s:s, s:I, s:I, s:o}", "block", measured.name, "lost",
                                (json_int_t)measured.lost, "clamped", (json_int_t)measured.clamped,
                                "latency", velox_latency_json(&measured.histogram));
        if (json_array_append_new(all, one) != 0) {
            json_decref(all);
            return NULL;
        }
    }
    return all;
}

bool velox_metrics_print_latency(FILE *out, const velox_pipeline *pipeline)
{
    json_t *all = json_pack(
        "{s:o, s:o, s:o, s:o}", "latency", velox_latency_json(velox_pipeline_latency(pipeline)),
        "uncorrected_latency", velox_latency_json(velox_pipeline_uncorrected_latency(pipeline)),
        "parts", velox_parts_json(pipeline), "measured", measured_json());
    bool printed =
        all != NULL && json_dumpf(all, out, JSON_INDENT(1)) == 0 && fputc('\n', out) != EOF;
    json_decref(all);
    return printed;
}
