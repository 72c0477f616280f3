#include "runner/layout_effect.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "runner/judge.h"

/* The mean of log new_ns over the cycles that a natural pair closes; NAN: none is complete. */
static double average_layout_log(const vb_paired_case *paired, size_t closing_cycle)
{
    double sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < paired->pairs.count; i++) {
        const vb_process_pair *pair = &paired->pairs.items[i];
        if (!vb_pair_counts(paired, pair) || pair->cycle > closing_cycle ||
            pair->cycle + VB_NATURAL_EVERY <= closing_cycle)
            continue;
        sum += log(pair->new_ns);
        count++;
    }
    return count > 0 ? sum / (double)count : NAN;
}

enum { TOLD_MIN = 3 }; /* an interval of fewer says nothing */

/* Of logarithms, as shares. */
static void take_shares(const double *logs, size_t count, double confidence, double *estimate,
                        double *low, double *high)
{
    *estimate = *low = *high = NAN;
    if (count == 0)
        return;
    vb_interval interval = vb_judge_mean(logs, count, confidence);
    *estimate = expm1(interval.estimate);
    if (count < TOLD_MIN)
        return;
    *low = expm1(interval.low);
    *high = expm1(interval.high);
}

/* 0 or -ENOMEM. */
static int judge_natural(const vb_paired_case *paired, double confidence, vb_layout_effect *effect)
{
    const vb_process_pairs *natural = &paired->natural;
    double *ratios = malloc(natural->count * sizeof *ratios);
    double *excesses = malloc(natural->count * sizeof *excesses);
    size_t compared = 0;
    if (ratios && excesses) {
        for (size_t i = 0; i < natural->count; i++) {
            double average = average_layout_log(paired, natural->items[i].cycle);
            ratios[i] = natural->items[i].log_ratio;
            if (!isnan(average))
                excesses[compared++] = log(natural->items[i].new_ns) - average;
        }
        effect->known = true;
        take_shares(ratios, natural->count, confidence, &effect->change, &effect->change_low,
                    &effect->change_high);
        take_shares(excesses, compared, confidence, &effect->new_excess, &effect->new_excess_low,
                    &effect->new_excess_high);
    }
    int status = ratios && excesses ? 0 : -ENOMEM;
    free(ratios);
    free(excesses);
    return status;
}

typedef int layout_of(const vb_process_pair *pair);

static int old_layout(const vb_process_pair *pair)
{
    return pair->old_layout;
}

static int new_layout(const vb_process_pair *pair)
{
    return pair->new_layout;
}

/* Whether no earlier pair that counts was of the same layout. */
static bool is_first_visit(const vb_paired_case *paired, size_t index, layout_of *of)
{
    const vb_process_pair *pairs = paired->pairs.items;
    if (!vb_pair_counts(paired, &pairs[index]))
        return false;
    for (size_t i = 0; i < index; i++) {
        if (vb_pair_counts(paired, &pairs[i]) && of(&pairs[i]) == of(&pairs[index]))
            return false;
    }
    return true;
}

static size_t count_layouts(const vb_paired_case *paired, layout_of *of)
{
    size_t count = 0;
    for (size_t i = 0; i < paired->pairs.count; i++)
        count += is_first_visit(paired, i, of);
    return count;
}

size_t vb_paired_layout_count(const vb_paired_case *paired)
{
    size_t old = count_layouts(paired, old_layout), new = count_layouts(paired, new_layout);
    size_t lesser = old < new ? old : new;
    return lesser > 0 ? lesser : 1;
}

/* The mean over the visits to a layout of new of its log time against that of its cycle. */
static double layout_effect_log(const vb_paired_case *paired, int layout, const double *cycle_logs)
{
    double sum = 0;
    size_t visits = 0;
    for (size_t i = 0; i < paired->pairs.count; i++) {
        const vb_process_pair *pair = &paired->pairs.items[i];
        if (!vb_pair_counts(paired, pair) || pair->new_layout != layout)
            continue;
        sum += log(pair->new_ns) - cycle_logs[pair->cycle];
        visits++;
    }
    return sum / (double)visits;
}

/* 0 or -ENOMEM. */
static int judge_spread(const vb_paired_case *paired, vb_layout_effect *effect)
{
    double slowest = -INFINITY, fastest = INFINITY;
    if (count_layouts(paired, new_layout) < 2)
        return 0;
    double *cycle_logs = calloc(paired->cycles, sizeof *cycle_logs);
    if (!cycle_logs)
        return -ENOMEM;
    for (size_t i = 0; i < paired->pairs.count; i++) {
        const vb_process_pair *pair = &paired->pairs.items[i];
        if (vb_pair_counts(paired, pair))
            cycle_logs[pair->cycle] += log(pair->new_ns) / VB_CYCLE_PAIRS;
    }
    for (size_t i = 0; i < paired->pairs.count; i++) {
        if (!is_first_visit(paired, i, new_layout))
            continue;
        double log_effect =
            layout_effect_log(paired, paired->pairs.items[i].new_layout, cycle_logs);
        slowest = fmax(slowest, log_effect);
        fastest = fmin(fastest, log_effect);
    }
    effect->spread = expm1(slowest - fastest);
    free(cycle_logs);
    return 0;
}

/* How far, in logarithms, an interval reaches from its estimate; NAN: there is none. */
static double half_log(double estimate, double high)
{
    return log1p(high) - log1p(estimate);
}

/* What is luck of placement, and large enough to matter; never with NAN. */
static void judge_luck(const vb_change *change, vb_layout_effect *effect)
{
    static const double matters = 0.01;
    double off = fabs(log1p(effect->change) - log1p(change->estimate));
    double half = hypot(half_log(effect->change, effect->change_high),
                        half_log(change->estimate, change->high));
    effect->misleading = fabs(effect->change - change->estimate) > matters && off > half;
    effect->off_average = fabs(effect->new_excess) > matters &&
                          (effect->new_excess_low > 0 || effect->new_excess_high < 0);
}

int vb_paired_layout_effect(const vb_paired_case *paired, double confidence,
                            const vb_change *change, vb_layout_effect *effect)
{
    *effect = (vb_layout_effect){.change = NAN,
                                 .change_low = NAN,
                                 .change_high = NAN,
                                 .new_excess = NAN,
                                 .new_excess_low = NAN,
                                 .new_excess_high = NAN,
                                 .spread = NAN};
    int status = paired->natural.count > 0 ? judge_natural(paired, confidence, effect) : 0;
    if (status == 0)
        judge_luck(change, effect);
    return status == 0 ? judge_spread(paired, effect) : status;
}
