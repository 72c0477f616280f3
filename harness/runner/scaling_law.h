/*
 * The Universal Scalability Law: the throughput of N threads is
 *
 *     X(N) = lambda N / (1 + sigma (N - 1) + kappa N (N - 1))
 *
 * with lambda that of one thread, sigma what threads wait for each other (contention: 0 not at all,
 * 1 as if only one could work at a time), and kappa what each pair of them pays to agree on data
 * (coherency). Where two threads do less than one, sigma exceeds 1, which is beyond Gunther's
 * model, but tells just that. (N. J. Gunther, "A General Theory of Computational
 * Scalability Based on Rational Functions", arXiv:0808.1431, 2008, equation 1.)
 */
#ifndef VBENCH_SCALING_LAW_H
#define VBENCH_SCALING_LAW_H

#include <stddef.h>

/* With three unknowns, fewer points would fit always. */
enum { VB_SCALING_POINTS_MIN = 4, VB_SCALING_POINTS_MAX = 64 };

typedef struct {
    double lambda_per_sec;
    double sigma;
    double kappa;
} vb_scaling_law;

/*
 * The law closest to these throughputs, all above 0, of as many different numbers of threads,
 * ascending from 1: VB_SCALING_POINTS_MIN to _MAX points. What is smallest is the sum of squares of
 * relative deviations of N / X, which is linear in 1 / lambda, sigma / lambda and kappa / lambda;
 * the first is above 0, and no other is negative.
 */
vb_scaling_law vb_scaling_law_fit(const double *threads, const double *per_sec, size_t count);

/* X(N) in 1/s. */
double vb_scaling_law_per_sec(const vb_scaling_law *law, double threads);
/* With how many threads the throughput is highest, at least 1; NAN if more are always better. */
double vb_scaling_law_peak_threads(const vb_scaling_law *law);

#endif
