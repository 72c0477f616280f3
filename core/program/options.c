/* Reading the command line. */
#define _GNU_SOURCE
#include "options.h"

#include "files.h"
#include "thread_control.h"
#include "velox/order_book.h"
#include "velox/ring.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    OPTION_HELP = 1,
    OPTION_VERSION,
    OPTION_SECONDS,
    OPTION_RATE,
    OPTION_REPLAY,
    OPTION_RECORD,
    OPTION_TRANSACTIONS,
    OPTION_RING,
    OPTION_LEVELS,
    OPTION_FLUSH,
    OPTION_FLUSH_AFTER,
    OPTION_DROP,
    OPTION_SAMPLE_EVERY,
    OPTION_NO_VERIFY,
    OPTION_THREADS,
    OPTION_WAIT,
    OPTION_PIN,
    OPTION_SEED,
    OPTION_SPANS,
    OPTION_TRACE,
    OPTION_OTLP,
    OPTION_METRICS,
    OPTION_JSON,
};

/* The latest so many ways are kept: a tenth of a second at the usual rate. */
enum { SPANS_KEPT = 10000 };

/* In the order of their numbers. */
static const struct option long_options[] = {
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {"seconds", required_argument, NULL, OPTION_SECONDS},
    {"rate", required_argument, NULL, OPTION_RATE},
    {"replay", required_argument, NULL, OPTION_REPLAY},
    {"record", required_argument, NULL, OPTION_RECORD},
    {"transactions", required_argument, NULL, OPTION_TRANSACTIONS},
    {"ring", required_argument, NULL, OPTION_RING},
    {"levels", required_argument, NULL, OPTION_LEVELS},
    {"flush", required_argument, NULL, OPTION_FLUSH},
    {"flush-after", required_argument, NULL, OPTION_FLUSH_AFTER},
    {"drop", no_argument, NULL, OPTION_DROP},
    {"sample-every", required_argument, NULL, OPTION_SAMPLE_EVERY},
    {"no-verify", no_argument, NULL, OPTION_NO_VERIFY},
    {"threads", required_argument, NULL, OPTION_THREADS},
    {"wait", required_argument, NULL, OPTION_WAIT},
    {"pin", no_argument, NULL, OPTION_PIN},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"spans", no_argument, NULL, OPTION_SPANS},
    {"trace", required_argument, NULL, OPTION_TRACE},
    {"otlp", required_argument, NULL, OPTION_OTLP},
    {"metrics", required_argument, NULL, OPTION_METRICS},
    {"json", required_argument, NULL, OPTION_JSON},
    {NULL, 0, NULL, 0},
};

