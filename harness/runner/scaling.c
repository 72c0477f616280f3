#define _GNU_SOURCE
#include "runner/scaling.h"

#include <errno.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort_double.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "runner/grid.h"
#include "runner/json.h"
#include "runner/random.h"
#include "runner/shortfall.h"
#include "runner/units.h"

enum { DRAWS = 1000 };

/* --- Families --- */

/* The bytes of a name before "/4_threads"; 0: the name does not tell the threads. */
static size_t family_bytes(const vb_benchmark *benchmark)
{
    char ending[32];
    size_t bytes = strlen(benchmark->name);
    size_t ending_bytes =
        (size_t)snprintf(ending, sizeof ending, "/%d_threads", benchmark->threads);
    return bytes > ending_bytes && strcmp(benchmark->name + bytes - ending_bytes, ending) == 0
               ? bytes - ending_bytes
               : 0;
}

static bool same_family(const vb_benchmark *left, const vb_benchmark *right)
{
    size_t bytes = family_bytes(left);
    return bytes > 0 && bytes == family_bytes(right) && memcmp(left->name, right->name, bytes) == 0;
}

/* What a fit needs to know of a benchmark. */
typedef struct {
    double threads;
    vb_interval time_ns; /* of one iteration, as one thread sees it */
    double error_ns;     /* the standard error of that; NAN: one process */
    size_t processes;
    double per_iteration; /* items of all threads together */
} family_member;

typedef struct {
    family_member members[VB_SCALING_POINTS_MAX]; /* in order of their threads */
    size_t count;
    bool items;
} family;

static int compare_threads(const void *left, const void *right)
{
    double a = ((const family_member *)left)->threads, b = ((const family_member *)right)->threads;
    return (a > b) - (a < b);
}

static int add_member(family *all, const vb_benchmark *benchmark)
{
    vb_estimate estimate;
    if (benchmark->error || benchmark->process_count == 0 || all->count == VB_SCALING_POINTS_MAX)
        return 0;
    int status = vb_judge_benchmark(benchmark, VB_RUN_CONFIDENCE, &estimate);
    if (status != 0 || !(estimate.time.estimate > 0))
        return status;
    const double width_ns = estimate.time.high - estimate.time.estimate; /* NAN of one process */
    const size_t processes = benchmark->process_count;
    const double t = processes > 1
                         ? gsl_cdf_tdist_Pinv(0.5 + VB_RUN_CONFIDENCE / 2, (double)(processes - 1))
                         : NAN;
    all->members[all->count++] = (family_member){.threads = benchmark->threads,
                                                 .time_ns = estimate.time,
                                                 .error_ns = width_ns / t,
                                                 .processes = processes,
                                                 .per_iteration = estimate.items_per_iteration};
    all->items = all->items && estimate.items_per_iteration > 0;
    return 0;
}

/* Of the members of benchmark `first` that were measured. 0 or -ENOMEM. */
static int gather(const vb_benchmark_list *list, size_t first, family *all)
{
    *all = (family){.items = true};
    int status = 0;
    for (size_t i = first; i < list->count && status == 0; i++) {
        if (same_family(&list->items[first], &list->items[i]))
            status = add_member(all, &list->items[i]);
    }
    qsort(all->members, all->count, sizeof *all->members, compare_threads);
    return status;
}

static bool is_first_of_family(const vb_benchmark_list *list, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (same_family(&list->items[i], &list->items[index]))
            return false;
    }
    return family_bytes(&list->items[index]) > 0;
}

/* --- The fit --- */

static double per_sec(const family *all, const family_member *member, double time_ns)
{
    return (all->items ? member->per_iteration : member->threads) / time_ns * 1e9;
}

/* A time that as many other processes might have given. */
static double draw_time_ns(const family_member *member, uint64_t *random)
{
    static const double least_share = 0.01; /* no time is negative */
    double uniform = ((double)(vb_random_next(random) >> 11) + 0.5) / 9007199254740992.0;
    double t = gsl_cdf_tdist_Pinv(uniform, (double)(member->processes - 1));
    return fmax(member->time_ns.estimate + t * member->error_ns,
                least_share * member->time_ns.estimate);
}

static void set_bounds(vb_interval *interval, double *values, size_t count)
{
    gsl_sort(values, 1, count);
    interval->low =
        gsl_stats_quantile_from_sorted_data(values, 1, count, (1 - VB_RUN_CONFIDENCE) / 2);
    interval->high =
        gsl_stats_quantile_from_sorted_data(values, 1, count, (1 + VB_RUN_CONFIDENCE) / 2);
}

