#define _GNU_SOURCE
#include "runner/compare.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runner/cache.h"
#include "runner/code_digest.h"
#include "runner/comparison.h"
#include "runner/cpu_quota.h"
#include "runner/deliver.h"
#include "runner/machine.h"
#include "runner/optimisation.h"
#include "runner/paired_judge.h"
#include "runner/pairing.h"
#include "runner/pairing_plan.h"
#include "runner/path.h"
#include "runner/placement.h"
#include "runner/process.h"
#include "runner/result.h"
#include "runner/shortfall.h"
#include "runner/side.h"
#include "runner/source_tree.h"
#include "runner/suites.h"
#include "runner/table.h"
#include "runner/units.h"

/* A comparison while it is made. */
typedef struct {
    const vb_options *options;
    uint64_t begin_ns;
    char *cache;         /* NULL: there is none */
    vb_message no_cache; /* why */
    vb_suite_list today; /* what a revision is built like, and a variant is linked into */
    vb_side sides[VB_SIDES];
    vb_campaign campaigns[VB_SIDES]; /* unpaired: only that of the new side */
    vb_placement placement;
    vb_paired_case *cases;
    size_t case_count;
    vb_texts notes;                /* of both sides, and of the machine */
    vb_side_facts facts[VB_SIDES]; /* their sources and suites are owned, the machine is one */
    json_t *machine;
    vb_change_rules rules;
    vb_gate gate;
    vb_comparison comparison;
} compare;

/* ---- the sides ----------------------------------------------------------------------------- */

/* The first word that is no executable; NULL: they all are. */
static const char *find_other(char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!vb_path_is_program(words[i]))
            return words[i];
    }
    return NULL;
}

/* Today's suites are those that the command line names by their executables, all words for the new
 * side or those behind its first; else those beside vbench, where there are any. */
static void name_today(const vb_options *options, vb_side_places *places)
{
    size_t first = options->suite_count > 0 && find_other(options->suites, 1) ? 1 : 0;
    size_t count = options->suite_count - first;
    if (count > 0 && !find_other(options->suites + first, count)) {
        places->today_paths = options->suites + first;
        places->today_count = count;
    }
}

static int find_new(compare *job, bool named, const vb_side_places *places, vb_message *message)
{
    const vb_options *options = job->options;
    vb_side *side = &job->sides[VB_NEW];
    if (named)
        return vb_side_of_suites(options->suites, options->suite_count, side, message);
    if (options->suite_count > 1 && find_other(options->suites + 1, options->suite_count - 1))
        return vb_say(
            message,
            "The new side is one baseline, archive, folder or variant, or several suites; "
            "\"%s\" is no suite.",
            find_other(options->suites + 1, options->suite_count - 1));
    if (options->suite_count > 0)
        return vb_side_find(options->suites[0], places, side, message);
    /* Against a variant of a subject stands the subject. */
    if (job->sides[VB_OLD].kind == VB_SIDE_VARIANT)
        return vb_side_find(job->sides[VB_OLD].variant_of, places, side, message);
    return vb_side_of_suites(NULL, 0, side, message);
}

static int find_sides(compare *job, vb_message *message)
{
    const vb_options *options = job->options;
    const bool named =
        options->suite_count > 0 && !find_other(options->suites, options->suite_count);
    /* Not everything needs the cache: what does says why it is not there. */
    if (vb_cache_open(options->cache, &job->cache, &job->no_cache) != 0) {
        if (vb_shortfall())
            return vb_say_no_memory(message);
        if (options->cache) /* the user's own choice */
            return vb_say(message, "%s", job->no_cache.text);
    }
    vb_side_places places = {.baselines = options->baselines,
                             .cache = job->cache,
                             .no_cache = &job->no_cache,
                             .today = &job->today};
    name_today(options, &places);
    int status = options->revision
                     ? vb_side_of_revision(options->revision, &places, &job->sides[VB_OLD], message)
                     : vb_side_find(options->target, &places, &job->sides[VB_OLD], message);
    if (status == 0)
        status = find_new(job, named, &places, message);
    if (status == 0 && job->sides[VB_NEW].kind == VB_SIDE_RESULT)
        status = vb_say(message, "The new side cannot be run: %s",
                        job->sides[VB_NEW].notes.items[job->sides[VB_NEW].notes.count - 1]);
    if (status == 0 && options->suite_new)
        status = vb_side_take_suites(&job->sides[VB_OLD], &places, message);
    for (int side = 0; side < VB_SIDES && status == 0; side++) {
        if (vb_texts_add_all(&job->notes, &job->sides[side].notes) != 0)
            status = vb_say_no_memory(message);
    }
    return status;
}

