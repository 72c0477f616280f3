#include "runner/pair_value.h"

#include <gsl/gsl_sort_double.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>

/* Of values in order. */
static double lower_decile(const double *sorted, size_t count)
{
    return gsl_stats_quantile_from_sorted_data(sorted, 1, count, 0.1);
}

static double median(const double *sorted, size_t count)
{
    return gsl_stats_median_from_sorted_data(sorted, 1, count);
}

/* The clock's step as a share of the times, where most of them are equal; 0: they are not, or all
 * are. */
static double step_share(const double *sorted, size_t count)
{
    size_t equal = 0;
    double least = INFINITY;
    for (size_t i = 1; i < count; i++) {
        double gap = sorted[i] - sorted[i - 1];
        if (gap > 0)
            least = fmin(least, gap);
        else
            equal++;
    }
    return 2 * equal >= count && isfinite(least) ? least / median(sorted, count) : 0;
}

void vb_pair_value_take(double *old, double *new, size_t count, double *space,
                        vb_process_pair *value)
{
    bool known = true;
    for (size_t i = 0; i < count; i++) {
        space[i] = log(new[i] / old[i]);
        known = known && !isnan(space[i]);
    }
    gsl_sort(space, 1, count);
    gsl_sort(old, 1, count);
    gsl_sort(new, 1, count);
    value->log_ratio = known ? median(space, count) : NAN;
    value->quiet_log_ratio = log(lower_decile(new, count) / lower_decile(old, count));
    value->clock_step = (step_share(old, count) + step_share(new, count)) / 2;
    value->old_ns = median(old, count);
    value->new_ns = median(new, count);
}
