/*
 * Where a series of times has changed for good: change points, by binary segmentation (A. J. Scott
 * and M. Knott, "A cluster analysis method for grouping means in the analysis of variance",
 * Biometrics 30, 1974; L. Vostrikova, "Detecting disorder in multidimensional random processes",
 * Soviet Mathematics Doklady 24, 1981) of the logarithms. Pure functions of the values.
 *
 * A segment is split where the two-sample t statistic is largest. What that statistic would be if
 * the order meant nothing is not in any table, since the place is chosen by it: it is asked of
 * random orders of the same values (a permutation test, E. S. Edgington 1964; seeded, so that the
 * same series gives the same answer). A split that holds is followed by a search in both parts.
 */
#ifndef VBENCH_CHANGE_POINTS_H
#define VBENCH_CHANGE_POINTS_H

#include <stddef.h>

/* In a shorter series hardly any order is rare enough for VB_CHANGE_LEVEL: of the 126 ways to
 * lay four low values and five high ones in a row, two are a clean step; in eleven values, two of
 * 330 or more. */
enum { VB_CHANGE_SEGMENT_MIN = 4, VB_CHANGE_SERIES_MIN = 11, VB_CHANGE_PERMUTATIONS = 1999 };

/* How often a series that never changes may seem to, and the least share that is told. */
#define VB_CHANGE_LEVEL     0.01
#define VB_CHANGE_SHARE_MIN 0.01

typedef struct {
    size_t point;               /* the index of the first value after the change */
    double before_ns, after_ns; /* geometric means from the change point before, and to the next */
    double p_value;
} vb_change_point;

/* Finds those of a series, in its order; what is not above 0 is passed over. `points` has room for
 * count / VB_CHANGE_SEGMENT_MIN. Returns 0, or -ENOMEM. */
int vb_change_points_find(const double *values_ns, size_t count, vb_change_point *points,
                          size_t *found);

/* The method as a sentence. */
extern const char vb_change_points_method[];

#endif
