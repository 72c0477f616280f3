/* Clients of the engine's /metrics, in a thread of their own: well-behaved ones, and others. */
#ifndef VELOX_SUITE_WATCHERS_H
#define VELOX_SUITE_WATCHERS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum {
    NOBODY,
    SCRAPERS, /* WATCHERS_SCRAPES_PER_SEC, one after another */
    CROWD /* WATCHERS_CROWD that try to connect, say little, nonsense or too much, and go away */
} watchers_kind;

enum {
    WATCHERS_SCRAPES_PER_SEC = 100,
    WATCHERS_CROWD = 1000,
    WATCHERS_CROWD_LET_IN = 64 /* so many at least have a connection and said something */
};

typedef struct {
    watchers_kind kind;
    uint16_t port; /* of 127.0.0.1 */
    pthread_t thread;
    _Atomic bool stop;
    _Atomic bool rest;         /* they do nothing meanwhile */
    _Atomic bool at_work;      /* the first scrape has come whole; or so many of the crowd are in */
    _Atomic uint64_t scrapes;  /* that came whole */
    _Atomic uint64_t failures; /* scrapes that did not */
} watchers;

/*
 * Starts them, on other CPUs than the caller's where there are any, and waits until they are at
 * work. They rest then. Ends with watchers_stop(). 0, or -errno: -ETIMEDOUT if that took too long.
 */
int watchers_start(watchers *all, watchers_kind kind, uint16_t port);

/* Before they were started, too. */
void watchers_stop(watchers *all);

/* Around what is measured: the other side of a comparison must not have to do with them. */
static inline void watchers_rest(watchers *all, bool rest)
{
    atomic_store(&all->rest, rest);
}

#endif
