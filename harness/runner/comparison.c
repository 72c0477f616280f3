#include "runner/comparison.h"

#include <errno.h>
#include <math.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "runner/judge.h"
#include "runner/shortfall.h"

const vb_change_rules vb_unpaired_rules = {
    .confidence = 0.99,
    .drift = 0.05,
    .min_effect = 0.0025,
    .tolerance = 0.01,
};

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

/* 0 or -ENOMEM. */
static int judge_pair(vb_pair *pair, const vb_change_rules *shared)
{
    vb_change_rules rules = *shared;
    if (pair->new->error || pair->old->error) {
        pair->status = pair->new->error ? VB_FAILED_NOW : VB_FAILED_THEN;
        return 0;
    }
    if (pair->new->tolerance_percent > 0)
        rules.tolerance = pair->new->tolerance_percent / 100;
    double *medians_ns = malloc(pair->new->process_count * sizeof *medians_ns);
    int status = medians_ns ? vb_judge_medians(pair->new, medians_ns) : -ENOMEM;
    if (status == 0)
        pair->status = vb_change_judge(pair->old->medians_ns, pair->old->process_count, medians_ns,
                                       pair->new->process_count, &rules, &pair->change) == 0
                           ? VB_COMPARED
                           : VB_NO_RATIO;
    free(medians_ns);
    return status;
}

static const vb_benchmark *find_new(const vb_benchmark_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i].name, name) == 0)
            return &list->items[i];
    }
    return NULL;
}

static bool holds_suite(const vb_suite_list *suites, const char *name)
{
    for (size_t i = 0; i < suites->count; i++) {
        if (strcmp(suites->items[i].name, name) == 0)
            return true;
    }
    return false;
}

/* Whether a benchmark that only the baseline has was asked for. */
static bool is_wanted(const vb_baseline_benchmark *old, const regex_t *filter,
                      const vb_suite_list *suites)
{
    const char *suite = json_string_value(json_object_get(old->entry, "suite"));
    int status = filter ? regexec(filter, old->name, 0, NULL, 0) : 0;
    if (status != 0 && status != REG_NOMATCH)
        vb_shortfall_note(ENOMEM); /* matching takes memory, too */
    return status == 0 && (!suites || holds_suite(suites, suite));
}

/* Regressed first, by how much; then improved; then what needs no attention; then the rest. */
static int by_attention(const void *left, const void *right)
{
    const vb_pair *a = left, *b = right;
    if (a->status != b->status)
        return a->status < b->status ? -1 : 1;
    if (a->status == VB_COMPARED && a->change.verdict != b->change.verdict)
        return a->change.verdict < b->change.verdict ? -1 : 1;
    if (a->status == VB_COMPARED && a->change.verdict <= VB_IMPROVED) {
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
        if (comparison->pairs[i].status == VB_COMPARED)
            changes[filled++] = comparison->pairs[i].change.estimate;
    }
    comparison->common = vb_judge_summary(changes, filled).median;
    free(changes);
    return 0;
}

bool vb_comparison_moved(const vb_comparison *comparison)
{
    return fabs(comparison->common) > comparison->rules.drift; /* never with NAN */
}

int vb_comparison_make(const vb_baseline *old, const vb_benchmark_list *measured,
                       const char *filter, const vb_suite_list *suites, vb_comparison *comparison,
                       vb_message *message)
{
    regex_t compiled;
    int status = 0;
    *comparison = (vb_comparison){.old = old, .rules = vb_unpaired_rules};
    comparison->pairs = calloc(old->count + measured->count + 1, sizeof *comparison->pairs);
    if (!comparison->pairs || (filter && regcomp(&compiled, filter, REG_EXTENDED | REG_NOSUB) != 0))
        return vb_say_no_memory(message);
    for (size_t i = 0; i < measured->count && status == 0; i++) {
        const vb_benchmark *benchmark = &measured->items[i];
        vb_pair *pair = &comparison->pairs[comparison->count++];
        *pair = (vb_pair){.name = benchmark->name,
                          .status = VB_ADDED,
                          .old = vb_baseline_find(old, benchmark->name),
                          .new = benchmark};
        if (pair->old)
            status = judge_pair(pair, &comparison->rules);
    }
    for (size_t i = 0; i < old->count; i++) {
        const vb_baseline_benchmark *benchmark = &old->benchmarks[i];
        if (!find_new(measured, benchmark->name) &&
            is_wanted(benchmark, filter ? &compiled : NULL, suites))
            comparison->pairs[comparison->count++] =
                (vb_pair){.name = benchmark->name, .status = VB_REMOVED, .old = benchmark};
    }
    if (filter)
        regfree(&compiled);
    if (status != 0)
        return vb_say_no_memory(message);
    for (size_t i = 0; i < comparison->count; i++) {
        if (comparison->pairs[i].status == VB_COMPARED)
            comparison->verdicts[comparison->pairs[i].change.verdict]++;
        else
            comparison->uncompared++;
    }
    if (find_common(comparison) != 0)
        return vb_say_no_memory(message);
    qsort(comparison->pairs, comparison->count, sizeof *comparison->pairs, by_attention);
    return 0;
}

void vb_comparison_free(vb_comparison *comparison)
{
    free(comparison->pairs);
    *comparison = (vb_comparison){0};
}

const vb_suite *vb_comparison_suite(const vb_comparison *comparison, const char *name)
{
    for (size_t i = 0; i < comparison->count; i++) {
        const vb_pair *pair = &comparison->pairs[i];
        if (pair->status == VB_COMPARED && strcmp(pair->new->suite->name, name) == 0)
            return pair->new->suite;
    }
    return NULL;
}

const char *vb_pair_reason(const vb_pair *pair)
{
    switch (pair->status) {
    case VB_ADDED:
        return "added: the baseline does not have it";
    case VB_REMOVED:
        return "removed: only the baseline has it";
    case VB_FAILED_NOW:
        return pair->new->error;
    case VB_FAILED_THEN:
        return "no old time: it failed when the baseline was saved";
    case VB_NO_RATIO:
        return "a side took no time, or a billion times the other's, so there is no ratio";
    case VB_COMPARED:
        break;
    }
    return NULL;
}
