/*
 * When a case of a paired comparison is looked at, and when it stops.
 *
 * Looks come after 4, 8, 16, ... cycles: at the budget's cycles, at their halves down to
 * VB_CYCLES_MIN, and at their doubles up to what an undecided case may take. How many there are is
 * known beforehand, and each may use an equal share of the level, so that a false verdict at any of
 * them is as rare as the level says (union bound: C. E. Bonferroni, 1936; for looks at medical
 * trials S. J. Pocock, Biometrika 64, 1977, gives bounds that are a little lower and need the
 * distribution of all looks together). A case that has to stop between two looks, because the run's
 * time is up, is judged with the share of the next one.
 */
#ifndef VBENCH_SEQUENTIAL_H
#define VBENCH_SEQUENTIAL_H

#include "runner/change.h"
#include "runner/pairing.h"

/* Plans the looks. An undecided case may take `cycles_max`, at least the budget's. */
void vb_sequential_plan(vb_paired_case *paired, size_t budget_cycles, size_t cycles_max);

/* Its time is used up, if not its cycles: the next look is the last. It does not come before
 * VB_CYCLES_MIN cycles. */
void vb_sequential_end(vb_paired_case *paired);

/* The rules for one benchmark: its own tolerance, and the share of the level that it may use. */
vb_change_rules vb_sequential_rules(const vb_change_rules *rules, const vb_benchmark *benchmark,
                                    double level);

/* How many statements a run makes that could be false: for each case without error one about its
 * time, and those about its latencies (quantile_judge.h). */
size_t vb_sequential_hypotheses(const vb_paired_case *cases, size_t count);

/*
 * After a complete cycle: if it is time for a look, judges at rules->level divided by the number of
 * hypotheses, and sets paired->stop if the case need not go on. It stops when it has regressed or
 * improved (with latencies: not before its budget), and from the budget on also when it is
 * equivalent, or when even the most cycles would hardly decide it. Where layouts make the
 * difference between groups, and there may be more of them, it stops for these. 0 or -ENOMEM.
 */
int vb_sequential_look(vb_paired_case *paired, const vb_change_rules *rules, size_t hypotheses);

#endif
