/* A comparison as part of the result. */
#include <math.h>
#include <string.h>

#include "runner/comparison.h"
#include "runner/json.h"

static void set_number(json_t *object, const char *key, double value)
{
    json_object_set_new(object, key, vb_json_number(value));
}

static void set_percent(json_t *object, const char *key, double share)
{
    set_number(object, key, 100 * share);
}

static void set_count(json_t *object, const char *key, size_t count)
{
    json_object_set_new(object, key, json_integer((json_int_t)count));
}

/* NULL becomes null. */
static void set_text(json_t *object, const char *key, const char *text)
{
    json_object_set_new(object, key, text ? vb_json_string(text) : json_null());
}

/* Columns, each with a number a pair. */
static json_t *pairs_object(const vb_process_pairs *pairs)
{
    json_t *cycle = json_array(), *old_layout = json_array(), *new_layout = json_array();
    json_t *change = json_array(), *old_ns = json_array(), *new_ns = json_array();
    for (size_t i = 0; i < pairs->count; i++) {
        const vb_process_pair *pair = &pairs->items[i];
        json_array_append_new(cycle, json_integer((json_int_t)pair->cycle));
        json_array_append_new(old_layout, json_integer(pair->old_layout));
        json_array_append_new(new_layout, json_integer(pair->new_layout));
        json_array_append_new(change, json_real(100 * expm1(pair->log_ratio)));
        json_array_append_new(old_ns, json_real(pair->old_ns));
        json_array_append_new(new_ns, json_real(pair->new_ns));
    }
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "cycle", cycle, "old_layout", old_layout,
                     "new_layout", new_layout, "change_percent", change, "old_ns", old_ns, "new_ns",
                     new_ns);
}

static json_t *natural_object(const vb_paired_case *paired, const vb_layout_effect *layout)
{
    if (!layout->known)
        return json_null();
    json_t *object = json_object();
    json_object_set_new(object, "pairs", pairs_object(&paired->natural));
    set_percent(object, "change_percent", layout->change);
    set_percent(object, "change_low_percent", layout->change_low);
    set_percent(object, "change_high_percent", layout->change_high);
    set_percent(object, "excess_percent", layout->new_excess);
    set_percent(object, "excess_low_percent", layout->new_excess_low);
    set_percent(object, "excess_high_percent", layout->new_excess_high);
    json_object_set_new(object, "misleading", json_boolean(layout->misleading));
    json_object_set_new(object, "off_average", json_boolean(layout->off_average));
    return object;
}

static void set_paired(json_t *object, const vb_comparison_row *row)
{
    const vb_paired_case *paired = row->paired;
    json_object_set_new(object, "benchmark_changed", json_boolean(paired->benchmark_changed));
    set_count(object, "cycles", paired->cycles);
    set_count(object, "cycles_planned", paired->cycles_planned);
    set_number(object, "block_ns", paired->block_ns);
    set_count(object, "pair_blocks", paired->pair_blocks);
    set_count(object, "pairs_repeated", paired->repeated);
    set_count(object, "warm_up_iterations", paired->warm_up);
    set_percent(object, "timed_percent",
                paired->busy_ns > 0 ? paired->timed_ns / paired->busy_ns : NAN);
    set_percent(object, "cache_shared_percent",
                paired->cache_shared > 0 ? paired->cache_shared : NAN);
    set_count(object, "layouts", vb_paired_layout_count(paired));
    set_text(object, "layout_reason", vb_comparison_layout_reason(paired));
    json_object_set_new(object, "pairs", pairs_object(&paired->pairs));
    json_object_set_new(object, "natural", natural_object(paired, &row->layout));
    set_percent(object, "layout_spread_percent", row->layout.spread);
}

static json_t *row_object(const vb_comparison_row *row)
{
    static const char *const reasons[VB_ROW_STATUSES] = {
        [VB_ADDED] = "added",       [VB_REMOVED] = "removed",
        [VB_FAILED_NOW] = "failed", [VB_FAILED_THEN] = "failed_then",
        [VB_NO_RATIO] = "no_time",
    };
    json_t *object = json_object();
    set_text(object, "name", row->name);
    if (row->status != VB_COMPARED) {
        json_object_set_new(object, "reason", json_string(reasons[row->status]));
        set_text(object, "text", row->reason);
        return object;
    }
    json_object_set_new(object, "verdict", json_string(vb_verdict_name(row->change.verdict)));
    json_object_set_new(object, "old_ns", json_real(row->change.old_ns));
    json_object_set_new(object, "new_ns", json_real(row->change.new_ns));
    set_percent(object, "change_percent", row->change.estimate);
    set_percent(object, "change_low_percent", row->change.low);
    set_percent(object, "change_high_percent", row->change.high);
    set_percent(object, "visible_percent", row->change.visible);
    if (row->paired)
        set_paired(object, row);
    return object;
}

