#include "runner/spread.h"

#include <errno.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

#include "runner/block_quantile.h"

const double vb_spread_quantiles[VB_SPREAD_FIGURES - VB_SPREAD_PERCENTILES] = {
    0.01, 0.05, 0.1, 0.25, 0.75, 0.9, 0.95, 0.99};

static double deviation(const double *ns, size_t count, double mean)
{
    return count > 1 ? gsl_stats_sd_m(ns, 1, count, mean) : 0;
}

/* Those that leaving groups out does justice to. 0 or -ENOMEM. */
static int find_moments(const vb_block_times *times, vb_interval *mean, vb_interval *spread)
{
    double means[VB_JACKKNIFE_GROUPS_MAX], deviations[VB_JACKKNIFE_GROUPS_MAX];
    double *rest = malloc(times->count * sizeof *rest);
    if (!rest)
        return -ENOMEM;
    for (size_t group = 0; group < times->groups && times->groups > 1; group++) {
        const size_t count = vb_block_times_without(times, group, rest);
        means[group] = gsl_stats_mean(rest, 1, count);
        deviations[group] = deviation(rest, count, means[group]);
    }
    free(rest);
    const double all = gsl_stats_mean(times->ns, 1, times->count);
    *mean = vb_jackknife_interval(all, means, times->counts, times->groups);
    if (mean->low < 0)
        mean->low = 0; /* a time is never negative */
    *spread = vb_jackknife_log_interval(deviation(times->ns, times->count, all), deviations,
                                        times->counts, times->groups);
    if (spread->low < 0)
        spread->low = 0;
    return 0;
}

/* The median of the distances from the median, which is taken as known. 0 or -ENOMEM. */
static int find_median_distance(const vb_block_times *times, double median, vb_interval *found)
{
    vb_block_times distances;
    int status = vb_block_times_distances(times, median, &distances);
    if (status == 0)
        *found = vb_block_quantile_interval(&distances, 0.5, NULL);
    vb_block_times_free(&distances);
    return status;
}

int vb_spread_find(const vb_block_times *times, vb_spread *spread)
{
    vb_interval *figures = spread->figures;
    int status =
        find_moments(times, &figures[VB_SPREAD_MEAN], &figures[VB_SPREAD_STANDARD_DEVIATION]);
    figures[VB_SPREAD_MEDIAN] = vb_block_quantile_interval(times, 0.5, NULL);
    if (status == 0)
        status = find_median_distance(times, figures[VB_SPREAD_MEDIAN].estimate,
                                      &figures[VB_SPREAD_MEDIAN_ABSOLUTE_DEVIATION]);
    for (size_t i = VB_SPREAD_PERCENTILES; i < VB_SPREAD_FIGURES; i++) {
        const double quantile = vb_spread_quantiles[i - VB_SPREAD_PERCENTILES];
        figures[i] = vb_block_quantile_is_known(times->count, quantile)
                         ? vb_block_quantile_interval(times, quantile, NULL)
                         : (vb_interval){NAN, NAN, NAN, VB_RUN_CONFIDENCE};
    }
    return status;
}
