#include "runner/gbench_rows.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/gbench_name.h"
#include "runner/shortfall.h"

typedef struct {
    bool shared_time;
    const vb_suite *suite;
    vb_benchmark_list *list;
    json_t *all;  /* the name of every row */
    json_t *runs; /* every run_name */
    json_t
        *places;   /* of each run_name: its index in the list, and whether rates are of real time */
    json_t *names; /* those taken by benchmarks */
} taking;

typedef enum { REPETITION, AGGREGATE, FIT } row_kind;

static const char *text_of(const json_t *row, const char *key)
{
    return json_string_value(json_object_get(row, key));
}

/* What Google Benchmark appends for an aggregate; its place in the name, NULL: nothing is. */
static const char *aggregate_suffix(const char *name)
{
    static const char *const suffixes[] = {"_mean", "_median", "_stddev", "_cv"};
    const char *last = strrchr(name, '_');
    for (size_t i = 0; last && last > name && i < sizeof suffixes / sizeof *suffixes; i++) {
        if (strcmp(last, suffixes[i]) == 0)
            return last;
    }
    return NULL;
}

/* Whether the name before `suffix`, with `ending` behind it, is that of a row. */
static bool has_sibling(const taking *job, const char *name, const char *suffix, const char *ending)
{
    char *sibling = malloc(strlen(name) + strlen(ending) + 1);
    if (!sibling) {
        vb_shortfall_note(ENOMEM);
        return false;
    }
    sprintf(sibling, "%.*s%s", (int)(suffix - name), name, ending);
    bool has = json_object_get(job->all, sibling) != NULL;
    free(sibling);
    return has;
}

/* Files of before 1.4.1 do not say what a row is: it is told by its name, beside the others'. A
 * repetition may have a counter called as what only fits have. */
static row_kind kind_of(const taking *job, const json_t *row)
{
    const char *name = text_of(row, "name"), *type = text_of(row, "run_type");
    if (type && strcmp(type, "iteration") == 0)
        return REPETITION;
    if (json_object_get(row, "cpu_coefficient") || json_object_get(row, "big_o") ||
        json_object_get(row, "rms"))
        return FIT;
    if (type)
        return AGGREGATE;
    const char *suffix = aggregate_suffix(name);
    if (!suffix)
        return REPETITION;
    return has_sibling(job, name, suffix, "") || (has_sibling(job, name, suffix, "_mean") &&
                                                  has_sibling(job, name, suffix, "_median") &&
                                                  has_sibling(job, name, suffix, "_stddev"))
               ? AGGREGATE
               : REPETITION;
}

/* The name of a row's run, to be freed; NULL: there is no memory. */
static char *run_name_of(const json_t *row, row_kind kind)
{
    const char *name = text_of(row, "name"), *run_name = text_of(row, "run_name");
    const char *suffix = kind == AGGREGATE && !run_name ? aggregate_suffix(name) : NULL;
    return suffix ? vb_keep_text(name, (size_t)(suffix - name))
                  : vb_copy_text(run_name ? run_name : name);
}

/* Two that differ in how they were run alone get their whole names; so does what would get the
 * whole name of another one. */
static int settle_name(taking *job, const char *run_name, vb_benchmark *benchmark)
{
    const bool is_anothers =
        strcmp(benchmark->name, run_name) != 0 && json_object_get(job->runs, benchmark->name);
    if (is_anothers || json_object_get(job->names, benchmark->name)) {
        char *whole = vb_copy_text(run_name);
        if (!whole)
            return -ENOMEM;
        free(benchmark->name);
        benchmark->name = whole; /* begins with the case, too */
    }
    return json_object_set_new(job->names, benchmark->name, json_true()) == 0 ? 0 : -ENOMEM;
}

/* The benchmark of a run_name, which may be a new one; NULL: there is no memory. */
static vb_benchmark *benchmark_of(taking *job, const char *run_name, bool *real_time)
{
    const json_t *place = json_object_get(job->places, run_name);
    if (place) {
        *real_time = json_is_true(json_array_get(place, 1));
        return &job->list->items[json_integer_value(json_array_get(place, 0))];
    }
    const size_t index = job->list->count;
    vb_benchmark *added = vb_benchmark_list_add(job->list);
    if (!added)
        return NULL;
    added->suite = job->suite;
    if (vb_gbench_name_take(run_name, added, real_time) != 0 ||
        settle_name(job, run_name, added) != 0 ||
        json_object_set_new(job->places, run_name,
                            json_pack("[I, b]", (json_int_t)index, *real_time)) != 0)
        return NULL;
    return added;
}

