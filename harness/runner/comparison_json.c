/* A comparison as part of the result. */
#include <math.h>
#include <string.h>

#include "runner/comparison.h"
#include "runner/json.h"

static void set_percent(json_t *object, const char *key, double share)
{
    double percent = 100 * share;
    json_object_set_new(object, key, isfinite(percent) ? json_real(percent) : json_null());
}

static void set_text(json_t *object, const char *key, const char *text)
{
    json_object_set_new(object, key, vb_json_text(text, strlen(text)));
}

static json_t *pair_object(const vb_pair *pair)
{
    static const char *const reasons[] = {
        [VB_ADDED] = "added",       [VB_REMOVED] = "removed",
        [VB_FAILED_NOW] = "failed", [VB_FAILED_THEN] = "failed_then",
        [VB_NO_RATIO] = "no_time",
    };
    json_t *object = json_object();
    set_text(object, "name", pair->name);
    if (pair->status != VB_COMPARED) {
        json_object_set_new(object, "reason", json_string(reasons[pair->status]));
        set_text(object, "text", vb_pair_reason(pair));
        return object;
    }
    json_object_set_new(object, "verdict", json_string(vb_verdict_name(pair->change.verdict)));
    json_object_set_new(object, "old_ns", json_real(pair->change.old_ns));
    json_object_set_new(object, "new_ns", json_real(pair->change.new_ns));
    set_percent(object, "change_percent", pair->change.estimate);
    set_percent(object, "change_low_percent", pair->change.low);
    set_percent(object, "change_high_percent", pair->change.high);
    set_percent(object, "visible_percent", pair->change.visible);
    return object;
}

/* What a report needs of the old side, so that a result can be shown without its baseline. */
static json_t *old_object(const vb_comparison *comparison)
{
    static const char *const kept[] = {"run", "machine", "source", "suites"};
    const json_t *ours = json_object_get(comparison->old->document, "vbench");
    json_t *object = json_object();
    json_t *entries = json_array();
    set_text(object, "name", comparison->old->name);
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        json_object_set(object, kept[i], json_object_get(ours, kept[i]));
    for (size_t i = 0; i < comparison->count; i++) {
        if (comparison->pairs[i].old)
            json_array_append(entries, (json_t *)comparison->pairs[i].old->entry);
    }
    json_object_set_new(object, "benchmarks", entries);
    return object;
}

json_t *vb_comparison_json(const vb_comparison *comparison)
{
    json_t *object = json_object();
    json_t *rows = json_array();
    json_t *rest = json_array();
    json_object_set_new(object, "paired", json_false());
    json_object_set_new(object, "confidence", json_real(comparison->rules.confidence));
    set_percent(object, "drift_percent", comparison->rules.drift);
    set_percent(object, "min_effect_percent", comparison->rules.min_effect);
    set_percent(object, "common_percent", comparison->common);
    json_object_set_new(object, "moved_together", json_boolean(vb_comparison_moved(comparison)));
    json_object_set_new(object, "method",
                        json_string("Welch's interval over the processes' log medians, widened by "
                                    "the allowance for drift"));
    for (size_t i = 0; i < comparison->count; i++) {
        const vb_pair *pair = &comparison->pairs[i];
        json_array_append_new(pair->status == VB_COMPARED ? rows : rest, pair_object(pair));
    }
    json_object_set_new(object, "rows", rows);
    json_object_set_new(object, "not_compared", rest);
    json_object_set_new(object, "old", old_object(comparison));
    return object;
}
