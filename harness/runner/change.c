#include "runner/change.h"

#include <errno.h>
#include <gsl/gsl_cdf.h>
#include <math.h>

/* Side by side there is no drift to allow for. */
#define COMMON_RULES .level = 0.01, .min_effect = 0.0025, .tolerance = 0.01
const vb_change_rules vb_paired_rules = {COMMON_RULES};
const vb_change_rules vb_unpaired_rules = {COMMON_RULES, .drift = 0.05};

const double vb_plain_level = 0.05;

/* A billion times: beyond it is no measurement, and -100 % could not be told from it. */
static const double difference_max = 20.72;

/* Mean of the logarithms, and the variance of that mean (NAN for a single value). */
typedef struct {
    double mean;
    double variance;
} log_mean;

static int take_logs(const double *values, size_t count, log_mean *logs)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < count; i++) {
        if (!(values[i] > 0) || !isfinite(values[i]))
            return -EDOM;
        sum += log(values[i]);
    }
    logs->mean = sum / (double)count;
    for (size_t i = 0; i < count; i++) {
        double off = log(values[i]) - logs->mean;
        squares += off * off;
    }
    logs->variance = count > 1 ? squares / (double)(count - 1) / (double)count : NAN;
    return 0;
}

/* Half the width of Welch's interval; 0 where neither side varies, INFINITY where there is none. */
static double half_width(const log_mean *a, size_t a_count, const log_mean *b, size_t b_count,
                         double level)
{
    double variance = a->variance + b->variance;
    if (!(variance > 0))
        return variance == 0 ? 0 : INFINITY;
    double degrees = variance * variance /
                     (a->variance * a->variance / (double)(a_count - 1) +
                      b->variance * b->variance / (double)(b_count - 1));
    return gsl_cdf_tdist_Qinv(level / 2, degrees) * sqrt(variance);
}

static vb_verdict judge(const vb_change *change, const vb_change_rules *rules)
{
    if (change->low > 0 && change->estimate >= rules->min_effect)
        return VB_REGRESSED;
    if (change->high < 0 && change->estimate <= -rules->min_effect)
        return VB_IMPROVED;
    if (change->low >= -rules->tolerance && change->high <= rules->tolerance)
        return VB_EQUIVALENT;
    return VB_INCONCLUSIVE; /* also where there is no interval: no comparison with NAN holds */
}

bool vb_change_excludes_zero(const vb_change *change)
{
    return change->low > 0 || change->high < 0;
}

/* As a share; NAN: there is no such bound. */
static double bound(double log_bound)
{
    return isfinite(log_bound) ? expm1(log_bound) : NAN;
}

int vb_change_of_logs(double both_log, const vb_log_interval *ratio, const vb_change_rules *rules,
                      vb_change *change)
{
    if (!(fabs(ratio->estimate) <= difference_max) || !isfinite(both_log))
        return -EDOM;
    *change = (vb_change){
        .old_ns = exp(both_log - ratio->estimate / 2),
        .new_ns = exp(both_log + ratio->estimate / 2),
        .estimate = expm1(ratio->estimate),
        .low = bound(ratio->low),
        .high = bound(ratio->high),
        .level = rules->level,
        .p_value = NAN,
        .low_95 = NAN,
        .high_95 = NAN,
        .visible = bound((ratio->high - ratio->low) / 2),
    };
    change->verdict = judge(change, rules);
    return 0;
}

void vb_change_take_plain(vb_change *change, const vb_log_interval *plain)
{
    change->low_95 = bound(plain->low);
    change->high_95 = bound(plain->high);
}

int vb_change_judge(const double *old_ns, size_t old_count, const double *new_ns, size_t new_count,
                    const vb_change_rules *rules, vb_change *change)
{
    log_mean old, new;
    if (take_logs(old_ns, old_count, &old) != 0 || take_logs(new_ns, new_count, &new) != 0)
        return -EDOM;
    const double estimate = new.mean - old.mean;
    const double half =
        half_width(&old, old_count, &new, new_count, rules->level) + log1p(rules->drift);
    const double half_95 =
        half_width(&old, old_count, &new, new_count, vb_plain_level) + log1p(rules->drift);
    const vb_log_interval ratio = {estimate, estimate - half, estimate + half};
    const vb_log_interval plain = {estimate, estimate - half_95, estimate + half_95};
    int status = vb_change_of_logs((old.mean + new.mean) / 2, &ratio, rules, change);
    if (status == 0)
        vb_change_take_plain(change, &plain);
    return status;
}

const char *vb_verdict_name(vb_verdict verdict)
{
    static const char *const names[VB_VERDICTS] = {
        [VB_REGRESSED] = "regressed",
        [VB_IMPROVED] = "improved",
        [VB_EQUIVALENT] = "equivalent",
        [VB_INCONCLUSIVE] = "inconclusive",
    };
    return names[verdict];
}