/* NAN: there is none. */
static double number_of(const json_t *row, const char *key)
{
    const json_t *value = json_object_get(row, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

/* 0: unknown. */
static double unit_ns(const json_t *row)
{
    static const struct {
        const char *name;
        double ns;
    } units[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}};
    const char *name = text_of(row, "time_unit");
    for (size_t i = 0; name && i < sizeof units / sizeof *units; i++) {
        if (strcmp(units[i].name, name) == 0)
            return units[i].ns;
    }
    return name ? 0 : 1;
}

/* What every row has beside its counters; the rest of its numbers are those. */
static bool is_own_key(const char *key)
{
    static const char *const keys[] = {"family_index",    "per_family_instance_index",
                                       "repetitions",     "repetition_index",
                                       "threads",         "iterations",
                                       "real_time",       "cpu_time",
                                       "time_unit",       "items_per_second",
                                       "bytes_per_second"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (strcmp(keys[i], key) == 0)
            return true;
    }
    return false;
}

static void take_counters(const json_t *row, vb_benchmark *benchmark, vb_block *block)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)row, key, value)
    {
        if (!json_is_number(value) || is_own_key(key))
            continue;
        vb_block_counter *counter = &block->counters[block->counter_count];
        if (block->counter_count == VB_COUNTERS_MAX || strlen(key) >= sizeof counter->name ||
            key[0] == '\0') {
            vb_benchmark_warn(benchmark,
                              "its counter %.80s is left out: a benchmark has at most "
                              "%d, with names of up to %zu bytes",
                              key, VB_COUNTERS_MAX, sizeof counter->name - 1);
            continue;
        }
        *counter = (vb_block_counter){.kind = VB_MEAN, .value = json_number_value(value)};
        memcpy(counter->name, key, strlen(key) + 1);
        block->counter_count++;
    }
}

/* 0 where there is none, or it is no count. */
static double amount(double per_sec, double seconds)
{
    const double count = per_sec * seconds;
    return isfinite(count) && count > 0 ? count : 0;
}

static int add_block(vb_benchmark *benchmark, uint64_t iterations, const vb_block *block)
{
    vb_process_samples *samples = vb_benchmark_add_process(benchmark);
    if (!samples)
        return -ENOMEM;
    samples->iterations_per_block = iterations;
    int status = vb_process_samples_add(samples, block);
    if (status == -ENOMEM)
        return status;
    if (status != 0)
        vb_benchmark_fail(benchmark, "its counters are too large to be added up");
    return 0;
}

/*
 * A row's time is that of an iteration of any thread, and its iterations are those of all of them.
 * Rates are per second of the time by which Google Benchmark chose the iterations: of real time
 * where the name says so, which up to 1.8 is one thread's and later the sum of all, else of CPU
 * time, which is the sum. As the row's own time is that one shared out in the same way, the amount
 * of all follows from it for each version.
 */
static int take_repetition(const taking *job, const json_t *row, bool real_time,
                           vb_benchmark *benchmark)
{
    static const double longest_ns = 9e18; /* JSON's integers are signed and of 64 bits */
    const double all = number_of(row, "iterations"), unit = unit_ns(row);
    const double threads = benchmark->threads;
    const double told_ns = number_of(row, "real_time") * unit;
    const double cpu_ns = number_of(row, "cpu_time") * unit;
    const double iterations = floor(all / threads) > 1 ? floor(all / threads) : 1;
    const double real_ns = told_ns * (job->shared_time ? threads : 1) * iterations;
    if (!(all >= 1) || !(told_ns >= 0) || unit == 0 || !(real_ns <= longest_ns)) {
        vb_benchmark_fail(
            benchmark, unit == 0
                           ? "the unit of its time is none of ns, us, ms and s"
                           : "a repetition has no time, or no number of iterations, that is one");
        return 0;
    }
    const double seconds = (real_time ? told_ns : cpu_ns) * threads * iterations / 1e9;
    vb_block block = {
        .real_ns = real_ns,
        .cpu_ns = cpu_ns >= 0 ? cpu_ns * iterations : 0,
        .items = amount(number_of(row, "items_per_second"), seconds),
        .bytes = amount(number_of(row, "bytes_per_second"), seconds),
    };
    take_counters(row, benchmark, &block);
    return add_block(benchmark, (uint64_t)iterations, &block);
}

