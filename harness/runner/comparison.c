#include "runner/comparison.h"

#include <errno.h>
#include <math.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/claims.h"
#include "runner/judge.h"
#include "runner/result.h"
#include "runner/shortfall.h"

int vb_comparison_check_machine(const vb_baseline *old, const json_t *machine, vb_message *message)
{
    static const char *const keys[] = {"architecture", "cpu_model", "cpu_count"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const json_t *then = json_object_get(old->machine, keys[i]);
        const json_t *here = json_object_get(machine, keys[i]);
        if (json_equal(then, here))
            continue;
        char *then_text = json_dumps(then, JSON_ENCODE_ANY);
        char *here_text = json_dumps(here, JSON_ENCODE_ANY);
        vb_say(
            message,
            "%s was measured on another machine (its %s is %.100s, here it is %.100s), and times "
            "of two machines are not compared; check out the old code and save a baseline here.",
            old->path, keys[i], then_text ? then_text : "?", here_text ? here_text : "?");
        free(then_text);
        free(here_text);
        return -1;
    }
    return 0;
}

/* Whether a benchmark that only the baseline has was asked for. */
static bool is_wanted(const vb_baseline_benchmark *old, const regex_t *filter,
                      const vb_suite_list *suites)
{
    const char *suite = json_string_value(json_object_get(old->entry, "suite"));
    int status = filter ? regexec(filter, old->name, 0, NULL, 0) : 0;
    if (status != 0 && status != REG_NOMATCH)
        vb_shortfall_note(ENOMEM); /* matching takes memory, too */
    return status == 0 && (!suites || vb_suite_list_find(suites, suite));
}

static bool is_decided(const vb_comparison_row *row)
{
    return row->status == VB_COMPARED && row->change.verdict <= VB_IMPROVED;
}

bool vb_comparison_has_quantile(const vb_comparison_row *row, vb_verdict verdict)
{
    for (size_t i = 0; i < VB_QUANTILES && row->has_quantiles && row->status == VB_COMPARED; i++) {
        if (!row->quantiles[i].reason && row->quantiles[i].change.verdict == verdict)
            return true;
    }
    return false;
}

bool vb_comparison_exceeds_limit(const vb_comparison_row *row)
{
    return row->has_limit && row->status == VB_COMPARED &&
           row->p99_limit.verdict == VB_LIMIT_EXCEEDED;
}

/* Where a row stands: regressed, improved, the same of latencies alone, those without a verdict,
 * then what needs no attention. */
static int rank_of(const vb_comparison_row *row)
{
    enum {
        SLOWER_LATENCIES = VB_IMPROVED + 1,
        FASTER_LATENCIES,
        UNJUDGED,
        UNDECIDED = UNJUDGED + VB_ROW_STATUSES
    };
    if (row->status != VB_COMPARED)
        return UNJUDGED + (int)row->status;
    if (!is_decided(row) &&
        (vb_comparison_has_quantile(row, VB_REGRESSED) || vb_comparison_exceeds_limit(row)))
        return SLOWER_LATENCIES;
    if (!is_decided(row) && vb_comparison_has_quantile(row, VB_IMPROVED))
        return FASTER_LATENCIES;
    return (is_decided(row) ? 0 : UNDECIDED) + (int)row->change.verdict;
}

static int by_attention(const void *left, const void *right)
{
    const vb_comparison_row *a = left, *b = right;
    if (rank_of(a) != rank_of(b))
        return rank_of(a) < rank_of(b) ? -1 : 1;
    if (is_decided(a)) {
        double size_a = fabs(a->change.estimate), size_b = fabs(b->change.estimate);
        if (size_a != size_b)
            return size_a > size_b ? -1 : 1;
    }
    return strcmp(a->name, b->name);
}

