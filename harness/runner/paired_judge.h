/*
 * The judge of a paired comparison, at a fixed budget.
 *
 * The replicate is the complete cycle: the mean of its four pairs' log ratios new/old. Over it each
 * side has visited every offset once, so what placement does to the one and the other cancels.
 * Cycles that visit the same four layouts again are one replicate together: what these layouts do
 * beyond the offsets of their functions they do each time. The estimate is the mean over
 * replicates; the interval is Student's t over them (W. S. Gosset, "The probable error of a mean",
 * Biometrika 6, 1908). Pairs of an unfinished cycle do not count.
 *
 * Where old and new are the same code their layouts are, too, and whatever these do cancels.
 *
 * The times beside the change are geometric means, set around their common one so that the change
 * is their ratio: the ratio is known from pairs, better than from the two sides' own means.
 */
#ifndef VBENCH_PAIRED_JUDGE_H
#define VBENCH_PAIRED_JUDGE_H

#include "runner/change.h"
#include "runner/pairing.h"

/* The rules of a paired comparison: change.h says what they mean. */
extern const vb_change_rules vb_paired_rules;

/* What one link of each side would have said, and how far it is off. Shares; NAN where unknown. */
typedef struct {
    bool known;        /* there was a natural arm beside the layouts */
    double change;     /* natural new / natural old - 1 */
    double change_low; /* 99 % interval over its pairs */
    double change_high;
    double new_excess; /* the natural link of new against its average layout - 1 */
    double new_excess_low;
    double new_excess_high;
    double spread; /* the slowest layout of new against the fastest one - 1, noise included */
    /* Natural new against natural old says something else than the change: by more than 1 %, and by
     * more than the intervals of the two, as independent ones, allow for. */
    bool misleading;
    /* The natural link of new is not its average layout: by more than 1 %, and surely. */
    bool off_average;
} vb_layout_effect;

/* Of a case without error. With fewer than two replicates there is no interval. 0; -EDOM where
 * there is no ratio, or not one complete cycle; -ENOMEM. `rules->drift` does not matter: side by
 * side there is none. */
int vb_paired_judge(const vb_paired_case *paired, const vb_change_rules *rules, vb_change *change);
/* The pairs whose value lies further from the median of all than five times their median absolute
 * deviation, scaled as for a normal distribution: at most `max`, the furthest first. Fills
 * `indices` and returns how many, or -ENOMEM; `middle` becomes the median, `below` and `above` how
 * many there are on either side of it, beyond `max`, too. */
int vb_paired_far_pairs(const vb_process_pairs *pairs, size_t max, size_t *indices, double *middle,
                        size_t *below, size_t *above);
/* The excess compares each natural pair with the two cycles that it closes; the spread takes each
 * layout's mean over its visits, each against its own cycle. `change` is what vb_paired_judge said.
 * 0 or -ENOMEM. */
int vb_paired_layout_effect(const vb_paired_case *paired, double confidence,
                            const vb_change *change, vb_layout_effect *effect);

/* So many different layouts a side were visited in complete cycles, the lesser of the two; 1 where
 * only the natural links were. */
size_t vb_paired_layout_count(const vb_paired_case *paired);

#endif
