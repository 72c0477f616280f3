#include "runner/signed_rank.h"

#include <errno.h>
#include <gsl/gsl_sort_double.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

/* Each rank is negative or not, with equal chance: the distribution of a sum grows rank by rank. */
static void fill_probabilities(size_t count, double *probabilities)
{
    size_t reached = 0;
    probabilities[0] = 1;
    for (size_t rank = 1; rank <= count; rank++) {
        reached += rank;
        for (size_t sum = reached + 1; sum-- > 0;)
            probabilities[sum] =
                (probabilities[sum] + (sum >= rank ? probabilities[sum - rank] : 0)) / 2;
    }
}

int vb_signed_rank_make(const double *values, size_t count, vb_signed_rank *made)
{
    *made = (vb_signed_rank){.mean_count = count * (count + 1) / 2};
    made->means = malloc(made->mean_count * sizeof *made->means);
    made->probabilities = calloc(made->mean_count + 1, sizeof *made->probabilities);
    if (!made->means || !made->probabilities)
        return -ENOMEM;
    size_t filled = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = i; k < count; k++)
            made->means[filled++] = values[i] / 2 + values[k] / 2;
    }
    gsl_sort(made->means, 1, made->mean_count);
    fill_probabilities(count, made->probabilities);
    return 0;
}

void vb_signed_rank_free(vb_signed_rank *made)
{
    free(made->means);
    free(made->probabilities);
    *made = (vb_signed_rank){0};
}

double vb_signed_rank_estimate(const vb_signed_rank *made)
{
    return gsl_stats_median_from_sorted_data(made->means, 1, made->mean_count);
}

void vb_signed_rank_interval(const vb_signed_rank *made, double level, double *low, double *high)
{
    size_t beyond = 0; /* so many means lie outside on either side */
    double tail = 0;
    while (beyond < made->mean_count / 2 && tail + made->probabilities[beyond] <= level / 2)
        tail += made->probabilities[beyond++];
    *low = beyond > 0 ? made->means[beyond - 1] : -INFINITY;
    *high = beyond > 0 ? made->means[made->mean_count - beyond] : INFINITY;
}

double vb_signed_rank_p_value(const vb_signed_rank *made, double margin)
{
    size_t not_above = 0, not_below = 0;
    for (size_t i = 0; i < made->mean_count; i++) {
        not_above += made->means[i] <= margin;
        not_below += made->means[i] >= -margin;
    }
    size_t lesser = not_above < not_below ? not_above : not_below;
    double tail = 0;
    for (size_t sum = 0; sum <= lesser; sum++)
        tail += made->probabilities[sum];
    return fmin(1, 2 * tail);
}
