/*
 * How the blocks of a benchmark spread: figures over all blocks of all processes, each with its
 * interval over processes. The blocks of a process are no replicates: an interval over blocks would
 * be too narrow. Mean and standard deviation have that of jackknife.h, the latter by logarithms;
 * quantiles, and the median of the distances from the median, that of block_quantile.h.
 */
#ifndef VBENCH_SPREAD_H
#define VBENCH_SPREAD_H

#include "runner/block_times.h"
#include "runner/judge.h"

enum {
    VB_SPREAD_MEAN,
    VB_SPREAD_MEDIAN,
    VB_SPREAD_STANDARD_DEVIATION,
    VB_SPREAD_MEDIAN_ABSOLUTE_DEVIATION, /* from the median, not scaled */
    VB_SPREAD_PERCENTILES,               /* the first of them */
    VB_SPREAD_FIGURES = VB_SPREAD_PERCENTILES + 8,
};

/* Of the percentiles: 0.01, 0.05, 0.1, 0.25 and what lies opposite, ascending. */
extern const double vb_spread_quantiles[VB_SPREAD_FIGURES - VB_SPREAD_PERCENTILES];

typedef struct {
    vb_interval figures[VB_SPREAD_FIGURES]; /* ns of one iteration; an estimate of NAN: too few
                                               blocks lie beyond it */
} vb_spread;

/* Of at least one block. 0 or -ENOMEM. */
int vb_spread_find(const vb_block_times *times, vb_spread *spread);

#endif
