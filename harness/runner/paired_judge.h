/*
 * The judge of a paired comparison, at a fixed budget.
 *
 * The replicate is the complete cycle: the mean of its four pairs' log ratios new/old. Over it each
 * side has visited every offset once, so what placement does to the one and the other cancels. The
 * estimate is the mean over cycles; the interval is Student's t over cycles (W. S. Gosset, "The
 * probable error of a mean", Biometrika 6, 1908). Pairs of an unfinished cycle do not count.
 */
#ifndef VBENCH_PAIRED_JUDGE_H
#define VBENCH_PAIRED_JUDGE_H

#include "runner/change.h"
#include "runner/pairing.h"

/* What one link of each side would have said, and how far it is off. Shares; NAN where unknown. */
typedef struct {
    bool known;        /* there was a natural arm beside the layouts */
    double change;     /* natural new / natural old - 1 */
    double change_low; /* 99 % interval over its pairs */
    double change_high;
    double new_excess; /* the natural link of new against its average layout - 1 */
    double new_excess_low;
    double new_excess_high;
    double spread; /* the slowest layout of new against the fastest one - 1 */
} vb_layout_effect;

/* Of a case without error and with at least one complete cycle. With fewer than two there is no
 * interval. 0; -EDOM where there is no ratio; -ENOMEM. `rules->drift` does not matter: side by side
 * there is none. */
int vb_paired_judge(const vb_paired_case *paired, const vb_change_rules *rules, vb_change *change);
/* 0 or -ENOMEM. */
int vb_paired_layout_effect(const vb_paired_case *paired, double confidence,
                            vb_layout_effect *effect);

#endif
