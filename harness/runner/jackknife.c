#include "runner/jackknife.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdbool.h>

size_t vb_jackknife_groups(size_t processes)
{
    return processes < VB_JACKKNIFE_GROUPS_MAX ? processes : VB_JACKKNIFE_GROUPS_MAX;
}

size_t vb_jackknife_group(size_t process, size_t processes)
{
    return process * vb_jackknife_groups(processes) / processes;
}

/* The standard error; NAN: there is none. */
static double error_of(double figure, const double *without, const size_t *counts, size_t groups)
{
    double all = 0, centre = 0, variance = 0;
    if (groups < 2)
        return NAN;
    for (size_t i = 0; i < groups; i++)
        all += (double)counts[i];
    for (size_t i = 0; i < groups; i++)
        centre += figure - (1 - (double)counts[i] / all) * without[i];
    for (size_t i = 0; i < groups; i++) {
        const double parts = all / (double)counts[i];
        const double off = parts * figure - (parts - 1) * without[i] - centre;
        variance += off * off / (parts - 1) / (double)groups;
    }
    return isfinite(variance) ? sqrt(variance) : NAN;
}

vb_interval vb_jackknife_interval(double figure, const double *without, const size_t *counts,
                                  size_t groups)
{
    const double error = error_of(figure, without, counts, groups);
    const double half = isfinite(error) ? error * gsl_cdf_tdist_Pinv(0.5 + VB_RUN_CONFIDENCE / 2,
                                                                     (double)(groups - 1))
                                        : NAN;
    return (vb_interval){.estimate = figure,
                         .low = figure - half,
                         .high = figure + half,
                         .confidence = VB_RUN_CONFIDENCE};
}

vb_interval vb_jackknife_log_interval(double figure, const double *without, const size_t *counts,
                                      size_t groups)
{
    double logs[VB_JACKKNIFE_GROUPS_MAX];
    bool positive = figure > 0;
    for (size_t i = 0; i < groups && positive; i++) {
        positive = without[i] > 0;
        logs[i] = positive ? log(without[i]) : 0;
    }
    if (!positive)
        return vb_jackknife_interval(figure, without, counts, groups);
    vb_interval interval = vb_jackknife_interval(log(figure), logs, counts, groups);
    interval.estimate = figure;
    if (!isnan(interval.low)) { /* and what is rounded on the way must not leave it out */
        interval.low = fmin(exp(interval.low), figure);
        interval.high = fmax(exp(interval.high), figure);
    }
    return interval;
}