/* Bounds by fits to throughputs that are drawn anew. 0 or -ENOMEM. */
static int find_bounds(vb_scaling *scaling, const family *all, size_t fitted)
{
    double threads[VB_SCALING_POINTS_MAX], drawn[VB_SCALING_POINTS_MAX];
    for (size_t i = 0; i < fitted; i++) {
        threads[i] = all->members[i].threads;
        if (all->members[i].processes < 2)
            return 0;
    }
    double *values = malloc(3 * DRAWS * sizeof *values);
    if (!values)
        return -ENOMEM;
    uint64_t random = 1; /* the same samples have the same bounds */
    for (size_t draw = 0; draw < DRAWS; draw++) {
        for (size_t i = 0; i < fitted; i++)
            drawn[i] = per_sec(all, &all->members[i], draw_time_ns(&all->members[i], &random));
        vb_scaling_law law = vb_scaling_law_fit(threads, drawn, fitted);
        values[draw] = law.lambda_per_sec;
        values[DRAWS + draw] = law.sigma;
        values[2 * DRAWS + draw] = law.kappa;
    }
    set_bounds(&scaling->lambda_per_sec, values, DRAWS);
    set_bounds(&scaling->sigma, values + DRAWS, DRAWS);
    set_bounds(&scaling->kappa, values + 2 * DRAWS, DRAWS);
    free(values);
    return 0;
}

static double deviation(const vb_scaling *scaling, size_t fitted)
{
    double squares = 0;
    for (size_t i = 0; i < fitted; i++)
        squares += pow(scaling->points[i].per_sec / scaling->points[i].fitted_per_sec - 1, 2);
    return sqrt(squares / (double)fitted);
}

static vb_interval unbounded(double estimate)
{
    return (vb_interval){
        .estimate = estimate, .low = NAN, .high = NAN, .confidence = VB_RUN_CONFIDENCE};
}

/* 0 or -ENOMEM. */
static int fit(vb_scaling *scaling, const family *all, int cpu_count)
{
    size_t within = 0;
    while (within < all->count && (cpu_count == 0 || all->members[within].threads <= cpu_count))
        within++;
    const size_t fitted = within >= VB_SCALING_POINTS_MIN ? within : all->count;
    double threads[VB_SCALING_POINTS_MAX], measured[VB_SCALING_POINTS_MAX];
    for (size_t i = 0; i < all->count; i++) {
        threads[i] = all->members[i].threads;
        measured[i] = per_sec(all, &all->members[i], all->members[i].time_ns.estimate);
    }
    vb_scaling_law law = vb_scaling_law_fit(threads, measured, fitted);
    scaling->items = all->items;
    scaling->point_count = all->count;
    for (size_t i = 0; i < all->count; i++)
        scaling->points[i] = (vb_scaling_point){
            .threads = (int)threads[i],
            .per_sec = measured[i],
            .fitted_per_sec = vb_scaling_law_per_sec(&law, threads[i]),
            .shares_cpus = i >= within,
            .fitted = i < fitted,
        };
    scaling->shares_cpus = fitted > within;
    scaling->lambda_per_sec = unbounded(law.lambda_per_sec);
    scaling->sigma = unbounded(law.sigma);
    scaling->kappa = unbounded(law.kappa);
    scaling->peak_threads = vb_scaling_law_peak_threads(&law);
    scaling->deviation = deviation(scaling, fitted);
    return find_bounds(scaling, all, fitted);
}

/* Appends the law of a family; its name is the first bytes of a benchmark's. 0 or -ENOMEM. */
static int append(vb_scaling_list *found, const vb_benchmark *first, const family *all,
                  int cpu_count)
{
    vb_scaling *items = realloc(found->items, (found->count + 1) * sizeof *items);
    if (!items)
        return -ENOMEM;
    found->items = items;
    vb_scaling *added = &items[found->count];
    *added = (vb_scaling){.name = strndup(first->name, family_bytes(first))};
    if (!added->name)
        return -ENOMEM;
    found->count++;
    return fit(added, all, cpu_count);
}

int vb_scaling_find(const vb_benchmark_list *list, int cpu_count, vb_scaling_list *found)
{
    int status = 0;
    *found = (vb_scaling_list){0};
    for (size_t i = 0; i < list->count && status == 0; i++) {
        family all;
        if (!is_first_of_family(list, i))
            continue;
        status = gather(list, i, &all);
        if (status == 0 && all.count >= VB_SCALING_POINTS_MIN && all.members[0].threads == 1)
            status = append(found, &list->items[i], &all, cpu_count);
    }
    if (status != 0)
        vb_scaling_free(found);
    return status;
}