/* 0 or -ENOMEM. */
static int find_common(vb_comparison *comparison)
{
    const size_t compared = comparison->count - comparison->uncompared;
    size_t filled = 0;
    comparison->common = NAN;
    if (compared < VB_COMMON_MIN)
        return 0;
    double *changes = malloc(compared * sizeof *changes);
    if (!changes)
        return -ENOMEM;
    for (size_t i = 0; i < comparison->count; i++) {
        if (comparison->rows[i].status == VB_COMPARED)
            changes[filled++] = comparison->rows[i].change.estimate;
    }
    comparison->common = vb_judge_summary(changes, filled).median;
    free(changes);
    return 0;
}

/* Whether three of four rows were judged to have moved, all the same way. */
static bool most_moved(const vb_comparison *comparison)
{
    size_t moved = comparison->verdicts[comparison->common > 0 ? VB_REGRESSED : VB_IMPROVED];
    return 4 * moved >= 3 * (comparison->count - comparison->uncompared);
}

bool vb_comparison_moved(const vb_comparison *comparison)
{
    if (comparison->paired && !most_moved(comparison))
        return false;
    /* never with NAN */
    return fabs(comparison->common) > fmax(comparison->rules.drift, comparison->rules.tolerance);
}

static const char *old_side(const vb_comparison *comparison)
{
    return comparison->paired   ? "the old side"
           : comparison->stored ? "the old result"
                                : "the baseline";
}

/* Why a row has no verdict. */
static void word_reason(const vb_comparison *comparison, const vb_comparison_row *row,
                        vb_message *reason)
{
    switch (row->status) {
    case VB_ADDED:
        vb_say(reason, "added: %s does not have it", old_side(comparison));
        break;
    case VB_REMOVED:
        vb_say(reason, "removed: only %s has it", old_side(comparison));
        break;
    case VB_FAILED_NOW:
        vb_say(reason, "%s", row->new->error);
        break;
    case VB_FAILED_THEN:
        if (comparison->paired)
            vb_say(reason, "the old one failed: %s", row->paired->old->error);
        else
            vb_say(reason, "no old time: it failed when %s was %s", old_side(comparison),
                   comparison->stored ? "measured" : "saved");
        break;
    case VB_NO_RATIO:
        if (row->paired && row->paired->cycles == 0)
            vb_say(reason, "not one cycle of pairs was completed");
        else
            vb_say(reason, "a side took no time, or a billion times the other's, so there is no "
                           "ratio");
        break;
    case VB_COMPARED:
        break;
    }
}

/* 0 or -ENOMEM. */
static int judge_layouts(vb_comparison *comparison)
{
    int status = 0;
    for (size_t i = 0; i < comparison->count && status == 0; i++) {
        vb_comparison_row *row = &comparison->rows[i];
        if (row->status == VB_COMPARED && row->paired)
            status = vb_paired_layout_effect(row->paired, 1 - comparison->rules.level, &row->change,
                                             &row->layout);
    }
    return status;
}

/* What is left when each row has its status: verdicts, reasons, counts, the common change, the
 * order. 0, or -1 with a sentence. */
static int finish(vb_comparison *comparison, vb_message *message)
{
    int status = vb_claims_judge(comparison);
    if (status == 0)
        status = judge_layouts(comparison);
    if (status != 0)
        return vb_say_no_memory(message);
    if (comparison->floor.exceeded)
        vb_claims_veto(comparison);
    for (size_t i = 0; i < comparison->count; i++) {
        vb_comparison_row *row = &comparison->rows[i];
        if (row->status == VB_COMPARED) {
            comparison->verdicts[row->change.verdict]++;
            comparison->slower_latencies += vb_comparison_has_quantile(row, VB_REGRESSED);
            comparison->faster_latencies += vb_comparison_has_quantile(row, VB_IMPROVED);
            comparison->limits_exceeded += vb_comparison_exceeds_limit(row);
            continue;
        }
        vb_message reason;
        comparison->uncompared++;
        word_reason(comparison, row, &reason);
        row->reason = vb_copy_text(reason.text);
        if (!row->reason)
            return vb_say_no_memory(message);
    }
    if (find_common(comparison) != 0)
        return vb_say_no_memory(message);
    qsort(comparison->rows, comparison->count, sizeof *comparison->rows, by_attention);
    return 0;
}

