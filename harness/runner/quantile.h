/*
 * Quantiles of the latencies that one process has recorded.
 *
 * A histogram knows a value to its bucket: 1 ns wide below 256 ns, at most 1/128 of the value
 * above. Within the bucket the values are taken to lie evenly, so the quantile is interpolated by
 * rank. A step of a whole bucket between two processes would else hide, or make, a change of 0.8 %.
 *
 * A quantile with few values beyond it is the luck of those few. It is known only where at least
 * VB_QUANTILE_BEYOND lie there.
 */
#ifndef VBENCH_QUANTILE_H
#define VBENCH_QUANTILE_H

#include "common/instruments.h"

/* Those that are judged. */
enum { VB_P50, VB_P99, VB_P99_9, VB_QUANTILES };
extern const double vb_quantile_shares[VB_QUANTILES];     /* 0.5, 0.99, 0.999 */
extern const char *const vb_quantile_names[VB_QUANTILES]; /* "p50", "p99", "p99.9" */

enum { VB_QUANTILE_BEYOND = 20 };

/* The value in ns that a share of all recordings does not exceed; within the range of what was
 * recorded. Of a histogram that is not empty; 0 < share < 1. */
double vb_quantile_ns(const vb_histogram *histogram, double share);

/* All that are judged: at least 1 ns, which is as little as a clock tells; 0: too few values lie
 * beyond it. NULL: nothing was recorded. */
void vb_quantiles_take(const vb_histogram *histogram, double quantiles_ns[VB_QUANTILES]);

/* How wide the bucket of this value is: as exactly a quantile is known for sure. */
double vb_quantile_step_ns(double ns);

#endif
