#include "runner/paired_judge.h"

#include <errno.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort_double.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "runner/judge.h"
#include "runner/signed_rank.h"

/* Which cell a pair belongs to. What is visited again has the same partner again (pairing.c). */
static size_t cell_of(const vb_process_pair *pair, size_t number)
{
    return pair->new_layout == VB_NATURAL_LAYOUT ? number : (size_t)pair->new_layout;
}

/* What scatters independently, of one figure. */
typedef struct {
    double *cells; /* their groups are four neighbours each */
    size_t cell_count;
    double *groups;
    size_t group_count;
} replicates;

static void free_replicates(replicates *of)
{
    free(of->cells);
    *of = (replicates){0};
}

/* The middle of `values`, whose order is lost. 0 or -ENOMEM. */
static int take_middle(double *values, size_t count, double *middle)
{
    if (count > VB_SIGNED_RANK_MAX) {
        *middle = vb_judge_summary(values, count).median;
        return 0;
    }
    vb_signed_rank rank;
    int status = vb_signed_rank_make(values, count, &rank);
    if (status == 0)
        *middle = vb_signed_rank_estimate(&rank);
    vb_signed_rank_free(&rank);
    return status;
}

/* The pairs that count, cell by cell. */
typedef struct {
    double *values;
    size_t *ends; /* of each cell among the values; cells may be empty */
    size_t places;
} visits;

static void free_visits(visits *of)
{
    free(of->values);
    free(of->ends);
    *of = (visits){0};
}

/* 0 or -ENOMEM. Free them whatever has happened. */
static int sort_visits(const vb_paired_case *paired, vb_pair_value *value, size_t which,
                       visits *sorted)
{
    const vb_process_pairs *pairs = &paired->pairs;
    size_t number = 0;
    *sorted = (visits){0};
    for (size_t i = 0; i < pairs->count; i++) {
        if (vb_pair_counts(paired, &pairs->items[i])) {
            size_t cell = cell_of(&pairs->items[i], number++);
            sorted->places = cell >= sorted->places ? cell + 1 : sorted->places;
        }
    }
    sorted->values = malloc((number + 1) * sizeof *sorted->values);
    sorted->ends = calloc(sorted->places + 1, sizeof *sorted->ends);
    if (!sorted->values || !sorted->ends)
        return -ENOMEM;
    for (size_t i = number = 0; i < pairs->count; i++) {
        if (vb_pair_counts(paired, &pairs->items[i]))
            sorted->ends[cell_of(&pairs->items[i], number++) + 1]++;
    }
    for (size_t place = 0; place < sorted->places; place++)
        sorted->ends[place + 1] += sorted->ends[place];
    for (size_t i = number = 0; i < pairs->count; i++) { /* ends are begins until all is filled */
        if (vb_pair_counts(paired, &pairs->items[i]))
            sorted->values[sorted->ends[cell_of(&pairs->items[i], number++)]++] =
                value(&pairs->items[i], which);
    }
    return 0;
}

/* 0 or -ENOMEM. Free them whatever has happened. */
static int take_replicates(const vb_paired_case *paired, vb_pair_value *value, size_t which,
                           replicates *taken)
{
    visits of;
    *taken = (replicates){0};
    int status = sort_visits(paired, value, which, &of);
    if (status == 0) {
        taken->cells = malloc(2 * (of.places + 1) * sizeof *taken->cells);
        status = taken->cells ? 0 : -ENOMEM;
    }
    for (size_t place = 0, begin = 0; place < of.places && status == 0; place++) {
        const size_t count = of.ends[place] - begin;
        if (count > 0)
            status = take_middle(of.values + begin, count, &taken->cells[taken->cell_count++]);
        begin = of.ends[place];
    }
    if (status == 0) {
        taken->groups = taken->cells + of.places;
        taken->group_count = taken->cell_count / VB_CYCLE_PAIRS;
        for (size_t i = 0; i < taken->group_count; i++)
            taken->groups[i] = gsl_stats_mean(taken->cells + i * VB_CYCLE_PAIRS, 1, VB_CYCLE_PAIRS);
    }
    free_visits(&of);
    return status;
}

/* More cells than the rank test takes: neighbours are taken together. Returns how many are left. */
static size_t merge_neighbours(double *cells, size_t count)
{
    const size_t left = count < VB_SIGNED_RANK_MAX ? count : VB_SIGNED_RANK_MAX;
    for (size_t i = 0; i < left && left < count; i++) {
        const size_t begin = i * count / left, end = (i + 1) * count / left;
        cells[i] = gsl_stats_mean(cells + begin, 1, end - begin);
    }
    return left;
}

static double looks_of(const vb_paired_case *paired)
{
    return paired->looks > 0 ? (double)paired->looks : 1;
}

static double level_of_a_look(const vb_paired_case *paired, double level)
{
    return level / looks_of(paired);
}

enum { CANDIDATES_MAX = 3 };

/* One of the intervals: at the level that it may use, and a plain one of 95 %. */
typedef struct {
    vb_estimator by;
    vb_log_interval ratio, plain;
    double p_value;
} candidate;