/* The command line as if it named the suites of this side. */
static vb_options options_of(const compare *job, int side)
{
    vb_options options = *job->options;
    options.suites = job->sides[side].executables.items;
    options.suite_count = job->sides[side].executables.count;
    options.allocations = options.allocations && side == VB_NEW;
    return options;
}

/* The benchmarks of a side that runs; there may be none. */
static int list_side(compare *job, int side, vb_message *message)
{
    const vb_options options = options_of(job, side);
    return vb_campaign_list(&job->campaigns[side], &options, message);
}

/* ---- side by side --------------------------------------------------------------------------- */

/* Whether the benchmarks' own code differs; what cannot be read is not known to. A lack of memory
 * is noted. */
static bool suite_changed(const vb_suite *old, const vb_suite *new)
{
    const vb_suite *suites[VB_SIDES] = {old, new};
    char digests[VB_SIDES][VB_DIGEST_TEXT];
    for (int side = 0; side < VB_SIDES; side++) {
        const vb_recipe *recipe = suites[side]->recipe;
        int status = recipe ? vb_code_digest(&recipe->suite_objects, digests[side]) : -ENOENT;
        if (status == -ENOMEM)
            vb_shortfall_note(ENOMEM);
        if (status != 0)
            return false;
    }
    return strcmp(digests[VB_OLD], digests[VB_NEW]) != 0;
}

static int match(compare *job, vb_message *message)
{
    const vb_benchmark_list *old = &job->campaigns[VB_OLD].list,
                            *new = &job->campaigns[VB_NEW].list;
    if (old->count + new->count == 0)
        return vb_say(message,
                      "--filter \"%s\" matches no benchmark of either side; `vbench list` prints "
                      "their names.",
                      job->options->filter);
    job->cases = calloc(new->count + 1, sizeof *job->cases);
    if (!job->cases)
        return vb_say_no_memory(message);
    for (size_t i = 0; i < new->count; i++) {
        vb_benchmark *theirs = vb_benchmark_list_find(old, new->items[i].name);
        if (!theirs)
            continue;
        vb_paired_case *paired = &job->cases[job->case_count++];
        *paired = (vb_paired_case){.old = theirs, .new = &new->items[i]};
        const vb_paired_case *before = paired - 1; /* of one suite mostly: judged once */
        paired->benchmark_changed = job->case_count > 1 && before->old->suite == theirs->suite &&
                                            before->new->suite == paired->new->suite
                                        ? before->benchmark_changed
                                        : suite_changed(theirs->suite, paired->new->suite);
    }
    return 0;
}

/* As many as were asked for; else so many that each is visited, where the budget is long: the mean
 * over more layouts is known better. */
static size_t wanted_layouts(const vb_options *options)
{
    const bool visits_more =
        vb_pairing_usual_cycles(options->budget_s) * VB_LAYOUT_CYCLE >= VB_LAYOUTS_MORE;
    return options->layouts_given || !visits_more ? options->layouts : VB_LAYOUTS_MORE;
}

static int make_layouts(compare *job, vb_message *message)
{
    job->placement =
        (vb_placement){.wanted = wanted_layouts(job->options),
                       .more = !job->options->layouts_given,
                       .cache = job->cache,
                       .no_cache = job->no_cache.text,
                       .suites = {&job->campaigns[VB_OLD].suites, &job->campaigns[VB_NEW].suites}};
    return vb_placement_make(&job->placement, job->cases, job->case_count, message);
}

/* Cycles over the same four layouts are one group (paired_judge.h). */
static int note_few_layouts(compare *job)
{
    for (size_t i = 0; i < job->case_count; i++) {
        const size_t groups = vb_pairing_groups(&job->cases[i]);
        if (groups > 0 && groups < VB_GROUPS_MIN)
            return vb_texts_add(
                &job->notes,
                "%zu layouts are too few to tell what they do from what has changed; "
                "give --layouts %d or more.",
                groups * VB_LAYOUT_CYCLE, VB_LAYOUTS_DEFAULT);
    }
    return 0;
}

/* What layouts keep undecided gets more of them; `any` tells whether there is such a case. */
static int place_more(compare *job, bool *any, vb_message *message)
{
    vb_campaign *campaign = &job->campaigns[VB_NEW];
    const uint64_t stop_ns = campaign->plan.stop_ns;
    vb_campaign_rest(campaign);
    int status = vb_placement_more(&job->placement, job->cases, job->case_count,
                                   stop_ns == 0 || vb_process_now_ns() < stop_ns, any, message);
    vb_campaign_go_on(campaign);
    return status;
}

