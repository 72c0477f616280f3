/*
 * How the quantiles of the blocks' times have moved from old to new: for the reader, without a
 * verdict, each with an interval that stands for itself.
 *
 * The change is the ratio of the sides' quantiles over all their blocks. The interval of its
 * logarithm is put together from those of the two sides (block_quantile.h): the squares of what
 * they reach to the side in question add up (G. Y. Zou and A. Donner, "Construction of confidence
 * limits about effect measures", Statistics in Medicine 27, 2008). Side by side, what a process of
 * old and the one of new beside it have in common cancels: less twice their product times the
 * correlation of the shares of blocks at or below either side's quantile (G. Y. Zou, "Toward using
 * confidence intervals to compare correlations", Psychological Methods 12, 2007).
 */
#ifndef VBENCH_BLOCK_QUANTILES_H
#define VBENCH_BLOCK_QUANTILES_H

#include "runner/block_times.h"

enum { VB_BLOCK_QUANTILES = 5 };
extern const double vb_block_quantiles[VB_BLOCK_QUANTILES]; /* 0.05, 0.25, 0.5, 0.75, 0.95 */

typedef struct {
    double quantile;
    double old_ns; /* of one iteration */
    double new_ns;
    double change; /* shares, as vb_change's */
    double low;    /* NAN or infinite: there is no such bound */
    double high;
} vb_block_quantile_change;

typedef struct {
    vb_block_quantile_change items[VB_BLOCK_QUANTILES]; /* ascending */
    size_t count;
} vb_block_quantile_changes;

/* Those beyond which both sides have blocks, and that are above 0. `paired`: process i of old ran
 * side by side with process i of new. */
void vb_block_quantiles_compare(const vb_block_times *old, const vb_block_times *new, bool paired,
                                vb_block_quantile_changes *found);

#endif
