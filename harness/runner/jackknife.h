/*
 * Intervals of figures that have no formula for their error: what changes when a group of processes
 * is left out tells how far the figure would scatter (M. H. Quenouille, "Notes on bias in
 * estimation", Biometrika 43, 1956; J. W. Tukey's interval, Annals of Mathematical Statistics 29,
 * 1958; groups: J. Shao and D. Tu, "The Jackknife and Bootstrap", 1995, 2.3).
 *
 * Groups are processes, or, of more than 16 processes, 16 groups of consecutive whole ones. Of h =
 * all blocks / the group's, the group's pseudo-value is h times the figure less h - 1 times the
 * figure without the group; the variance is that of groups of unequal sizes (F. Busing, E. Meijer
 * and R. van der Leeden, "Delete-m jackknife for unequal m", Statistics and Computing 9, 1999),
 * which with equal ones is the pseudo-values' own. Student's t has one degree of freedom less than
 * there are groups. The interval lies around the figure itself, not around the mean of the
 * pseudo-values, so that it always contains it.
 */
#ifndef VBENCH_JACKKNIFE_H
#define VBENCH_JACKKNIFE_H

#include <stddef.h>

#include "runner/judge.h"

enum { VB_JACKKNIFE_GROUPS_MAX = 16 };

/* How many groups so many processes make, and in which of them one is. */
size_t vb_jackknife_groups(size_t processes);
size_t vb_jackknife_group(size_t process, size_t processes);

/* The interval of a figure for VB_RUN_CONFIDENCE. `without` is the figure without each group,
 * `counts` how many values each group has. Its ends are NAN with fewer than two groups, or where
 * one of these is not finite. */
vb_interval vb_jackknife_interval(double figure, const double *without, const size_t *counts,
                                  size_t groups);
/* The same of a figure above 0 that scatters by shares of itself, by its logarithms; where one of
 * them is 0, as it is. (R. G. Miller, "The jackknife - a review", Biometrika 61, 1974) */
vb_interval vb_jackknife_log_interval(double figure, const double *without, const size_t *counts,
                                      size_t groups);

#endif
