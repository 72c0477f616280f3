#define _GNU_SOURCE
#include "runner/campaign.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "runner/allocation_library.h"
#include "runner/checks.h"
#include "runner/cpu_quota.h"
#include "runner/doctor_checks.h"
#include "runner/machine.h"
#include "runner/process.h"
#include "runner/progress.h"
#include "runner/shortfall.h"
#include "runner/source_tree.h"
#include "runner/suites.h"
#include "runner/units.h"
#include "runner/worker.h"

static int by_name(const void *left, const void *right)
{
    return strcmp((*(const vb_benchmark *const *)left)->name,
                  (*(const vb_benchmark *const *)right)->name);
}

/* Two benchmarks of one name could not be told apart. 0, or -1 with a sentence. */
static int check_names(const vb_benchmark_list *list, vb_message *message)
{
    int status = 0;
    const vb_benchmark **sorted = malloc(list->count * sizeof *sorted);
    if (!sorted)
        return vb_say_no_memory(message);
    for (size_t i = 0; i < list->count; i++)
        sorted[i] = &list->items[i];
    qsort(sorted, list->count, sizeof *sorted, by_name);
    for (size_t i = 1; i < list->count && status == 0; i++) {
        if (by_name(&sorted[i - 1], &sorted[i]) == 0)
            status = vb_say(message,
                            "Two suites, %s and %s, have a benchmark named %s; rename one, or "
                            "remove the suite that is no longer built.",
                            sorted[i - 1]->suite->path, sorted[i]->suite->path, sorted[i]->name);
    }
    free(sorted);
    return status;
}

/* A result and a comparison know suites by their names. 0, or -1 with a sentence. */
static int check_suites(const vb_suite_list *suites, vb_message *message)
{
    for (size_t i = 0; i < suites->count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (strcmp(suites->items[i].name, suites->items[k].name) == 0)
                return vb_say(message,
                              "Two suites have one name, %s and %s; rename one, or name only one.",
                              suites->items[k].path, suites->items[i].path);
        }
    }
    return 0;
}

/* What a suite says of its own is a sentence already. */
static bool ends_a_sentence(const char *text)
{
    size_t length = strlen(text);
    return length > 0 && text[length - 1] == '.';
}

int vb_campaign_list(vb_campaign *campaign, const vb_options *options, vb_message *message)
{
    if (options->allocations &&
        vb_allocation_library_find(&campaign->allocation_library, message) != 0)
        return -1;
    if (vb_suites_find(options->suites, options->suite_count, &campaign->suites, message) != 0)
        return -1;
    if (check_suites(&campaign->suites, message) != 0)
        return -1;
    for (size_t i = 0; i < campaign->suites.count; i++) {
        vb_suite *suite = &campaign->suites.items[i];
        vb_worker worker;
        vb_worker_outcome outcome =
            vb_worker_start(&worker, suite, (uint64_t)(options->time_limit_s * 1e9));
        if (outcome == VB_WORKER_OK)
            outcome = vb_worker_list(&worker, suite, &campaign->list);
        if (outcome == VB_WORKER_OK)
            outcome = vb_worker_quit(&worker);
        vb_worker_stop(&worker);
        if (outcome == VB_WORKER_INTERRUPTED)
            return -EINTR;
        if (outcome != VB_WORKER_OK)
            return vb_say(message, "The suite %s does not list its benchmarks: %s%s", suite->path,
                          worker.why.text, ends_a_sentence(worker.why.text) ? "" : ".");
    }
    if (campaign->list.count == 0)
        return vb_say(message, "The suites hold no benchmark.");
    if (check_names(&campaign->list, message) != 0)
        return -1;
    return options->filter ? vb_benchmark_list_filter(&campaign->list, options->filter, message)
                           : 0;
}

int vb_campaign_find(vb_campaign *campaign, const vb_options *options, vb_message *message)
{
    int status = vb_campaign_list(campaign, options, message);
    if (status == 0 && campaign->list.count == 0)
        return vb_say(message,
                      "--filter \"%s\" matches no benchmark; `vbench list` prints their names.",
                      options->filter);
    return status;
}

/* The runner keeps to the first CPU while it measures, and the workers begin on the second, where
 * there is one. */
static void share_out_cpus(vb_campaign *campaign, bool pin)
{
    int available[VB_CPUS_MAX];
    int count = 0;
    if (vb_affinity_get(available, &count) != 0)
        return;
    campaign->plan.usable_cpus = count;
    if (!pin)
        return;
    for (int i = 0; i < count; i++)
        campaign->cpus[i] = available[(i + 1) % count];
    if (vb_affinity_set(available, 1) == 0)
        campaign->plan.cpu_count = count;
}

