/*
 * What a comparison claims, each claim a hypothesis that may be rejected falsely: of each row that
 * was compared that its time has changed; where it records latencies, that each quantile has; and
 * where these have a limit, on which side of it they lie (quantile_judge.h).
 *
 * All claims of a run share one level: the chance that any of them is false is at most that (S.
 * Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
 * Statistics 6, 1979). Each is judged at the level divided by the number of all; those whose
 * intervals leave out what is doubted (no change; the limit) need no more share of it, so the
 * others are judged anew with theirs, until no more do. That something is equivalent is told by the
 * same intervals, of which each holds at its own share of the level.
 */
#ifndef VBENCH_CLAIMS_H
#define VBENCH_CLAIMS_H

#include "runner/comparison.h"

/* Judges the rows that have a status: their verdicts and quantiles, and how many hypotheses there
 * are. A row whose times have no ratio loses its status. 0 or -ENOMEM. */
int vb_claims_judge(vb_comparison *comparison);

/* Where the noise floor says that nothing of the run can be trusted: takes back all verdicts. */
void vb_claims_veto(vb_comparison *comparison);

#endif