const char *velox_options_help(void)
{
    return "usage: velox [OPTION...]\n"
           "\n"
           "Runs the engine: ingress, order book, bundle and output, joined by rings and fed\n"
           "by a made-up market. Prints a line a second, then what each stage did and how\n"
           "long transactions took. Ctrl-C ends it as the end of its time does: what was\n"
           "accepted still comes out. A second later, another one ends it at once.\n"
           "\n"
           "how long\n"
           "  --seconds S        so long (default 10, but none with --transactions or\n"
           "                     --replay; 0: until these or Ctrl-C end it)\n"
           "  --rate N           so many transactions a second are due (default 100000;\n"
           "                     1 to 1e8; 0: as many as there is room for)\n"
           "  --transactions N   ends after so many (default 0: no limit)\n"
           "  --seed N           of the made-up market (default 1)\n"
           "  --replay FILE      takes transactions from a file instead, at the times that\n"
           "                     it says, or at --rate if that is given\n"
           "                     (core/program/replay.h: CSV or binary)\n"
           "  --record FILE      only writes --transactions orders of the made-up market, in\n"
           "                     bursts, at --rate on average: as text if FILE ends with\n"
           "                     .csv, otherwise as binary\n"
           "\n"
           "the engine\n"
           "  --ring N           transactions in each ring, a power of two (default 4096)\n"
           "  --levels N         price levels of the book, a side (default 1024)\n"
           "  --flush WHEN       a part-filled bundle leaves when\n"
           "                       idle   nothing more is there, or its time is up\n"
           "                              (default)\n"
           "                       time   its time is up\n"
           "                       full   never: only full ones leave, and the last\n"
           "  --flush-after US   that time, in microseconds (default 100)\n"
           "  --drop             what is due and finds no room is dropped, instead of\n"
           "                     waiting\n"
           "\n"
           "threads\n"
           "  --threads N        1 to 4, or cpus: as many as there are CPUs (default 4, one\n"
           "                     a stage); fewer threads run neighbouring stages together\n"
           "  --wait HOW         with nothing to do, a thread spins, gives its CPU away, and\n"
           "                       park   sleeps until it is woken (default)\n"
           "                       sleep  sleeps for a while, and looks again\n"
           "                       yield  goes on giving its CPU away\n"
           "                       spin   or spins only: for threads with a CPU of their\n"
           "                              own\n"
           "  --pin              each thread to a CPU\n"
           "\n"
           "measuring\n"
           "  --sample-every N   records the latency of each N-th transaction (default 1;\n"
           "                     0: of none)\n"
           "  --no-verify        no checksums (the sequence is always checked)\n"
           "  --spans            how long recorded ones were in each stage and each ring\n"
           "  --trace FILE       the ways of the last 10000 of them as a Chrome trace, which\n"
           "                     ui.perfetto.dev opens\n"
           "  --otlp FILE|URL    the same as OTLP/JSON, for OpenTelemetry; what begins with\n"
           "                     http:// or https:// is the address of a collector, such as\n"
           "                     http://localhost:4318/v1/traces\n"
           "  --metrics ADDRESS  serves /metrics for Prometheus and /debug/latency while it\n"
           "                     runs, at PORT (0: a free one), HOST:PORT or [HOST]:PORT;\n"
           "                     without a host on loopback\n"
           "  --json FILE        writes the settings and the result as JSON\n"
           "\n"
           "One FILE may be -, standard output; what is for people then goes to standard\n"
           "error.\n"
           "\n"
           "  --help, --version\n"
           "\n"
           "Exit code: 0; 1 if a transaction was lost, doubled or changed; 2 for bad usage,\n"
           "or if the engine could not be started or a file not be read, written or sent.\n";
}

/* A number between the two. 0, or -1 with a sentence. */
static int number(const char *option, const char *text, double least, double most, double *value,
                  char message[VELOX_MESSAGE_BYTES])
{
    char *end;
    errno = 0;
    double read = strtod(text, &end);
    if (*text == '\0' || *end != '\0' || isnan(read))
        return velox_say(message, "--%s \"%.80s\" is not a number.", option, text);
    if (errno == ERANGE || read < least || read > most)
        return velox_say(message, "--%s %.80s is out of range: give %.15g to %.15g.", option, text,
                         least, most);
    *value = read;
    return 0;
}

static int whole(const char *option, const char *text, uint64_t least, uint64_t most,
                 uint64_t *value, char message[VELOX_MESSAGE_BYTES])
{
    char *end;
    errno = 0;
    unsigned long long read = strtoull(text, &end, 10);
    if (*text == '\0' || *end != '\0' || strchr(text, '-') != NULL)
        return velox_say(message, "--%s \"%.80s\" is not a whole number.", option, text);
    if (errno == ERANGE || read < least || read > most)
        return velox_say(message, "--%s %.80s is out of range: give %llu to %llu.", option, text,
                         (unsigned long long)least, (unsigned long long)most);
    *value = read;
    return 0;
}

/* The place of a word among `count` ones. 0, or -1 with a sentence. */
static int word(const char *option, const char *text, const char *const words[], size_t count,
                size_t *place, char message[VELOX_MESSAGE_BYTES])
{
    char known[VELOX_MESSAGE_BYTES / 2] = "";
    for (size_t i = 0; i < count; i++) {
        if (strcmp(text, words[i]) == 0) {
            *place = i;
            return 0;
        }
        size_t length = strlen(known);
        snprintf(known + length, sizeof known - length, "%s%s",
                 i == 0           ? ""
                 : i + 1 == count ? " or "
                                  : ", ",
                 words[i]);
    }
    return velox_say(message, "--%s \"%.80s\" is unknown: give %s.", option, text, known);
}

static int set_flush(const char *text, velox_pipeline_options *options, bool *never,
                     char message[VELOX_MESSAGE_BYTES])
{
    static const char *const words[] = {"idle", "time", "full"};
    size_t place = 0;
    int status = word("flush", text, words, 3, &place, message);
    options->flush_when_idle = place == 0;
    *never = place == 2;
    return status;
}