static int measure(compare *job, vb_message *message)
{
    vb_campaign *campaign = &job->campaigns[VB_NEW];
    vb_progress progress;
    if (vb_campaign_begin(campaign, job->options, message) != 0)
        return -1;
    if (campaign->plan.cpu_count == 1 &&
        vb_texts_add(&job->notes,
                     "There is one CPU only: vbench shares it with what it measures.") != 0)
        return vb_say_no_memory(message);
    campaign->plan.max_budget_s = job->options->max_budget_s;
    if (job->options->time_cap_s > 0)
        campaign->plan.stop_ns = vb_process_now_ns() + (uint64_t)(job->options->time_cap_s * 1e9);
    double planned_s = 1.5 * job->options->budget_s * (double)job->case_count;
    vb_progress_begin(&progress, job->case_count, "cycles", planned_s);
    int status = 0;
    for (bool more = true; more && status == 0;) {
        status = vb_pairing_measure(job->cases, job->case_count, &campaign->plan, &job->rules,
                                    &progress);
        more = false;
        if (status == 0)
            status = place_more(job, &more, message);
    }
    if (status == 0)
        status = vb_pairing_complete_floor(job->cases, job->case_count, &campaign->plan,
                                           vb_noise_floor_pairs(job->rules.level));
    vb_progress_end(&progress);
    if (status == 0 && vb_cpu_quota_tell("", campaign->stops_before, &job->notes) != 0)
        status = vb_say_no_memory(message);
    double timed_ns = 0;
    campaign->plan.processes = 1;
    for (size_t i = 0; i < job->case_count; i++) {
        timed_ns += job->cases[i].timed_ns;
        if (job->cases[i].pairs.count > (size_t)campaign->plan.processes)
            campaign->plan.processes = (int)job->cases[i].pairs.count; /* at most, of each side */
    }
    vb_campaign_end(campaign, timed_ns / 1e9);
    for (size_t i = 0; i < job->case_count; i++)
        campaign->failed += job->cases[i].old->error && !job->cases[i].new->error;
    return status;
}

/* Where a side's sources were, as far as that is known. */
static json_t *source_of(const vb_side *side)
{
    if (side->baseline.path)
        return json_incref((json_t *)side->baseline.source);
    if (side->commit[0] != '\0')
        return json_pack("{s:s, s:b}", "commit", side->commit, "dirty", 0);
    if (side->kind == VB_SIDE_SUITES && !side->relinked)
        return vb_source_tree_describe(side->executables.items[0]);
    return json_pack("{s:n, s:n}", "commit", "dirty");
}

static int judge_pairs(compare *job, vb_message *message)
{
    job->machine = vb_machine_describe(false);
    for (int side = 0; side < VB_SIDES; side++) {
        const vb_side *from = &job->sides[side];
        const json_t *ours = json_object_get(from->baseline.document, "vbench");
        job->facts[side] = (vb_side_facts){
            .name = from->name,
            .kind = vb_side_kind_name(from->kind),
            .text = from->text,
            .run = json_object_get(ours, "run"),
            .machine = job->machine,
            .source = source_of(from),
            .suites = vb_result_suites(&job->campaigns[side].suites),
        };
    }
    return vb_comparison_make_paired(&job->facts[VB_OLD], &job->facts[VB_NEW],
                                     &job->campaigns[VB_OLD].list, &job->campaigns[VB_NEW].list,
                                     job->cases, job->case_count, &job->rules, &job->notes,
                                     &job->comparison, message);
}

static int compare_side_by_side(compare *job, vb_message *message)
{
    int status = list_side(job, VB_NEW, message);
    if (status == 0)
        status = list_side(job, VB_OLD, message);
    if (status == 0)
        status = match(job, message);
    if (status == 0)
        status = make_layouts(job, message);
    if (status == 0 && note_few_layouts(job) != 0)
        status = vb_say_no_memory(message);
    if (status == 0)
        status = measure(job, message);
    return status == 0 ? judge_pairs(job, message) : status;
}

/* ---- against old numbers -------------------------------------------------------------------- */

static int check_machine(const vb_baseline *old, vb_message *message)
{
    json_t *machine = vb_machine_describe(false);
    int error = vb_shortfall();
    int status = error ? vb_say(message, "This machine cannot be described: %s.", strerror(error))
                       : vb_comparison_check_machine(old, machine, message);
    json_decref(machine);
    return status;
}

/* Before the time is spent: what will have no verdict. */
static void note_added(const vb_campaign *campaign, const vb_baseline *old)
{
    size_t added = 0;
    for (size_t i = 0; i < campaign->list.count; i++)
        added += vb_baseline_find(old, campaign->list.items[i].name) == NULL;
    if (added > 0)
        fprintf(stderr,
                "vbench: %zu of %zu benchmarks are not in %s and get no verdict; --filter leaves "
                "them out.\n",
                added, campaign->list.count, old->path);
}

