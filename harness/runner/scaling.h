/*
 * How benchmarks scale with threads: one family is all benchmarks whose names differ in the number
 * of threads alone, and scaling_law.h is fitted to each.
 */
#ifndef VBENCH_SCALING_H
#define VBENCH_SCALING_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "runner/benchmark.h"
#include "runner/judge.h"
#include "runner/scaling_law.h"

typedef struct {
    int threads;
    double per_sec;        /* of all threads: items, or iterations where no items are told */
    double fitted_per_sec; /* what the law says */
    bool shares_cpus;      /* more threads than CPUs: this is the scheduler's figure, too */
    bool fitted;           /* counts in the fit */
} vb_scaling_point;

typedef struct {
    char *name; /* the family's: a benchmark's without "/4_threads" */
    bool items; /* what per_sec counts */
    vb_scaling_point points[VB_SCALING_POINTS_MAX];
    size_t point_count;
    /*
     * Those up to the number of CPUs are fitted where they are enough, otherwise all. An interval
     * holds 95 % of the fits to throughputs that differ as the processes do; it does not tell
     * whether the law is the right one. No bounds where there is one process only.
     */
    vb_interval lambda_per_sec, sigma, kappa;
    double peak_threads; /* NAN: none */
    double deviation;    /* root mean square of the fitted points' from the law, as a share of it */
    bool shares_cpus;    /* fitted points do */
} vb_scaling;

typedef struct {
    vb_scaling *items;
    size_t count;
} vb_scaling_list;

/* Fits each family of at least VB_SCALING_POINTS_MIN benchmarks that were measured, that of one
 * thread among them; of more than
 * VB_SCALING_POINTS_MAX the first so many of the list. cpu_count is how many CPUs their threads may
 * use, 0: unknown. Returns 0 or -ENOMEM. */
int vb_scaling_find(const vb_benchmark_list *list, int cpu_count, vb_scaling_list *found);
void vb_scaling_free(vb_scaling_list *found); /* the list's contents */

/* `vbench.scaling` of the result. Where there was no memory it is NULL, or lacks parts, and
 * shortfall.h knows of it, as it does of rows that are not printed. */
json_t *vb_scaling_json(const vb_scaling_list *list);
/* A row a family; nothing without one. */
void vb_scaling_print(FILE *out, const vb_scaling_list *list);

#endif
