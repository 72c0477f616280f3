#define _GNU_SOURCE
#include "metrics.h"

#include "instruments/histogram_print.h"
#include "latency_json.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <microhttpd.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* What clients may take: connections at once, seconds without a word, and memory each. */
enum { CONNECTIONS_MAX = 64, IDLE_S = 5, CONNECTION_BYTES = 16384, BACKLOG = 64 };

struct velox_metrics {
    struct MHD_Daemon *daemon;
    const velox_pipeline *pipeline;
    char address[INET6_ADDRSTRLEN + 16];
};

/* --- What is answered --- */

static const char *const stages[VELOX_STAGES] = {"ingress", "book", "bundle", "output"};

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
                    stages[stage], value);
        }
    }
}

static void print_stages(FILE *out, const velox_pipeline_statistics *statistics)
{
    print_counters(out, statistics);
    fputs("# HELP velox_stage_busy_seconds_total Time that a stage has spent at work: its rate is "
          "the "
          "utilisation.\n# TYPE velox_stage_busy_seconds_total counter\n",
          out);
    for (size_t i = 0; i < VELOX_STAGES; i++)
        fprintf(out, "velox_stage_busy_seconds_total{stage=\"%s\"} %.9f\n", stages[i],
                (double)statistics->stages[i].busy_ns / 1e9);
    fputs("# HELP velox_ring_depth What the ring in front of a stage holds; output: bundles.\n"
          "# TYPE velox_ring_depth gauge\n",
          out);
    for (size_t i = VELOX_STAGE_BOOK; i < VELOX_STAGES; i++)
        fprintf(out, "velox_ring_depth{stage=\"%s\"} %zu\n", stages[i],
                statistics->stages[i].depth);
    fputs("# HELP velox_ring_capacity What it can hold.\n# TYPE velox_ring_capacity gauge\n", out);
    for (size_t i = VELOX_STAGE_BOOK; i < VELOX_STAGES; i++)
        fprintf(out, "velox_ring_capacity{stage=\"%s\"} %zu\n", stages[i],
                statistics->stages[i].capacity);
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
    fprintf(out,
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
            "velox_elapsed_seconds %.9f\n",
            statistics->yields, statistics->parks, statistics->wakes, statistics->clamped,
            (double)statistics->elapsed_ns / 1e9);
}

/* Buckets end where the bands of the printed distribution do. */
static void print_histogram(FILE *out, const char *name, const char *help,
                            const velox_histogram *from)
{
    static const char *const ends[VELOX_HISTOGRAM_BANDS] = {
        "1e-07", "2e-07", "5e-07",  "1e-06",  "2e-06",  "5e-06", "1e-05",
        "2e-05", "5e-05", "0.0001", "0.0002", "0.0005", "+Inf"};
    velox_histogram snapshot;
    velox_histogram_init(&snapshot);
    velox_histogram_merge(&snapshot, from);
    uint64_t counts[VELOX_HISTOGRAM_BANDS];
    velox_histogram_bands(&snapshot, counts);
    fprintf(out, "# HELP %s %s\n# TYPE %s histogram\n", name, help, name);
    uint64_t below = 0;
    for (size_t i = 0; i < VELOX_HISTOGRAM_BANDS; i++) {
        below += counts[i];
        fprintf(out, "%s_bucket{le=\"%s\"} %" PRIu64 "\n", name, ends[i], below);
    }
    fprintf(out, "%s_sum %.9f\n%s_count %" PRIu64 "\n", name,
            (double)velox_histogram_sum(&snapshot) / 1e9, name, below);
}

static void print_metrics(FILE *out, const velox_pipeline *pipeline)
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
}

static json_t *parts_json(const velox_pipeline *pipeline)
{
    if (velox_pipeline_part(pipeline, 0) == NULL)
        return json_null();
    json_t *parts = json_array();
    for (size_t i = 0; i < VELOX_PARTS; i++) {
        json_t *part = json_pack("{s:s, s:o}", "part", velox_pipeline_part_name(i), "latency",
                                 velox_latency_json(velox_pipeline_part(pipeline, i)));
        if (json_array_append_new(parts, part) != 0) {
            json_decref(parts);
            return NULL;
        }
    }
    return parts;
}

static bool print_latency(FILE *out, const velox_pipeline *pipeline)
{
    json_t *all = json_pack(
        "{s:o, s:o, s:o}", "latency", velox_latency_json(velox_pipeline_latency(pipeline)),
        "uncorrected_latency", velox_latency_json(velox_pipeline_uncorrected_latency(pipeline)),
        "parts", parts_json(pipeline));
    bool printed =
        all != NULL && json_dumpf(all, out, JSON_INDENT(1)) == 0 && fputc('\n', out) != EOF;
    json_decref(all);
    return printed;
}

/* --- Answering --- */

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned status, const char *type,
                              char *text, size_t bytes, enum MHD_ResponseMemoryMode mode)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(bytes, text, mode);
    if (response == NULL) {
        if (mode == MHD_RESPMEM_MUST_FREE)
            free(text);
        return MHD_NO;
    }
    enum MHD_Result queued = MHD_NO;
    if (MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type) == MHD_YES &&
        MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store") == MHD_YES)
        queued = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return queued;
}

static enum MHD_Result answer_text(struct MHD_Connection *connection, unsigned status,
                                   const char *text)
{
    return answer(connection, status, "text/plain; charset=utf-8", (char *)text, strlen(text),
                  MHD_RESPMEM_PERSISTENT);
}