static int compare_with_numbers(compare *job, vb_message *message)
{
    const vb_options *options = job->options;
    const vb_baseline *old = &job->sides[VB_OLD].baseline;
    vb_campaign *campaign = &job->campaigns[VB_NEW];
    job->rules.drift = vb_unpaired_rules.drift;
    int status = check_machine(old, message);
    const vb_options all = options_of(job, VB_NEW);
    if (status == 0)
        status = vb_campaign_find(campaign, &all, message);
    if (status == 0)
        note_added(campaign, old);
    if (status == 0)
        status = vb_campaign_measure(campaign, options, message);
    if (status == 0)
        status = vb_comparison_make(old, job->sides[VB_OLD].text, &campaign->list, options->filter,
                                    options->suite_count > 0 ? &campaign->suites : NULL,
                                    &job->rules, &job->notes, &job->comparison, message);
    return status;
}

/* ---- the command ---------------------------------------------------------------------------- */

/* What it took: the time inside timed blocks beside that of all together. */
static void print_summary(FILE *out, const compare *job)
{
    char measured[VB_UNIT_TEXT_MAX], wall[VB_UNIT_TEXT_MAX];
    const vb_run_facts *facts = &job->campaigns[VB_NEW].facts;
    double wall_ns = (double)(vb_process_now_ns() - job->begin_ns);
    fprintf(out, "%zu benchmark%s side by side; measured %s, took %s.\n", job->case_count,
            job->case_count == 1 ? "" : "s", vb_format_time_ns(facts->measured_s * 1e9, measured),
            vb_format_time_ns(wall_ns, wall));
}

static void print(const compare *job)
{
    FILE *out = vb_table_stream(job->options);
    const vb_campaign *campaign = &job->campaigns[VB_NEW];
    vb_comparison_print(out, &job->comparison, job->options->all);
    vb_table_print_warnings(out, &campaign->list);
    vb_optimisation_print_notes(out, &campaign->suites);
    if (job->comparison.paired)
        print_summary(out, job);
    else
        vb_campaign_print_summary(out, campaign);
}

static int finish(compare *job, int status, vb_message *message)
{
    const vb_options *options = job->options;
    char *text = NULL;
    json_t *json = NULL;
    if (status == 0) {
        print(job);
        json = vb_comparison_json(&job->comparison, &job->gate);
        status = vb_campaign_result(&job->campaigns[VB_NEW], json, &text, message);
    }
    if (status == 0)
        status = vb_write_result(options, text, message);
    int exit_code = status != 0 ? vb_give_up(status, message)
                                : vb_deliver(options, &job->campaigns[VB_NEW], text,
                                             vb_result_to_stdout(options) ? NULL : options->json);
    if (exit_code == 0 && job->comparison.uncompared == job->comparison.count) {
        const vb_side *old = &job->sides[VB_OLD];
        vb_say(message, "Nothing was compared with %s; the rows say why.",
               old->baseline.path ? old->baseline.path : old->name);
        exit_code = vb_complain(message);
    }
    if (exit_code == 0 && vb_comparison_fails(&job->comparison, &job->gate))
        exit_code = VB_EXIT_REGRESSED;
    free(text);
    json_decref(json);
    return exit_code;
}

static void free_job(compare *job)
{
    vb_comparison_free(&job->comparison);
    for (size_t i = 0; i < job->case_count; i++)
        vb_paired_case_free(&job->cases[i]);
    free(job->cases);
    vb_placement_free(&job->placement);
    for (int side = 0; side < VB_SIDES; side++) {
        json_decref(job->facts[side].source);
        json_decref(job->facts[side].suites);
        vb_campaign_free(&job->campaigns[side]);
        vb_side_free(&job->sides[side]);
    }
    vb_suites_free(&job->today);
    json_decref(job->machine);
    vb_texts_free(&job->notes);
    free(job->cache);
}

int vb_compare(const vb_options *options)
{
    compare job = {.options = options,
                   .begin_ns = vb_process_now_ns(),
                   .rules = {.level = options->level,
                             .min_effect = options->min_effect,
                             .tolerance = options->tolerance},
                   .gate = {.fail_above = options->fail_above,
                            .fail_on_inconclusive = options->fail_on_inconclusive}};
    vb_message message;
    int status = vb_check_result_place(options, &message);
    if (status == 0)
        status = find_sides(&job, &message);
    if (status == 0)
        status = job.sides[VB_OLD].kind == VB_SIDE_RESULT ? compare_with_numbers(&job, &message)
                                                          : compare_side_by_side(&job, &message);
    int exit_code = finish(&job, status, &message);
    free_job(&job);
    return exit_code;
}
