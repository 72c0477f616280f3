#include "runner/outliers.h"

#include "runner/block_quantile.h"

static const double mild_ranges = 1.5, severe_ranges = 3;

void vb_outliers_find(const vb_block_times *times, vb_outliers *outliers)
{
    const double lower = vb_block_quantile(times, 0.25), upper = vb_block_quantile(times, 0.75);
    const double range = upper - lower;
    *outliers = (vb_outliers){.fences_ns = {[VB_LOW_SEVERE] = lower - severe_ranges * range,
                                            [VB_LOW_MILD] = lower - mild_ranges * range,
                                            [VB_HIGH_MILD] = upper + mild_ranges * range,
                                            [VB_HIGH_SEVERE] = upper + severe_ranges * range}};
    for (size_t i = 0; i < times->count; i++) {
        const double ns = times->ns[i];
        if (ns < outliers->fences_ns[VB_LOW_SEVERE])
            outliers->counts[VB_LOW_SEVERE]++;
        else if (ns < outliers->fences_ns[VB_LOW_MILD])
            outliers->counts[VB_LOW_MILD]++;
        else if (ns > outliers->fences_ns[VB_HIGH_SEVERE])
            outliers->counts[VB_HIGH_SEVERE]++;
        else if (ns > outliers->fences_ns[VB_HIGH_MILD])
            outliers->counts[VB_HIGH_MILD]++;
    }
}
