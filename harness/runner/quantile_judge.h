/*
 * The judge of latencies in a paired comparison. What scatters independently is the process, as for
 * times (paired_judge.h): each has its quantiles (quantile.h), and a pair the logarithm of their
 * ratio new/old. These are judged by groups and by pairs.
 *
 * No quantile is known better than to the bucket that it lies in: 1 ns for short ones, which is the
 * clock's own, and at most 1/128 of longer ones. So no interval is narrower than half a bucket of
 * old and half a bucket of new on either side, however well processes agree: 20 ns and 21 ns are no
 * change, since 20.9 and 21.1 look like this; and where a bucket is wider than the tolerance (below
 * 50 ns at 2 %) equal ones are not told to be equivalent. A clock with coarse ticks tells that
 * values have moved, not how far.
 *
 * Tails vary more than times: a tolerance below 2 % is widened to that.
 *
 * A limit is judged by the new side alone: by an interval for its p99, which is that of the process
 * in the middle of so many layouts, not that of all latencies together.
 */
#ifndef VBENCH_QUANTILE_JUDGE_H
#define VBENCH_QUANTILE_JUDGE_H

#include "runner/change.h"
#include "runner/pairing.h"
#include "runner/quantile.h"

typedef struct {
    const char *reason; /* why it was not judged: "too few samples"; NULL: it was */
    vb_change change;   /* only if judged; without estimator, p-value and plain interval */
} vb_quantile_change;

typedef enum {
    VB_LIMIT_KEPT,      /* the interval lies below the limit */
    VB_LIMIT_EXCEEDED,  /* above it */
    VB_LIMIT_UNDECIDED, /* the limit lies within it, or there is no interval */
} vb_limit_verdict;
enum { VB_LIMIT_VERDICTS = VB_LIMIT_UNDECIDED + 1 };

typedef struct {
    double limit_ns;
    double p99_ns; /* of new; NAN: too few samples */
    double low_ns; /* NAN: there is no interval */
    double high_ns;
    vb_limit_verdict verdict;
} vb_limit_check;

/* How many claims a case makes about latencies, where its new side records them: one about each
 * quantile, whether or not there are samples enough, and one about a limit. */
size_t vb_quantile_claims(const vb_paired_case *paired);

/* Of a case that has any, without error: rules->level is what this quantile may use of the run's.
 * 0 or -ENOMEM. */
int vb_quantile_judge(const vb_paired_case *paired, size_t quantile, const vb_change_rules *rules,
                      vb_quantile_change *judged);
/* The same for the benchmark's own limit; it must have one. */
int vb_quantile_check_limit(const vb_paired_case *paired, const vb_change_rules *rules,
                            vb_limit_check *check);

/* "kept", ... */
const char *vb_limit_verdict_name(vb_limit_verdict verdict);

#endif
