/*
 * A worker process as the runner sees it: the runner's side of common/protocol.h.
 *
 * Every call says how it went; where it went wrong, `why` holds one clause for an error row, such
 * as "it was killed by signal 11 (Segmentation fault)". After anything but VB_WORKER_OK the worker
 * is of no more use: stop it.
 */
#ifndef VBENCH_WORKER_H
#define VBENCH_WORKER_H

#include "common/instruments.h"
#include "runner/benchmark.h"
#include "runner/message.h"
#include "runner/process.h"

typedef enum {
    VB_WORKER_OK,
    VB_WORKER_REFUSED,     /* the worker itself reports an error: trying again would not help */
    VB_WORKER_BROKEN,      /* it crashed, hung, or sent garbage: worth one restart */
    VB_WORKER_INTERRUPTED, /* the user pressed Ctrl-C */
} vb_worker_outcome;

typedef struct {
    vb_process process;
    uint64_t time_limit_ns; /* for each whole answer, unless more is expected */
    vb_message why;
} vb_worker;

/* Starts an executable, with LD_PRELOAD set to `preload` for the worker alone; NULL: as it is. */
vb_worker_outcome vb_worker_launch(vb_worker *worker, const char *executable,
                                   uint64_t time_limit_ns, const char *preload);
/* Reads the hello of a worker that was launched into its suite. */
vb_worker_outcome vb_worker_greet(vb_worker *worker, vb_suite *suite);
/* Both, with the suite's executable. */
vb_worker_outcome vb_worker_start(vb_worker *worker, vb_suite *suite, uint64_t time_limit_ns);
vb_worker_outcome vb_worker_start_preloaded(vb_worker *worker, vb_suite *suite,
                                            uint64_t time_limit_ns, const char *preload);
/* Ends it at once. May be called twice. */
void vb_worker_stop(vb_worker *worker);
/* Has it run teardown and exit. It is ended in any case; BROKEN if it did not exit as it should. */
vb_worker_outcome vb_worker_quit(vb_worker *worker);

/* Appends the suite's benchmarks to the list. */
vb_worker_outcome vb_worker_list(vb_worker *worker, const vb_suite *suite, vb_benchmark_list *list);
/* Pins its threads (cpu_count 0: not) and runs the benchmark's setup. */
vb_worker_outcome vb_worker_select(vb_worker *worker, const vb_benchmark *benchmark,
                                   const int *cpus, int cpu_count);
/* Has its blocks tell what they allocate. Before select, of a worker started with the library. */
vb_worker_outcome vb_worker_count_allocations(vb_worker *worker);
/* Runs one block; `expected_ns` stretches the time limit to 20 times as much. */
vb_worker_outcome vb_worker_block(vb_worker *worker, uint64_t iterations, uint64_t expected_ns,
                                  vb_block *block);
/* Forgets the latencies recorded so far: those of warming up. */
vb_worker_outcome vb_worker_forget(vb_worker *worker);
/* Adds the process's latencies to *histogram, which is made when the first ones come; nothing where
 * it recorded none. Free it with vb_histogram_free. */
vb_worker_outcome vb_worker_latencies(vb_worker *worker, vb_histogram **histogram);
/* The most memory that the process has had resident so far. */
vb_worker_outcome vb_worker_peak_memory(vb_worker *worker, uint64_t *bytes);

#endif
