/*
 * A quantile of the blocks' times, and its interval over processes.
 *
 * Left out one by one, groups move a quantile in jumps: where processes come in two modes the
 * jackknife's interval of a median reaches beyond all blocks, and elsewhere it may have no width.
 * The share of blocks at or below a time, though, is a mean. So that share's error is taken
 * (jackknife.h), and the interval lies between the quantiles of the share that was wanted less and
 * plus Student's t times the error (R. S. Woodruff, "Confidence intervals for medians and other
 * position measures", Journal of the American Statistical Association 47, 1952). It ends at the
 * outermost block.
 */
#ifndef VBENCH_BLOCK_QUANTILE_H
#define VBENCH_BLOCK_QUANTILE_H

#include "runner/block_times.h"
#include "runner/judge.h"

/* Linear between the two nearest blocks (R. J. Hyndman and Y. Fan, "Sample quantiles in statistical
 * packages", American Statistician 50, 1996, definition 7). Of at least one block. */
double vb_block_quantile(const vb_block_times *times, double quantile);

/* Whether one of so many blocks lies beyond a quantile, on its far side: 0.05 and 0.95 take 20. */
bool vb_block_quantile_is_known(size_t count, double quantile);

/* With its interval for VB_RUN_CONFIDENCE; NAN for its ends with fewer than two groups. `shares`
 * (NULL: not wanted) is what share of each group's blocks is at or below the quantile. */
vb_interval vb_block_quantile_interval(const vb_block_times *times, double quantile,
                                       double shares[VB_JACKKNIFE_GROUPS_MAX]);

#endif
