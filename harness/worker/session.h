/*
 * A session: one selected case in this process, from setup to teardown, and the runs of its
 * threads. What vb_run is inside. Knows nothing of the protocol, and of Google Benchmark only that
 * a run keeps its State.
 *
 * A block goes: begin_block (clear, reset) → every thread's fn → finish_block. The shim calls these
 * from Google Benchmark's threads; the gate keeps the threads together.
 */
#ifndef VBENCH_SESSION_H
#define VBENCH_SESSION_H

#include <pthread.h>
#include <stdbool.h>

#include "vbench/vbench.h"
#include "worker/allocation_count.h"
#include "worker/cases.h"

#ifdef __cplusplus
typedef struct vb_histogram vb_histogram; /* C atomics inside: only pointers cross into C++ */
extern "C" {
#else
#include "common/instruments.h"
#endif

enum { VB_COUNTER_NAME_MAX = 63, VB_REASON_MAX = 255 };

typedef struct {
    char name[VB_COUNTER_NAME_MAX + 1];
    vb_kind kind;
    double value;
    int calls; /* how many values were added up */
} vb_counter_value;

typedef enum { VB_LOOP_NOT_ENTERED, VB_LOOP_RUNNING, VB_LOOP_LEFT } vb_loop_state;

typedef struct vb_session vb_session;

struct vb_run {
    vb_session *session;
    void *state; /* Google Benchmark's State, while a block runs */
    int thread;
    uint64_t iterations;
    uint64_t begin_ns; /* of the loop, by the steady clock; only with several threads */
    uint64_t end_ns;
    vb_loop_state loop;
    uint64_t items_per_iteration;
    uint64_t bytes_per_iteration;
    vb_counter_value counters[VB_COUNTERS_MAX];
    int counter_count;
    vb_histogram *latencies; /* this thread's, over all blocks of the process */
};

struct vb_session {
    const vb_case *spec;
    void *fixture;
    vb_run *runs; /* one a thread */
    pthread_barrier_t gate;
    const int *cpus; /* thread k runs on cpus[k % cpu_count]; none: not pinned */
    int cpu_count;
    const vb_allocation_counter *allocations; /* NULL: not counted, as in every timed process */
    int loops_begun;                          /* threads that have come to VB_LOOP; atomic */
    int failed; /* 0 no, 1 a reason is being written, 2 it is written; atomic */
    char reason[VB_REASON_MAX + 1];
};

/* Runs the case's setup. On error returns -errno, leaves one sentence in `error`, opens nothing. */
int vb_session_open(const vb_case *spec, const int *cpus, int cpu_count, char *error,
                    size_t error_bytes, vb_session **session);
/* Runs the case's teardown. NULL-safe. */
void vb_session_close(vb_session *session);

/* Thread 0 only: forgets the last block's figures and failure, then runs the case's reset. */
void vb_session_begin_block(vb_session *session, uint64_t iterations);
/* Every thread: pins the caller as the session says; where that fails the block fails. */
void vb_session_pin_thread(vb_session *session, int thread);
/* Waits until all threads of the case have come here. Tells all of them the same: whether the block
 * had failed when the last one came. */
bool vb_session_gate(vb_session *session);
/* Thread 0 only, after the gate that follows fn: the case's finish, unless the block failed. */
void vb_session_finish_block(vb_session *session);

/* Why the block failed; NULL if it did not (yet). Any thread. */
const char *vb_session_failure(const vb_session *session);

/* All threads' counters of the block, added up by name. Returns how many, or -EINVAL where there
 * are more than `max` threads gave one name two kinds, or a sum is not finite: the block has failed
 * then. */
int vb_session_counters(vb_session *session, vb_counter_value *counters, int max);

#ifdef __cplusplus
}
#endif
#endif
