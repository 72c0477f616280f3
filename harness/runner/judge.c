#include "runner/judge.h"

#include <errno.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort_double.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

vb_interval vb_judge_mean(const double *values, size_t count, double confidence)
{
    vb_interval interval = {.estimate = gsl_stats_mean(values, 1, count),
                            .low = NAN,
                            .high = NAN,
                            .confidence = confidence};
    if (count >= 2) {
        double error = gsl_stats_sd(values, 1, count) / sqrt((double)count);
        double t = gsl_cdf_tdist_Pinv(0.5 + confidence / 2, (double)(count - 1));
        interval.low = interval.estimate - t * error;
        interval.high = interval.estimate + t * error;
    }
    return interval;
}

double vb_interval_relative(const vb_interval *interval)
{
    return interval->estimate > 0 ? (interval->high - interval->estimate) / interval->estimate
                                  : NAN;
}

/* Per second, of something that each iteration of `ns` handles so many of. */
static double rate_per_sec(double per_iteration, double ns)
{
    return ns > 0 ? per_iteration / ns * 1e9 : 0;
}

vb_summary vb_judge_summary(double *values, size_t count)
{
    gsl_sort(values, 1, count);
    vb_summary summary = {.mean = gsl_stats_mean(values, 1, count),
                          .median = gsl_stats_median_from_sorted_data(values, 1, count),
                          .standard_deviation = count > 1 ? gsl_stats_sd(values, 1, count) : 0,
                          .min = values[0],
                          .max = values[count - 1]};
    for (size_t i = 0; i < count; i++)
        values[i] = fabs(values[i] - summary.median);
    gsl_sort(values, 1, count);
    summary.median_absolute_deviation = gsl_stats_median_from_sorted_data(values, 1, count);
    return summary;
}

/* Fills `times` with the time of one iteration of each block; returns how many. */
static size_t block_times(const vb_process_samples *samples, double *times)
{
    for (size_t i = 0; i < samples->block_count; i++)
        times[i] = (double)samples->block_ns[i] / (double)samples->iterations_per_block;
    return samples->block_count;
}

double vb_judge_process_counter(const vb_process_samples *samples, int index)
{
    const vb_block_counter *counter = &samples->counters[index];
    switch (counter->kind) {
    case VB_PER_SEC:
        return samples->real_ns > 0 ? counter->value / (samples->real_ns / 1e9) : 0;
    case VB_MEAN:
        return counter->value / (double)counter->blocks;
    case VB_SUM:
        break;
    }
    return counter->value;
}

double vb_judge_counter(const vb_benchmark *benchmark, const char *name)
{
    double sum = 0;
    size_t having = 0;
    for (size_t i = 0; i < benchmark->process_count; i++) {
        const vb_process_samples *samples = &benchmark->processes[i];
        for (int k = 0; k < samples->counter_count; k++) {
            if (strcmp(samples->counters[k].name, name) == 0) {
                sum += vb_judge_process_counter(samples, k);
                having++;
            }
        }
    }
    return having ? sum / (double)having : NAN;
}

int vb_judge_process(const vb_process_samples *samples, vb_process_estimate *estimate)
{
    double *times = malloc(samples->block_count * sizeof *times);
    if (!times)
        return -ENOMEM;
    size_t blocks = block_times(samples, times);
    gsl_sort(times, 1, blocks);
    double iterations = (double)samples->iterations_per_block * (double)blocks;
    *estimate = (vb_process_estimate){
        .real_ns = gsl_stats_median_from_sorted_data(times, 1, blocks),
        .cpu_ns = samples->cpu_ns / iterations,
        .items_per_iteration = samples->items / iterations,
        .bytes_per_iteration = samples->bytes / iterations,
    };
    estimate->items_per_sec = rate_per_sec(estimate->items_per_iteration, estimate->real_ns);
    estimate->bytes_per_sec = rate_per_sec(estimate->bytes_per_iteration, estimate->real_ns);
    free(times);
    return 0;
}

int vb_judge_medians(const vb_benchmark *benchmark, double *medians_ns)
{
    for (size_t i = 0; i < benchmark->process_count; i++) {
        vb_process_estimate process;
        int status = vb_judge_process(&benchmark->processes[i], &process);
        if (status != 0)
            return status;
        medians_ns[i] = process.real_ns;
    }
    return 0;
}

int vb_judge_benchmark(const vb_benchmark *benchmark, double confidence, vb_estimate *estimate)
{
    const size_t processes = benchmark->process_count;
    size_t blocks = 0;
    for (size_t i = 0; i < processes; i++)
        blocks += benchmark->processes[i].block_count;
    double *times = malloc((blocks + processes) * sizeof *times);
    if (!times)
        return -ENOMEM;
    double *medians = times + blocks;

    int status = vb_judge_medians(benchmark, medians);
    if (status != 0) {
        free(times);
        return status;
    }

    *estimate = (vb_estimate){.block_count = blocks};
    size_t filled = 0;
    double iterations = 0, cpu_ns = 0, items = 0, bytes = 0;
    for (size_t i = 0; i < processes; i++) {
        const vb_process_samples *samples = &benchmark->processes[i];
        filled += block_times(samples, times + filled);
        iterations += (double)samples->iterations_per_block * (double)samples->block_count;
        cpu_ns += samples->cpu_ns;
        items += samples->items;
        bytes += samples->bytes;
    }
    estimate->cpu_ns = cpu_ns / iterations;
    estimate->items_per_iteration = items / iterations;
    estimate->bytes_per_iteration = bytes / iterations;
    estimate->time = vb_judge_mean(medians, processes, confidence);
    if (estimate->time.low < 0)
        estimate->time.low = 0; /* a time is never negative */
    estimate->blocks = vb_judge_summary(times, blocks);
    estimate->items_per_sec = rate_per_sec(estimate->items_per_iteration, estimate->time.estimate);
    estimate->bytes_per_sec = rate_per_sec(estimate->bytes_per_iteration, estimate->time.estimate);
    if (estimate->items_per_iteration > 0)
        estimate->item_ns = estimate->time.estimate / estimate->items_per_iteration;
    free(times);
    return 0;
}

int vb_judge_groups(const vb_benchmark *benchmark, vb_groups *groups)
{
    static const double gap_share = 0.1;
    const size_t count = benchmark->process_count;
    double *medians = malloc(count * sizeof *medians);
    *groups = (vb_groups){0};
    if (!medians)
        return -ENOMEM;
    int status = vb_judge_medians(benchmark, medians);
    if (status != 0) {
        free(medians);
        return status;
    }
    gsl_sort(medians, 1, count);
    double widest = 0;
    for (size_t i = 1; i < count; i++) {
        double gap = medians[i] - medians[i - 1];
        if (gap > widest && gap > gap_share * medians[i - 1]) {
            widest = gap;
            groups->lower_count = i;
        }
    }
    if (groups->lower_count > 0) {
        groups->upper_count = count - groups->lower_count;
        groups->lower_ns = gsl_stats_mean(medians, 1, groups->lower_count);
        groups->upper_ns = gsl_stats_mean(medians + groups->lower_count, 1, groups->upper_count);
    }
    free(medians);
    return 0;
}