static void take_failure(const json_t *row, vb_benchmark *benchmark)
{
    vb_message why;
    const bool failed = json_is_true(json_object_get(row, "error_occurred"));
    const char *said = text_of(row, failed ? "error_message" : "skip_message");
    if (failed)
        vb_say(&why, "%s", said && said[0] ? said : "it failed, and does not say why");
    else
        vb_say(&why, "it was skipped%s%s", said && said[0] ? ": " : "", said ? said : "");
    vb_benchmark_fail(benchmark, why.text);
}

static int take_row(taking *job, const json_t *row)
{
    const row_kind kind = text_of(row, "name") ? kind_of(job, row) : FIT;
    bool real_time;
    if (kind == FIT)
        return 0;
    char *run_name = run_name_of(row, kind);
    vb_benchmark *benchmark = run_name ? benchmark_of(job, run_name, &real_time) : NULL;
    free(run_name);
    if (!benchmark)
        return -ENOMEM;
    const double threads = number_of(row, "threads");
    if (threads >= 1 && threads <= VB_THREADS_MAX)
        benchmark->threads = (int)threads;
    if (kind == AGGREGATE)
        return 0;
    if (json_is_true(json_object_get(row, "error_occurred")) ||
        json_is_true(json_object_get(row, "skipped"))) {
        take_failure(row, benchmark);
        return 0;
    }
    return take_repetition(job, row, real_time, benchmark);
}

/* Puts the names of all rows and runs down, as each row's is settled beside the others'. */
static int note_names(taking *job, const json_t *rows)
{
    const size_t count = json_array_size(rows);
    int status = 0;
    for (size_t i = 0; i < count && status == 0; i++) {
        const char *name = text_of(json_array_get(rows, i), "name");
        if (name && json_object_set_new(job->all, name, json_true()) != 0)
            status = -ENOMEM;
    }
    for (size_t i = 0; i < count && status == 0; i++) {
        const json_t *row = json_array_get(rows, i);
        const row_kind kind = text_of(row, "name") ? kind_of(job, row) : FIT;
        char *run_name = kind == FIT ? NULL : run_name_of(row, kind);
        if (kind != FIT &&
            (!run_name || json_object_set_new(job->runs, run_name, json_true()) != 0))
            status = -ENOMEM;
        free(run_name);
    }
    return status;
}

/* What a reader should know of each. */
static void close_benchmark(vb_benchmark *benchmark)
{
    if (benchmark->process_count == 0)
        vb_benchmark_fail(benchmark,
                          "only aggregates of it are in the file, and no repetitions; measure "
                          "without --benchmark_report_aggregates_only");
    if (!benchmark->error && benchmark->process_count > 1)
        vb_benchmark_warn(benchmark,
                          "%zu repetitions ran in one process: what differs between "
                          "processes is not in the interval",
                          benchmark->process_count);
}

int vb_gbench_rows_take(const json_t *rows, bool shared_time, const vb_suite *suite,
                        vb_benchmark_list *list)
{
    taking job = {.shared_time = shared_time,
                  .suite = suite,
                  .list = list,
                  .all = json_object(),
                  .runs = json_object(),
                  .places = json_object(),
                  .names = json_object()};
    int status = job.all && job.runs && job.places && job.names ? 0 : -ENOMEM;
    const size_t count = json_array_size(rows);
    if (status == 0)
        status = note_names(&job, rows);
    for (size_t i = 0; i < count && status == 0; i++)
        status = take_row(&job, json_array_get(rows, i));
    for (size_t i = 0; i < list->count && status == 0; i++)
        close_benchmark(&list->items[i]);
    json_decref(job.all);
    json_decref(job.runs);
    json_decref(job.places);
    json_decref(job.names);
    return status == 0 && vb_shortfall() == ENOMEM ? -ENOMEM : status;
}
