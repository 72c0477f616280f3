/* A comparison as part of the result. */
#include <math.h>
#include <string.h>

#include "runner/comparison.h"
#include "runner/json.h"
#include "runner/row_details.h"
#include "runner/shortfall.h"

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
    json_t *change = json_array(), *quiet = json_array(), *old_ns = json_array(),
           *new_ns = json_array();
    bool known = true; /* a clock may be so coarse that the quickest blocks took no time */
    for (size_t i = 0; i < pairs->count; i++) {
        const vb_process_pair *pair = &pairs->items[i];
        json_array_append_new(cycle, json_integer((json_int_t)pair->cycle));
        json_array_append_new(old_layout, json_integer(pair->old_layout));
        json_array_append_new(new_layout, json_integer(pair->new_layout));
        json_array_append_new(change, json_real(100 * expm1(pair->log_ratio)));
        known = known && isfinite(pair->quiet_log_ratio);
        json_array_append_new(quiet, vb_json_number(100 * expm1(pair->quiet_log_ratio)));
        json_array_append_new(old_ns, json_real(pair->old_ns));
        json_array_append_new(new_ns, json_real(pair->new_ns));
    }
    if (!known) {
        json_decref(quiet);
        quiet = json_null();
    }
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "cycle", cycle, "old_layout",
                     old_layout, "new_layout", new_layout, "change_percent", change,
                     "quiet_change_percent", quiet, "old_ns", old_ns, "new_ns", new_ns);
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

