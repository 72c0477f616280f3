#include "runner/row_details.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "runner/block_quantiles.h"
#include "runner/json.h"
#include "runner/judge.h"

int vb_row_add_block_quantiles(json_t *row, const vb_block_times *old, const vb_block_times *new,
                               bool paired)
{
    vb_block_quantile_changes found;
    json_t *array = json_array();
    int status = json_object_set_new(row, "block_quantiles", array) == 0 ? 0 : -ENOMEM;
    vb_block_quantiles_compare(old, new, paired, &found);
    for (size_t i = 0; status == 0 && i < found.count; i++) {
        const vb_block_quantile_change *item = &found.items[i];
        json_t *object = json_object();
        status = json_array_append_new(array, object) == 0 ? 0 : -ENOMEM;
        if (status == 0)
            status = vb_json_set_number(object, "quantile", item->quantile);
        if (status == 0)
            status = vb_json_set_number(object, "old_ns", item->old_ns);
        if (status == 0)
            status = vb_json_set_number(object, "new_ns", item->new_ns);
        if (status == 0)
            status = vb_json_set_number(object, "change_percent", 100 * item->change);
        if (status == 0)
            status = vb_json_set_number(object, "change_low_percent", 100 * item->low);
        if (status == 0)
            status = vb_json_set_number(object, "change_high_percent", 100 * item->high);
    }
    return status;
}

/* By what factor the interval reaches beyond the geometric mean, on either side; NAN where there is
 * none. 0 or -ENOMEM. */
static int reach_of(const json_t *entry, double *factor)
{
    const json_t *processes = json_object_get(entry, "processes");
    const size_t count = json_array_size(processes);
    *factor = NAN;
    if (count < 2)
        return 0;
    double *logs = malloc(count * sizeof *logs);
    if (!logs)
        return -ENOMEM;
    bool told = true;
    for (size_t i = 0; i < count && told; i++) {
        const double ns =
            json_number_value(json_object_get(json_array_get(processes, i), "median_ns"));
        told = ns > 0;
        logs[i] = told ? log(ns) : 0;
    }
    if (told) {
        const vb_interval mean = vb_judge_mean(logs, count, VB_RUN_CONFIDENCE);
        *factor = exp(mean.high - mean.estimate);
    }
    free(logs);
    return 0;
}

/* Processes that all took the same have an interval, too: that point. */
static int add_side(json_t *row, const json_t *entry, const char *time, const char *low,
                    const char *high)
{
    const double ns = json_number_value(json_object_get(row, time));
    double factor;
    if (!(ns > 0) || json_object_get(row, low) || json_object_get(row, high))
        return 0;
    int status = reach_of(entry, &factor);
    if (status != 0 || !isfinite(ns * factor))
        return status;
    status = vb_json_set_number(row, low, ns / factor);
    return status == 0 ? vb_json_set_number(row, high, ns * factor) : status;
}

/* What an iteration of either side handles, the key in both entries; NULL where one does not tell.
 */
static const char *handled_by_both(const json_t *old, const json_t *new)
{
    static const char *const keys[] = {"items_per_iteration", "bytes_per_iteration"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (json_number_value(json_object_get(old, keys[i])) > 0 &&
            json_number_value(json_object_get(new, keys[i])) > 0)
            return keys[i];
    }
    return NULL;
}

/* The change of the throughput, in percent, where the time has changed so; NAN where none is told,
 * or nothing is left of the time. */
static double rate_change(const json_t *time_change, double more)
{
    const double ratio = 1 + json_number_value(time_change) / 100;
    return json_is_number(time_change) && ratio > 0 ? 100 * (more / ratio - 1) : NAN;
}

/* An interval has both ends. */
static int add_rate(json_t *row, double more)
{
    const double change = rate_change(json_object_get(row, "change_percent"), more);
    /* the slowest time is the lowest rate */
    const double low = rate_change(json_object_get(row, "change_high_percent"), more);
    const double high = rate_change(json_object_get(row, "change_low_percent"), more);
    if (!isfinite(change) || json_object_get(row, "rate_change_percent"))
        return 0;
    int status = vb_json_set_number(row, "rate_change_percent", change);
    if (status != 0 || !isfinite(low) || !isfinite(high))
        return status;
    status = vb_json_set_number(row, "rate_change_low_percent", low);
    return status == 0 ? vb_json_set_number(row, "rate_change_high_percent", high) : status;
}

/* What each side handles in a second, of the times that the change is of: the entries' own rates
 * are of their arithmetic means. 0 or -ENOMEM. */
static int add_rates(json_t *row, const json_t *old, const json_t *new, const char *key)
{
    const double old_ns = json_number_value(json_object_get(row, "old_ns"));
    const double new_ns = json_number_value(json_object_get(row, "new_ns"));
    const double before = json_number_value(json_object_get(old, key)) / old_ns * 1e9;
    const double after = json_number_value(json_object_get(new, key)) / new_ns * 1e9;
    if (!isfinite(before) || !isfinite(after) || json_object_get(row, "rate_of"))
        return 0;
    const char *of = strcmp(key, "items_per_iteration") == 0 ? "items" : "bytes";
    int status = json_object_set_new(row, "rate_of", json_string(of)) == 0 ? 0 : -ENOMEM;
    if (status == 0)
        status = vb_json_set_number(row, "old_rate_per_sec", before);
    return status == 0 ? vb_json_set_number(row, "new_rate_per_sec", after) : status;
}

int vb_row_complete(json_t *row, const json_t *old_entry, const json_t *new_entry)
{
    const char *key = handled_by_both(old_entry, new_entry);
    int status = add_side(row, old_entry, "old_ns", "old_low_ns", "old_high_ns");
    if (status == 0)
        status = add_side(row, new_entry, "new_ns", "new_low_ns", "new_high_ns");
    if (status != 0 || !key)
        return status;
    const double more = json_number_value(json_object_get(new_entry, key)) /
                        json_number_value(json_object_get(old_entry, key));
    status = add_rates(row, old_entry, new_entry, key);
    return status == 0 ? add_rate(row, more) : status;
}
