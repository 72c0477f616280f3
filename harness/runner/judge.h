/*
 * The statistics of a run that verdicts and tables are made of. Those of a change are in change.h,
 * those of a history in change_points.h, and what is told besides in details.h. Pure functions of
 * the samples.
 *
 * The replicate is the process: what differs between two processes of the same program (placement
 * of pages, of the stack, of threads) is larger than what differs between blocks of one process,
 * so an interval over blocks would be too narrow. Each process gives the median of its blocks; the
 * estimate is the mean over processes, with Student's t interval for that mean
 * (W. S. Gosset, "The probable error of a mean", Biometrika 6, 1908).
 */
#ifndef VBENCH_JUDGE_H
#define VBENCH_JUDGE_H

#include "runner/benchmark.h"

/* Of the intervals that a run shows. */
#define VB_RUN_CONFIDENCE 0.95

typedef struct {
    double estimate;
    double low; /* NAN with fewer than two values */
    double high;
    double confidence; /* 0.95: the interval covers the mean in 95 of 100 repetitions */
} vb_interval;

typedef struct {
    double mean;
    double median;
    double standard_deviation;        /* 0 for a single value */
    double median_absolute_deviation; /* from the median, not scaled */
    double min;
    double max;
} vb_summary;

/* One process's figures; times are of one iteration in ns. */
typedef struct {
    double real_ns;             /* median over blocks */
    double cpu_ns;              /* mean over blocks */
    double items_per_iteration; /* 0: not told; all threads together, like the rest */
    double items_per_sec;
    double bytes_per_iteration;
    double bytes_per_sec;
} vb_process_estimate;

/* A benchmark's figures. */
typedef struct {
    vb_interval time;  /* of one iteration in ns */
    vb_summary blocks; /* time of one iteration in ns, over all blocks of all processes */
    size_t block_count;
    double cpu_ns;
    double items_per_iteration; /* 0: not told; all threads together, like the three below */
    double items_per_sec;
    double item_ns; /* time of one iteration, shared by its items; 0: no items told */
    double bytes_per_iteration;
    double bytes_per_sec;
} vb_estimate;

/* Two groups of processes, where there are such: the widest gap between neighbouring medians is
 * more than a tenth of the lower one's. The mean of both is then a time that no process has. */
typedef struct {
    size_t lower_count; /* 0: one group */
    size_t upper_count;
    double lower_ns; /* means of the groups */
    double upper_ns;
} vb_groups;

/* How far the interval reaches above its estimate, as a share of it; NAN where there is none. */
double vb_interval_relative(const vb_interval *interval);
/* The mean of `count` >= 1 values with its interval. */
vb_interval vb_judge_mean(const double *values, size_t count, double confidence);
/* `values` (count >= 1) is its working space: what was in it is lost. */
vb_summary vb_judge_summary(double *values, size_t count);

/* The figure of samples->counters[index], as its kind says. */
double vb_judge_process_counter(const vb_process_samples *samples, int index);
/* 0 or -ENOMEM. The samples must hold at least one block. */
int vb_judge_process(const vb_process_samples *samples, vb_process_estimate *estimate);
/* Fills `medians_ns`, one a process, with each process's median block, of one iteration. 0 or
 * -ENOMEM. */
int vb_judge_medians(const vb_benchmark *benchmark, double *medians_ns);

/* 0 or -ENOMEM. Of one iteration; the benchmark must have at least one process. */
int vb_judge_groups(const vb_benchmark *benchmark, vb_groups *groups);
/* A counter's figure: the mean over the processes that have it, each added up as its kind says. */
double vb_judge_counter(const vb_benchmark *benchmark, const char *name);
/* 0 or -ENOMEM. The benchmark must have no error and at least one process. */
int vb_judge_benchmark(const vb_benchmark *benchmark, double confidence, vb_estimate *estimate);

#endif
