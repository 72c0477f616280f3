#define _GNU_SOURCE
#include "runner/gbench_name.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/shortfall.h"

static bool begins_with(const char *text, const char *beginning)
{
    return strncmp(text, beginning, strlen(beginning)) == 0;
}

/* The last part of a name, behind its last slash; NULL: there is but one. */
static char *last_part(char *name)
{
    char *slash = strrchr(name, '/');
    return slash && slash > name ? slash + 1 : NULL;
}

static bool is_whole_number(const char *text, long long *value)
{
    char *end;
    if (!isdigit((unsigned char)text[text[0] == '-']))
        return false;
    errno = 0;
    *value = strtoll(text, &end, 10);
    return *end == '\0' && errno == 0;
}

/* Takes away what says how it was run, from the end. */
static void take_way_of_running(char *name, int *threads, bool *real_time)
{
    static const char *const others[] = {
        "iterations:", "repeats:", "min_time:", "min_warmup_time:"};
    for (char *part; (part = last_part(name));) {
        bool known = strcmp(part, "process_time") == 0;
        long long count;
        if (strcmp(part, "real_time") == 0 || strcmp(part, "manual_time") == 0)
            known = *real_time = true;
        for (size_t i = 0; i < sizeof others / sizeof *others; i++)
            known = known || begins_with(part, others[i]);
        if (begins_with(part, "threads:") && is_whole_number(part + strlen("threads:"), &count) &&
            count >= 1 && count <= VB_THREADS_MAX) {
            *threads = (int)count;
            known = true;
        }
        if (!known)
            return;
        part[-1] = '\0';
    }
}

/* Suites of vbench that were run by hand have our own ending, too: it is put there once. */
static void take_our_ending(char *name, int threads)
{
    char ending[32];
    snprintf(ending, sizeof ending, "%d_threads", threads);
    char *part = last_part(name);
    if (part && strcmp(part, ending) == 0)
        part[-1] = '\0';
}

/* "64" or "n:64"; the name's bytes are 0 where there is none. */
static bool is_parameter(const char *part, size_t *name_bytes, long long *value)
{
    const char *colon = strrchr(part, ':');
    *name_bytes = colon ? (size_t)(colon - part) : 0;
    return colon != part && is_whole_number(colon ? colon + 1 : part, value);
}

/* Where the parameters begin in the name, that is the slash before the first; and how many there
 * are. Works on a copy, part by part. 0 or -ENOMEM. */
static int find_parameters(const char *name, size_t *begin, int *count)
{
    char *copy = vb_copy_text(name);
    size_t name_bytes;
    long long value;
    *begin = strlen(name);
    *count = 0;
    if (!copy)
        return -ENOMEM;
    for (char *part; (part = last_part(copy)) && is_parameter(part, &name_bytes, &value);) {
        part[-1] = '\0';
        *begin = strlen(copy);
        ++*count;
    }
    free(copy);
    return 0;
}

static int take_parameters(vb_benchmark *benchmark)
{
    size_t begin;
    int count;
    int status = find_parameters(benchmark->name, &begin, &count);
    const char *at = benchmark->name + begin;
    for (int i = 0; i < count && status == 0; i++) {
        char *part = vb_keep_text(at + 1, strcspn(at + 1, "/"));
        size_t name_bytes;
        long long value;
        if (!part)
            return -ENOMEM;
        if (i == count - VB_AXES_MAX || (i == 0 && count <= VB_AXES_MAX))
            benchmark->case_bytes = (size_t)(at - benchmark->name);
        at += 1 + strlen(part);
        if (i >= count - VB_AXES_MAX && is_parameter(part, &name_bytes, &value)) {
            vb_parameter *added = &benchmark->parameters[benchmark->parameter_count];
            char numbered[16];
            snprintf(numbered, sizeof numbered, "arg%d", i);
            added->name = name_bytes > 0 ? vb_keep_text(part, name_bytes) : vb_copy_text(numbered);
            added->value = value;
            if (added->name)
                benchmark->parameter_count++;
            else
                status = -ENOMEM;
        }
        free(part);
    }
    return status;
}

int vb_gbench_name_take(const char *run_name, vb_benchmark *benchmark, bool *real_time)
{
    int threads = 0;
    *real_time = false;
    benchmark->name = vb_copy_text(run_name);
    if (!benchmark->name)
        return -ENOMEM;
    take_way_of_running(benchmark->name, &threads, real_time);
    if (threads > 0)
        take_our_ending(benchmark->name, threads);
    benchmark->threads = threads > 0 ? threads : 1;
    benchmark->case_bytes = strlen(benchmark->name);
    int status = take_parameters(benchmark);
    if (status == 0 && threads > 0) {
        char *named = NULL;
        if (asprintf(&named, "%s/%d_threads", benchmark->name, threads) < 0) {
            vb_shortfall_note(ENOMEM);
            return -ENOMEM;
        }
        free(benchmark->name);
        benchmark->name = named;
    }
    return status;
}
