#include "runner/change_points.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "runner/random.h"

const char vb_change_points_method[] =
    "Binary segmentation of the estimates' logarithms (Scott and Knott 1974, Vostrikova 1981): the "
    "split of the largest two-sample t statistic counts where at most 1 % of 1,999 random orders "
    "of the same estimates have one as large, and where the change is at least 1 %; segments have "
    "at least 4 points.";

/* Random orders that do not beat the split: more, and it cannot be significant any more. */
static const size_t beaten_max = (size_t)(VB_CHANGE_LEVEL * (VB_CHANGE_PERMUTATIONS + 1)) - 1;

/* Equal sums may differ by rounding. */
static const double rounding = 1e-9;

typedef struct {
    size_t *places; /* of the logs in the caller's series */
    double *logs;
    double *work;
    vb_change_point *points;
    size_t found;
    uint64_t random;
} search;

/*
 * The best split of values whose sum is 0: the one with the largest sum of squares between its
 * parts. As those within are what is left of all, its t statistic is the largest, too.
 */
static double best_split(const double *values, size_t count, size_t *place)
{
    double best = 0, sum = 0;
    *place = 0;
    for (size_t i = 1; i + VB_CHANGE_SEGMENT_MIN <= count; i++) {
        sum += values[i - 1];
        if (i < VB_CHANGE_SEGMENT_MIN)
            continue;
        const double between = sum * sum / (double)i + sum * sum / (double)(count - i);
        if (between > best) {
            best = between;
            *place = i;
        }
    }
    return best;
}

static double mean(const double *values, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += values[i];
    return sum / (double)count;
}

static void shuffle(double *values, size_t count, uint64_t *state)
{
    for (size_t i = count; i > 1; i--) {
        size_t j = (size_t)(vb_random_next(state) % i);
        double kept = values[i - 1];
        values[i - 1] = values[j];
        values[j] = kept;
    }
}

/* The share of orders that have as good a split, this one counted; 1 as soon as they are too many.
 */
static double p_value(search *job, double *values, size_t count, double between)
{
    size_t beaten = 0, place;
    for (size_t i = 0; i < VB_CHANGE_PERMUTATIONS; i++) {
        shuffle(values, count, &job->random);
        beaten += best_split(values, count, &place) >= between * (1 - rounding);
        if (beaten > beaten_max)
            return 1;
    }
    return (double)(1 + beaten) / (VB_CHANGE_PERMUTATIONS + 1);
}

static void search_segment(search *job, size_t begin, size_t end)
{
    const size_t count = end - begin;
    const double *logs = job->logs + begin;
    if (count < VB_CHANGE_SERIES_MIN)
        return;
    const double middle = mean(logs, count);
    double *values = job->work;
    for (size_t i = 0; i < count; i++)
        values[i] = logs[i] - middle;
    size_t place;
    const double between = best_split(values, count, &place);
    if (place == 0 ||
        fabs(expm1(mean(logs + place, count - place) - mean(logs, place))) < VB_CHANGE_SHARE_MIN)
        return;
    const double p = p_value(job, values, count, between);
    if (p > VB_CHANGE_LEVEL)
        return;
    search_segment(job, begin, begin + place);
    job->points[job->found++] = (vb_change_point){.point = begin + place, .p_value = p};
    search_segment(job, begin + place, end);
}

/* Takes the means between neighbours. Later splits may have taken most of an earlier one's change:
 * the smallest goes as long as it is below the least. */
static void take_means(search *job, size_t count)
{
    for (bool again = true; again;) {
        size_t smallest = 0;
        double least = INFINITY;
        again = false;
        for (size_t i = 0; i < job->found; i++) {
            vb_change_point *point = &job->points[i];
            const size_t begin = i > 0 ? job->points[i - 1].point : 0;
            const size_t end = i + 1 < job->found ? job->points[i + 1].point : count;
            const double before = mean(job->logs + begin, point->point - begin);
            const double after = mean(job->logs + point->point, end - point->point);
            point->before_ns = exp(before);
            point->after_ns = exp(after);
            if (fabs(expm1(after - before)) < least) {
                least = fabs(expm1(after - before));
                smallest = i;
            }
        }
        if (least < VB_CHANGE_SHARE_MIN) {
            job->found--;
            memmove(&job->points[smallest], &job->points[smallest + 1],
                    (job->found - smallest) * sizeof *job->points);
            again = true;
        }
    }
}

int vb_change_points_find(const double *values_ns, size_t count, vb_change_point *points,
                          size_t *found)
{
    search job = {.points = points, .random = count};
    size_t kept = 0;
    *found = 0;
    if (count < VB_CHANGE_SERIES_MIN)
        return 0;
    job.places = malloc(count * sizeof *job.places);
    job.logs = malloc(2 * count * sizeof *job.logs);
    int status = job.places && job.logs ? 0 : -ENOMEM;
    for (size_t i = 0; i < count && status == 0; i++) {
        if (!(values_ns[i] > 0) || !isfinite(values_ns[i]))
            continue;
        job.places[kept] = i;
        job.logs[kept++] = log(values_ns[i]);
    }
    if (status == 0) {
        job.work = job.logs + count;
        search_segment(&job, 0, kept);
        take_means(&job, kept);
        for (size_t i = 0; i < job.found; i++)
            points[i].point = job.places[points[i].point];
        *found = job.found;
    }
    free(job.places);
    free(job.logs);
    return status;
}
