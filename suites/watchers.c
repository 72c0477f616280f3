#define _GNU_SOURCE
#include "watchers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const char request[] =
    "GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";

static void rest_ns(long ns)
{
    nanosleep(&(struct timespec){.tv_nsec = ns}, NULL);
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

/* Whether all of it came, with the engine's figures. */
static bool scrape(uint16_t port)
{
    static char answer[65536];
    size_t bytes = 0;
    int connection = connect_to(port, 0);
    if (connection < 0)
        return false;
    if (send(connection, request, sizeof request - 1, MSG_NOSIGNAL) == sizeof request - 1) {
        ssize_t got = 1;
        for (; got > 0 && bytes<sizeof answer - 1; bytes += got> 0 ? (size_t)got : 0)
            got = recv(connection, answer + bytes, sizeof answer - 1 - bytes, 0);
    }
    close(connection);
    answer[bytes] = '\0';
    return strncmp(answer, "HTTP/1.1 200", 12) == 0 &&
           strstr(answer, "\nvelox_latency_seconds_count ");
}

static void scrape_again_and_again(watchers *all)
{
    while (!atomic_load(&all->stop)) {
        if (!atomic_load(&all->rest) && scrape(all->port))
            atomic_store(&all->at_work, true);
        rest_ns(1000000000 / WATCHERS_SCRAPES_PER_SEC);
    }
}

/* One of the crowd: half a request, nonsense, a header without end, or a request whose answer
 * nobody reads. */
static int misbehave(uint16_t port, unsigned how)
{
    static char much[65536];
    int connection = connect_to(port, SOCK_NONBLOCK);
    memset(much, how % 4 == 1 ? '\x7f' : 'x', sizeof much);
    if (connection < 0)
        return -1;
    if (how % 4 == 2)
        memcpy(much, "GET /metrics HTTP/1.1\r\nX: ", 26);
    const char *text = how % 4 == 1 || how % 4 == 2 ? much : request;
    size_t bytes = how % 4 == 0 ? 9 : how % 4 == 3 ? sizeof request - 1 : sizeof much;
    if (send(connection, text, bytes, MSG_NOSIGNAL) < 0) {
        /* It is not let in yet, or has been cut off: one that says nothing. */
    }
    return connection;
}

static void crowd(watchers *all)
{
    static int connections[WATCHERS_CROWD];
    for (unsigned i = 0; i < WATCHERS_CROWD; i++)
        connections[i] = misbehave(all->port, i);
    atomic_store(&all->at_work, true);
    for (unsigned i = 0; !atomic_load(&all->stop); i++) {
        int *one = &connections[i % WATCHERS_CROWD];
        if (!atomic_load(&all->rest)) {
            if (*one >= 0)
                close(*one);
            *one = misbehave(all->port, i / 7);
        }
        rest_ns(1000000);
    }
    for (unsigned i = 0; i < WATCHERS_CROWD; i++) {
        if (connections[i] >= 0)
            close(connections[i]);
    }
}

/* What they take must be the server's, not the engine's. */
static void leave_this_cpu(void)
{
    cpu_set_t all;
    int own = sched_getcpu();
    long there = sysconf(_SC_NPROCESSORS_ONLN);
    CPU_ZERO(&all);
    for (int i = 0; i < there; i++) {
        if (i != own)
            CPU_SET(i, &all);
    }
    sched_setaffinity(0, sizeof all, &all); /* where that fails they share it */
}

static void *watch(void *argument)
{
    watchers *all = argument;
    leave_this_cpu();
    if (all->kind == SCRAPERS)
        scrape_again_and_again(all);
    else
        crowd(all);
    return NULL;
}

int watchers_start(watchers *all, watchers_kind kind, uint16_t port)
{
    enum { PATIENCE_MS = 5000 };
    *all = (watchers){.kind = kind, .port = port};
    if (kind == NOBODY)
        return 0;
    int error = pthread_create(&all->thread, NULL, watch, all);
    if (error != 0)
        return -error;
    for (int i = 0; i < PATIENCE_MS && !atomic_load(&all->at_work); i++)
        rest_ns(1000000);
    if (atomic_load(&all->at_work))
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
}
