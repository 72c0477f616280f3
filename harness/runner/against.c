#include "runner/against.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "runner/comparison.h"
#include "runner/json.h"
#include "runner/shortfall.h"

static bool is_unknown(const json_t *fact)
{
    const char *text = json_string_value(fact);
    return text && strcmp(text, "unknown") == 0;
}

/* Times of two machines are not compared, as far as it is known that they are two. */
static int check_machines(const vb_baseline *old, const vb_baseline *new, vb_texts *notes,
                          vb_message *message)
{
    static const char *const keys[] = {"architecture", "cpu_model", "cpu_count"};
    bool known = true;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const json_t *then = json_object_get(old->machine, keys[i]);
        const json_t *now = json_object_get(new->machine, keys[i]);
        if (is_unknown(then) || is_unknown(now)) {
            known = false;
        } else if (!json_equal(then, now)) {
            char *then_text = json_dumps(then, JSON_ENCODE_ANY);
            char *now_text = json_dumps(now, JSON_ENCODE_ANY);
            vb_say(
                message,
                "%s and %s were measured on two machines (%s is %.100s and %.100s), and times of "
                "two machines are not compared; measure both on one.",
                old->path, new->path, keys[i], then_text ? then_text : "?",
                now_text ? now_text : "?");
            free(then_text);
            free(now_text);
            return -1;
        }
    }
    if (!known &&
        vb_texts_add(notes, "Whether both were measured on one machine is not known: what "
                            "differs between two would count as change.") != 0)
        return vb_say_no_memory(message);
    return 0;
}

/* What Google Benchmark repeats, it repeats in one process. */
static int note_imports(const vb_baseline *old, const vb_baseline *new, vb_texts *notes)
{
    if (!old->imported && !new->imported)
        return 0;
    return vb_texts_add(
        notes,
        "%s by Google Benchmark, whose repetitions are of one process: what differs "
        "between processes is not in the intervals, so that they are too narrow.",
        !old->imported   ? "The new side was measured"
        : !new->imported ? "The old side was measured"
                         : "Both sides were measured");
}

/* Rows know no blocks of the new side, which is a file's, too: these quantiles are completed from
 * both entries (details.h). */
static void drop_block_quantiles(const json_t *comparison)
{
    json_t *row;
    size_t i;
    json_array_foreach(json_object_get(comparison, "rows"), i, row)
    {
        json_object_del(row, "block_quantiles");
    }
}

/* A benchmark for each of the result's, for the rows. 0 or -ENOMEM. */
static int list_benchmarks(const vb_baseline *result, vb_benchmark_list *list)
{
    for (size_t i = 0; i < result->count; i++) {
        const vb_baseline_benchmark *from = &result->benchmarks[i];
        vb_benchmark *added = vb_benchmark_list_add(list);
        if (!added)
            return -ENOMEM;
        added->name = vb_copy_text(from->name);
        if (!added->name)
            return -ENOMEM;
        if (from->error)
            vb_benchmark_fail(added, from->error);
    }
    return 0;
}

int vb_against_compare(const vb_baseline *old, vb_baseline *new, vb_message *message)
{
    static const vb_gate none = {0};
    json_t *ours = json_object_get(new->document, "vbench");
    vb_benchmark_list list = {0};
    vb_texts notes = {0};
    vb_comparison comparison = {0};
    if (json_object_get(ours, "comparison"))
        return vb_say(message,
                      "%s is a comparison already, and --against makes one; leave it out, or name "
                      "the result of a run.",
                      new->path);
    int status = check_machines(old, new, &notes, message);
    if (status == 0 && (note_imports(old, new, &notes) != 0 || list_benchmarks(new, &list) != 0))
        status = vb_say_no_memory(message);
    if (status == 0)
        status = vb_comparison_make_of_results(old, new, &list, &vb_unpaired_rules, &notes,
                                               &comparison, message);
    if (status == 0) {
        json_t *made = vb_comparison_json(&comparison, &none);
        json_object_del(made, "gate");
        drop_block_quantiles(made);
        json_object_set_new(ours, "comparison", made);
        if (vb_shortfall())
            status = vb_say_no_memory(message);
    }
    vb_comparison_free(&comparison);
    vb_benchmark_list_free(&list);
    vb_texts_free(&notes);
    return status;
}
