#define _GNU_SOURCE
#include "watchers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const char request[] =
    "GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";

/* The next time of a rhythm, which does not slow down when one takes longer. */
static void sleep_until(struct timespec *next, long interval_ns)
{
    next->tv_nsec += interval_ns;
    if (next->tv_nsec >= 1000000000) {
        next->tv_nsec -= 1000000000;
        next->tv_sec++;
    }
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, next, NULL);
}

/* A connection to the port; without blocking it may still be under way. -1: there is none. */
static int connect_to(uint16_t port, int flags)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
    if (made >= 0 && connect(made, (const struct sockaddr *)&address, sizeof address) != 0 &&
        errno != EINPROGRESS) {
        close(made);
        return -1;
    }
    return made;
}

/* --- Scrapers --- */

/* Whether all of it came, with the engine's figures. */
static bool scrape(uint16_t port)
{
    static char answer[65536];
    size_t bytes = 0;
    int connection = connect_to(port, 0);
    if (connection < 0)
        return false;
    if (send(connection, request, sizeof request - 1, MSG_NOSIGNAL) == sizeof request - 1) {
        ssize_t got;
        while ((got = recv(connection, answer + bytes, sizeof answer - 1 - bytes, 0)) > 0)
            bytes += (size_t)got;
    }
    close(connection);
    answer[bytes] = '\0';
    return strncmp(answer, "HTTP/1.1 200", 12) == 0 &&
           strstr(answer, "\nvelox_latency_seconds_count ") != NULL;
}

static void scrape_again_and_again(watchers *all)
{
    struct timespec next;
    clock_gettime(CLOCK_MONOTONIC, &next);
    while (!atomic_load(&all->stop)) {
        if (!atomic_load(&all->rest)) {
            atomic_fetch_add(scrape(all->port) ? &all->scrapes : &all->failures, 1);
            atomic_store(&all->at_work, true);
        }
        sleep_until(&next, 1000000000 / WATCHERS_SCRAPES_PER_SEC);
    }
}

/* --- The crowd --- */

typedef struct {
    int connection; /* -1: none */
    bool said;      /* all that it has to say */
} bad_client;

static char nonsense[65536], endless_header[65536];

/* What the n-th says: half a request, nonsense, a header without end, or a request whose answer it
 * does not wait for. */
static const char *words_of(unsigned n, size_t *bytes)
{
    enum { HALF_A_REQUEST, NONSENSE, ENDLESS_HEADER, WHOLE_REQUEST, WAYS };
    switch (n % WAYS) {
    case HALF_A_REQUEST:
        *bytes = sizeof request / 2;
        return request;
    case NONSENSE:
        *bytes = sizeof nonsense;
        return nonsense;
    case ENDLESS_HEADER:
        *bytes = sizeof endless_header;
        return endless_header;
    default:
        *bytes = sizeof request - 1;
        return request;
    }
}

static void go_away(bad_client *client)
{
    if (client->connection >= 0)
        close(client->connection);
    *client = (bad_client){.connection = -1};
}

/* Comes, or says its words once it has been let in. */
static void misbehave(bad_client *client, unsigned n, uint16_t port)
{
    size_t bytes;
    const char *words = words_of(n, &bytes);
    if (client->connection < 0)
        client->connection = connect_to(port, SOCK_NONBLOCK);
    if (client->connection >= 0 && !client->said)
        client->said = send(client->connection, words, bytes, MSG_NOSIGNAL) > 0;
}

/* Each millisecond one goes away and comes again, and another one says its words. */
static void crowd(watchers *all)
{
    static bad_client clients[WATCHERS_CROWD];
    struct timespec next;
    memset(nonsense, '\x7f', sizeof nonsense);
    memset(endless_header, 'x', sizeof endless_header);
    memcpy(endless_header, "GET /metrics HTTP/1.1\r\nX: ", 26);
    for (unsigned i = 0; i < WATCHERS_CROWD; i++)
        clients[i] = (bad_client){.connection = -1};
    clock_gettime(CLOCK_MONOTONIC, &next);
    for (unsigned turn = 0; !atomic_load(&all->stop); turn++) {
        unsigned said = 0;
        for (unsigned i = 0; !atomic_load(&all->at_work) && i < WATCHERS_CROWD; i++) {
            misbehave(&clients[i], i, all->port);
            said += clients[i].said;
        }
        if (said >= WATCHERS_CROWD_LET_IN)
            atomic_store(&all->at_work, true);
        if (!atomic_load(&all->rest)) {
            unsigned leaving = turn % WATCHERS_CROWD;
            unsigned talking = (turn + WATCHERS_CROWD / 2) % WATCHERS_CROWD;
            go_away(&clients[leaving]);
            misbehave(&clients[leaving], leaving, all->port);
            misbehave(&clients[talking], talking, all->port);
        }
        sleep_until(&next, 1000000);
    }
    for (unsigned i = 0; i < WATCHERS_CROWD; i++)
        go_away(&clients[i]);
}

/* --- Their thread --- */

/* What they take must not be the engine's. Where there is no other CPU they share it. */
static void leave_cpu(int cpu)
{
    cpu_set_t others;
    long there = sysconf(_SC_NPROCESSORS_CONF);
    CPU_ZERO(&others);
    for (int i = 0; i < there; i++) {
        if (i != cpu)
            CPU_SET(i, &others);
    }
    sched_setaffinity(0, sizeof others, &others);
}

static void *watch(void *argument)
{
    watchers *all = argument;
    leave_cpu(sched_getcpu()); /* that of the caller: its only one, since it is pinned */
    if (all->kind == SCRAPERS)
        scrape_again_and_again(all);
    else
        crowd(all);
    return NULL;
}

int watchers_start(watchers *all, watchers_kind kind, uint16_t port)
{
    enum { PATIENCE_MS = 5000 };
    *all = (watchers){.kind = NOBODY, .port = port};
    if (kind == NOBODY)
        return 0;
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return -errno;
    files.rlim_cur = files.rlim_max; /* the crowd and the server are one process */
    if (setrlimit(RLIMIT_NOFILE, &files) != 0)
        return -errno;
    all->kind = kind;
    int error = pthread_create(&all->thread, NULL, watch, all);
    if (error != 0) {
        all->kind = NOBODY;
        return -error;
    }
    struct timespec next;
    clock_gettime(CLOCK_MONOTONIC, &next);
    for (int i = 0; i < PATIENCE_MS && !atomic_load(&all->at_work); i++)
        sleep_until(&next, 1000000);
    watchers_rest(all, true);
    if (atomic_load(&all->at_work) && atomic_load(&all->failures) == 0)
        return 0;
    watchers_stop(all);
    return -ETIMEDOUT;
}

void watchers_stop(watchers *all)
{
    if (all->kind == NOBODY)
        return;
    atomic_store(&all->stop, true);
    pthread_join(all->thread, NULL);
    all->kind = NOBODY;
}
