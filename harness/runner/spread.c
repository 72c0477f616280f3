#include "runner/spread.h"

#include <errno.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

const double vb_spread_quantiles[VB_SPREAD_FIGURES - VB_SPREAD_PERCENTILES] = {
    0.01, 0.05, 0.1, 0.25, 0.75, 0.9, 0.95, 0.99};

/* The median of the distances from the median. Sorted, the distances are two ascending rows, to the
 * left and to the right of it; they are merged half-way. */
static double median_distance(const double *ns, size_t count, double median)
{
    size_t right = 0;
    while (right < count && ns[right] < median)
        right++;
    size_t left = right;
    double nearer = 0, newest = 0;
    for (size_t i = 0; i <= count / 2; i++) {
        nearer = newest;
        if (right == count || (left > 0 && median - ns[left - 1] <= ns[right] - median))
            newest = median - ns[--left];
        else
            newest = ns[right++] - median;
    }
    return count % 2 == 1 ? newest : (nearer + newest) / 2;
}

/* All figures of `ns`, ascending, whether or not there are blocks enough for them. */
static void figures_of(const double *ns, size_t count, double figures[VB_SPREAD_FIGURES])
{
    figures[VB_SPREAD_MEAN] = gsl_stats_mean(ns, 1, count);
    figures[VB_SPREAD_MEDIAN] = gsl_stats_median_from_sorted_data(ns, 1, count);
    figures[VB_SPREAD_STANDARD_DEVIATION] =
        count > 1 ? gsl_stats_sd_m(ns, 1, count, figures[VB_SPREAD_MEAN]) : 0;
    figures[VB_SPREAD_MEDIAN_ABSOLUTE_DEVIATION] =
        median_distance(ns, count, figures[VB_SPREAD_MEDIAN]);
    for (size_t i = VB_SPREAD_PERCENTILES; i < VB_SPREAD_FIGURES; i++)
        figures[i] = gsl_stats_quantile_from_sorted_data(
            ns, 1, count, vb_spread_quantiles[i - VB_SPREAD_PERCENTILES]);
}

static vb_interval interval_of(size_t index, double figure, const double *without,
                               const vb_block_times *times)
{
    /* Spreads scatter by shares of themselves: Miller's logarithms. */
    vb_interval interval =
        index == VB_SPREAD_STANDARD_DEVIATION || index == VB_SPREAD_MEDIAN_ABSOLUTE_DEVIATION
            ? vb_jackknife_log_interval(figure, without, times->counts, times->groups)
            : vb_jackknife_interval(figure, without, times->counts, times->groups);
    if (interval.low < 0)
        interval.low = 0; /* a time is never negative */
    return interval;
}

int vb_spread_find(const vb_block_times *times, vb_spread *spread)
{
    double whole[VB_SPREAD_FIGURES], without[VB_SPREAD_FIGURES][VB_JACKKNIFE_GROUPS_MAX];
    double *rest = malloc(times->count * sizeof *rest);
    if (!rest)
        return -ENOMEM;
    figures_of(times->ns, times->count, whole);
    for (size_t group = 0; group < times->groups && times->groups > 1; group++) {
        double figures[VB_SPREAD_FIGURES];
        figures_of(rest, vb_block_times_without(times, group, rest), figures);
        for (size_t i = 0; i < VB_SPREAD_FIGURES; i++)
            without[i][group] = figures[i];
    }
    for (size_t i = 0; i < VB_SPREAD_FIGURES; i++) {
        if (i >= VB_SPREAD_PERCENTILES &&
            !vb_block_quantile_is_known(times->count,
                                        vb_spread_quantiles[i - VB_SPREAD_PERCENTILES]))
            spread->figures[i] = (vb_interval){NAN, NAN, NAN, VB_RUN_CONFIDENCE};
        else
            spread->figures[i] = interval_of(i, whole[i], without[i], times);
    }
    free(rest);
    return 0;
}