/* What a report needs of the old side, so that a result can be shown without its baseline. */
static json_t *old_object(const vb_comparison *comparison)
{
    const vb_side_facts *old = &comparison->old;
    json_t *object = json_object();
    json_t *entries = json_array();
    set_text(object, "name", old->name);
    if (comparison->paired) {
        set_text(object, "kind", old->kind);
        set_text(object, "text", old->text);
    }
    json_object_set_new(object, "run", old->run ? json_incref(old->run) : json_null());
    json_object_set(object, "machine", old->machine);
    json_object_set(object, "source", old->source);
    json_object_set(object, "suites", old->suites);
    for (size_t i = 0; i < comparison->count; i++) {
        if (comparison->rows[i].old)
            json_array_append(entries, (json_t *)comparison->rows[i].old);
    }
    json_object_set_new(object, "benchmarks", entries);
    return object;
}

static json_t *new_object(const vb_side_facts *new)
{
    json_t *object = json_object();
    set_text(object, "name", new->name);
    set_text(object, "kind", new->kind);
    set_text(object, "text", new->text);
    return object;
}

static const vb_layouts *layouts_of(const vb_comparison_row *row, int side)
{
    if (!row->paired)
        return NULL;
    return side == VB_NEW ? row->paired->new_layouts : row->paired->old_layouts;
}

/* Whether an earlier row is of the same suite, hence of the same layouts. */
static bool was_listed(const vb_comparison *comparison, size_t before, int side)
{
    const vb_layouts *layouts = layouts_of(&comparison->rows[before], side);
    for (size_t i = 0; i < before; i++) {
        if (layouts_of(&comparison->rows[i], side) == layouts)
            return true;
    }
    return false;
}

static json_t *layouts_object(const vb_comparison_row *row, int side)
{
    const vb_layouts *layouts = layouts_of(row, side);
    const vb_benchmark *benchmark = side == VB_NEW ? row->paired->new : row->paired->old;
    const size_t count = layouts->executables.count;
    json_t *object = json_object();
    json_object_set_new(object, "side", json_string(side == VB_NEW ? "new" : "old"));
    set_text(object, "suite", benchmark->suite->name);
    set_count(object, "count", count > 0 ? count : 1);
    set_text(object, "reason", layouts->reason);
    json_object_set_new(object, "functions",
                        layouts->functions ? json_incref(layouts->functions) : json_array());
    return object;
}

/* Where the functions of each suite were placed, once a side and suite. */
static json_t *layouts_array(const vb_comparison *comparison)
{
    json_t *array = json_array();
    for (int side = VB_OLD; side < VB_SIDES; side++) {
        for (size_t i = 0; i < comparison->count; i++) {
            const vb_comparison_row *row = &comparison->rows[i];
            if (layouts_of(row, side) && !was_listed(comparison, i, side))
                json_array_append_new(array, layouts_object(row, side));
        }
    }
    return array;
}

static json_t *notes_array(const vb_texts *notes)
{
    json_t *array = json_array();
    for (size_t i = 0; notes && i < notes->count; i++)
        json_array_append_new(array, vb_json_string(notes->items[i]));
    return array;
}

json_t *vb_comparison_json(const vb_comparison *comparison)
{
    const bool paired = comparison->paired;
    json_t *object = json_object();
    json_t *rows = json_array();
    json_t *rest = json_array();
    json_object_set_new(object, "paired", json_boolean(paired));
    json_object_set_new(object, "confidence", json_real(comparison->rules.confidence));
    set_percent(object, "drift_percent", paired ? NAN : comparison->rules.drift);
    set_percent(object, "min_effect_percent", comparison->rules.min_effect);
    set_percent(object, "common_percent", comparison->common);
    json_object_set_new(object, "moved_together", json_boolean(vb_comparison_moved(comparison)));
    json_object_set_new(
        object, "method",
        json_string(paired ? "Student's t interval over groups of four layouts, or cycles without "
                             "layouts, of the mean log ratio of their pairs"
                           : "Welch's interval over the processes' log medians, widened by the "
                             "allowance for drift"));
    json_object_set_new(object, "notes", notes_array(comparison->notes));
    for (size_t i = 0; i < comparison->count; i++) {
        const vb_comparison_row *row = &comparison->rows[i];
        json_array_append_new(row->status == VB_COMPARED ? rows : rest, row_object(row));
    }
    json_object_set_new(object, "rows", rows);
    json_object_set_new(object, "not_compared", rest);
    json_object_set_new(object, "old", old_object(comparison));
    if (paired) {
        json_object_set_new(object, "new", new_object(&comparison->new));
        json_object_set_new(object, "layouts", layouts_array(comparison));
    }
    return object;
}
