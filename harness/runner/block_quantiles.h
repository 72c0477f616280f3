/*
 * How the quantiles of the blocks' times have moved from old to new: for the reader, without a
 * verdict, each with an interval that stands for itself.
 *
 * The change is the ratio of the sides' quantiles over all their blocks, its interval that of the
 * logarithm. Side by side, a group is left out of both sides at once (jackknife.h): what its pairs
 * have in common cancels. Otherwise each side has its own variance, and Student's t the degrees of
 * freedom of Welch and Satterthwaite (change.h).
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
    double low;    /* NAN: there is no interval */
    double high;
} vb_block_quantile;

typedef struct {
    vb_block_quantile items[VB_BLOCK_QUANTILES]; /* ascending */
    size_t count;
} vb_block_quantile_list;

/* Those beyond which both sides have blocks and that are above 0. `paired`: process i of old ran
 * side by side with process i of new. 0 or -ENOMEM. */
int vb_block_quantiles_compare(const vb_block_times *old, const vb_block_times *new, bool paired,
                               vb_block_quantile_list *found);

#endif
