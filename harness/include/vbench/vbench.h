/*
 * vbench.h: write benchmarks in C.
 *
 * A suite is a const table of vb_bench and VB_MAIN(table). The table says what is measured;
 * Google Benchmark runs the loop, the timer and the threads behind it. The executable runs by hand
 * as an ordinary Google Benchmark program, and as a worker when the runner `vbench` starts it.
 *
 *     #include <vbench/vbench.h>
 *     static void sum(vb_run *run)
 *     {
 *         uint64_t total = 0;
 *         VB_LOOP (run) {
 *             total += 3;
 *             VB_KEEP(total);
 *         }
 *     }
 *     static const vb_bench table[] = {{.name = "sum/three", .fn = sum}};
 *     VB_MAIN(table)
 *
 * Errors: a wrong table (no name, no fn, a bad axis) ends the program with exit code 2 and one
 * sentence. An error while measuring makes that benchmark an error row; the others go on.
 *
 * Threads: every function that takes a vb_run may be called only from the callback that was given
 * it, on the thread that runs it. Inside VB_LOOP's body only VB_KEEP, vb_now_ns, vb_latency_ns,
 * vb_fail and the functions that return a value of the run belong; the rest would be measured.
 */
#ifndef VBENCH_VBENCH_H
#define VBENCH_VBENCH_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    VB_AXES_MAX = 4,       /* parameters of one benchmark, the threads axis apart */
    VB_COUNTERS_MAX = 16,  /* counters of one run */
    VB_NAME_MAX = 300,     /* bytes of a full benchmark name */
    VB_THREADS_MAX = 1024, /* threads of one benchmark */
};

typedef struct vb_run vb_run; /* one thread of one run; valid inside callbacks only */

/* One dimension of the grid. Make it with VB_VALUES or VB_FIXED. */
typedef struct {
    const char *name;      /* the parameter's name in results and reports */
    const int64_t *values; /* `count` values; the grid is the product of all axes */
    int count;             /* 0: no such axis */
    int hidden;            /* not 0: recorded, but not appended to the name (count must be 1) */
} vb_axis;

typedef enum {
    VB_SUM,     /* added over threads and over the blocks of a process */
    VB_PER_SEC, /* the same sum, divided by the timed seconds */
    VB_MEAN     /* the mean over threads and blocks */
} vb_kind;

typedef struct {
    /* "group/case"; grid values are appended: "group/case/1024". */
    const char *name;
    /* Runs on every thread; holds exactly one VB_LOOP. The thread is pinned to a CPU, and so is
     * whatever it starts: threads of the subject's own belong in setup or reset. */
    void (*fn)(vb_run *run);
    /* Once a process, untimed. 0 or -errno. */
    int (*setup)(vb_run *run, void **fixture);
    /* On thread 0, untimed, before any thread enters fn in a block: restores the state. 0 or
     * -errno. */
    int (*reset)(vb_run *run);
    /* On thread 0, untimed, after fn has returned on all threads: checks the results. */
    void (*finish)(vb_run *run);
    /* At the process's end; not if setup returned an error. */
    void (*teardown)(void *fixture);
    /* The grid of parameters: every combination is a benchmark. */
    vb_axis axes[VB_AXES_MAX];
    /* Thread counts; empty: one thread. Values append as "/4_threads". */
    vb_axis threads;
    /* The most iterations of one thread in a block, so that reset can prepare inputs; 0: any. Let
     * a block last 0.1 ms or more: each carries about a microsecond of the timer's own. */
    uint64_t max_iterations;
    /* What a comparison takes for equivalent; 0: its default. */
    double tolerance_percent;
    /* A p99 of the recorded latencies above this is an error row, in a comparison side by side a
     * verdict of its own; 0: no limit. */
    uint64_t p99_limit_ns;
} vb_bench;

/* What setup left in *fixture; NULL without a setup. Shared by all threads of the run. */
void *vb_fixture(const vb_run *run);
/* This run's value on axis 0 to VB_AXES_MAX-1; 0 (and an error row) where there is no such axis. */
int64_t vb_param(const vb_run *run, int axis);
int vb_thread(const vb_run *run);       /* 0 to vb_thread_count - 1 */
int vb_thread_count(const vb_run *run); /* at least 1 */
/* How often each thread's VB_LOOP runs in this block. 0 inside setup. */
uint64_t vb_iterations(const vb_run *run);

