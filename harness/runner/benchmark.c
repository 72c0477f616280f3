#include "runner/benchmark.h"

#include <errno.h>
#include <math.h>
#include <regex.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/shortfall.h"

/* An error row must never pass as a result, so the reason is there even without memory. */
static char no_memory[] = "there is not enough memory";

size_t vb_benchmark_group_bytes(const vb_benchmark *benchmark)
{
    for (size_t i = benchmark->case_bytes; i > 0; i--) {
        if (benchmark->name[i - 1] == '/')
            return i - 1;
    }
    return benchmark->case_bytes;
}

vb_benchmark *vb_benchmark_list_add(vb_benchmark_list *list)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 16;
        vb_benchmark *items = realloc(list->items, capacity * sizeof *items);
        if (!items)
            return NULL;
        list->items = items;
        list->capacity = capacity;
    }
    vb_benchmark *added = &list->items[list->count++];
    memset(added, 0, sizeof *added);
    return added;
}

vb_benchmark *vb_benchmark_list_find(const vb_benchmark_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i].name, name) == 0)
            return &list->items[i];
    }
    return NULL;
}

const vb_suite *vb_suite_list_find(const vb_suite_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i].name, name) == 0)
            return &list->items[i];
    }
    return NULL;
}

static void free_samples(vb_process_samples *samples)
{
    free(samples->block_ns);
}

static void free_benchmark(vb_benchmark *benchmark)
{
    free(benchmark->name);
    for (int i = 0; i < benchmark->parameter_count; i++)
        free(benchmark->parameters[i].name);
    for (size_t i = 0; i < benchmark->process_count; i++)
        free_samples(&benchmark->processes[i]);
    free(benchmark->processes);
    vb_histogram_free(benchmark->latencies);
    if (benchmark->error != no_memory)
        free(benchmark->error);
    for (int i = 0; i < benchmark->warning_count; i++)
        free(benchmark->warnings[i]);
}

int vb_benchmark_list_filter(vb_benchmark_list *list, const char *regex, vb_message *message)
{
    regex_t compiled;
    int status = regcomp(&compiled, regex, REG_EXTENDED | REG_NOSUB);
    if (status != 0) {
        char reason[128];
        regerror(status, &compiled, reason, sizeof reason);
        return vb_say(message,
                      "--filter \"%s\" is not a regular expression: %s; it must be a POSIX "
                      "extended one, such as \"ring_buffer/.*\".",
                      regex, reason);
    }
    size_t kept = 0;
    bool lost = false; /* matching takes memory, too */
    for (size_t i = 0; i < list->count; i++) {
        status = regexec(&compiled, list->items[i].name, 0, NULL, 0);
        lost = lost || (status != 0 && status != REG_NOMATCH);
        if (status == 0)
            list->items[kept++] = list->items[i];
        else
            free_benchmark(&list->items[i]);
    }
    list->count = kept;
    regfree(&compiled);
    if (lost)
        return vb_say_no_memory(message);
    return 0;
}

void vb_benchmark_list_free(vb_benchmark_list *list)
{
    if (!list)
        return;
    for (size_t i = 0; i < list->count; i++)
        free_benchmark(&list->items[i]);
    free(list->items);
    memset(list, 0, sizeof *list);
}

vb_process_samples *vb_benchmark_add_process(vb_benchmark *benchmark)
{
    if (benchmark->process_count == benchmark->process_capacity) {
        size_t capacity = benchmark->process_capacity ? 2 * benchmark->process_capacity : 9;
        vb_process_samples *grown = realloc(benchmark->processes, capacity * sizeof *grown);
        if (!grown)
            return NULL;
        benchmark->processes = grown;
        benchmark->process_capacity = capacity;
    }
    vb_process_samples *added = &benchmark->processes[benchmark->process_count++];
    memset(added, 0, sizeof *added);
    added->iterations_per_block = benchmark->iterations;
    return added;
}

void vb_benchmark_drop_process(vb_benchmark *benchmark)
{
    if (benchmark->process_count > 0)
        free_samples(&benchmark->processes[--benchmark->process_count]);
}

static int add_counter(vb_process_samples *samples, const vb_block_counter *counter)
{
    for (int i = 0; i < samples->counter_count; i++) {
        if (strcmp(samples->counters[i].name, counter->name) == 0) {
            samples->counters[i].value += counter->value;
            if (!isfinite(samples->counters[i].value))
                return -ERANGE;
            samples->counters[i].blocks++;
            return 0;
        }
    }
    if (samples->counter_count == VB_COUNTERS_MAX)
        return -ENOSPC;
    samples->counters[samples->counter_count] = *counter;
    samples->counters[samples->counter_count++].blocks = 1;
    return 0;
}

int vb_process_samples_add(vb_process_samples *samples, const vb_block *block)
{
    if (samples->block_count == samples->block_capacity) {
        size_t capacity = samples->block_capacity ? 2 * samples->block_capacity : 256;
        uint64_t *grown = realloc(samples->block_ns, capacity * sizeof *grown);
        if (!grown)
            return -ENOMEM;
        samples->block_ns = grown;
        samples->block_capacity = capacity;
    }
    for (int i = 0; i < block->counter_count; i++) {
        int status = add_counter(samples, &block->counters[i]);
        if (status != 0)
            return status;
    }
    samples->block_ns[samples->block_count++] = (uint64_t)(block->real_ns + 0.5);
    samples->real_ns += block->real_ns;
    samples->cpu_ns += block->cpu_ns;
    samples->items += block->items;
    samples->bytes += block->bytes;
    return 0;
}

void vb_benchmark_warn(vb_benchmark *benchmark, const char *format, ...)
{
    vb_message warning;
    va_list arguments;
    va_start(arguments, format);
    vb_say_list(&warning, format, arguments);
    va_end(arguments);
    for (int i = 0; i < benchmark->warning_count; i++) {
        if (strcmp(benchmark->warnings[i], warning.text) == 0)
            return;
    }
    char *copy = benchmark->warning_count < VB_WARNINGS_MAX ? vb_copy_text(warning.text) : NULL;
    if (copy)
        benchmark->warnings[benchmark->warning_count++] = copy;
}

void vb_benchmark_fail(vb_benchmark *benchmark, const char *reason)
{
    if (benchmark->error)
        return;
    benchmark->error = strdup(reason);
    if (!benchmark->error)
        benchmark->error = no_memory;
}
