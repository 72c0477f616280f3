/* vbench: the commands, each wired together from the parts that do the work. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/archive.h"
#include "runner/baseline_store.h"
#include "runner/campaign.h"
#include "runner/compare.h"
#include "runner/deliver.h"
#include "runner/doctor.h"
#include "runner/json.h"
#include "runner/judge.h"
#include "runner/optimisation.h"
#include "runner/options.h"
#include "runner/process.h"
#include "runner/report_command.h"
#include "runner/result.h"
#include "runner/scaling.h"
#include "runner/shortfall.h"
#include "runner/table.h"
#include "runner/write_file.h"

enum { SAVED_PROCESSES_MIN = 9 };

static int do_list(const vb_options *options, vb_campaign *campaign)
{
    vb_message message;
    int status = vb_campaign_find(campaign, options, &message);
    if (status != 0)
        return vb_give_up(status, &message);
    for (size_t i = 0; i < campaign->list.count; i++)
        printf("%s\n", campaign->list.items[i].name);
    return 0;
}

static void print_run(FILE *out, const vb_campaign *campaign)
{
    vb_table_print(out, &campaign->list);
    vb_scaling_print(out, &campaign->scaling);
    vb_optimisation_print_notes(out, &campaign->suites);
    fprintf(out, "\n\xC2\xB1 is a %.0f %% interval over processes. ", 100 * VB_RUN_CONFIDENCE);
    vb_campaign_print_summary(out, campaign);
}

static int do_run(const vb_options *options, vb_campaign *campaign)
{
    vb_message message;
    char *text = NULL;
    int status = vb_check_result_place(options, &message);
    if (status == 0)
        status = vb_campaign_find(campaign, options, &message);
    if (status == 0)
        status = vb_campaign_measure(campaign, options, &message);
    if (status == 0)
        print_run(vb_table_stream(options), campaign);
    if (status == 0)
        status = vb_campaign_result(campaign, NULL, &text, &message);
    if (status == 0)
        status = vb_write_result(options, text, &message);
    int exit_code = status != 0 ? vb_give_up(status, &message)
                                : vb_deliver(options, campaign, text,
                                             vb_result_to_stdout(options) ? NULL : options->json);
    free(text);
    return exit_code;
}

/* What a baseline asks for that a run does not. 0, or -1 with a sentence. */
static int check_save(const vb_options *options, vb_message *message)
{
    if (vb_baseline_check_name(options->target, message) != 0)
        return -1;
    if (options->processes < SAVED_PROCESSES_MIN)
        return vb_say(message,
                      "A baseline needs at least %d processes a benchmark, --processes %d is too "
                      "few.",
                      SAVED_PROCESSES_MIN, options->processes);
    return 0;
}

/* Whether the suites may be saved: code compiled without optimisation is not what anybody wants to
 * compare with later. Suites of which nothing is measured do not count. 0, or -1 with a sentence.
 */
static int check_optimised(const vb_options *options, const vb_campaign *campaign,
                           vb_message *message)
{
    for (size_t i = 0; i < campaign->list.count && !options->allow_debug; i++) {
        const vb_suite *suite = campaign->list.items[i].suite;
        if (suite->optimised == VB_OPTIMISED_NO)
            return vb_say(message,
                          "The suite %s is not optimised (%.300s), so its times are not worth "
                          "keeping; build it for release, or save it all the same with "
                          "--allow-debug (make: ALLOW_DEBUG=1).",
                          suite->path, suite->optimisation_evidence);
    }
    return 0;
}

/* Whether what was measured may become the baseline. 0, or -1 with a sentence. */
static int check_saved(const vb_campaign *campaign, const char *path, bool existed,
                       vb_message *message)
{
    if (campaign->failed == campaign->list.count)
        return vb_say(message, "Every benchmark failed, so %s was not written.", path);
    if (campaign->failed > 0 && existed)
        return vb_say(message,
                      "%zu of %zu benchmarks failed, so %s keeps its older result; their rows say "
                      "why.",
                      campaign->failed, campaign->list.count, path);
    return 0;
}