/* Throughput: what one iteration of this thread handles. Threads add up. */
void vb_items(vb_run *run, uint64_t per_iteration);
void vb_bytes(vb_run *run, uint64_t per_iteration);
/* A named figure beside the times, at most VB_COUNTERS_MAX a run. An error row if the value is not
 * finite, or the name is empty, holds a control character, or is a field of the result format. */
void vb_counter(vb_run *run, const char *name, double value, vb_kind kind);

/* Nanoseconds from an arbitrary start. The harness's own clock, whatever the subject does. */
uint64_t vb_now_ns(void);
/* Records one latency into this thread's histogram. Wait-free. A negative difference is an error
 * row. */
void vb_latency_ns(vb_run *run, uint64_t ns);

/* Makes this benchmark an error row; the run goes on. The first reason is kept; it is copied. */
void vb_fail(vb_run *run, const char *reason);

/*
 * for (each iteration of this block) { body }
 *
 * The loop counts a local down and calls nothing: begin and end are called once a block. It must be
 * entered exactly once by each thread, and run to its end: leaving it early by break, return or
 * goto is an error row, and so is never entering it.
 */
#define VB_LOOP(run)                                                                               \
    for (uint64_t vb_left_ = vb_loop_begin(run); vb_left_ != 0 || (vb_loop_end(run), 0); --vb_left_)

/*
 * The value is computed and kept, whatever the optimiser knows about its later use; memory that
 * others can reach counts as read and written. It takes a value that fits into a register or two;
 * at most it costs one store. Of a large structure, an array, or an object that cannot be copied,
 * keep the address: VB_KEEP(&object). Convert a bit-field first: VB_KEEP(+object.field).
 */
#define VB_KEEP(...) VB_KEEP_((__VA_ARGS__))

/* An axis: VB_VALUES("capacity", 64, 1024, 4096). */
#define VB_VALUES(name, ...) VB_VALUES_(name, __VA_ARGS__)
/* An axis of one value that is recorded but does not show in the benchmark's name. */
#define VB_FIXED(name, value) VB_FIXED_(name, value)

/* Defines main(). `table` is an array of vb_bench. */
#define VB_MAIN(table)                                                                             \
    int main(int argc, char **argv)                                                                \
    {                                                                                              \
        return vb_main(argc, argv, table, sizeof(table) / sizeof((table)[0]));                     \
    }

/* ---- behind the macros; not for direct use ------------------------------------------------- */

uint64_t vb_loop_begin(vb_run *run); /* waits for all threads, starts the time */
void vb_loop_end(vb_run *run);       /* stops the time */
int vb_main(int argc, char **argv, const vb_bench *table, size_t count);

/* The alternatives let the compiler take the value where it is: in a general register, a vector
 * register, or memory. gcc does; clang stores pointers and floating-point values first, as it does
 * for Google Benchmark's own barrier. */
#if defined(__x86_64__)
#define VB_KEEP_PLACE_ "r,x,m"
#else
#define VB_KEEP_PLACE_ "r,w,m"
#endif
#define VB_KEEP_(x)                                                                                \
    do {                                                                                           \
        __typeof__(x) vb_kept_ = (x);                                                              \
        __asm__ volatile("" : : VB_KEEP_PLACE_(vb_kept_) : "memory");                              \
    } while (0)

#ifdef __cplusplus
} /* extern "C" */
/* C++ has no compound literals with static lifetime. */
template <int64_t... Values> struct vb_values_ {
    static const int64_t data[sizeof...(Values)];
};
template <int64_t... Values>
const int64_t vb_values_<Values...>::data[sizeof...(Values)] = {Values...};
#define VB_VALUES_(name, ...)                                                                      \
    vb_axis                                                                                        \
    {                                                                                              \
        name, vb_values_<__VA_ARGS__>::data,                                                       \
            (int)(sizeof(vb_values_<__VA_ARGS__>::data) / sizeof(int64_t)), 0                      \
    }
#define VB_FIXED_(name, value)                                                                     \
    vb_axis                                                                                        \
    {                                                                                              \
        name, vb_values_<value>::data, 1, 1                                                        \
    }
#else
#define VB_VALUES_(name_, ...)                                                                     \
    {                                                                                              \
        name_, (const int64_t[]){__VA_ARGS__},                                                     \
            (int)(sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), 0                     \
    }
#define VB_FIXED_(name_, value_)                                                                   \
    {                                                                                              \
        name_, (const int64_t[]){value_}, 1, 1                                                     \
    }
#endif

#endif
