#include "runner/quantile_judge.h"

#include <errno.h>
#include <math.h>

#include "runner/paired_judge.h"

static const double tolerance_min = 0.02;

static double log_ratio(const vb_process_pair *pair, size_t quantile)
{
    return log(pair->quantiles_ns[VB_NEW][quantile] / pair->quantiles_ns[VB_OLD][quantile]);
}

/* Of both sides' geometric mean. */
static double both_quantiles(const vb_process_pair *pair, size_t quantile)
{
    return (log(pair->quantiles_ns[VB_OLD][quantile]) + log(pair->quantiles_ns[VB_NEW][quantile])) /
           2;
}

static double log_of_new(const vb_process_pair *pair, size_t quantile)
{
    return log(pair->quantiles_ns[VB_NEW][quantile]);
}

size_t vb_quantile_claims(const vb_paired_case *paired)
{
    return paired->new->latencies ? VB_QUANTILES + (paired->new->p99_limit_ns > 0) : 0;
}

/* Whether each process of this side knows it, of the pairs that count. */
static bool is_known(const vb_paired_case *paired, int side, size_t quantile)
{
    for (size_t i = 0; i < paired->pairs.count; i++) {
        const vb_process_pair *pair = &paired->pairs.items[i];
        if (vb_pair_counts(paired, pair) && !(pair->quantiles_ns[side][quantile] > 0))
            return false;
    }
    return true;
}

/* The change's interval, as logarithms, no narrower than this on either side. */
static vb_log_interval widened(const vb_change *change, double half)
{
    const double estimate = log1p(change->estimate);
    vb_log_interval ratio = {estimate, -INFINITY, INFINITY};
    if (!isnan(change->low)) {
        ratio.low = fmin(log1p(change->low), estimate - half);
        ratio.high = fmax(log1p(change->high), estimate + half);
    }
    return ratio;
}

static double half_step(double ns)
{
    return vb_quantile_step_ns(ns) / ns / 2;
}

int vb_quantile_judge(const vb_paired_case *paired, size_t quantile, const vb_change_rules *rules,
                      vb_quantile_change *judged)
{
    *judged = (vb_quantile_change){0};
    if (!paired->old->latencies)
        judged->reason = "the old side recorded no latencies";
    else if (!is_known(paired, VB_OLD, quantile) || !is_known(paired, VB_NEW, quantile))
        judged->reason = "too few samples";
    if (judged->reason)
        return 0;
    const double both_log = vb_paired_mean(paired, both_quantiles, quantile);
    vb_change_rules lax = *rules;
    lax.tolerance = fmax(lax.tolerance, tolerance_min);
    vb_change change;
    int status = vb_paired_judge_ratio(paired, log_ratio, quantile, both_log, &lax, &change);
    if (status == 0) {
        const vb_log_interval ratio =
            widened(&change, half_step(change.old_ns) + half_step(change.new_ns));
        status = vb_change_of_logs(both_log, &ratio, &lax, &judged->change);
    }
    if (status == -EDOM)
        judged->reason = "one side's is a billion times the other's";
    return status == -EDOM ? 0 : status;
}

int vb_quantile_check_limit(const vb_paired_case *paired, const vb_change_rules *rules,
                            vb_limit_check *check)
{
    *check = (vb_limit_check){.limit_ns = (double)paired->new->p99_limit_ns,
                              .p99_ns = NAN,
                              .low_ns = NAN,
                              .high_ns = NAN,
                              .verdict = VB_LIMIT_UNDECIDED};
    if (paired->cycles == 0 || !is_known(paired, VB_NEW, VB_P99))
        return 0;
    vb_log_interval p99;
    int status = vb_paired_judge_side(paired, log_of_new, VB_P99, rules->level, &p99);
    if (status != 0)
        return status;
    check->p99_ns = exp(p99.estimate);
    if (!isfinite(p99.low))
        return 0;
    const double half = half_step(check->p99_ns);
    check->low_ns = exp(fmin(p99.low, p99.estimate - half));
    check->high_ns = exp(fmax(p99.high, p99.estimate + half));
    if (check->low_ns > check->limit_ns)
        check->verdict = VB_LIMIT_EXCEEDED;
    else if (check->high_ns < check->limit_ns)
        check->verdict = VB_LIMIT_KEPT;
    return 0;
}

const char *vb_limit_verdict_name(vb_limit_verdict verdict)
{
    static const char *const names[VB_LIMIT_VERDICTS] = {
        [VB_LIMIT_KEPT] = "kept",
        [VB_LIMIT_EXCEEDED] = "exceeded",
        [VB_LIMIT_UNDECIDED] = "undecided",
    };
    return names[verdict];
}
