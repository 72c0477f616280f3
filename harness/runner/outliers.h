/*
 * Blocks far from the middle ones, by Tukey's fences: 1.5 (mild) and 3 (severe) interquartile
 * ranges outside the quartiles (J. W. Tukey, "Exploratory Data Analysis", 1977). Only told: they
 * count like all others. The quartiles are those of block_quantile.h.
 */
#ifndef VBENCH_OUTLIERS_H
#define VBENCH_OUTLIERS_H

#include "runner/block_times.h"

enum { VB_LOW_SEVERE, VB_LOW_MILD, VB_HIGH_MILD, VB_HIGH_SEVERE, VB_OUTLIER_CLASSES };

typedef struct {
    size_t counts[VB_OUTLIER_CLASSES]; /* a block on a fence is within it; none is in two classes */
    double fences_ns[VB_OUTLIER_CLASSES]; /* ascending; below zero where the spread is wide */
} vb_outliers;

/* Of at least one block. */
void vb_outliers_find(const vb_block_times *times, vb_outliers *outliers);

#endif
