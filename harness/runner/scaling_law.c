#include "runner/scaling_law.h"

#include <assert.h>
#include <gsl/gsl_blas.h>
#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdbool.h>

enum { TERMS = 3 };

/* The terms of N / X, each divided by the measured N / X: then the least squares are relative. */
static double term(int which, double threads, double per_sec)
{
    const double relative = per_sec / threads;
    switch (which) {
    case 0:
        return relative;
    case 1:
        return relative * (threads - 1);
    default:
        return relative * threads * (threads - 1);
    }
}

/*
 * Least squares with only these terms, the others being 0. Returns the sum of squares; infinite
 * where a coefficient is negative. All working space is on the stack, so that nothing can fail.
 */
static double fit_terms(const double *threads, const double *per_sec, size_t count,
                        const int *terms, size_t term_count, double coefficients[TERMS])
{
    double matrix_space[VB_SCALING_POINTS_MAX * TERMS], target_space[VB_SCALING_POINTS_MAX],
        residual_space[VB_SCALING_POINTS_MAX], tau_space[TERMS], solution_space[TERMS];
    gsl_matrix_view matrix = gsl_matrix_view_array(matrix_space, count, term_count);
    gsl_vector_view target = gsl_vector_view_array(target_space, count);
    gsl_vector_view residual = gsl_vector_view_array(residual_space, count);
    gsl_vector_view tau = gsl_vector_view_array(tau_space, term_count);
    gsl_vector_view solution = gsl_vector_view_array(solution_space, term_count);
    for (size_t i = 0; i < count; i++) {
        target_space[i] = 1;
        for (size_t k = 0; k < term_count; k++)
            gsl_matrix_set(&matrix.matrix, i, k, term(terms[k], threads[i], per_sec[i]));
    }
    gsl_linalg_QR_decomp(&matrix.matrix, &tau.vector);
    gsl_linalg_QR_lssolve(&matrix.matrix, &tau.vector, &target.vector, &solution.vector,
                          &residual.vector);
    for (size_t k = 0; k < TERMS; k++)
        coefficients[k] = 0;
    for (size_t k = 0; k < term_count; k++) {
        if (!(solution_space[k] >= 0))
            return INFINITY;
        coefficients[terms[k]] = solution_space[k];
    }
    double squares;
    gsl_blas_ddot(&residual.vector, &residual.vector, &squares);
    return squares;
}

vb_scaling_law vb_scaling_law_fit(const double *threads, const double *per_sec, size_t count)
{
    assert(count >= VB_SCALING_POINTS_MIN && count <= VB_SCALING_POINTS_MAX && threads[0] == 1);
    /* The best one without negative coefficients has some of them at 0 and is the best of the rest:
     * with three of them all ways can be tried. Without the first, one thread would take no time.
     */
    static const int subsets[][TERMS] = {{0}, {0, 1}, {0, 2}, {0, 1, 2}};
    static const size_t sizes[] = {1, 2, 2, 3};
    double best[TERMS] = {0}, least = INFINITY;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        double found[TERMS];
        double squares = fit_terms(threads, per_sec, count, subsets[i], sizes[i], found);
        if (squares < least && found[0] > 0) {
            least = squares;
            for (size_t k = 0; k < TERMS; k++)
                best[k] = found[k];
        }
    }
    return (vb_scaling_law){1 / best[0], best[1] / best[0], best[2] / best[0]};
}

double vb_scaling_law_per_sec(const vb_scaling_law *law, double threads)
{
    return law->lambda_per_sec * threads /
           (1 + law->sigma * (threads - 1) + law->kappa * threads * (threads - 1));
}

double vb_scaling_law_peak_threads(const vb_scaling_law *law)
{
    if (law->sigma >= 1)
        return 1;
    return law->kappa > 0 ? fmax(1, sqrt((1 - law->sigma) / law->kappa)) : NAN;
}
