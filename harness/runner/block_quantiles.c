#include "runner/block_quantiles.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>

#include "runner/block_quantile.h"

const double vb_block_quantiles[VB_BLOCK_QUANTILES] = {0.05, 0.25, 0.5, 0.75, 0.95};

/* 0 where one of them does not vary. */
static double correlation(const double *a, const double *b, size_t count)
{
    const double found = count > 1 ? gsl_stats_correlation(a, 1, b, 1, count) : 0;
    return isfinite(found) ? fmin(fmax(found, -1), 1) : 0;
}

/* The length of the difference of two errors that are correlated so; NAN where one has no end. */
static double together(double a, double b, double correlated)
{
    if (!isfinite(a) || !isfinite(b))
        return NAN;
    return sqrt(fmax(a * a + b * b - 2 * correlated * a * b, 0));
}

/* Whether there is such a change. */
static bool compare(const vb_block_times *old, const vb_block_times *new, bool paired,
                    double quantile, vb_block_quantile_change *change)
{
    double old_shares[VB_JACKKNIFE_GROUPS_MAX], new_shares[VB_JACKKNIFE_GROUPS_MAX];
    if (!vb_block_quantile_is_known(old->count, quantile) ||
        !vb_block_quantile_is_known(new->count, quantile))
        return false;
    const vb_interval of_old = vb_block_quantile_interval(old, quantile, old_shares);
    const vb_interval of_new = vb_block_quantile_interval(new, quantile, new_shares);
    if (!(of_old.estimate > 0) || !(of_new.estimate > 0))
        return false;
    const double correlated =
        paired && old->groups == new->groups ? correlation(old_shares, new_shares, old->groups) : 0;
    const double ratio = log(of_new.estimate / of_old.estimate);
    const double old_below = log(of_old.estimate / of_old.low);
    const double old_above = log(of_old.high / of_old.estimate);
    const double new_below = log(of_new.estimate / of_new.low);
    const double new_above = log(of_new.high / of_new.estimate);
    *change = (vb_block_quantile_change){
        .quantile = quantile,
        .old_ns = of_old.estimate,
        .new_ns = of_new.estimate,
        .change = expm1(ratio),
        .low = expm1(ratio - together(new_below, old_above, correlated)),
        .high = expm1(ratio + together(new_above, old_below, correlated)),
    };
    return true;
}

void vb_block_quantiles_compare(const vb_block_times *old, const vb_block_times *new, bool paired,
                                vb_block_quantile_changes *found)
{
    *found = (vb_block_quantile_changes){0};
    for (size_t i = 0; i < VB_BLOCK_QUANTILES; i++) {
        if (compare(old, new, paired && old->processes == new->processes, vb_block_quantiles[i],
                    &found->items[found->count]))
            found->count++;
    }
}