/* By so much a clock that is too coarse for the blocks may move all pairs alike. Where it is, most
 * pairs see its step, some of them several at once. */
static double clock_step(const vb_paired_case *paired)
{
    size_t pairs = 0, seen = 0;
    double least = INFINITY;
    for (size_t i = 0; i < paired->pairs.count; i++) {
        const vb_process_pair *pair = &paired->pairs.items[i];
        if (!vb_pair_counts(paired, pair))
            continue;
        pairs++;
        if (pair->clock_step > 0) {
            seen++;
            least = fmin(least, pair->clock_step);
        }
    }
    return seen > 0 && 2 * seen >= pairs ? least : 0;
}

static void widen(vb_log_interval *ratio, double step)
{
    ratio->low -= step;
    ratio->high += step;
}

static vb_log_interval student(double estimate, double error, double degrees, double level)
{
    double half = error > 0 ? gsl_cdf_tdist_Qinv(level / 2, degrees) * error : 0;
    return (vb_log_interval){estimate, estimate - half, estimate + half};
}

/* By chance alone so many groups agree on one figure beside 0 where processes are in either of two
 * modes: of the eight in a group's four cells five are in one of them, which moves its mean by a
 * step up or down. */
static double chance_of_groups(size_t groups)
{
    return 2 * pow(56.0 / 256, (double)groups);
}

static candidate by_groups(const replicates *of, double level, double step)
{
    const double estimate =
        of->group_count > 0 ? gsl_stats_mean(of->groups, 1, of->group_count) : NAN;
    const double chance = chance_of_groups(of->group_count); /* no p is less */
    candidate made = {.by = VB_BY_GROUPS, .ratio = {estimate, -INFINITY, INFINITY}, .p_value = 1};
    made.plain = made.ratio;
    if (of->group_count < VB_GROUPS_MIN)
        return made;
    const double degrees = (double)of->group_count - 1;
    const double error = gsl_stats_sd(of->groups, 1, of->group_count) / sqrt(degrees + 1);
    if (level >= chance)
        made.ratio = student(estimate, error, degrees, level);
    made.plain = student(estimate, error, degrees, vb_plain_level);
    widen(&made.ratio, step);
    widen(&made.plain, step);
    if (fabs(estimate) > step)
        made.p_value = fmax(2 * gsl_cdf_tdist_Q((fabs(estimate) - step) / error, degrees), chance);
    return made;
}

/* 0 or -ENOMEM. The cells are its working space. */
static int by_rank(replicates *of, vb_estimator by, double level, double step, candidate *made)
{
    vb_signed_rank rank;
    of->cell_count = merge_neighbours(of->cells, of->cell_count);
    int status = vb_signed_rank_make(of->cells, of->cell_count, &rank);
    if (status == 0) {
        *made = (candidate){.by = by, .p_value = vb_signed_rank_p_value(&rank, step)};
        made->ratio.estimate = made->plain.estimate = vb_signed_rank_estimate(&rank);
        vb_signed_rank_interval(&rank, level, &made->ratio.low, &made->ratio.high);
        vb_signed_rank_interval(&rank, vb_plain_level, &made->plain.low, &made->plain.high);
        widen(&made->ratio, step);
        widen(&made->plain, step);
    }
    vb_signed_rank_free(&rank);
    return status;
}

static bool excludes_zero(const vb_log_interval *ratio)
{
    return ratio->low > 0 || ratio->high < 0;
}

/* Whether the later one says the same as the earlier, only closer. */
static bool agrees_with(const vb_log_interval *later, const vb_log_interval *earlier)
{
    return earlier->low <= later->estimate && later->estimate <= earlier->high &&
           (excludes_zero(later) || !excludes_zero(earlier));
}

/* The narrowest that contradicts none before it. */
static const candidate *choose(const candidate *candidates, size_t count)
{
    const candidate *chosen = candidates;
    for (size_t i = 1; i < count; i++) {
        const vb_log_interval *ratio = &candidates[i].ratio;
        bool agrees = true;
        for (size_t k = 0; k < i; k++)
            agrees = agrees && agrees_with(ratio, &candidates[k].ratio);
        if (agrees && ratio->high - ratio->low < chosen->ratio.high - chosen->ratio.low)
            chosen = &candidates[i];
    }
    return chosen;
}

/* Whether the quiet blocks of each pair took any time. */
static bool have_quiet_ratios(const vb_process_pairs *pairs)
{
    for (size_t i = 0; i < pairs->count; i++) {
        if (!isfinite(pairs->items[i].quiet_log_ratio))
            return false;
    }
    return true;
}

/* Whether each pair's ratio can be taken; that of the natural ones, too. */
static bool have_ratios(const vb_process_pairs *pairs)
{
    for (size_t i = 0; i < pairs->count; i++) {
        const vb_process_pair *pair = &pairs->items[i];
        if (!isfinite(pair->log_ratio) || !isfinite(log(pair->old_ns)) ||
            !isfinite(log(pair->new_ns)))
            return false;
    }
    return true;
}

/* Judges by `value_count` of the values at once, from `which` on: the first one's groups and pairs,
 * the second one's pairs. `step` is what a coarse clock may have moved them by. */
