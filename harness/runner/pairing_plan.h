/* How long the blocks of a case's pairs are, how many of them make a pair, and how many cycles the
 * budget holds. */
#ifndef VBENCH_PAIRING_PLAN_H
#define VBENCH_PAIRING_PLAN_H

#include "runner/live_pair.h"

/* How long the blocks of both sides together are in a pair, at least; less where the budget is too
 * short for four cycles of such. */
enum { VB_PAIR_NS = 26000000 };

/*
 * Plans all pairs of a case by its first one, whose processes took `start_ns` to start: one number
 * of iterations for both sides, so that a ratio of times is a ratio of work, and a number of blocks
 * that is fixed beforehand, so that no length is favoured.
 */
vb_worker_outcome vb_pairing_plan(vb_live_pair *pair, double start_ns);
/* After the first cycle, which tells better than one pair how long they take: as many as go into
 * the budget. */
void vb_pairing_plan_cycles(vb_paired_case *paired, const vb_measure_options *options);
/* About so many cycles of an ordinary case go into a budget. */
size_t vb_pairing_usual_cycles(double budget_s);
/* Groups of four layouts, each a cycle's; 0: none are placed. */
size_t vb_pairing_groups(const vb_paired_case *paired);

#endif
