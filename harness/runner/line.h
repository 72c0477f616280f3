/*
 * Total time against iterations: the least squares line through the origin, as Criterion fits it.
 * Where the time of a block is its iterations' alone the points lie on it; what a block costs once
 * bends them off. R squared is 1 - SSE/SST, with SST about the mean of the times: below 0 where a
 * constant would fit better than the line.
 *
 * Intervals are those of jackknife.h over the processes that have points.
 */
#ifndef VBENCH_LINE_H
#define VBENCH_LINE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runner/benchmark.h"
#include "runner/judge.h"

typedef struct {
    uint64_t iterations;
    uint64_t ns;
    size_t process; /* 0 to processes - 1; each has points */
} vb_line_point;

/* In the order measured. */
typedef struct {
    vb_line_point *items;
    size_t count;
    size_t processes;
} vb_line_points;

typedef struct {
    vb_interval slope_ns; /* of one iteration */
    vb_interval r_squared;
} vb_line;

/* The ladders of what was measured. 0 or -ENOMEM. Free it whatever has happened. */
int vb_line_points_take(const vb_benchmark *benchmark, vb_line_points *points);
/* The blocks of an entry under `vbench.benchmarks`, as vb_block_times_read takes them. */
int vb_line_points_read(const json_t *entry, vb_line_points *points);
void vb_line_points_free(vb_line_points *points); /* may be called twice */

/* Whether there is a line: points of two lengths, and not all of one time. */
bool vb_line_fit(const vb_line_points *points, vb_line *line);

#endif
