#include "runner/line.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "runner/block_times.h"
#include "runner/jackknife.h"

/* 0 or -ENOMEM. */
static int begin(vb_line_points *points, size_t count)
{
    *points = (vb_line_points){.items = malloc((count ? count : 1) * sizeof *points->items)};
    return points->items ? 0 : -ENOMEM;
}

static void add(vb_line_points *points, uint64_t iterations, uint64_t ns)
{
    points->items[points->count++] =
        (vb_line_point){.iterations = iterations, .ns = ns, .process = points->processes};
}

int vb_line_points_take(const vb_benchmark *benchmark, vb_line_points *points)
{
    size_t count = 0;
    for (size_t i = 0; i < benchmark->process_count; i++)
        count += benchmark->processes[i].ladder.count;
    int status = begin(points, count);
    for (size_t i = 0; i < benchmark->process_count && status == 0; i++) {
        const vb_ladder *ladder = &benchmark->processes[i].ladder;
        for (size_t k = 0; k < ladder->count; k++)
            add(points, ladder->steps[k].iterations, ladder->steps[k].ns);
        points->processes += ladder->count > 0;
    }
    return status;
}

int vb_line_points_read(const json_t *entry, vb_line_points *points)
{
    const json_t *processes = json_object_get(entry, "processes");
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(processes); i++)
        count += json_array_size(json_object_get(json_array_get(processes, i), "block_ns"));
    int status = begin(points, count);
    for (size_t i = 0; i < json_array_size(processes) && status == 0; i++) {
        const json_t *process = json_array_get(processes, i);
        const json_t *lengths = json_object_get(process, "block_ns");
        if (!vb_entry_process_is_sound(process))
            continue;
        for (size_t k = 0; k < json_array_size(lengths); k++)
            add(points, vb_entry_iterations(process, k),
                (uint64_t)json_integer_value(json_array_get(lengths, k)));
        points->processes++;
    }
    return status;
}

void vb_line_points_free(vb_line_points *points)
{
    free(points->items);
    *points = (vb_line_points){0};
}

typedef struct {
    double slope_ns;
    double r_squared; /* NAN: all times are the same */
} fit;

static bool is_in(const vb_line_points *points, size_t index, size_t left_out)
{
    return vb_jackknife_group(points->items[index].process, points->processes) != left_out;
}

/* The fit to the points of all groups but one; to all where there is no such group. */
static fit fit_without(const vb_line_points *points, size_t group)
{
    double products = 0, squares = 0, sum_ns = 0, count = 0;
    for (size_t i = 0; i < points->count; i++) {
        const double iterations = (double)points->items[i].iterations;
        const double ns = (double)points->items[i].ns;
        if (is_in(points, i, group)) {
            products += iterations * ns;
            squares += iterations * iterations;
            sum_ns += ns;
            count++;
        }
    }
    fit found = {.slope_ns = products / squares};
    double errors = 0, total = 0;
    for (size_t i = 0; i < points->count; i++) {
        const double ns = (double)points->items[i].ns;
        if (is_in(points, i, group)) {
            const double error = ns - found.slope_ns * (double)points->items[i].iterations;
            errors += error * error;
            total += (ns - sum_ns / count) * (ns - sum_ns / count);
        }
    }
    found.r_squared = total > 0 ? 1 - errors / total : NAN;
    return found;
}

static bool has_lengths(const vb_line_points *points)
{
    for (size_t i = 1; i < points->count; i++) {
        if (points->items[i].iterations != points->items[0].iterations)
            return true;
    }
    return false;
}

bool vb_line_fit(const vb_line_points *points, vb_line *line)
{
    const size_t groups = vb_jackknife_groups(points->processes);
    double slopes_ns[VB_JACKKNIFE_GROUPS_MAX], r_squared[VB_JACKKNIFE_GROUPS_MAX];
    size_t counts[VB_JACKKNIFE_GROUPS_MAX] = {0};
    if (!has_lengths(points))
        return false;
    const fit all = fit_without(points, groups);
    if (!isfinite(all.slope_ns) || !isfinite(all.r_squared))
        return false;
    for (size_t i = 0; i < points->count; i++)
        counts[vb_jackknife_group(points->items[i].process, points->processes)]++;
    for (size_t group = 0; group < groups && groups > 1; group++) {
        const fit rest = fit_without(points, group);
        slopes_ns[group] = rest.slope_ns;
        r_squared[group] = rest.r_squared;
    }
    line->slope_ns = vb_jackknife_interval(all.slope_ns, slopes_ns, counts, groups);
    line->r_squared = vb_jackknife_interval(all.r_squared, r_squared, counts, groups);
    if (line->slope_ns.low < 0)
        line->slope_ns.low = 0;
    if (line->r_squared.high > 1)
        line->r_squared.high = 1;
    return true;
}
