#include "runner/block_quantile.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>

double vb_block_quantile(const vb_block_times *times, double quantile)
{
    return gsl_stats_quantile_from_sorted_data(times->ns, 1, times->count, quantile);
}

bool vb_block_quantile_is_known(size_t count, double quantile)
{
    const double beyond = (double)count * fmin(quantile, 1 - quantile);
    return quantile == 0.5 ? count > 0 : beyond >= 1 - 1e-9; /* 100 times 1 - 0.99 is not quite 1 */
}

vb_interval vb_block_quantile_interval(const vb_block_times *times, double quantile,
                                       double shares[VB_JACKKNIFE_GROUPS_MAX])
{
    const double ns = vb_block_quantile(times, quantile);
    size_t below[VB_JACKKNIFE_GROUPS_MAX] = {0}, all_below = 0;
    double without[VB_JACKKNIFE_GROUPS_MAX];
    while (all_below < times->count && times->ns[all_below] <= ns)
        below[(size_t)times->groups_of[all_below++]]++;
    for (size_t group = 0; group < times->groups; group++) {
        if (shares)
            shares[group] = (double)below[group] / (double)times->counts[group];
        without[group] = (double)(all_below - below[group]) /
                         (double)(times->count - times->counts[group]); /* of one group: unused */
    }
    const vb_interval share = vb_jackknife_interval((double)all_below / (double)times->count,
                                                    without, times->counts, times->groups);
    vb_interval interval = {ns, NAN, NAN, VB_RUN_CONFIDENCE};
    if (isfinite(share.low)) {
        const double half = share.high - share.estimate;
        interval.low = vb_block_quantile(times, fmax(quantile - half, 0));
        interval.high = vb_block_quantile(times, fmin(quantile + half, 1));
    }
    return interval;
}
