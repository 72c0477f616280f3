/*
 * The judge of a paired comparison. METHOD.md beside the harness derives it.
 *
 * What scatters independently is not the block but the process and its layout. A *cell* is a layout
 * of old beside one of new: the middle (Hodges and Lehmann, signed_rank.h) of what the pairs said
 * that measured it, mostly one or two. A *group* is the mean of the four cells of a cycle: over it
 * each side has visited every offset once, so what placement does to the one and the other cancels.
 * Natural links alone have a cell a pair, and a group a cycle. Pairs of an unfinished cycle do not
 * count.
 *
 * Three intervals are taken for the change, all of them at once valid:
 * - by groups: Student's t over the groups (W. S. Gosset, "The probable error of a mean",
 *   Biometrika 6, 1908), from eight groups on. Whatever layouts do cancels, and where they do much
 *   no other one is narrow;
 * - by pairs: the signed rank interval over the cells. Where layouts do little it has four times as
 *   many values as groups, and bursts do not widen it;
 * - quiet: the same over the ratios of each pair's quiet blocks, the lower deciles of either side:
 *   where blocks are disturbed often, what they take undisturbed is known best.
 * The narrowest counts, unless it contradicts one before it in this list, and the earlier one
 * counts: its estimate must lie within the earlier interval, and leave out 0 where that does. Where
 * the quiet blocks alone are equivalent, and the middle of all is beyond the tolerance, nothing is.
 *
 * The first is for the mean over layouts and processes, the others are for the middle. These are
 * one where cells scatter symmetrically, as they do if old and new scatter alike, however that is.
 * Where the layouts of one side alone scatter, and to one side, they are not: with 3 % of an
 * exponential distribution the middle is 0.5 % off the mean, and is told in some 2 of 100
 * comparisons.
 *
 * What a coarse clock may have moved all pairs by (pair_value.h) is added to each interval.
 *
 * The level (the share of false verdicts) is divided by the number of planned looks (sequential.h)
 * and again among the three: by the union bound all that is ever looked at holds at the level.
 *
 * The times beside the change are geometric means, set around their common one so that the change
 * is their ratio: the ratio is known from pairs, better than from the two sides' own means.
 */
#ifndef VBENCH_PAIRED_JUDGE_H
#define VBENCH_PAIRED_JUDGE_H

#include "runner/change.h"
#include "runner/pairing.h"

/* Fewer groups have no interval. Student's t takes their means for normal; but where processes come
 * in two modes (of placement of pages, say), the mean of four pairs takes few values, and by chance
 * four groups agree on one other than 0 in 1 of 200 cases, eight in 1 of 100,000; where the level
 * is less than that chance, more groups are asked for. */
enum { VB_GROUPS_MIN = 8 };

/* A figure of a pair, a logarithm; `which` of several alike, such as a quantile's. */
typedef double vb_pair_value(const vb_process_pair *pair, size_t which);

/* Over the pairs that count. */
double vb_paired_mean(const vb_paired_case *paired, vb_pair_value *value, size_t which);

/* Of a case without error: rules->level is what this case may use of the run's. With fewer than
 * VB_CYCLES_MIN cycles there is no interval. 0; -EDOM where there is no ratio, or not one complete
 * cycle; -ENOMEM. `rules->drift` does not matter: side by side there is none. */
int vb_paired_judge(const vb_paired_case *paired, const vb_change_rules *rules, vb_change *change);
/* The same of another ratio than the time's, by groups and by pairs; `both_log` as in change.h. */
int vb_paired_judge_ratio(const vb_paired_case *paired, vb_pair_value *value, size_t which,
                          double both_log, const vb_change_rules *rules, vb_change *change);
/* An interval for the median of a figure of one side, over processes of as many layouts: the first
 * of each. That is no ratio of two that scatter alike, so nothing is known of its symmetry, and
 * nothing is asked for. Infinite where there are too few, or fewer than VB_CYCLES_MIN cycles. 0 or
 * -ENOMEM. */
int vb_paired_judge_side(const vb_paired_case *paired, vb_pair_value *value, size_t which,
                         double level, vb_log_interval *judged);
/* So many groups have an interval where the case may use this much of the run's level. */
size_t vb_paired_groups_least(const vb_paired_case *paired, double level);

#endif
