#include "runner/block_quantiles.h"

#include <errno.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

const double vb_block_quantiles[VB_BLOCK_QUANTILES] = {0.05, 0.25, 0.5, 0.75, 0.95};

/* The logarithms of a side's quantiles, of all blocks and without each group. */
typedef struct {
    double all[VB_BLOCK_QUANTILES];
    double without[VB_BLOCK_QUANTILES][VB_JACKKNIFE_GROUPS_MAX];
} side_logs;

static void take(const double *ns, size_t count, double logs[VB_BLOCK_QUANTILES])
{
    for (size_t i = 0; i < VB_BLOCK_QUANTILES; i++)
        logs[i] = log(gsl_stats_quantile_from_sorted_data(ns, 1, count, vb_block_quantiles[i]));
}

/* 0 or -ENOMEM. */
static int take_side(const vb_block_times *times, side_logs *logs)
{
    double *rest = malloc(times->count * sizeof *rest);
    if (!rest)
        return -ENOMEM;
    take(times->ns, times->count, logs->all);
    for (size_t group = 0; group < times->groups && times->groups > 1; group++) {
        double without[VB_BLOCK_QUANTILES];
        take(rest, vb_block_times_without(times, group, rest), without);
        for (size_t i = 0; i < VB_BLOCK_QUANTILES; i++)
            logs->without[i][group] = without[i];
    }
    free(rest);
    return 0;
}

/* Half the width for the logarithm of quantile `index`; NAN: there is no interval. */
static double half_of_pairs(const side_logs *old_logs, const side_logs *new_logs,
                            const vb_block_times *old, const vb_block_times *new, size_t index)
{
    double ratios[VB_JACKKNIFE_GROUPS_MAX];
    size_t counts[VB_JACKKNIFE_GROUPS_MAX];
    for (size_t group = 0; group < old->groups; group++) {
        ratios[group] = new_logs->without[index][group] - old_logs->without[index][group];
        counts[group] = old->counts[group] + new->counts[group];
    }
    const vb_interval interval = vb_jackknife_interval(new_logs->all[index] - old_logs->all[index],
                                                       ratios, counts, old->groups);
    return interval.high - interval.estimate;
}

/* The same where the sides did not run at one time. */
static double half_of_sides(const side_logs *old_logs, const side_logs *new_logs,
                            const vb_block_times *old, const vb_block_times *new, size_t index)
{
    const double old_error = vb_jackknife_error(old_logs->all[index], old_logs->without[index],
                                                old->counts, old->groups);
    const double new_error = vb_jackknife_error(new_logs->all[index], new_logs->without[index],
                                                new->counts, new->groups);
    const double old_variance = old_error * old_error, new_variance = new_error * new_error;
    const double variance = old_variance + new_variance;
    if (!(variance > 0))
        return variance; /* 0 where neither side varies; NAN */
    const double degrees = variance * variance /
                           (old_variance * old_variance / (double)(old->groups - 1) +
                            new_variance * new_variance / (double)(new->groups - 1));
    return gsl_cdf_tdist_Pinv(0.5 + VB_RUN_CONFIDENCE / 2, degrees) * sqrt(variance);
}

int vb_block_quantiles_compare(const vb_block_times *old, const vb_block_times *new, bool paired,
                               vb_block_quantile_list *found)
{
    side_logs old_logs, new_logs;
    const bool together = paired && old->processes == new->processes;
    *found = (vb_block_quantile_list){0};
    if (old->count == 0 || new->count == 0)
        return 0;
    int status = take_side(old, &old_logs);
    if (status == 0)
        status = take_side(new, &new_logs);
    for (size_t i = 0; i < VB_BLOCK_QUANTILES && status == 0; i++) {
        const double ratio = new_logs.all[i] - old_logs.all[i];
        if (!vb_block_quantile_is_known(old->count, vb_block_quantiles[i]) ||
            !vb_block_quantile_is_known(new->count, vb_block_quantiles[i]) || !isfinite(ratio))
            continue;
        const double half = together ? half_of_pairs(&old_logs, &new_logs, old, new, i)
                                     : half_of_sides(&old_logs, &new_logs, old, new, i);
        found->items[found->count++] = (vb_block_quantile){.quantile = vb_block_quantiles[i],
                                                           .old_ns = exp(old_logs.all[i]),
                                                           .new_ns = exp(new_logs.all[i]),
                                                           .change = expm1(ratio),
                                                           .low = expm1(ratio - half),
                                                           .high = expm1(ratio + half)};
    }
    return status;
}
