/* The workloads as benchmarks. The machinery around a call is the same whatever the amount of work.
 */
#include "workloads.h"

#include <errno.h>
#include <stdlib.h>

#include <vbench/vbench.h>

/* A benchmark of one thread: calls NAME's workload. */
#define CALLS(name)                                                                                \
    static void name(vb_run *run)                                                                  \
    {                                                                                              \
        void *fixture = vb_fixture(run);                                                           \
        VB_LOOP (run)                                                                              \
            workload_##name(fixture);                                                              \
    }
#define MAKES(name)                                                                                \
    static int make_##name(vb_run *run, void **fixture)                                            \
    {                                                                                              \
        (void)run;                                                                                 \
        *fixture = workload_make_##name();                                                         \
        return *fixture ? 0 : -ENOMEM;                                                             \
    }

CALLS(hash)
MAKES(hash)
CALLS(ring)
MAKES(ring)
CALLS(sort)
MAKES(sort)
CALLS(add)
MAKES(add)
CALLS(chase)
MAKES(stream)
MAKES(requests)

static int make_chase(vb_run *run, void **fixture)
{
    *fixture = workload_make_chase((size_t)vb_param(run, 0));
    return *fixture ? 0 : -ENOMEM;
}

static int empty_stream(vb_run *run)
{
    workload_reset_stream(vb_fixture(run));
    return 0;
}

/* Thread 0 pushes, thread 1 pops. */
static void stream(vb_run *run)
{
    void *fixture = vb_fixture(run);
    if (vb_thread(run) == 0) {
        VB_LOOP (run)
            workload_push_stream(fixture);
        return;
    }
    uint64_t last = 0;
    VB_LOOP (run)
        last = workload_pop_stream(fixture);
    if ((last + 1) % vb_iterations(run) != 0)
        vb_fail(run, "an item got lost between the two threads");
}

static void latencies(vb_run *run)
{
    void *fixture = vb_fixture(run);
    VB_LOOP (run) {
        uint64_t begin_ns = vb_now_ns();
        workload_request(fixture);
        vb_latency_ns(run, vb_now_ns() - begin_ns);
    }
}

static const vb_bench table[] = {
    {.name = "hash", .fn = hash, .setup = make_hash, .teardown = free},
    {.name = "chase",
     .fn = chase,
     .setup = make_chase,
     .teardown = free,
     .axes = {VB_VALUES("kibibytes", 512, 1024, 4096, 16384)}},
    {.name = "ring", .fn = ring, .setup = make_ring, .teardown = free},
    {.name = "sort", .fn = sort, .setup = make_sort, .teardown = free},
    {.name = "add",
     .fn = add,
     .setup = make_add,
     .teardown = free,
     .threads = VB_VALUES("threads", 4, 8)},
    {.name = "stream",
     .fn = stream,
     .setup = make_stream,
     .reset = empty_stream,
     .teardown = free,
     .threads = VB_FIXED("threads", 2)},
    {.name = "latencies", .fn = latencies, .setup = make_requests, .teardown = free},
};
VB_MAIN(table)