static int set_threads(const char *text, velox_pipeline_options *options,
                       char message[VELOX_MESSAGE_BYTES])
{
    uint64_t value = velox_thread_cpus();
    if (strcmp(text, "cpus") != 0 && whole("threads", text, 1, VELOX_STAGES, &value, message) != 0)
        return velox_say(message, "--threads %.80s is neither 1 to %d nor cpus.", text,
                         VELOX_STAGES);
    options->threads = value < VELOX_STAGES ? (unsigned)value : VELOX_STAGES;
    return 0;
}

static int set_wait(const char *text, velox_pipeline_options *options,
                    char message[VELOX_MESSAGE_BYTES])
{
    static const char *const words[] = {"park", "sleep", "yield", "spin"};
    size_t place = 0;
    int status = word("wait", text, words, 4, &place, message);
    options->wait = (velox_wait)place;
    return status;
}

static int set_ring(const char *text, velox_pipeline_options *options,
                    char message[VELOX_MESSAGE_BYTES])
{
    uint64_t value = 0;
    if (whole("ring", text, VELOX_RING_CAPACITY_MIN, VELOX_RING_CAPACITY_MAX, &value, message) != 0)
        return -1;
    if ((value & (value - 1)) != 0)
        return velox_say(message, "--ring %.80s is not a power of two.", text);
    options->ring_capacity = (uint32_t)value;
    return 0;
}

static int set_rate(const char *text, velox_pipeline_options *options,
                    char message[VELOX_MESSAGE_BYTES])
{
    double rate = 0;
    if (number("rate", text, 0, VELOX_PIPELINE_RATE_MAX_PER_SEC, &rate, message) != 0)
        return -1;
    if (rate > 0 && rate < VELOX_PIPELINE_RATE_MIN_PER_SEC)
        return velox_say(message, "--rate %.80s is out of range: give 0, or 1 to 100000000.", text);
    options->rate_per_sec = rate;
    return 0;
}

/* What the command line says, before it is put together. */
typedef struct {
    velox_program_options *options;
    double seconds, flush_after_us;
    uint64_t levels;
    bool never_flush, spans;
    bool given[OPTION_JSON + 1]; /* which options were */
} reading;

/* 0, or -1 with a sentence. */
static int take_option(int option, const char *value, reading *all,
                       char message[VELOX_MESSAGE_BYTES])
{
    velox_program_options *options = all->options;
    velox_pipeline_options *pipeline = &options->pipeline;
    all->given[option] = true;
    switch (option) {
    case OPTION_HELP:
        options->action = DO_HELP;
        return 0;
    case OPTION_VERSION:
        options->action = DO_VERSION;
        return 0;
    case OPTION_SECONDS:
        return number("seconds", value, 0, 1e6, &all->seconds, message);
    case OPTION_RATE:
        return set_rate(value, pipeline, message);
    case OPTION_REPLAY:
        options->replay = value;
        return 0;
    case OPTION_RECORD:
        options->record = value;
        return 0;
    case OPTION_TRANSACTIONS:
        return whole("transactions", value, 0, INT64_MAX, &pipeline->transactions, message);
    case OPTION_RING:
        return set_ring(value, pipeline, message);
    case OPTION_LEVELS:
        return whole("levels", value, 1, VELOX_ORDER_BOOK_LEVELS_MAX, &all->levels, message);
    case OPTION_FLUSH:
        return set_flush(value, pipeline, &all->never_flush, message);
    case OPTION_FLUSH_AFTER:
        return number("flush-after", value, 0, 1e9, &all->flush_after_us, message);
    case OPTION_DROP:
        pipeline->drop_when_full = true;
        return 0;
    case OPTION_SAMPLE_EVERY:
        return whole("sample-every", value, 0, UINT32_MAX, &pipeline->sample_every, message);
    case OPTION_NO_VERIFY:
        pipeline->verify = false;
        return 0;
    case OPTION_THREADS:
        return set_threads(value, pipeline, message);
    case OPTION_WAIT:
        return set_wait(value, pipeline, message);
    case OPTION_PIN:
        pipeline->pin = true;
        return 0;
    case OPTION_SEED:
        return whole("seed", value, 0, INT64_MAX, &options->seed, message);
    case OPTION_SPANS:
        all->spans = true;
        return 0;
    case OPTION_TRACE:
        options->trace = value;
        return 0;
    case OPTION_OTLP:
        options->otlp = value;
        return 0;
    case OPTION_METRICS:
        options->metrics = value;
        return 0;
    default:
        options->json = value;
        return 0;
    }
}