void vb_scaling_free(vb_scaling_list *found)
{
    for (size_t i = 0; i < found->count; i++)
        free(found->items[i].name);
    free(found->items);
    *found = (vb_scaling_list){0};
}

/* --- What is shown of it --- */

static json_t *interval_json(const vb_interval *interval)
{
    return json_pack("{s:o, s:o, s:o, s:f}", "estimate", vb_json_number(interval->estimate), "low",
                     vb_json_number(interval->low), "high", vb_json_number(interval->high),
                     "confidence", interval->confidence);
}

static json_t *one_json(const vb_scaling *scaling)
{
    json_t *points = json_array();
    for (size_t i = 0; i < scaling->point_count; i++) {
        const vb_scaling_point *point = &scaling->points[i];
        json_array_append_new(points,
                              json_pack("{s:i, s:o, s:o, s:b, s:b}", "threads", point->threads,
                                        "per_sec", vb_json_number(point->per_sec), "fitted_per_sec",
                                        vb_json_number(point->fitted_per_sec), "shares_cpus",
                                        point->shares_cpus, "fitted", point->fitted));
    }
    return json_pack(
        "{s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:b, s:o}", "name", vb_json_string(scaling->name),
        "counts", scaling->items ? "items" : "iterations", "lambda_per_sec",
        interval_json(&scaling->lambda_per_sec), "sigma", interval_json(&scaling->sigma), "kappa",
        interval_json(&scaling->kappa), "peak_threads", vb_json_number(scaling->peak_threads),
        "deviation_percent", vb_json_number(100 * scaling->deviation), "shares_cpus",
        scaling->shares_cpus, "points", points);
}

json_t *vb_scaling_json(const vb_scaling_list *list)
{
    json_t *array = json_array();
    for (size_t i = 0; i < list->count; i++)
        json_array_append_new(array, one_json(&list->items[i]));
    return array;
}

enum { NAME, ONE_THREAD, CONTENTION, COHERENCY, PEAK, DEVIATION, COLUMNS };

/* "0.031 (0.029 to 0.033)" */
static void print_interval(char cell[VB_GRID_CELL_MAX], const vb_interval *interval)
{
    int length = snprintf(cell, VB_GRID_CELL_MAX, "%.3g", interval->estimate);
    if (!isnan(interval->low))
        snprintf(cell + length, (size_t)(VB_GRID_CELL_MAX - length), " (%.3g to %.3g)",
                 interval->low, interval->high);
}

static void fill_row(vb_grid_row *row, const vb_scaling *scaling)
{
    char number[VB_UNIT_TEXT_MAX];
    snprintf(row->cells[NAME], VB_GRID_CELL_MAX, "%s", scaling->name);
    snprintf(row->cells[ONE_THREAD], VB_GRID_CELL_MAX, "%s",
             vb_format_rate(scaling->lambda_per_sec.estimate,
                            scaling->items ? " items/s" : " iterations/s", number));
    print_interval(row->cells[CONTENTION], &scaling->sigma);
    print_interval(row->cells[COHERENCY], &scaling->kappa);
    if (isnan(scaling->peak_threads))
        snprintf(row->cells[PEAK], VB_GRID_CELL_MAX, "none");
    else
        snprintf(row->cells[PEAK], VB_GRID_CELL_MAX, "%.3g", scaling->peak_threads);
    snprintf(row->cells[DEVIATION], VB_GRID_CELL_MAX, "%.1f %%", 100 * scaling->deviation);
}

void vb_scaling_print(FILE *out, const vb_scaling_list *list)
{
    static const vb_grid_column columns[COLUMNS] = {
        {"scaling with threads", true}, {"one thread", false},   {"contention", false},
        {"coherency", false},           {"peak threads", false}, {"off by", false},
    };
    vb_grid grid = {.columns = columns, .column_count = COLUMNS};
    bool shares = false;
    if (list->count == 0)
        return;
    for (size_t i = 0; i < list->count; i++) {
        vb_grid_row *row = vb_grid_add(&grid);
        if (!row) {
            vb_shortfall_note(ENOMEM);
            break;
        }
        fill_row(row, &list->items[i]);
        shares = shares || list->items[i].shares_cpus;
    }
    fputc('\n', out);
    vb_grid_print(out, &grid);
    vb_grid_free(&grid);
    if (shares)
        fputs(
            "There are too few CPUs to fit only threads that have one each: these figures are the "
            "scheduler's, too.\n",
            out);
}
