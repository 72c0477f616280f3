/* velox: the engine, run on a made-up market, and watched. */
#define _GNU_SOURCE
#include "collector.h"
#include "files.h"
#include "metrics.h"
#include "options.h"
#include "replay.h"
#include "result.h"
#include "show.h"
#include "trace.h"

#include "instruments/measure.h"
#include "thread_control.h"
#include "velox/feed.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LINE_EVERY_NS = 1000000000, LOOK_EVERY_NS = 20000000 };

static velox_pipeline *running; /* for the signal handler */

/* A second one ends the program, but not at once: some send a signal to a process and its group. */
static void stop_running(int signal_number)
{
    static uint64_t first_ns;
    uint64_t now_ns = velox_monotonic_ns();
    if (first_ns == 0) {
        first_ns = now_ns;
        velox_pipeline_stop(running);
    } else if (now_ns - first_ns > 1000000000) {
        signal(signal_number, SIG_DFL);
        raise(signal_number);
    }
}

static size_t next_of_feed(void *feed, velox_transaction *transactions, size_t count)
{
    velox_feed_next(feed, transactions, count);
    return count;
}

static void sleep_ns(long ns)
{
    const struct timespec time = {.tv_nsec = ns};
    nanosleep(&time, NULL); /* cut short by a signal: looks again sooner */
}

/* The monitor: a line a second until everything has come out. */
static void watch(FILE *out, const velox_pipeline *pipeline)
{
    static velox_show_state state; /* 37 KiB */
    velox_histogram_init(&state.latency);
    velox_thread_name("velox-monitor");
    uint64_t next_ns = LINE_EVERY_NS;
    while (!velox_pipeline_is_done(pipeline)) {
        sleep_ns(LOOK_EVERY_NS);
        velox_pipeline_statistics now;
        velox_pipeline_read(pipeline, &now);
        if (now.elapsed_ns >= next_ns) {
            VELOX_MEASURE (monitor_line) {
                velox_show_line(out, pipeline, &state);
            }
            next_ns = (now.elapsed_ns / LINE_EVERY_NS + 1) * LINE_EVERY_NS;
        }
    }
    velox_pipeline_statistics end;
    velox_pipeline_read(pipeline, &end);
    if (end.elapsed_ns >= next_ns) /* the last second */
        velox_show_line(out, pipeline, &state);
}