/* Unpaired. `stored` is where the new side was read; NULL: it was measured. */
static int make_unpaired(const vb_baseline *old, const char *old_text, const vb_baseline *stored,
                         const vb_benchmark_list *measured, const char *filter,
                         const vb_suite_list *suites, const vb_change_rules *rules,
                         const vb_texts *notes, vb_comparison *comparison, vb_message *message)
{
    regex_t compiled;
    const json_t *ours = json_object_get(old->document, "vbench");
    *comparison = (vb_comparison){.stored = stored != NULL, .rules = *rules, .notes = notes};
    comparison->old = (vb_side_facts){.name = old->name,
                                      .kind = "baseline",
                                      .text = old_text,
                                      .run = json_object_get(ours, "run"),
                                      .machine = json_object_get(ours, "machine"),
                                      .source = json_object_get(ours, "source"),
                                      .suites = json_object_get(ours, "suites")};
    comparison->rows = calloc(old->count + measured->count + 1, sizeof *comparison->rows);
    if (!comparison->rows || (filter && regcomp(&compiled, filter, REG_EXTENDED | REG_NOSUB) != 0))
        return vb_say_no_memory(message);
    for (size_t i = 0; i < measured->count; i++) {
        const vb_benchmark *benchmark = &measured->items[i];
        const vb_baseline_benchmark *then = vb_baseline_find(old, benchmark->name);
        vb_comparison_row *row = &comparison->rows[comparison->count++];
        *row =
            (vb_comparison_row){.name = benchmark->name,
                                .status = VB_ADDED,
                                .old = then ? then->entry : NULL,
                                .stored = stored ? vb_baseline_find(stored, benchmark->name) : NULL,
                                .new = benchmark};
        if (then) {
            row->baseline = then;
            row->status = row->new->error ? VB_FAILED_NOW
                          : then->error   ? VB_FAILED_THEN
                                          : VB_COMPARED;
        }
    }
    for (size_t i = 0; i < old->count; i++) {
        const vb_baseline_benchmark *then = &old->benchmarks[i];
        if (!vb_benchmark_list_find(measured, then->name) &&
            is_wanted(then, filter ? &compiled : NULL, suites))
            comparison->rows[comparison->count++] =
                (vb_comparison_row){.name = then->name, .status = VB_REMOVED, .old = then->entry};
    }
    if (filter)
        regfree(&compiled);
    return finish(comparison, message);
}

int vb_comparison_make(const vb_baseline *old, const char *old_text,
                       const vb_benchmark_list *measured, const char *filter,
                       const vb_suite_list *suites, const vb_change_rules *rules,
                       const vb_texts *notes, vb_comparison *comparison, vb_message *message)
{
    return make_unpaired(old, old_text, NULL, measured, filter, suites, rules, notes, comparison,
                         message);
}

int vb_comparison_make_of_results(const vb_baseline *old, const vb_baseline *new,
                                  const vb_benchmark_list *measured, const vb_change_rules *rules,
                                  const vb_texts *notes, vb_comparison *comparison,
                                  vb_message *message)
{
    return make_unpaired(old, old->path, new, measured, NULL, NULL, rules, notes, comparison,
                         message);
}

static bool is_beyond(const vb_change *change, const vb_gate *gate)
{
    return change->verdict == VB_REGRESSED && change->low > gate->fail_above;
}

bool vb_comparison_fails(const vb_comparison *comparison, const vb_gate *gate)
{
    for (size_t i = 0; i < comparison->count; i++) {
        const vb_comparison_row *row = &comparison->rows[i];
        if (row->status != VB_COMPARED)
            continue;
        if (is_beyond(&row->change, gate) || vb_comparison_exceeds_limit(row))
            return true;
        for (size_t k = 0; k < VB_QUANTILES && row->has_quantiles; k++) {
            if (!row->quantiles[k].reason && is_beyond(&row->quantiles[k].change, gate))
                return true;
        }
        if (row->change.verdict == VB_INCONCLUSIVE && gate->fail_on_inconclusive)
            return true;
    }
    return false;
}

