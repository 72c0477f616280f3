/* vbench: the commands, each wired together from the parts that do the work. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/archive.h"
#include "runner/baseline_store.h"
#include "runner/campaign.h"
#include "runner/comparison.h"
#include "runner/json.h"
#include "runner/judge.h"
#include "runner/machine.h"
#include "runner/optimisation.h"
#include "runner/options.h"
#include "runner/process.h"
#include "runner/report.h"
#include "runner/result.h"
#include "runner/shortfall.h"
#include "runner/table.h"
#include "runner/write_file.h"

enum { EXIT_REGRESSED = 1, EXIT_BAD = 2, SAVED_PROCESSES_MIN = 9 };

static int complain(const vb_message *message)
{
    fprintf(stderr, "vbench: %s\n", message->text);
    return EXIT_BAD;
}

/* Ends as an interrupted program should, so that the shell and make know. */
static int end_by_signal(const char *consequence)
{
    int number = vb_process_interrupted();
    sigset_t set;
    fprintf(stderr, "vbench: interrupted; %s.\n", consequence);
    signal(number, SIG_DFL);
    raise(number);
    sigemptyset(&set);
    sigaddset(&set, number);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    return 128 + number;
}

/* How a command that did not get to its end says so. */
static int give_up(int status, const vb_message *message)
{
    return status == -EINTR ? end_by_signal("nothing was written") : complain(message);
}

static bool to_stdout(const vb_options *options)
{
    return options->json && strcmp(options->json, "-") == 0;
}

/* Where the table goes: not among JSON. */
static FILE *table_stream(const vb_options *options)
{
    return to_stdout(options) ? stderr : stdout;
}

/* The report of a result that is in a file already (result_path), or goes to a temporary one. */
static int make_report(const char *text, const char *result_path, const char *folder,
                       vb_message *message)
{
    const char *temporary_folder = getenv("TMPDIR");
    char temporary[4096];
    snprintf(temporary, sizeof temporary, "%s/vbench-result-XXXXXX",
             temporary_folder && temporary_folder[0] ? temporary_folder : "/tmp");
    if (!result_path) {
        int fd = mkstemp(temporary);
        if (fd < 0)
            return vb_say(message, "%s cannot be made: %s.", temporary, strerror(errno));
        close(fd);
        if (vb_write_file(temporary, text, strlen(text), message) != 0) {
            unlink(temporary);
            return -1;
        }
    }
    int status = vb_report_make(result_path ? result_path : temporary, folder);
    if (!result_path && status == 0)
        unlink(temporary);
    else if (!result_path)
        fprintf(stderr, "vbench: the result is kept in %s; `vbench report` makes its report.\n",
                temporary);
    return status;
}

/* Writes the result where --json says, and makes the report. Returns the exit code so far. */
static int deliver(const vb_options *options, const vb_campaign *campaign, const char *text,
                   const char *file)
{
    vb_message message;
    int exit_code = campaign->failed > 0 ? EXIT_BAD : 0;
    if (campaign->failed > 0)
        fprintf(stderr, "vbench: %zu of %zu benchmarks failed; their rows say why.\n",
                campaign->failed, campaign->list.count);
    if (options->out) {
        struct stat found; /* what went into a pipe or a device cannot be read again */
        if (file && (stat(file, &found) != 0 || !S_ISREG(found.st_mode)))
            file = NULL;
        int status = make_report(text, file, options->out, &message);
        if (status < 0)
            return complain(&message);
        if (status != 0 && vb_process_interrupted())
            return end_by_signal("the report was not made");
        if (status > 0)
            exit_code = EXIT_BAD;
    }
    return exit_code;
}

/* --json: 0, or -1 with a sentence. */
static int write_result(const vb_options *options, const char *text, vb_message *message)
{
    if (!options->json)
        return 0;
    if (!to_stdout(options))
        return vb_write_file(options->json, text, strlen(text), message);
    if (fputs(text, stdout) == EOF || fflush(stdout) != 0)
        return vb_say(message, "The result cannot be printed: %s.", strerror(errno));
    return 0;
}

static int do_list(const vb_options *options, vb_campaign *campaign)
{
    vb_message message;
    int status = vb_campaign_find(campaign, options, &message);
    if (status != 0)
        return give_up(status, &message);
    for (size_t i = 0; i < campaign->list.count; i++)
        printf("%s\n", campaign->list.items[i].name);
    return 0;
}

/* What run and compare begin with: a place for the result, and the benchmarks. */
static int prepare(const vb_options *options, vb_campaign *campaign, vb_message *message)
{
    int status =
        options->json && !to_stdout(options) ? vb_check_writable(options->json, message) : 0;
    return status == 0 ? vb_campaign_find(campaign, options, message) : status;
}

