#include "runner/quantile.h"

#include <math.h>
#include <string.h>

const double vb_quantile_shares[VB_QUANTILES] = {
    [VB_P50] = VELOX_HISTOGRAM_P50,
    [VB_P99] = VELOX_HISTOGRAM_P99,
    [VB_P99_9] = VELOX_HISTOGRAM_P99_9,
};

const char *const vb_quantile_names[VB_QUANTILES] = {
    [VB_P50] = "p50",
    [VB_P99] = "p99",
    [VB_P99_9] = "p99.9",
};

double vb_quantile_ns(const vb_histogram *histogram, double share)
{
    const double min_ns = (double)vb_histogram_min(histogram);
    const double max_ns = (double)vb_histogram_max(histogram);
    /* 0.07 * 100 is a little more than 7 in binary, which must not reach into the next bucket */
    const double rank = share * (double)vb_histogram_count(histogram) * (1 - 1e-12);
    double passed = 0;
    size_t cursor = 0;
    uint64_t lowest_ns, count;
    while (vb_histogram_next_bucket(histogram, &cursor, &lowest_ns, &count)) {
        if (passed + (double)count >= rank) {
            double inside = (rank - passed) / (double)count;
            double ns = (double)lowest_ns + inside * vb_quantile_step_ns((double)lowest_ns);
            return fmin(fmax(ns, min_ns), max_ns);
        }
        passed += (double)count;
    }
    return max_ns;
}

void vb_quantiles_take(const vb_histogram *histogram, double quantiles_ns[VB_QUANTILES])
{
    memset(quantiles_ns, 0, VB_QUANTILES * sizeof *quantiles_ns);
    for (size_t i = 0; histogram && i < VB_QUANTILES; i++) {
        double beyond = (double)vb_histogram_count(histogram) * (1 - vb_quantile_shares[i]);
        if (beyond >= VB_QUANTILE_BEYOND)
            quantiles_ns[i] = fmax(1, vb_quantile_ns(histogram, vb_quantile_shares[i]));
    }
}

double vb_quantile_step_ns(double ns)
{
    if (!(ns <= (double)VELOX_HISTOGRAM_MAX_NS)) /* all that is longer is in one bucket */
        return ns;
    size_t bucket = vb_histogram_bucket_of((uint64_t)ns);
    return (double)(vb_histogram_bucket_highest(bucket) - vb_histogram_bucket_lowest(bucket) + 1);
}
