#define _GNU_SOURCE
#include "runner/history.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/baseline.h"
#include "runner/baseline_store.h"
#include "runner/change_points.h"
#include "runner/json.h"
#include "runner/outline.h"
#include "runner/process.h"
#include "runner/read_file.h"
#include "runner/shortfall.h"
#include "runner/texts.h"

/* What a trend takes of a benchmark in one result. The texts are shared with the document. */
typedef struct {
    json_t *name, *suite;
    json_t *estimate_ns, *low_ns, *high_ns;
} measured;

/* What is kept of one result. */
typedef struct {
    json_t *described;   /* as in `baselines` of the history, but for the machine */
    json_t *machine;     /* as in `machines` */
    const char *started; /* of `described` */
    bool is_this;
    measured *items;
    size_t count;
} record;

typedef struct {
    json_t *name, *suite, *points; /* suite: that of the newest point */
    size_t machine;
    double *values_ns;
} trend;

typedef struct {
    record *records;
    size_t record_count;
    json_t *machines;
    json_t *left_out;
    json_t *places; /* index in trends, of "MACHINE NAME" */
    trend *trends;
    size_t trend_count, trend_capacity;
} history;

static json_t *share(const json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    return value ? json_incref(value) : json_null();
}

static void free_record(record *kept)
{
    for (size_t i = 0; i < kept->count; i++) {
        json_decref(kept->items[i].name);
        json_decref(kept->items[i].suite);
        json_decref(kept->items[i].estimate_ns);
        json_decref(kept->items[i].low_ns);
        json_decref(kept->items[i].high_ns);
    }
    free(kept->items);
    json_decref(kept->described);
    json_decref(kept->machine);
    *kept = (record){0};
}

/* 0 or -ENOMEM. */
static int take_record(const json_t *document, const char *name, bool is_this, record *kept)
{
    const json_t *ours = json_object_get(document, "vbench");
    const json_t *benchmarks = json_object_get(ours, "benchmarks");
    const json_t *machine = json_object_get(ours, "machine");
    const json_t *source = json_object_get(ours, "source");
    json_t *entry;
    size_t i;
    *kept = (record){
        .described =
            json_pack("{s:o, s:o, s:i, s:o, s:o, s:b}", "name", vb_json_string(name), "started",
                      share(json_object_get(ours, "run"), "started"), "machine", 0, "commit",
                      share(source, "commit"), "dirty", share(source, "dirty"), "this", is_this),
        .machine =
            json_pack("{s:o, s:o, s:o}", "cpu_model", share(machine, "cpu_model"), "cpu_count",
                      share(machine, "cpu_count"), "architecture", share(machine, "architecture")),
        .is_this = is_this,
        .items = calloc(json_array_size(benchmarks) + 1, sizeof *kept->items),
    };
    kept->started = json_string_value(json_object_get(kept->described, "started"));
    if (!kept->started || !kept->machine || !kept->items)
        return -ENOMEM;
    json_array_foreach((json_t *)benchmarks, i, entry)
    {
        const json_t *time = json_object_get(entry, "time");
        if (!time)
            continue;
        kept->items[kept->count++] = (measured){.name = share(entry, "name"),
                                                .suite = share(entry, "suite"),
                                                .estimate_ns = share(time, "estimate_ns"),
                                                .low_ns = share(time, "low_ns"),
                                                .high_ns = share(time, "high_ns")};
    }
    return 0;
}

/* Whether a baseline is the result at hand: begun at the same second, with the same times. */
static bool is_same(const record *a, const record *b)
{
    bool same = strcmp(a->started, b->started) == 0 && a->count == b->count;
    for (size_t i = 0; i < a->count && same; i++) {
        same = json_equal(a->items[i].name, b->items[i].name) &&
               json_number_value(a->items[i].estimate_ns) ==
                   json_number_value(b->items[i].estimate_ns);
    }
    return same;
}

/* The sentence, with the file's name in place of its path, which is nobody's business. */
static void leave_out(history *made, const char *folder, const char *name, const vb_message *why)
{
    char *path = NULL, *file = NULL;
    const char *text = why->text;
    vb_message reason = *why;
    if (asprintf(&path, "%s/%s.json", folder, name) < 0)
        path = NULL;
    if (asprintf(&file, "%s.json", name) < 0)
        file = NULL;
    if (!path || !file)
        vb_shortfall_note(ENOMEM);
    else if (strncmp(text, path, strlen(path)) == 0)
        vb_say(&reason, "%s%s", file, text + strlen(path));
    if (file)
        json_array_append_new(made->left_out, json_pack("{s:o, s:o}", "file", vb_json_string(file),
                                                        "reason", vb_json_string(reason.text)));
    free(path);
    free(file);
}

