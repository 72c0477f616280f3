/* What velox prints for people. */
#define _GNU_SOURCE
#include "show.h"

#include "instruments/histogram_print.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum { NUMBER_BYTES = 32 };

/* What a ring's depth is counted in. */
static const char *const depth_units[VELOX_STAGES] = {"", "", "", " bundles"};

/* "1,234,567". Returns `text`. */
static const char *number(uint64_t value, char text[NUMBER_BYTES])
{
    char digits[NUMBER_BYTES];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, value);
    char *to = text;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            *to++ = ',';
        *to++ = digits[i];
    }
    *to = '\0';
    return text;
}

/* printf() pads by bytes, and µ has two. */
static void print_right(FILE *out, int columns, const char *word)
{
    for (const char *c = word; *c != '\0'; c++)
        columns -= ((unsigned char)*c & 0xc0) != 0x80;
    fprintf(out, "%*s%s", columns > 0 ? columns : 0, "", word);
}

static void print_duration(FILE *out, int columns, uint64_t ns)
{
    char word[VELOX_DURATION_TEXT_BYTES];
    print_right(out, columns, velox_duration_text((double)ns, word));
}

static double rate(uint64_t count, uint64_t ns)
{
    return ns > 0 ? (double)count * 1e9 / (double)ns : 0;
}

void velox_show_begin(FILE *out, const velox_pipeline_options *options, unsigned cpus)
{
    char word[NUMBER_BYTES];
    if (options->source_times)
        fprintf(out, "At the times of the file");
    else if (options->rate_per_sec > 0)
        fprintf(out, "%s transactions/s", number((uint64_t)options->rate_per_sec, word));
    else
        fprintf(out, "As fast as it goes");
    fprintf(out, ", %u thread%s on %u CPU%s, rings of %s.\n\n", options->threads,
            options->threads == 1 ? "" : "s", cpus, cpus == 1 ? "" : "s",
            number(options->ring_capacity, word));
    fprintf(out, "%6s %14s %10s %10s %10s %10s %10s\n", "time", "out/s", "dropped", "in rings",
            "p50", "p99", "max");
    fflush(out);
}

/* What was recorded since the copy was made, which it is brought up to date for. */
static void latest(velox_histogram *since, velox_histogram *copy, const velox_histogram *now)
{
    velox_histogram snapshot;
    velox_histogram_snapshot(&snapshot, now);
    velox_histogram_init(since);
    size_t cursor = 0;
    uint64_t lowest_ns, count;
    while (velox_histogram_next_bucket(&snapshot, &cursor, &lowest_ns, &count)) {
        size_t bucket = velox_histogram_bucket_of(lowest_ns);
        count -= velox_histogram_load(&copy->buckets[bucket]);
        /* The highest value of the bucket, as quantiles report it, but none above all that were
         * seen. */
        uint64_t highest_ns = velox_histogram_bucket_highest(bucket);
        uint64_t max_ns = velox_histogram_max(&snapshot);
        if (count > 0)
            velox_histogram_record_n(since, highest_ns < max_ns ? highest_ns : max_ns, count);
    }
    velox_histogram_snapshot(copy, &snapshot);
}