/* Ctrl-C and SIGTERM end the pipeline in order; again later, or without one, the program. */
static void stop_on_signals(velox_pipeline *pipeline)
{
    struct sigaction action = {.sa_handler = pipeline != NULL ? stop_running : SIG_DFL,
                               .sa_flags = SA_RESTART};
    if (pipeline != NULL)
        running = pipeline;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

/* Until there is a pipeline that a signal can end, none is delivered; and never to other threads
 * than this one, as they begin meanwhile. */
static void hold_signals(bool hold)
{
    sigset_t both;
    sigemptyset(&both);
    sigaddset(&both, SIGINT);
    sigaddset(&both, SIGTERM);
    pthread_sigmask(hold ? SIG_BLOCK : SIG_UNBLOCK, &both, NULL);
}

/* --- What is written at the end --- */

typedef struct {
    const velox_program_options *options;
    const velox_pipeline *pipeline;
} ended_run;

static int write_result(FILE *out, const void *context)
{
    const ended_run *run = context;
    return velox_result_write(out, run->options, run->pipeline);
}

typedef struct {
    velox_span *spans;
    size_t count;
    uint64_t unix_ns; /* what the clock must be advanced by to be the time of day */
} kept_spans;

static int write_chrome(FILE *out, const void *context)
{
    const kept_spans *kept = context;
    return velox_trace_write_chrome(out, kept->spans, kept->count);
}

static int write_otlp(FILE *out, const void *context)
{
    const kept_spans *kept = context;
    return velox_trace_write_otlp(out, kept->spans, kept->count, kept->unix_ns);
}

static int say_why(const char *message)
{
    fprintf(stderr, "velox: %s\n", message);
    return 2;
}

/* 0, or 2 after a sentence. */
static int write_file(const char *option, const char *path, velox_file_writer *writer,
                      const void *context)
{
    int status = path != NULL ? velox_file_write(path, writer, context) : 0;
    if (status == 0)
        return 0;
    fprintf(stderr, "velox: %s %s could not be written: %s.\n", option, path, strerror(-status));
    return 2;
}

static uint64_t unix_ns(void)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static int send_spans(const char *url, const kept_spans *kept)
{
    char message[VELOX_MESSAGE_BYTES];
    return velox_collector_post(url, write_otlp, kept, message) == 0 ? 0 : say_why(message);
}

static int write_spans(const velox_program_options *options, const velox_pipeline *pipeline)
{
    if (options->trace == NULL && options->otlp == NULL)
        return 0;
    kept_spans kept = {.unix_ns = unix_ns() - velox_monotonic_ns()};
    kept.spans = calloc(options->pipeline.spans, sizeof *kept.spans);
    if (kept.spans == NULL) {
        fputs("velox: there is no memory to write spans.\n", stderr);
        return 2;
    }
    kept.count = velox_pipeline_spans(pipeline, kept.spans, options->pipeline.spans);
    int chrome = write_file("--trace", options->trace, write_chrome, &kept);
    int otlp = options->otlp != NULL && velox_collector_is_url(options->otlp)
                   ? send_spans(options->otlp, &kept)
                   : write_file("--otlp", options->otlp, write_otlp, &kept);
    free(kept.spans);
    return chrome != 0 ? chrome : otlp;
}

/* Prints the summary, writes the files. The exit code: 1 for a fault, whatever else goes wrong. */
static int tell(FILE *out, const velox_program_options *options, const velox_pipeline *pipeline)
{
    int exit_code = 0;
    int status = velox_show_summary(out, &options->pipeline, pipeline);
    if (status != 0) {
        fprintf(stderr, "velox: the summary could not be written: %s.\n", strerror(-status));
        exit_code = 2;
    }
    const ended_run run = {options, pipeline};
    if (write_file("--json", options->json, write_result, &run) != 0)
        exit_code = 2;
    if (write_spans(options, pipeline) != 0)
        exit_code = 2;
    return velox_pipeline_fault(pipeline) != NULL ? 1 : exit_code;
}

/* What is for people goes to standard error where standard output is a file for something else. */
static FILE *stream_of(const velox_program_options *options)
{
    return velox_file_is_stdout(options->json) || velox_file_is_stdout(options->trace) ||
                   velox_file_is_stdout(options->otlp)
               ? stderr
               : stdout;
}

/* One clock for the engine and for measured blocks. */
static int make_pipeline(const velox_program_options *options, const velox_source *source,
                         velox_pipeline **pipeline)
{
    velox_clock clock;
    velox_pipeline_options with_clock = options->pipeline;
    with_clock.clock = &clock;
    int status = velox_clock_init(&clock, VELOX_CLOCK_AUTO);
    if (status != 0)
        return status;
    velox_measure_use_clock(&clock);
    return velox_pipeline_create(&with_clock, source, NULL, pipeline);
}

static int run(const velox_program_options *options, const velox_source *source)
{
    velox_pipeline *pipeline;
    int status = make_pipeline(options, source, &pipeline);
    if (status != 0) {
        fprintf(stderr, "velox: the engine could not be made: %s%s.\n", strerror(-status),
                status == -ENOMEM ? "; smaller --ring or --levels need less memory" : "");
        return 2;
    }
    hold_signals(true);
    velox_metrics *metrics = NULL;
    char message[VELOX_MESSAGE_BYTES];
    if (options->metrics != NULL &&
        velox_metrics_start(options->metrics, pipeline, &metrics, message) != 0) {
        velox_pipeline_free(pipeline);
        return say_why(message);
    }
    FILE *out = stream_of(options);
    if (metrics != NULL)
        fprintf(out, "Metrics: http://%s/metrics\n", velox_metrics_address(metrics));
    velox_show_begin(out, &options->pipeline, velox_thread_cpus());
    int exit_code = 2;
    status = velox_pipeline_start(pipeline);
    if (status == 0) {
        stop_on_signals(pipeline);
        hold_signals(false);
        watch(out, pipeline);
        velox_pipeline_join(pipeline);
        stop_on_signals(NULL);
        exit_code = tell(out, options, pipeline);
    } else {
        fprintf(stderr, "velox: a thread could not be started: %s.\n", strerror(-status));
    }
    velox_metrics_stop(metrics);
    velox_pipeline_free(pipeline);
    return exit_code;
}

static int run_feed(const velox_program_options *options)
{
    static velox_feed feed;
    velox_feed_init(&feed, options->seed, options->pipeline.first_tick, options->pipeline.levels);
    const velox_source source = {.next = next_of_feed, .context = &feed};
    return run(options, &source);
}

static int run_replay(const velox_program_options *options)
{
    char message[VELOX_MESSAGE_BYTES];
    velox_replay replay;
    if (velox_replay_load(options->replay, options->pipeline.first_tick, options->pipeline.levels,
                          &replay, message) != 0)
        return say_why(message);
    const velox_source source = {velox_replay_next, &replay, velox_replay_rest};
    int exit_code = run(options, &source);
    velox_replay_free(&replay);
    return exit_code;
}

int main(int argc, char **argv)
{
    velox_program_options options;
    char message[VELOX_MESSAGE_BYTES];
    if (velox_options_parse(argc, argv, &options, message) != 0)
        return say_why(message);
    if (options.action != DO_RUN) {
        const char *text =
            options.action == DO_HELP ? velox_options_help() : "velox " VELOX_VERSION "\n";
        if (fputs(text, stdout) != EOF && fflush(stdout) == 0)
            return 0;
        return say_why("standard output could not be written.");
    }
    if (options.record != NULL)
        return velox_replay_record(options.record, &options, message) == 0 ? 0 : say_why(message);
    return options.replay != NULL ? run_replay(&options) : run_feed(&options);
}
