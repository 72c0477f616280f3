#include "runner/block_times.h"

#include <errno.h>
#include <gsl/gsl_sort_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* 0 or -ENOMEM. */
static int begin(vb_block_times *times, size_t processes, size_t blocks)
{
    *times = (vb_block_times){.processes = processes, .groups = vb_jackknife_groups(processes)};
    times->ns = malloc((blocks ? blocks : 1) * sizeof *times->ns);
    times->groups_of = malloc((blocks ? blocks : 1) * sizeof *times->groups_of);
    return times->ns && times->groups_of ? 0 : -ENOMEM;
}

static void add(vb_block_times *times, size_t process, double ns)
{
    const size_t group = vb_jackknife_group(process, times->processes);
    times->ns[times->count] = ns;
    times->groups_of[times->count++] = (double)group;
    times->counts[group]++;
}

static void sort(vb_block_times *times)
{
    gsl_sort2(times->ns, 1, times->groups_of, 1, times->count);
}

int vb_block_times_take(const vb_benchmark *benchmark, vb_block_times *times)
{
    size_t blocks = 0, processes = 0;
    for (size_t i = 0; i < benchmark->process_count; i++) {
        blocks += benchmark->processes[i].block_count;
        processes += benchmark->processes[i].block_count > 0;
    }
    int status = begin(times, processes, blocks);
    size_t process = 0;
    for (size_t i = 0; i < benchmark->process_count && status == 0; i++) {
        const vb_process_samples *samples = &benchmark->processes[i];
        for (size_t k = 0; k < samples->block_count; k++)
            add(times, process,
                (double)samples->block_ns[k] / (double)samples->iterations_per_block);
        process += samples->block_count > 0;
    }
    if (status == 0)
        sort(times);
    return status;
}

static const json_t *iterations_of(const json_t *process)
{
    return json_object_get(process, "iterations_per_block");
}

uint64_t vb_entry_iterations(const json_t *process, size_t index)
{
    const json_t *iterations = iterations_of(process);
    if (json_is_array(iterations))
        iterations = json_array_get(iterations, json_array_size(iterations) > 1 ? index : 0);
    const json_int_t told = json_integer_value(iterations);
    return told > 0 ? (uint64_t)told : 0;
}

bool vb_entry_process_is_sound(const json_t *process)
{
    const json_t *lengths = json_object_get(process, "block_ns");
    const size_t blocks = json_array_size(lengths);
    const size_t told = json_array_size(iterations_of(process));
    if (blocks == 0 || (told > 1 && told != blocks))
        return false;
    for (size_t i = 0; i < blocks; i++) {
        const json_t *length = json_array_get(lengths, i);
        if (!json_is_integer(length) || json_integer_value(length) < 0 ||
            vb_entry_iterations(process, i) == 0)
            return false;
    }
    return true;
}

int vb_block_times_read(const json_t *entry, vb_block_times *times)
{
    const json_t *processes = json_object_get(entry, "processes");
    size_t blocks = 0, sound = 0;
    for (size_t i = 0; i < json_array_size(processes); i++) {
        const json_t *process = json_array_get(processes, i);
        if (vb_entry_process_is_sound(process)) {
            blocks += json_array_size(json_object_get(process, "block_ns"));
            sound++;
        }
    }
    int status = begin(times, sound, blocks);
    size_t filled = 0;
    for (size_t i = 0; i < json_array_size(processes) && status == 0; i++) {
        const json_t *process = json_array_get(processes, i);
        const json_t *lengths = json_object_get(process, "block_ns");
        if (!vb_entry_process_is_sound(process))
            continue;
        for (size_t k = 0; k < json_array_size(lengths); k++)
            add(times, filled,
                (double)json_integer_value(json_array_get(lengths, k)) /
                    (double)vb_entry_iterations(process, k));
        filled++;
    }
    if (status == 0)
        sort(times);
    return status;
}

void vb_block_times_free(vb_block_times *times)
{
    free(times->ns);
    free(times->groups_of);
    *times = (vb_block_times){0};
}

size_t vb_block_times_without(const vb_block_times *times, size_t group, double *ns)
{
    const double left_out = (double)group;
    size_t kept = 0;
    for (size_t i = 0; i < times->count; i++) {
        if (times->groups_of[i] != left_out)
            ns[kept++] = times->ns[i];
    }
    return kept;
}

int vb_block_times_distances(const vb_block_times *times, double centre_ns,
                             vb_block_times *distances)
{
    int status = begin(distances, times->processes, times->count);
    if (status != 0)
        return status;
    memcpy(distances->counts, times->counts, sizeof times->counts);
    memcpy(distances->groups_of, times->groups_of, times->count * sizeof *times->groups_of);
    for (size_t i = 0; i < times->count; i++)
        distances->ns[i] = fabs(times->ns[i] - centre_ns);
    distances->count = times->count;
    sort(distances);
    return 0;
}