void velox_show_line(FILE *out, const velox_pipeline *pipeline, velox_show_state *state)
{
    velox_pipeline_statistics now;
    velox_pipeline_read(pipeline, &now);
    const velox_stage_statistics *ingress = &now.stages[VELOX_STAGE_INGRESS];
    const velox_stage_statistics *output = &now.stages[VELOX_STAGE_OUTPUT];
    const velox_pipeline_statistics *before = &state->statistics;
    uint64_t in_rings = ingress->out > output->out ? ingress->out - output->out : 0;
    velox_histogram since;
    latest(&since, &state->latency, velox_pipeline_latency(pipeline));

    char word[NUMBER_BYTES];
    fprintf(out, "%4.0f s", (double)now.elapsed_ns / 1e9);
    uint64_t passed_ns =
        now.elapsed_ns > before->elapsed_ns ? now.elapsed_ns - before->elapsed_ns : 0;
    uint64_t passed = output->out - before->stages[VELOX_STAGE_OUTPUT].out;
    fprintf(out, " %14s", number((uint64_t)(rate(passed, passed_ns) + 0.5), word));
    fprintf(out, " %10s",
            number(ingress->dropped - before->stages[VELOX_STAGE_INGRESS].dropped, word));
    fprintf(out, " %10s ", number(in_rings, word));
    if (velox_histogram_count(&since) > 0) {
        print_duration(out, 10, velox_histogram_quantile(&since, VELOX_HISTOGRAM_P50));
        fputc(' ', out);
        print_duration(out, 10, velox_histogram_quantile(&since, VELOX_HISTOGRAM_P99));
        fputc(' ', out);
        print_duration(out, 10, velox_histogram_quantile(&since, 1));
    }
    fputc('\n', out);
    fflush(out);
    state->statistics = now;
}

static void print_stages(FILE *out, const velox_pipeline_statistics *statistics)
{
    char word[NUMBER_BYTES];
    fprintf(out, "%-8s %14s %14s %10s %8s %8s %8s %10s %6s  %s\n", "stage", "in", "out", "dropped",
            "refused", "retries", "timeouts", "blocked", "busy", "its ring");
    for (size_t i = 0; i < VELOX_STAGES; i++) {
        const velox_stage_statistics *of = &statistics->stages[i];
        fprintf(out, "%-8s", velox_pipeline_stage_name((velox_stage)i));
        fprintf(out, " %14s", number(of->in, word));
        fprintf(out, " %14s", number(of->out, word));
        fprintf(out, " %10s", number(of->dropped, word));
        fprintf(out, " %8s", number(of->refused, word));
        fprintf(out, " %8s", number(of->retries, word));
        fprintf(out, " %8s", number(of->timeouts, word));
        fprintf(out, " %10s", number(of->blocked, word));
        double share = statistics->elapsed_ns > 0
                           ? 100 * (double)of->busy_ns / (double)statistics->elapsed_ns
                           : 0;
        fprintf(out, " %4.1f %%", share);
        if (of->capacity > 0)
            fprintf(out, "  %zu of %zu%s", of->depth, of->capacity, depth_units[i]);
        fputc('\n', out);
    }
}

static void print_bundles(FILE *out, const velox_pipeline_statistics *statistics)
{
    static const struct {
        uint8_t reason;
        const char *said;
    } reasons[] = {{VELOX_BUNDLE_FULL, "full"},
                   {VELOX_BUNDLE_IDLE, "when idle"},
                   {VELOX_BUNDLE_TIME, "after their time"},
                   {VELOX_BUNDLE_DRAIN, "at the end"}};
    char word[NUMBER_BYTES];
    uint64_t bundles = 0;
    for (size_t i = 0; i <= VELOX_BUNDLE_DRAIN; i++)
        bundles += statistics->bundles[i];
    uint64_t items = statistics->stages[VELOX_STAGE_OUTPUT].out;
    fprintf(out, "%s bundles of %.2f transactions on average:", number(bundles, word),
            bundles > 0 ? (double)items / (double)bundles : 0.0);
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        fprintf(out, "%s %s %s", i > 0 ? "," : "",
                number(statistics->bundles[reasons[i].reason], word), reasons[i].said);
    fputs(".\n", out);
}

static void print_calls(FILE *out, const velox_pipeline_statistics *statistics)
{
    char word[NUMBER_BYTES];
    fprintf(out, "System calls: the CPU given away %s times", number(statistics->yields, word));
    fprintf(out, ", %s sleeps", number(statistics->parks, word));
    fprintf(out, ", %s wake-ups.\n", number(statistics->wakes, word));
    if (statistics->unpinned > 0)
        fprintf(out,
                "warning: %s threads could not be pinned; their times include what moving costs.\n",
                number(statistics->unpinned, word));
    if (statistics->clamped > 0)
        fprintf(out, "The clocks of two CPUs differed %s times; counted as no time.\n",
                number(statistics->clamped, word));
}