/* The baseline's file, and its archive: those of its suites of which something was measured. 0,
 * -EINTR, or -1 with a sentence and both as they were. */
static int write_baseline(const vb_options *options, const vb_campaign *campaign, const char *path,
                          const char *text, vb_message *message)
{
    vb_texts notes = {0};
    vb_suite_list measured = {calloc(campaign->suites.count, sizeof(vb_suite)), 0};
    if (!measured.items)
        return vb_say_no_memory(message);
    for (size_t i = 0; i < campaign->suites.count; i++) {
        const vb_suite *suite = &campaign->suites.items[i];
        bool found = false;
        for (size_t k = 0; k < campaign->list.count && !found; k++)
            found = campaign->list.items[k].suite == suite;
        if (found)
            measured.items[measured.count++] = *suite; /* what it points at stays campaign's */
    }
    int status =
        vb_archive_save(options->baselines, options->target, text, &measured, &notes, message);
    if (status == 0)
        status = vb_write_file(path, text, strlen(text), message);
    vb_archive_tidy(options->baselines, options->target);
    for (size_t i = 0; i < notes.count && status == 0; i++)
        printf("%s\n", notes.items[i]);
    vb_texts_free(&notes);
    free(measured.items);
    return status;
}

static int do_save(const vb_options *options, vb_campaign *campaign)
{
    vb_message message;
    char *text = NULL;
    if (check_save(options, &message) != 0 || vb_check_result_place(options, &message) != 0)
        return vb_complain(&message);
    char *path = vb_baseline_path(options->baselines, options->target, &message);
    if (!path)
        return vb_complain(&message);
    int existed = vb_baseline_check_place(path, &message);

    int status = existed < 0 ? -1 : vb_campaign_find(campaign, options, &message);
    if (status == 0)
        status = check_optimised(options, campaign, &message);
    if (status == 0)
        status = vb_make_folder(options->baselines, &message);
    if (status == 0)
        status = vb_check_writable(path, &message);
    if (status == 0)
        status = vb_campaign_measure(campaign, options, &message);
    if (status == 0) {
        print_run(stdout, campaign);
        existed = vb_baseline_check_place(path, &message); /* much may have happened meanwhile */
        status = existed < 0 ? -1 : check_saved(campaign, path, existed, &message);
    }
    if (status == 0)
        status = vb_campaign_result(campaign, NULL, &text, &message);
    if (status == 0)
        status = write_baseline(options, campaign, path, text, &message);
    int exit_code;
    if (status != 0) {
        exit_code = vb_give_up(status, &message);
    } else {
        printf("Saved %s%s.\n", path, existed ? ", in place of an older one" : "");
        exit_code = vb_deliver(options, campaign, text, path);
    }
    free(text);
    free(path);
    return exit_code;
}

int main(int argc, char **argv)
{
    vb_options options;
    vb_message message;
    vb_campaign campaign = {0};
    int exit_code = 0;
    vb_json_watch();
    if (vb_options_parse(argc, argv, &options, &message) != 0)
        return vb_complain(&message);
    vb_process_catch_interrupts();
    switch (options.command) {
    case VB_COMMAND_HELP:
        vb_options_help(options.help_for);
        break;
    case VB_COMMAND_VERSION:
        printf("vbench %s\n", VB_VERSION);
        break;
    case VB_COMMAND_LIST:
        exit_code = do_list(&options, &campaign);
        break;
    case VB_COMMAND_RUN:
        exit_code = do_run(&options, &campaign);
        break;
    case VB_COMMAND_SAVE:
        exit_code = do_save(&options, &campaign);
        break;
    case VB_COMMAND_COMPARE:
        exit_code = vb_compare(&options);
        break;
    case VB_COMMAND_REPORT:
        exit_code = vb_report_command(&options);
        break;
    case VB_COMMAND_DOCTOR:
        exit_code = vb_doctor(&options);
        break;
    }
    vb_campaign_free(&campaign);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        vb_say(&message, "Standard output cannot be written.");
        return vb_complain(&message);
    }
    return exit_code;
}