/* Its samples are not needed. 0, or -1 with a sentence. */
static int load(const char *name, const char *path, vb_baseline *baseline, vb_message *message)
{
    char *bytes = NULL;
    size_t count = 0;
    if (vb_read_file(path, VB_RESULT_BYTES_MAX, &bytes, &count, message) != 0)
        return -1;
    count = vb_outline(bytes, count);
    int status = vb_baseline_parse(name, path, bytes, count, baseline, message);
    free(bytes);
    return status;
}

/* 0, -EINTR, or -1 with a sentence. */
static int read_baselines(history *made, const char *folder, const vb_texts *names,
                          vb_message *message)
{
    for (size_t i = 0; i < names->count; i++) {
        vb_baseline baseline;
        char *path = vb_baseline_path(folder, names->items[i], message);
        if (!path)
            return -1;
        if (load(names->items[i], path, &baseline, message) == 0) {
            int status = take_record(baseline.document, names->items[i], false,
                                     &made->records[made->record_count++]);
            vb_baseline_free(&baseline);
            if (status != 0)
                vb_shortfall_note(ENOMEM);
        } else {
            leave_out(made, folder, names->items[i], message);
        }
        free(path);
        if (vb_shortfall() == ENOMEM)
            return vb_say_no_memory(message);
        if (vb_process_interrupted())
            return -EINTR;
    }
    return 0;
}

/* By the time at which they began; of one second, the result at hand is the last. */
static int by_time(const void *left, const void *right)
{
    const record *a = left, *b = right;
    const int order = strcmp(a->started, b->started);
    if (order != 0)
        return order;
    return a->is_this != b->is_this
               ? (int)a->is_this - (int)b->is_this
               : strcmp(json_string_value(json_object_get(a->described, "name")),
                        json_string_value(json_object_get(b->described, "name")));
}

/* Takes the result at hand, unless it is one of the baselines. 0 or -1 with a sentence. */
static int add_this(history *made, const json_t *document, const char *name, vb_message *message)
{
    record *added = &made->records[made->record_count++];
    if (take_record(document, name, true, added) != 0)
        return vb_say_no_memory(message);
    for (size_t i = 0; i + 1 < made->record_count; i++) {
        if (is_same(&made->records[i], added)) {
            free_record(added);
            made->record_count--;
            return 0;
        }
    }
    return 0;
}

static size_t machine_of(history *made, const record *kept)
{
    size_t i;
    json_t *machine;
    json_array_foreach(made->machines, i, machine)
    {
        if (json_equal(machine, kept->machine))
            return i;
    }
    json_array_append(made->machines, kept->machine);
    return i;
}

/* The trend of a benchmark on a machine, which may be a new one; NULL: there is no memory. */
static trend *trend_of(history *made, size_t machine, json_t *name)
{
    char *key = NULL;
    if (asprintf(&key, "%zu %s", machine, json_string_value(name)) < 0)
        return NULL;
    const json_t *place = json_object_get(made->places, key);
    trend *found = place ? &made->trends[json_integer_value(place)] : NULL;
    if (!found && made->trend_count == made->trend_capacity) {
        size_t capacity = made->trend_capacity ? 2 * made->trend_capacity : 64;
        trend *grown = realloc(made->trends, capacity * sizeof *grown);
        if (!grown) {
            free(key);
            return NULL;
        }
        made->trends = grown;
        made->trend_capacity = capacity;
    }
    if (!found) {
        json_object_set_new(made->places, key, json_integer((json_int_t)made->trend_count));
        found = &made->trends[made->trend_count++];
        *found = (trend){.name = json_incref(name),
                         .points = json_array(),
                         .machine = machine,
                         .values_ns = malloc(made->record_count * sizeof(double))};
    }
    free(key);
    return found->points && found->values_ns ? found : NULL;
}