static int print_latencies(FILE *out, const velox_pipeline *pipeline)
{
    const velox_histogram *latency = velox_pipeline_latency(pipeline);
    const velox_histogram *uncorrected = velox_pipeline_uncorrected_latency(pipeline);
    fputs("\nLatency, from when a transaction was due until output had it:\n", out);
    int status = velox_histogram_print(latency, out);
    if (status == 0 && uncorrected != latency && velox_histogram_count(uncorrected) > 0) {
        fputs("From when it was accepted, which leaves out what it waited for a busy engine: p50 ",
              out);
        print_duration(out, 0, velox_histogram_quantile(uncorrected, VELOX_HISTOGRAM_P50));
        fputs(", p99 ", out);
        print_duration(out, 0, velox_histogram_quantile(uncorrected, VELOX_HISTOGRAM_P99));
        fputs(", max ", out);
        print_duration(out, 0, velox_histogram_quantile(uncorrected, 1));
        fputs(".\n", out);
    }
    return status;
}

static void print_parts(FILE *out, const velox_pipeline *pipeline)
{
    static const double quantiles[] = {VELOX_HISTOGRAM_P50, VELOX_HISTOGRAM_P90,
                                       VELOX_HISTOGRAM_P99, VELOX_HISTOGRAM_P99_9, 1};
    double all_ns = 0;
    for (size_t part = 0; part < VELOX_PARTS; part++)
        all_ns += velox_histogram_mean(velox_pipeline_part(pipeline, part));
    fprintf(out, "\nWhere that time was spent:\n%-8s %12s %12s %12s %12s %12s  %s\n", "", "p50",
            "p90", "p99", "p99.9", "max", "of the mean");
    for (size_t part = 0; part < VELOX_PARTS; part++) {
        const velox_histogram *of = velox_pipeline_part(pipeline, part);
        fprintf(out, "%-8s", velox_pipeline_part_name(part));
        for (size_t i = 0; i < sizeof quantiles / sizeof quantiles[0]; i++) {
            fputc(' ', out);
            print_duration(out, 12, velox_histogram_quantile(of, quantiles[i]));
        }
        fprintf(out, "  %9.1f %%\n", all_ns > 0 ? 100 * velox_histogram_mean(of) / all_ns : 0);
    }
}

int velox_show_summary(FILE *out, const velox_pipeline_options *options,
                       const velox_pipeline *pipeline)
{
    velox_pipeline_statistics statistics;
    velox_pipeline_read(pipeline, &statistics);
    char word[NUMBER_BYTES];
    uint64_t items = statistics.stages[VELOX_STAGE_OUTPUT].out;
    fputc('\n', out);
    print_stages(out, &statistics);
    fputc('\n', out);
    print_bundles(out, &statistics);
    print_calls(out, &statistics);
    int status = print_latencies(out, pipeline);
    const velox_histogram *part = velox_pipeline_part(pipeline, 0);
    if (part != NULL && velox_histogram_count(part) > 0)
        print_parts(out, pipeline);
    const char *fault = velox_pipeline_fault(pipeline);
    fprintf(out, "\n%s transactions in %.3f s", number(items, word),
            (double)statistics.elapsed_ns / 1e9);
    fprintf(out, ", %s a second",
            number((uint64_t)(rate(items, statistics.elapsed_ns) + 0.5), word));
    if (fault == NULL)
        fprintf(out, ": what was accepted came out once%s.\n",
                options->verify ? ", in order and unchanged" : " and in order (no checksums)");
    else
        fprintf(out, ".\nFAULT: %s.\n", fault);
    errno = 0;
    if (fflush(out) != 0 || ferror(out))
        status = errno != 0 ? -errno : -EIO;
    return status;
}