static json_t *quantiles_array(const vb_comparison_row *row)
{
    json_t *array = json_array();
    for (size_t i = 0; row->has_quantiles && i < VB_QUANTILES; i++) {
        const vb_quantile_change *judged = &row->quantiles[i];
        const vb_change *change = &judged->change;
        json_t *object = json_object();
        set_number(object, "quantile", vb_quantile_shares[i]);
        if (judged->reason) {
            set_text(object, "reason", judged->reason);
        } else {
            set_number(object, "old_ns", change->old_ns);
            set_number(object, "new_ns", change->new_ns);
            set_percent(object, "change_percent", change->estimate);
            set_percent(object, "change_low_percent", change->low);
            set_percent(object, "change_high_percent", change->high);
            set_percent(object, "level_percent", change->level);
            set_text(object, "verdict", vb_verdict_name(change->verdict));
        }
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *limit_object(const vb_comparison_row *row)
{
    const vb_limit_check *check = &row->p99_limit;
    if (!row->has_limit)
        return json_null();
    json_t *object = json_object();
    set_number(object, "limit_ns", check->limit_ns);
    set_number(object, "p99_ns", check->p99_ns);
    set_number(object, "p99_low_ns", check->low_ns);
    set_number(object, "p99_high_ns", check->high_ns);
    set_text(object, "verdict", vb_limit_verdict_name(check->verdict));
    return object;
}

static void set_paired(json_t *object, const vb_comparison_row *row)
{
    static const char *const estimators[VB_ESTIMATORS] = {
        [VB_BY_GROUPS] = "groups", [VB_BY_PAIRS] = "pairs", [VB_BY_QUIET] = "quiet"};
    static const char *const stops[VB_STOPS] = {[VB_STOP_DECIDED] = "decided",
                                                [VB_STOP_BUDGET] = "budget",
                                                [VB_STOP_HOPELESS] = "hopeless",
                                                [VB_STOP_TIME_CAP] = "time_cap"};
    const vb_paired_case *paired = row->paired;
    json_object_set_new(object, "benchmark_changed", json_boolean(paired->benchmark_changed));
    set_count(object, "cycles", paired->cycles);
    set_count(object, "cycles_planned", paired->cycles_planned);
    set_number(object, "block_ns", paired->block_ns);
    set_count(object, "pair_blocks", paired->pair_blocks);
    json_object_set_new(object, "estimator", json_string(estimators[row->change.estimator]));
    set_number(object, "p_value", row->change.p_value);
    set_count(object, "looks", paired->looks);
    set_count(object, "looks_taken", paired->looks_taken);
    json_object_set_new(object, "stopped", json_string(stops[paired->stop]));
    set_number(object, "timed_s", paired->timed_ns / 1e9);
    json_object_set_new(object, "quantiles", quantiles_array(row));
    json_object_set_new(object, "p99_limit", limit_object(row));
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

/* NULL where there is no memory. Of a result that was read the blocks are in its document only, by
 * which they are completed (details.h). */
static json_t *with_block_quantiles(json_t *object, const vb_comparison_row *row)
{
    if (row->new->process_count == 0)
        return object;
    vb_block_times old = {0}, new = {0};
    int status = vb_block_times_read(row->old, &old);
    if (status == 0)
        status = vb_block_times_take(row->new, &new);
    if (status == 0)
        status = vb_row_add_block_quantiles(object, &old, &new, row->paired);
    vb_block_times_free(&old);
    vb_block_times_free(&new);
    if (status != 0) {
        vb_shortfall_note(-status);
        json_decref(object);
        return NULL;
    }
    return object;
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
    set_percent(object, "change_low_95_percent", row->change.low_95);
    set_percent(object, "change_high_95_percent", row->change.high_95);
    set_percent(object, "level_percent", row->change.level);
    set_percent(object, "visible_percent", row->change.visible);
    if (row->paired)
        set_paired(object, row);
    return with_block_quantiles(object, row);
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

static json_t *gate_object(const vb_comparison *comparison, const vb_gate *gate)
{
    json_t *object = json_object();
    set_percent(object, "fail_above_percent", gate->fail_above);
    json_object_set_new(object, "fail_on_inconclusive", json_boolean(gate->fail_on_inconclusive));
    json_object_set_new(object, "failed", json_boolean(vb_comparison_fails(comparison, gate)));
    return object;
}

static json_t *floor_object(const vb_noise_floor *floor)
{
    if (floor->pairs == 0)
        return json_null();
    json_t *object = json_object();
    set_count(object, "pairs", floor->pairs);
    set_percent(object, "change_percent", floor->estimate);
    set_percent(object, "change_low_percent", floor->low);
    set_percent(object, "change_high_percent", floor->high);
    json_object_set_new(object, "exceeded", json_boolean(floor->exceeded));
    return object;
}

json_t *vb_comparison_json(const vb_comparison *comparison, const vb_gate *gate)
{
    const bool paired = comparison->paired;
    json_t *object = json_object();
    json_t *rows = json_array();
    json_t *rest = json_array();
    json_object_set_new(object, "paired", json_boolean(paired));
    json_object_set_new(object, "confidence", json_real(1 - comparison->rules.level));
    set_percent(object, "level_percent", comparison->rules.level);
    set_count(object, "hypotheses", comparison->hypotheses);
    set_percent(object, "tolerance_percent", comparison->rules.tolerance);
    set_percent(object, "drift_percent", paired ? NAN : comparison->rules.drift);
    set_percent(object, "min_effect_percent", comparison->rules.min_effect);
    set_percent(object, "common_percent", comparison->common);
    json_object_set_new(object, "moved_together", json_boolean(vb_comparison_moved(comparison)));
    json_object_set_new(
        object, "method",
        json_string(paired
                        ? "the narrowest of Student's t interval over groups of four layouts and "
                          "two signed rank intervals over pairs, at planned looks; Holm's "
                          "procedure over all times, quantiles and limits"
                        : "Welch's interval over the processes' log medians, widened by the "
                          "allowance for drift; Holm's procedure over all rows"));
    json_object_set_new(object, "notes", notes_array(comparison->notes));
    for (size_t i = 0; i < comparison->count; i++) {
        const vb_comparison_row *row = &comparison->rows[i];
        json_array_append_new(row->status == VB_COMPARED ? rows : rest, row_object(row));
    }
    json_object_set_new(object, "rows", rows);
    json_object_set_new(object, "not_compared", rest);
    json_object_set_new(object, "old", old_object(comparison));
    json_object_set_new(object, "gate", gate_object(comparison, gate));
    if (paired) {
        json_object_set_new(object, "noise_floor", floor_object(&comparison->floor));
        json_object_set_new(object, "new", new_object(&comparison->new));
        json_object_set_new(object, "layouts", layouts_array(comparison));
    }
    return object;
}