/* 0 or -ENOMEM. */
static int add_points(history *made, size_t index)
{
    const record *kept = &made->records[index];
    const size_t machine = machine_of(made, kept);
    json_object_set_new(kept->described, "machine", json_integer((json_int_t)machine));
    for (size_t i = 0; i < kept->count; i++) {
        const measured *item = &kept->items[i];
        trend *found = trend_of(made, machine, item->name);
        if (!found)
            return -ENOMEM;
        if (json_array_size(found->points) == made->record_count)
            continue; /* no result has a name twice, and there is room for no more */
        found->values_ns[json_array_size(found->points)] = json_number_value(item->estimate_ns);
        json_array_append_new(found->points,
                              json_pack("{s:I, s:O, s:O, s:O}", "baseline", (json_int_t)index,
                                        "estimate_ns", item->estimate_ns, "low_ns", item->low_ns,
                                        "high_ns", item->high_ns));
        json_decref(found->suite);
        found->suite = json_incref(item->suite);
    }
    return 0;
}

static json_t *changes_array(const vb_change_point *points, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(
            array, json_pack("{s:I, s:f, s:f, s:f, s:f}", "point", (json_int_t)points[i].point,
                             "before_ns", points[i].before_ns, "after_ns", points[i].after_ns,
                             "change_percent",
                             100 * expm1(log(points[i].after_ns) - log(points[i].before_ns)),
                             "p_value", points[i].p_value));
    return array;
}

/* 0 or -ENOMEM. */
static int add_trend(const trend *from, vb_change_point *room, json_t *trends)
{
    size_t found;
    if (vb_change_points_find(from->values_ns, json_array_size(from->points), room, &found) != 0)
        return -ENOMEM;
    return json_array_append_new(
               trends, json_pack("{s:O, s:O, s:I, s:O, s:o}", "name", from->name, "suite",
                                 from->suite, "machine", (json_int_t)from->machine, "points",
                                 from->points, "changes", changes_array(room, found))) == 0
               ? 0
               : -ENOMEM;
}

/* 0, -EINTR, or -1 with a sentence. */
static int put_together(history *made, json_t **json, vb_message *message)
{
    json_t *baselines = json_array(), *trends = json_array();
    vb_change_point *room = malloc((made->record_count + 1) * sizeof *room);
    int status = room && made->places && made->machines ? 0 : -ENOMEM;
    qsort(made->records, made->record_count, sizeof *made->records, by_time);
    for (size_t i = 0; i < made->record_count && status == 0; i++) {
        status = add_points(made, i);
        json_array_append(baselines, made->records[i].described);
    }
    for (size_t i = 0; i < made->trend_count && status == 0; i++)
        status = vb_process_interrupted() ? -EINTR : add_trend(&made->trends[i], room, trends);
    free(room);
    *json = json_pack("{s:s, s:i, s:O, s:o, s:O, s:o}", "method", vb_change_points_method,
                      "least_points", VB_CHANGE_SERIES_MIN, "machines", made->machines, "baselines",
                      baselines, "left_out", made->left_out, "trends", trends);
    if (status == 0 && (!*json || vb_shortfall() == ENOMEM))
        status = -ENOMEM;
    return status == -ENOMEM ? vb_say_no_memory(message) : status;
}

static void free_history(history *made)
{
    for (size_t i = 0; i < made->record_count; i++)
        free_record(&made->records[i]);
    for (size_t i = 0; i < made->trend_count; i++) {
        json_decref(made->trends[i].name);
        json_decref(made->trends[i].suite);
        json_decref(made->trends[i].points);
        free(made->trends[i].values_ns);
    }
    free(made->records);
    free(made->trends);
    json_decref(made->machines);
    json_decref(made->left_out);
    json_decref(made->places);
}

int vb_history_make(const char *folder, const json_t *document, const char *name, json_t **json,
                    vb_message *message)
{
    vb_texts names = {0};
    history made = {.machines = json_array(), .left_out = json_array(), .places = json_object()};
    *json = NULL;
    if (vb_baseline_list(folder, &names, message) != 0) {
        if (vb_shortfall() != ENOMEM) /* the folder cannot be read: that is told, too */
            json_array_append_new(made.left_out,
                                  json_pack("{s:s, s:s}", "file", ".", "reason",
                                            "The folder of baselines cannot be read."));
    }
    made.records = calloc(names.count + 1, sizeof *made.records);
    int status = made.records && vb_shortfall() != ENOMEM ? 0 : vb_say_no_memory(message);
    if (status == 0)
        status = read_baselines(&made, folder, &names, message);
    if (status == 0 && made.record_count == 0 && json_array_size(made.left_out) == 0) {
        *json = json_null();
    } else if (status == 0) {
        status = add_this(&made, document, name, message);
        if (status == 0)
            status = put_together(&made, json, message);
    }
    free_history(&made);
    vb_texts_free(&names);
    if (status != 0) {
        json_decref(*json);
        *json = NULL;
    }
    return status;
}