static int judge_values(const vb_paired_case *paired, vb_pair_value *value, size_t which,
                        size_t value_count, double both_log, double step,
                        const vb_change_rules *rules, vb_change *change)
{
    candidate candidates[CANDIDATES_MAX];
    const size_t count = value_count + 1;
    const double level = level_of_a_look(paired, rules->level) / (double)count;
    int status = 0;
    for (size_t i = 0; i < value_count && status == 0; i++) {
        replicates of;
        status = take_replicates(paired, value, which + i, &of);
        if (status == 0 && i == 0)
            candidates[0] = by_groups(&of, level, step);
        if (status == 0)
            status =
                by_rank(&of, i == 0 ? VB_BY_PAIRS : VB_BY_QUIET, level, step, &candidates[i + 1]);
        free_replicates(&of);
    }
    if (status != 0)
        return status;
    candidate chosen = *choose(candidates, count);
    if (paired->cycles < VB_CYCLES_MIN) {
        chosen.ratio.low = chosen.plain.low = -INFINITY;
        chosen.ratio.high = chosen.plain.high = INFINITY;
        chosen.p_value = 1;
    }
    status = vb_change_of_logs(both_log, &chosen.ratio, rules, change);
    if (status != 0)
        return status;
    /* The quiet blocks are the same, but most of the others are not: so much is not known. */
    if (chosen.by == VB_BY_QUIET && change->verdict == VB_EQUIVALENT &&
        fabs(expm1(candidates[1].ratio.estimate)) > rules->tolerance)
        change->verdict = VB_INCONCLUSIVE;
    change->estimator = chosen.by;
    change->p_value = fmin(1, chosen.p_value * looks_of(paired) * (double)count);
    vb_change_take_plain(change, &chosen.plain);
    return 0;
}

double vb_paired_mean(const vb_paired_case *paired, vb_pair_value *value, size_t which)
{
    double sum = 0;
    for (size_t i = 0; i < paired->pairs.count; i++) {
        const vb_process_pair *pair = &paired->pairs.items[i];
        if (vb_pair_counts(paired, pair))
            sum += value(pair, which);
    }
    return sum / (double)(paired->cycles * VB_CYCLE_PAIRS);
}

/* Of all blocks, or of the quiet ones. */
static double time_ratio(const vb_process_pair *pair, size_t quiet)
{
    return quiet ? pair->quiet_log_ratio : pair->log_ratio;
}

/* Of both sides' geometric mean. */
static double both_times(const vb_process_pair *pair, size_t which)
{
    (void)which;
    return (log(pair->old_ns) + log(pair->new_ns)) / 2;
}

int vb_paired_judge(const vb_paired_case *paired, const vb_change_rules *rules, vb_change *change)
{
    if (paired->cycles == 0 || !have_ratios(&paired->pairs) || !have_ratios(&paired->natural))
        return -EDOM;
    const size_t count = have_quiet_ratios(&paired->pairs) ? 2 : 1;
    return judge_values(paired, time_ratio, 0, count, vb_paired_mean(paired, both_times, 0),
                        clock_step(paired), rules, change);
}

int vb_paired_judge_ratio(const vb_paired_case *paired, vb_pair_value *value, size_t which,
                          double both_log, const vb_change_rules *rules, vb_change *change)
{
    return paired->cycles == 0 ? -EDOM
                               : judge_values(paired, value, which, 1, both_log, 0, rules, change);
}

/* For the median of any distribution (W. R. Thompson, "On confidence ranges for the median", Annals
 * of Mathematical Statistics 7, 1936): between the k-th smallest and the k-th largest.
 */
static vb_log_interval between_ranks(double *values, size_t count, double level)
{
    gsl_sort(values, 1, count);
    vb_log_interval made = {gsl_stats_median_from_sorted_data(values, 1, count), -INFINITY,
                            INFINITY};
    size_t k = 0;
    while (k < count / 2 && 2 * gsl_cdf_binomial_P((unsigned)k, 0.5, (unsigned)count) <= level)
        k++;
    if (k > 0) {
        made.low = values[k - 1];
        made.high = values[count - k];
    }
    return made;
}

int vb_paired_judge_side(const vb_paired_case *paired, vb_pair_value *value, size_t which,
                         double level, vb_log_interval *judged)
{
    visits of;
    int status = sort_visits(paired, value, which, &of);
    size_t count = 0;
    for (size_t place = 0, begin = 0; place < of.places && status == 0; place++) {
        if (of.ends[place] > begin)
            of.values[count++] = of.values[begin];
        begin = of.ends[place];
    }
    if (status == 0)
        *judged = between_ranks(
            of.values, count, paired->cycles < VB_CYCLES_MIN ? 0 : level_of_a_look(paired, level));
    free_visits(&of);
    return status;
}

size_t vb_paired_groups_least(const vb_paired_case *paired, double level)
{
    const double least = level_of_a_look(paired, level) / CANDIDATES_MAX;
    size_t groups = VB_GROUPS_MIN;
    while (chance_of_groups(groups) > least)
        groups++;
    return groups;
}
