/* The server: a thread of libmicrohttpd's, on a socket of our own. */
#define _GNU_SOURCE
#include "metrics.h"

#include "metrics_text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* What clients may take: connections at once, seconds without a word, and memory each. */
enum { CONNECTIONS_MAX = 64, IDLE_S = 5, CONNECTION_BYTES = 16384, BACKLOG = 64 };

struct velox_metrics {
    struct MHD_Daemon *daemon;
    const velox_pipeline *pipeline;
    char address[INET6_ADDRSTRLEN + 16];
    pthread_mutex_t lock;             /* of the sockets: none is closed meanwhile */
    int connections[CONNECTIONS_MAX]; /* their sockets; -1: none */
};

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
    (void)upload_bytes;
    (void)request;
    const velox_metrics *metrics = context;
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
        velox_metrics_print(out, metrics->pipeline);
    else
        printed = velox_metrics_print_latency(out, metrics->pipeline);
    printed = printed && !ferror(out);
    if (fclose(out) != 0 || !printed) {
        free(text);
        return MHD_NO;
    }
    return answer(connection, MHD_HTTP_OK,
                  of_metrics ? "text/plain; version=0.0.4; charset=utf-8" : "application/json",
                  text, bytes, MHD_RESPMEM_MUST_FREE);
}

/* --- Connections --- */

/* Called by the server's thread when one begins, and before it is closed. */
static void note_connection(void *context, struct MHD_Connection *connection, void **its,
                            enum MHD_ConnectionNotificationCode what)
{
    velox_metrics *metrics = context;
    pthread_mutex_lock(&metrics->lock);
    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        int *place = *its;
        if (place != NULL)
            *place = -1;
    } else {
        for (size_t i = 0; i < CONNECTIONS_MAX && *its == NULL; i++) {
            if (metrics->connections[i] < 0) {
                metrics->connections[i] =
                    MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)
                        ->connect_fd;
                *its = &metrics->connections[i];
            }
        }
    }
    pthread_mutex_unlock(&metrics->lock);
}

/* Hangs up on all of them. Returns whether there were any. */
static bool hang_up(velox_metrics *metrics)
{
    bool any = false;
    pthread_mutex_lock(&metrics->lock);
    for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
        if (metrics->connections[i] >= 0) {
            shutdown(metrics->connections[i], SHUT_RDWR);
            any = true;
        }
    }
    pthread_mutex_unlock(&metrics->lock);
    return any;
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
            "numeric HOST or localhost, and a PORT up to 65535.",
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

/* 0, or -1 where the system does not say. */
static int name_address(velox_metrics *metrics, int listening)
{
    struct sockaddr_storage bound = {0};
    socklen_t bytes = sizeof bound;
    char host[INET6_ADDRSTRLEN] = "", port[8] = "";
    if (getsockname(listening, (struct sockaddr *)&bound, &bytes) != 0 ||
        getnameinfo((struct sockaddr *)&bound, bytes, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return -1;
    bool colons = strchr(host, ':') != NULL;
    snprintf(metrics->address, sizeof metrics->address, colons ? "[%s]:%s" : "%s:%s", host, port);
    return 0;
}

typedef struct {
    velox_metrics *metrics;
    int listening;
} beginning;

/* A thread begins with the priority of the one that starts it: from the lowest, the server gets a
 * CPU that the engine wants for a hundredth of the time at most. */
static void *start_server(void *argument)
{
    const beginning *begin = argument;
    setpriority(PRIO_PROCESS, (id_t)gettid(), 19);
    begin->metrics->daemon = MHD_start_daemon(
        MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_AUTO | MHD_USE_ITC, 0, NULL, NULL, answer_request,
        begin->metrics, MHD_OPTION_LISTEN_SOCKET, begin->listening, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES, MHD_OPTION_NOTIFY_CONNECTION,
        note_connection, begin->metrics, MHD_OPTION_END);
    return NULL;
}

int velox_metrics_start(const char *address, const velox_pipeline *pipeline,
                        velox_metrics **metrics, char message[VELOX_MESSAGE_BYTES])
{
    *metrics = NULL;
    int listening = listen_at(address, message);
    if (listening < 0)
        return -1;
    velox_metrics *made = calloc(1, sizeof *made);
    if (made != NULL && name_address(made, listening) == 0) {
        made->pipeline = pipeline;
        pthread_mutex_init(&made->lock, NULL);
        for (size_t i = 0; i < CONNECTIONS_MAX; i++)
            made->connections[i] = -1;
        beginning begin = {made, listening};
        pthread_t starter;
        if (pthread_create(&starter, NULL, start_server, &begin) == 0)
            pthread_join(starter, NULL);
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

/* libmicrohttpd 0.9.75 crashes where it answers a bad request just while it is stopped
 * (MHD_queue_response() then does nothing, and the headers of no response are built). So it is only
 * stopped when nobody is connected any more. */
void velox_metrics_stop(velox_metrics *metrics)
{
    enum { PATIENCE_MS = 1000 };
    if (metrics == NULL)
        return;
    int listening = MHD_quiesce_daemon(metrics->daemon);
    for (int i = 0; hang_up(metrics) && i < PATIENCE_MS; i++)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    MHD_stop_daemon(metrics->daemon);
    if (listening >= 0)
        close(listening);
    pthread_mutex_destroy(&metrics->lock);
    free(metrics);
}
