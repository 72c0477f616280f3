/*
 * Where the middle of values lies that scatter symmetrically around it, whatever their
 * distribution: the estimate of J. L. Hodges and E. L. Lehmann ("Estimates of location based on
 * rank tests", Annals of Mathematical Statistics 34, 1963), which is the median of the means of all
 * pairs of values (each with itself, too), and the interval that belongs to it: the values that the
 * signed rank test of F. Wilcoxon ("Individual comparisons by ranking methods", Biometrics Bulletin
 * 1, 1945) does not reject. Exact, and cautious where values are equal; wild values count by their
 * rank, not by their size.
 */
#ifndef VBENCH_SIGNED_RANK_H
#define VBENCH_SIGNED_RANK_H

#include <stddef.h>

/* Give it no more values than this: means of pairs take space and time. */
enum { VB_SIGNED_RANK_MAX = 256 };

typedef struct {
    double *means; /* of all pairs of values, ascending */
    size_t mean_count;
    double *probabilities; /* of each rank sum from 0 to mean_count, if the middle is 0 */
} vb_signed_rank;

/* Of 1 to VB_SIGNED_RANK_MAX finite values. 0 or -ENOMEM. Free it whatever has happened. */
int vb_signed_rank_make(const double *values, size_t count, vb_signed_rank *made);
void vb_signed_rank_free(vb_signed_rank *made); /* may be called twice */

double vb_signed_rank_estimate(const vb_signed_rank *made);
/* The interval that misses the middle in at most a share of `level`; -INFINITY and INFINITY where
 * so few values allow for none. */
void vb_signed_rank_interval(const vb_signed_rank *made, double level, double *low, double *high);
/* The least level whose interval, made longer by `margin` at either end, leaves out 0; 1: none
 * does. */
double vb_signed_rank_p_value(const vb_signed_rank *made, double margin);

#endif