static enum MHD_Result answer_request(void *context, struct MHD_Connection *connection,
                                      const char *url, const char *method, const char *version,
                                      const char *upload, size_t *upload_bytes, void **request)
{
    (void)version;
    (void)upload;
    (void)request;
    const velox_metrics *metrics = context;
    if (*upload_bytes > 0) { /* read and thrown away, so that the connection can be answered */
        *upload_bytes = 0;
        return MHD_YES;
    }
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
        return answer_text(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "Only GET is answered.\n");
    bool of_metrics = strcmp(url, "/metrics") == 0;
    if (!of_metrics && strcmp(url, "/debug/latency") != 0)
        return answer_text(connection, MHD_HTTP_NOT_FOUND,
                           "There is /metrics, and /debug/latency.\n");

    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    if (out == NULL)
        return MHD_NO;
    bool printed = true;
    if (of_metrics)
        print_metrics(out, metrics->pipeline);
    else
        printed = print_latency(out, metrics->pipeline);
    if (fclose(out) != 0 || !printed) {
        free(text);
        return MHD_NO;
    }
    return answer(connection, MHD_HTTP_OK,
                  of_metrics ? "text/plain; version=0.0.4; charset=utf-8" : "application/json",
                  text, bytes, MHD_RESPMEM_MUST_FREE);
}

/* --- Listening --- */

/* Takes "HOST:PORT" apart. 0, or -1 if it has no such form. */
static int split(const char *address, char host[INET6_ADDRSTRLEN], const char **port)
{
    const char *colon = strrchr(address, ':');
    const char *begin = address;
    *port = colon != NULL ? colon + 1 : address;
    size_t length = colon != NULL ? (size_t)(colon - address) : 0;
    if (length >= 2 && *begin == '[' && begin[length - 1] == ']') {
        begin++;
        length -= 2;
    } else if (memchr(begin, ':', length) != NULL) {
        return -1; /* an IPv6 address has brackets, or nobody knows where it ends */
    }
    if (length >= INET6_ADDRSTRLEN)
        return -1;
    memcpy(host, begin, length);
    host[length] = '\0';
    if (length == 0 || strcmp(host, "localhost") == 0)
        strcpy(host, "127.0.0.1");
    char *end;
    errno = 0;
    long number = strtol(*port, &end, 10);
    return **port >= '0' && **port <= '9' && *end == '\0' && errno == 0 && number <= 65535 ? 0 : -1;
}

/* A socket that listens. Its descriptor, or -1 with a sentence. */
static int listen_at(const char *address, char message[VELOX_MESSAGE_BYTES])
{
    char host[INET6_ADDRSTRLEN];
    const char *port;
    struct addrinfo *found = NULL;
    const struct addrinfo wanted = {.ai_socktype = SOCK_STREAM,
                                    .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
    if (split(address, host, &port) != 0 || getaddrinfo(host, port, &wanted, &found) != 0)
        return velox_say(
            message,
            "--metrics \"%.80s\" is no address: give PORT, HOST:PORT or [HOST]:PORT, with a "
            "numeric HOST and a PORT up to 65535.",
            address);
    int on = 1;
    int listening = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool listens =
        listening >= 0 && setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        bind(listening, found->ai_addr, found->ai_addrlen) == 0 && listen(listening, BACKLOG) == 0;
    int error = errno;
    freeaddrinfo(found);
    if (listens)
        return listening;
    if (listening >= 0)
        close(listening);
    return velox_say(message, "--metrics %.80s cannot be listened at: %s.", address,
                     strerror(error));
}

static void name_address(velox_metrics *metrics, int listening)
{
    struct sockaddr_storage bound = {0};
    socklen_t bytes = sizeof bound;
    char host[INET6_ADDRSTRLEN] = "", port[8] = "";
    if (getsockname(listening, (struct sockaddr *)&bound, &bytes) != 0 ||
        getnameinfo((struct sockaddr *)&bound, bytes, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return;
    bool colons = strchr(host, ':') != NULL;
    snprintf(metrics->address, sizeof metrics->address, colons ? "[%s]:%s" : "%s:%s", host, port);
}

int velox_metrics_start(const char *address, const velox_pipeline *pipeline,
                        velox_metrics **metrics, char message[VELOX_MESSAGE_BYTES])
{
    *metrics = NULL;
    int listening = listen_at(address, message);
    if (listening < 0)
        return -1;
    velox_metrics *made = calloc(1, sizeof *made);
    if (made != NULL) {
        made->pipeline = pipeline;
        name_address(made, listening);
        made->daemon = MHD_start_daemon(
            MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_AUTO, 0, NULL, NULL, answer_request, made,
            MHD_OPTION_LISTEN_SOCKET, listening, MHD_OPTION_CONNECTION_LIMIT,
            (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
            MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES, MHD_OPTION_END);
    }
    if (made == NULL || made->daemon == NULL) {
        close(listening);
        free(made);
        return velox_say(message, "--metrics %.80s: the server could not be started.", address);
    }
    *metrics = made;
    return 0;
}

const char *velox_metrics_address(const velox_metrics *metrics)
{
    return metrics->address;
}

void velox_metrics_stop(velox_metrics *metrics)
{
    if (metrics == NULL)
        return;
    MHD_stop_daemon(metrics->daemon); /* closes the socket, too */
    free(metrics);
}