/* What getopt_long() could not make out. `word` is where it stands. Returns -1 with a sentence. */
static int say_unknown(int option, const char *word, char message[VELOX_MESSAGE_BYTES])
{
    if (option == ':')
        return velox_say(message, "%.80s needs a value; --help says which.", word);
    if (optopt > OPTION_JSON) /* a letter */
        return velox_say(message, "-%c is no option of velox; --help lists them.", optopt);
    return velox_say(message,
                     optopt > 0 ? "%.80s takes no value; --help says which do."
                                : "%.80s is no option of velox; --help lists them.",
                     word);
}

/* Options that do not go together. 0, or -1 with a sentence. */
static int check_together(const reading *all, char message[VELOX_MESSAGE_BYTES])
{
    /* What the made-up market is made of. */
    static const bool of_record[OPTION_JSON + 1] = {
        [OPTION_RECORD] = true, [OPTION_TRANSACTIONS] = true, [OPTION_RATE] = true,
        [OPTION_SEED] = true,   [OPTION_LEVELS] = true,
    };
    const velox_program_options *options = all->options;
    for (int i = OPTION_SECONDS; options->record != NULL && i <= OPTION_JSON; i++) {
        if (all->given[i] && !of_record[i])
            return velox_say(message, "--record only writes the made-up market: leave --%s out.",
                             long_options[i - OPTION_HELP].name);
    }
    if (options->record != NULL &&
        (options->pipeline.transactions == 0 || options->pipeline.rate_per_sec == 0))
        return velox_say(message, "--record needs --transactions above 0, and a --rate above 0.");
    int on_standard_output = velox_file_is_stdout(options->json) +
                             velox_file_is_stdout(options->trace) +
                             velox_file_is_stdout(options->otlp);
    if (on_standard_output > 1)
        return velox_say(message, "Only one of --json, --trace and --otlp can be -.");
    if (options->pipeline.sample_every == 0 &&
        (all->spans || options->trace != NULL || options->otlp != NULL))
        return velox_say(message, "--sample-every 0 records nothing: leave --spans, --trace and "
                                  "--otlp out.");
    if (all->never_flush && all->given[OPTION_FLUSH_AFTER])
        return velox_say(message, "--flush full knows no time: leave --flush-after out.");
    return 0;
}

static void put_together(const reading *all)
{
    velox_program_options *options = all->options;
    velox_pipeline_options *pipeline = &options->pipeline;
    double seconds = all->seconds;
    if (all->spans || options->trace != NULL || options->otlp != NULL)
        pipeline->spans = SPANS_KEPT;
    pipeline->source_times = options->replay != NULL && !all->given[OPTION_RATE];
    pipeline->levels = (uint32_t)all->levels;
    if (!all->given[OPTION_SECONDS] && (options->replay != NULL || pipeline->transactions > 0))
        seconds = 0; /* something else ends it */
    pipeline->duration_ns = (uint64_t)ceil(seconds * 1e9);
    pipeline->flush_after_ns =
        all->never_flush ? UINT64_MAX : (uint64_t)(all->flush_after_us * 1e3);
}

int velox_options_parse(int argc, char **argv, velox_program_options *options,
                        char message[VELOX_MESSAGE_BYTES])
{
    *options = (velox_program_options){.seed = 1};
    velox_pipeline_defaults(&options->pipeline);
    reading all = {.options = options,
                   .seconds = 10,
                   .flush_after_us = (double)options->pipeline.flush_after_ns / 1e3,
                   .levels = options->pipeline.levels};
    opterr = 0;
    optind = 1;
    for (int option; (option = getopt_long(argc, argv, ":", long_options, NULL)) != -1;) {
        if (option == ':' || option == '?')
            return say_unknown(option, argv[optind - 1], message);
        if (take_option(option, optarg, &all, message) != 0)
            return -1;
        if (options->action != DO_RUN)
            return 0;
    }
    if (optind < argc)
        return velox_say(message, "\"%.80s\" is no option of velox; --help lists them.",
                         argv[optind]);
    if (check_together(&all, message) != 0)
        return -1;
    put_together(&all);
    return 0;
}