static void print_run(FILE *out, const vb_campaign *campaign)
{
    vb_table_print(out, &campaign->list);
    vb_optimisation_print_notes(out, &campaign->suites);
    fprintf(out, "\n\xC2\xB1 is a %.0f %% interval over processes. ", 100 * VB_RUN_CONFIDENCE);
    vb_campaign_print_summary(out, campaign);
}

static int do_run(const vb_options *options, vb_campaign *campaign)
{
    vb_message message;
    char *text = NULL;
    int status = prepare(options, campaign, &message);
    if (status == 0)
        status = vb_campaign_measure(campaign, options, &message);
    if (status == 0)
        print_run(table_stream(options), campaign);
    if (status == 0)
        status = vb_campaign_result(campaign, NULL, &text, &message);
    if (status == 0)
        status = write_result(options, text, &message);
    int exit_code =
        status != 0 ? give_up(status, &message)
                    : deliver(options, campaign, text, to_stdout(options) ? NULL : options->json);
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
    if (check_save(options, &message) != 0)
        return complain(&message);
    char *path = vb_baseline_path(options->baselines, options->target, &message);
    if (!path)
        return complain(&message);
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
        exit_code = give_up(status, &message);
    } else {
        printf("Saved %s%s.\n", path, existed ? ", in place of an older one" : "");
        exit_code = deliver(options, campaign, text, path);
    }
    free(text);
    free(path);
    return exit_code;
}

/* Reads the baseline, and refuses one of another machine. 0, or -1 with a sentence. */
static int open_old(const vb_options *options, vb_baseline *old, vb_message *message)
{
    int status = vb_baseline_open(options->baselines, options->target, old, message);
    if (status != 0)
        return status;
    json_t *machine = vb_machine_describe(false);
    int error = vb_shortfall();
    if (error)
        status = vb_say(message, "This machine cannot be described: %s.", strerror(error));
    else
        status = vb_comparison_check_machine(old, machine, message);
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

static int do_compare(const vb_options *options, vb_campaign *campaign)
{
    vb_message message;
    vb_baseline old = {0};
    vb_comparison comparison = {0};
    json_t *json = NULL;
    char *text = NULL;
    int status = open_old(options, &old, &message);
    if (status == 0)
        status = prepare(options, campaign, &message);
    if (status == 0)
        note_added(campaign, &old);
    if (status == 0)
        status = vb_campaign_measure(campaign, options, &message);
    if (status == 0)
        status = vb_comparison_make(&old, &campaign->list, options->filter,
                                    options->suite_count > 0 ? &campaign->suites : NULL, NULL,
                                    &comparison, &message);
    if (status == 0) {
        FILE *out = table_stream(options);
        vb_comparison_print(out, &comparison, true);
        vb_table_print_warnings(out, &campaign->list);
        vb_optimisation_print_notes(out, &campaign->suites);
        vb_campaign_print_summary(out, campaign);
        json = vb_comparison_json(&comparison);
        status = vb_campaign_result(campaign, json, &text, &message);
    }
    if (status == 0)
        status = write_result(options, text, &message);
    int exit_code =
        status != 0 ? give_up(status, &message)
                    : deliver(options, campaign, text, to_stdout(options) ? NULL : options->json);
    if (exit_code == 0 && comparison.uncompared == comparison.count) {
        vb_say(&message, "Nothing was compared with %s; the rows say why.", old.path);
        exit_code = complain(&message);
    }
    if (exit_code == 0 && comparison.verdicts[VB_REGRESSED] > 0)
        exit_code = EXIT_REGRESSED;
    free(text);
    json_decref(json);
    vb_comparison_free(&comparison);
    vb_baseline_free(&old);
    return exit_code;
}

static int do_report(const vb_options *options)
{
    int status = vb_report_make(options->target, options->out ? options->out : "reports");
    if (status != 0 && vb_process_interrupted())
        return end_by_signal("the report was not made");
    return status;
}

int main(int argc, char **argv)
{
    vb_options options;
    vb_message message;
    vb_campaign campaign = {0};
    int exit_code = 0;
    vb_json_watch();
    if (vb_options_parse(argc, argv, &options, &message) != 0)
        return complain(&message);
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
        exit_code = do_compare(&options, &campaign);
        break;
    case VB_COMMAND_REPORT:
        exit_code = do_report(&options);
        break;
    }
    vb_campaign_free(&campaign);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        vb_say(&message, "Standard output cannot be written.");
        return complain(&message);
    }
    return exit_code;
}