static bool has_case(const vb_paired_case *cases, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(cases[i].new->name, name) == 0)
            return true;
    }
    return false;
}

/* A row for each benchmark of a side that has no case. */
static void add_one_sided(const vb_benchmark_list *list, const vb_paired_case *cases,
                          size_t case_count, vb_row_status status, vb_comparison *comparison)
{
    for (size_t i = 0; i < list->count; i++) {
        const vb_benchmark *benchmark = &list->items[i];
        if (!has_case(cases, case_count, benchmark->name))
            comparison->rows[comparison->count++] =
                (vb_comparison_row){.name = benchmark->name,
                                    .status = status,
                                    .new = status == VB_ADDED ? benchmark : NULL};
    }
}

/* 0 or -ENOMEM. */
static int add_old_entry(vb_comparison *comparison, vb_comparison_row *row)
{
    const vb_benchmark *old = row->paired->old;
    if (!old->error && old->process_count == 0)
        return 0; /* nothing was measured */
    json_t *entry = vb_result_entry(old);
    row->old = entry;
    return json_array_append_new(comparison->old_entries, entry) == 0 ? 0 : -ENOMEM;
}

int vb_comparison_make_paired(const vb_side_facts *old, const vb_side_facts *new,
                              const vb_benchmark_list *old_list, const vb_benchmark_list *new_list,
                              const vb_paired_case *cases, size_t case_count,
                              const vb_change_rules *rules, const vb_texts *notes,
                              vb_comparison *comparison, vb_message *message)
{
    int status = 0;
    *comparison =
        (vb_comparison){.paired = true, .old = *old, .new = *new, .rules = *rules, .notes = notes};
    comparison->rows =
        calloc(case_count + old_list->count + new_list->count + 1, sizeof *comparison->rows);
    comparison->old_entries = json_array();
    if (!comparison->rows || !comparison->old_entries)
        return vb_say_no_memory(message);
    for (size_t i = 0; i < case_count && status == 0; i++) {
        const vb_paired_case *paired = &cases[i];
        vb_comparison_row *row = &comparison->rows[comparison->count++];
        *row = (vb_comparison_row){.name = paired->new->name,
                                   .status = paired->new->error   ? VB_FAILED_NOW
                                             : paired->old->error ? VB_FAILED_THEN
                                                                  : VB_COMPARED,
                                   .new = paired->new,
                                   .paired = paired};
        status = add_old_entry(comparison, row);
    }
    add_one_sided(new_list, cases, case_count, VB_ADDED, comparison);
    add_one_sided(old_list, cases, case_count, VB_REMOVED, comparison);
    if (status == 0)
        status = vb_noise_floor_judge(cases, case_count, rules, &comparison->floor);
    return status == 0 ? finish(comparison, message) : vb_say_no_memory(message);
}

void vb_comparison_free(vb_comparison *comparison)
{
    if (!comparison)
        return;
    for (size_t i = 0; i < comparison->count; i++)
        free(comparison->rows[i].reason);
    free(comparison->rows);
    json_decref(comparison->old_entries);
    *comparison = (vb_comparison){0};
}

const vb_suite *vb_comparison_suite(const vb_comparison *comparison, const char *name)
{
    for (size_t i = 0; i < comparison->count; i++) {
        const vb_comparison_row *row = &comparison->rows[i];
        if (row->status == VB_COMPARED && strcmp(row->new->suite->name, name) == 0)
            return row->new->suite;
    }
    return NULL;
}

static bool was_linked_anew(const vb_layouts *layouts)
{
    return layouts && layouts->executables.count > 0;
}

const char *vb_comparison_layout_reason(const vb_paired_case *paired)
{
    const vb_layouts *old = paired->old_layouts, *new = paired->new_layouts;
    /* a side without layouts says more than one of which something does not move */
    const vb_layouts *first = was_linked_anew(new) || !new ? old : new;
    const vb_layouts *second = first == old ? new : old;
    if (first && first->reason)
        return first->reason;
    return second ? second->reason : NULL;
}