int vb_campaign_begin(vb_campaign *campaign, const vb_options *options, vb_message *message)
{
    vb_measure_options *plan = &campaign->plan;
    vb_run_facts *facts = &campaign->facts;
    *plan = (vb_measure_options){.budget_s = options->budget_s,
                                 .processes = options->processes,
                                 .seed = options->seed_given ? options->seed : (uint64_t)time(NULL),
                                 .time_limit_ns = (uint64_t)(options->time_limit_s * 1e9),
                                 .cpus = campaign->cpus,
                                 .allocation_library = campaign->allocation_library};
    *facts = (vb_run_facts){.started = time(NULL),
                            .with_host_name = options->host_name,
                            .load_start = vb_machine_load(),
                            .source = vb_source_tree_describe(campaign->suites.items[0].path),
                            .command = vb_options_words(options),
                            .findings = vb_doctor_record(),
                            .options = plan};
    if (!facts->load_start || !facts->source || !facts->command || !facts->findings)
        return vb_say_no_memory(message);
    share_out_cpus(campaign, options->pin);
    campaign->stops_before = vb_cpu_quota_stops("");
    campaign->begin_ns = vb_process_now_ns();
    vb_load_watch_take("", &campaign->load_before);
    return 0;
}

static void use_all_cpus(const vb_campaign *campaign)
{
    if (campaign->plan.cpu_count > 0)
        vb_affinity_set(campaign->cpus, campaign->plan.cpu_count);
}

void vb_campaign_rest(vb_campaign *campaign)
{
    use_all_cpus(campaign);
    campaign->stops_at_rest = vb_cpu_quota_stops("");
}

void vb_campaign_go_on(vb_campaign *campaign)
{
    campaign->stops_before += vb_cpu_quota_stops_since("", campaign->stops_at_rest);
    if (campaign->plan.cpu_count > 0) /* the runner's own is the last one there */
        vb_affinity_set(&campaign->cpus[campaign->plan.cpu_count - 1], 1);
}

void vb_campaign_end(vb_campaign *campaign, double measured_s)
{
    use_all_cpus(campaign); /* the report may again */
    campaign->facts.wall_s = (double)(vb_process_now_ns() - campaign->begin_ns) / 1e9;
    campaign->facts.measured_s = measured_s;
    vb_load_watch_record(&campaign->load_before, campaign->facts.findings);
    const double cpus = vb_cpu_quota("");
    const uint64_t stops = vb_cpu_quota_stops_since("", campaign->stops_before);
    for (size_t i = 0; i < campaign->list.count; i++) {
        vb_check_quota(&campaign->list.items[i], cpus, stops);
        campaign->failed += campaign->list.items[i].error != NULL;
    }
}

int vb_campaign_measure(vb_campaign *campaign, const vb_options *options, vb_message *message)
{
    vb_progress progress;
    if (vb_campaign_begin(campaign, options, message) != 0)
        return -1;
    const vb_measure_options *plan = &campaign->plan;
    double planned_s = 1.2 * options->budget_s * (double)campaign->list.count;
    size_t processes = (size_t)plan->processes + (plan->allocation_library ? 1 : 0);
    vb_progress_begin(&progress, campaign->list.count * processes, "processes", planned_s);
    int status = vb_measure(&campaign->list, plan, &progress);
    vb_progress_end(&progress);
    vb_campaign_end(campaign, vb_result_measured_s(&campaign->list));
    if (status == 0 && vb_scaling_find(&campaign->list, plan->usable_cpus, &campaign->scaling) != 0)
        return vb_say_no_memory(message);
    campaign->facts.scaling = &campaign->scaling;
    return status;
}

int vb_campaign_result(const vb_campaign *campaign, json_t *comparison, char **text,
                       vb_message *message)
{
    vb_run_facts facts = campaign->facts;
    facts.comparison = comparison;
    *text = vb_result_text(&campaign->list, &campaign->suites, &facts, message);
    return *text ? 0 : -1;
}

void vb_campaign_print_summary(FILE *out, const vb_campaign *campaign)
{
    char measured[VB_UNIT_TEXT_MAX], wall[VB_UNIT_TEXT_MAX];
    const int processes = campaign->plan.processes;
    fprintf(out, "%zu benchmark%s, %d process%s each", campaign->list.count,
            campaign->list.count == 1 ? "" : "s", processes, processes == 1 ? "" : "es");
    fprintf(out, "; measured %s, took %s.\n",
            vb_format_time_ns(campaign->facts.measured_s * 1e9, measured),
            vb_format_time_ns(campaign->facts.wall_s * 1e9, wall));
}

void vb_campaign_free(vb_campaign *campaign)
{
    vb_benchmark_list_free(&campaign->list);
    vb_suites_free(&campaign->suites);
    vb_scaling_free(&campaign->scaling);
    json_decref(campaign->facts.load_start);
    json_decref(campaign->facts.source);
    json_decref(campaign->facts.command);
    json_decref(campaign->facts.findings);
    free(campaign->allocation_library);
    *campaign = (vb_campaign){0};
}
