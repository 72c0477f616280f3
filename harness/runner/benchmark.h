/* What is measured and what came out: suites, benchmarks, samples. Bookkeeping, no statistics. */
#ifndef VBENCH_BENCHMARK_H
#define VBENCH_BENCHMARK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/instruments.h"
#include "runner/message.h"
#include "runner/recipe.h"
#include "vbench/vbench.h"

enum { VB_INFO_MAX = 256, VB_WARNINGS_MAX = 6 };

/* Whether what is measured was compiled with optimisation. */
typedef enum {
    VB_OPTIMISED_UNKNOWN,
    VB_OPTIMISED_NO,
    VB_OPTIMISED_YES,
} vb_optimisation;

/* One suite executable. Texts are "unknown" where nobody says. */
typedef struct {
    char *path;
    char *name;           /* the executable's file name */
    char *compiler_flags; /* from the recipe */
    char *build_type;     /* from the recipe: Release, Debug, ... */
    vb_recipe *recipe;    /* NULL: none was beside it */
    uint64_t file;        /* which file the executable was when it was found; 0: unknown */
    char google_benchmark[VB_INFO_MAX];
    char compiler[VB_INFO_MAX];
    char c_library[VB_INFO_MAX];
    char sanitizer[VB_INFO_MAX]; /* with an allocator of its own; empty: none */
    vb_optimisation optimised;
    char optimisation_evidence[VB_INFO_MAX]; /* how that is known, as one clause */
} vb_suite;

typedef struct {
    char name[64];
    vb_kind kind;
    double value;  /* of one block; in a process's samples the sum over its blocks */
    size_t blocks; /* in a process's samples: how many of its blocks have it */
} vb_block_counter;

/* What one block brought. */
typedef struct {
    double real_ns; /* from the first thread's begin to the last one's end */
    double cpu_ns;  /* of one thread, mean over threads */
    double items;   /* all threads */
    double bytes;
    vb_block_counter counters[VB_COUNTERS_MAX];
    int counter_count;
    bool allocations_told; /* only by a process that was asked to count them; then all threads' */
    uint64_t allocations;
    uint64_t allocated_bytes;
} vb_block;

/* What one iteration allocates, all threads together; allocations/allocations.h says what counts.
 */
typedef struct {
    bool known; /* counted, in an extra process */
    double count;
    double bytes;
} vb_allocations;

/* The extra blocks of a process that the line of time over iterations is fitted to (ladder.h), in
 * the order measured. */
enum { VB_LADDER_STEPS_MAX = 5 };
typedef struct {
    struct {
        uint64_t iterations;
        uint64_t ns; /* rounded to whole ns */
    } steps[VB_LADDER_STEPS_MAX];
    size_t count; /* 0: the process has none */
} vb_ladder;

/* All timed blocks of one process of one benchmark. */
typedef struct {
    vb_ladder ladder;              /* counts for none of the figures below */
    uint64_t iterations_per_block; /* of each thread */
    uint64_t *block_ns;            /* rounded to whole ns */
    size_t block_count;
    size_t block_capacity;
    double real_ns; /* sums over the blocks */
    double cpu_ns;
    double items;
    double bytes;
    vb_block_counter counters[VB_COUNTERS_MAX];
    int counter_count;
} vb_process_samples;

typedef struct {
    char *name;
    int64_t value;
} vb_parameter;

typedef struct {
    /* identity, from the worker's list */
    const vb_suite *suite;
    char *name;
    size_t case_bytes; /* the first bytes of name are the case in the table */
    int threads;
    uint64_t max_iterations;  /* 0: none */
    double tolerance_percent; /* what counts as equivalent; 0: the default */
    uint64_t p99_limit_ns;    /* of recorded latencies; 0: none */
    vb_parameter parameters[VB_AXES_MAX];
    int parameter_count;

    /* what was measured */
    vb_process_samples *processes;
    size_t process_count;
    size_t process_capacity;
    uint64_t iterations;     /* calibrated for one block; 0: not yet */
    size_t blocks;           /* of each process, set with it */
    bool laddered;           /* each process has a ladder, not the first alone; likewise */
    double ns_per_iteration; /* rough, for deadlines and progress */
    vb_histogram *latencies; /* NULL: none recorded */
    int restarts;
    char *error;                     /* NULL: fine */
    char *warnings[VB_WARNINGS_MAX]; /* what a reader of the figures should know */
    int warning_count;
    /* the most that one of its processes had resident */
    uint64_t peak_memory_bytes;
    vb_allocations allocations;
} vb_benchmark;

typedef struct {
    vb_benchmark *items;
    size_t count;
    size_t capacity;
} vb_benchmark_list;

typedef struct {
    vb_suite *items;
    size_t count;
} vb_suite_list;

/* The group of a benchmark: its case up to the last slash, or the whole case. Returns its bytes. */
size_t vb_benchmark_group_bytes(const vb_benchmark *benchmark);

/* Appends an empty benchmark; NULL if there is no memory. */
vb_benchmark *vb_benchmark_list_add(vb_benchmark_list *list);
/* The one of this name, or NULL; so for suites. */
vb_benchmark *vb_benchmark_list_find(const vb_benchmark_list *list, const char *name);
const vb_suite *vb_suite_list_find(const vb_suite_list *list, const char *name);
/* Keeps those whose name matches the POSIX extended regular expression, perhaps none. 0, or -1 with
 * a sentence: it does not compile. */
int vb_benchmark_list_filter(vb_benchmark_list *list, const char *regex, vb_message *message);
void vb_benchmark_list_free(vb_benchmark_list *list); /* the list's contents; NULL-safe */

/* Starts a new process's samples; NULL if there is no memory. */
vb_process_samples *vb_benchmark_add_process(vb_benchmark *benchmark);
/* Takes away the newest process's samples: it did not end well. */
void vb_benchmark_drop_process(vb_benchmark *benchmark);
/* 0, -ENOMEM, or -ENOSPC for more than VB_COUNTERS_MAX counters, -ERANGE for a sum that is not
 * finite. */
int vb_process_samples_add(vb_process_samples *samples, const vb_block *block);
/* Adds a warning (printf-like), once; beyond VB_WARNINGS_MAX they are dropped. */
void vb_benchmark_warn(vb_benchmark *benchmark, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Makes it an error row; keeps the first reason. */
void vb_benchmark_fail(vb_benchmark *benchmark, const char *reason);

#endif
