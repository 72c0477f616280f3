#include "runner/noise_floor.h"

#include <math.h>

#include "runner/signed_rank.h"

/* The signed rank interval of n values is at best one of 2^(1-n) (signed_rank.h). */
size_t vb_noise_floor_pairs(double level)
{
    enum { PAIRS_MAX = 16 };
    size_t pairs = 1;
    while (pairs < PAIRS_MAX && ldexp(2, -(int)pairs) > level)
        pairs++;
    return pairs;
}

/* Of more pairs than a rank test takes, as many of each part of the run. Returns how many. */
static size_t take_values(const vb_paired_case *cases, size_t count, size_t pairs, double *values)
{
    const size_t every = (pairs + VB_SIGNED_RANK_MAX - 1) / VB_SIGNED_RANK_MAX;
    size_t number = 0, taken = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < cases[i].floor.count; k++) {
            double value = cases[i].floor.items[k].log_ratio;
            if (number++ % every == 0 && isfinite(value))
                values[taken++] = value;
        }
    }
    return taken;
}

int vb_noise_floor_judge(const vb_paired_case *cases, size_t count, const vb_change_rules *rules,
                         vb_noise_floor *floor)
{
    size_t pairs = 0;
    double values[VB_SIGNED_RANK_MAX];
    for (size_t i = 0; i < count; i++)
        pairs += cases[i].floor.count;
    *floor = (vb_noise_floor){.estimate = NAN, .low = NAN, .high = NAN};
    floor->pairs = pairs > 0 ? take_values(cases, count, pairs, values) : 0;
    if (floor->pairs == 0)
        return 0;
    vb_signed_rank rank;
    int status = vb_signed_rank_make(values, floor->pairs, &rank);
    if (status == 0) {
        vb_log_interval middle = {.estimate = vb_signed_rank_estimate(&rank)};
        vb_signed_rank_interval(&rank, rules->level, &middle.low, &middle.high);
        vb_change change;
        if (vb_change_of_logs(0, &middle, rules, &change) == 0) {
            floor->estimate = change.estimate;
            floor->low = change.low;
            floor->high = change.high;
            floor->exceeded = change.verdict == VB_REGRESSED || change.verdict == VB_IMPROVED;
        }
    }
    vb_signed_rank_free(&rank);
    return status;
}
