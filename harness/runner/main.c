/* vbench: lists, runs and saves benchmarks, and has the report made. Wires the parts together. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/affinity.h"
#include "runner/judge.h"
#include "runner/machine.h"
#include "runner/optimisation.h"
#include "runner/options.h"
#include "runner/report.h"
#include "runner/result.h"
#include "runner/source_tree.h"
#include "runner/suites.h"
#include "runner/table.h"
#include "runner/units.h"
#include "runner/worker.h"
#include "runner/write_file.h"

enum { EXIT_BAD = 2, SAVED_PROCESSES_MIN = 9, BASELINE_NAME_MAX = 100 };

/* Everything a run needs and leaves. */
typedef struct {
    vb_suite_list suites;
    vb_benchmark_list list;
    int cpus[VB_CPUS_MAX];
    int cpu_count;
    char *result; /* the JSON text */
    size_t failed;
} measured_run;

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

static void free_run(measured_run *run)
{
    vb_benchmark_list_free(&run->list);
    vb_suites_free(&run->suites);
    free(run->result);
}

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
        return vb_say(message, "There is not enough memory.");
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

/* What a suite says of its own is a sentence already. */
static bool ends_a_sentence(const char *text)
{
    size_t length = strlen(text);
    return length > 0 && text[length - 1] == '.';
}

/* Asks every suite for its benchmarks. 0; -EINTR; or -1 with a sentence. */
static int find_benchmarks(const vb_options *options, measured_run *run, vb_message *message)
{
    if (vb_suites_find(options->suites, options->suite_count, &run->suites, message) != 0)
        return -1;
    for (size_t i = 0; i < run->suites.count; i++) {
        vb_suite *suite = &run->suites.items[i];
        vb_worker worker;
        vb_worker_outcome outcome =
            vb_worker_start(&worker, suite, (uint64_t)(options->time_limit_s * 1e9));
        if (outcome == VB_WORKER_OK)
            outcome = vb_worker_list(&worker, suite, &run->list);
        if (outcome == VB_WORKER_OK)
            outcome = vb_worker_quit(&worker);
        vb_worker_stop(&worker);
        if (outcome == VB_WORKER_INTERRUPTED)
            return -EINTR;
        if (outcome != VB_WORKER_OK)
            return vb_say(message, "The suite %s does not list its benchmarks: %s%s", suite->path,
                          worker.why.text, ends_a_sentence(worker.why.text) ? "" : ".");
    }
    if (run->list.count == 0)
        return vb_say(message, "The suites hold no benchmark.");
    if (check_names(&run->list, message) != 0)
        return -1;
    return options->filter ? vb_benchmark_list_filter(&run->list, options->filter, message) : 0;
}

/* The runner keeps to the first CPU while it measures, and the workers begin on the second, where
 * there is one. */
static void share_out_cpus(measured_run *run, bool pin)
{
    int available[VB_CPUS_MAX];
    int count = 0;
    if (!pin || vb_affinity_get(available, &count) != 0)
        return;
    for (int i = 0; i < count; i++)
        run->cpus[i] = available[(i + 1) % count];
    if (vb_affinity_set(available, 1) == 0)
        run->cpu_count = count;
}

/* Measures and prints the table; leaves the result's text. 0; -EINTR; or -1 with a sentence. */
static int measure(const vb_options *options, measured_run *run, vb_message *message)
{
    vb_progress progress;
    uint64_t begin_ns;
    vb_measure_options plan = {.budget_s = options->budget_s,
                               .processes = options->processes,
                               .seed = options->seed_given ? options->seed : (uint64_t)time(NULL),
                               .time_limit_ns = (uint64_t)(options->time_limit_s * 1e9)};
    vb_run_facts facts = {.started = time(NULL),
                          .with_host_name = options->host_name,
                          .load_start = vb_machine_load(),
                          .source = vb_source_tree_describe(run->suites.items[0].path),
                          .options = &plan};
    share_out_cpus(run, options->pin);
    plan.cpus = run->cpus;
    plan.cpu_count = run->cpu_count;

    begin_ns = vb_process_now_ns();
    double planned_s = 1.2 * options->budget_s * (double)run->list.count;
    vb_progress_begin(&progress, run->list.count * (size_t)plan.processes, planned_s);
    int status = vb_measure(&run->list, &plan, &progress);
    vb_progress_end(&progress);
    if (run->cpu_count > 0)
        vb_affinity_set(run->cpus, run->cpu_count); /* the report may use all again */
    facts.wall_s = (double)(vb_process_now_ns() - begin_ns) / 1e9;
    facts.measured_s = vb_result_measured_s(&run->list);
    if (status == 0) {
        run->result = vb_result_text(&run->list, &run->suites, &facts, message);
        status = run->result ? 0 : -1;
    }
    json_decref(facts.load_start);
    json_decref(facts.source);
    if (status != 0)
        return status;

    char measured[VB_UNIT_TEXT_MAX], wall[VB_UNIT_TEXT_MAX];
    FILE *table = options->json && strcmp(options->json, "-") == 0 ? stderr : stdout;
    run->failed = vb_table_print(table, &run->list);
    vb_optimisation_print_notes(table, &run->suites);
    fprintf(table,
            "\n%zu benchmark%s, %d process%s each; \xC2\xB1 is a %.0f %% interval over processes. "
            "Measured %s, took %s.\n",
            run->list.count, run->list.count == 1 ? "" : "s", plan.processes,
            plan.processes == 1 ? "" : "es", 100 * VB_RUN_CONFIDENCE,
            vb_format_time_ns(facts.measured_s * 1e9, measured),
            vb_format_time_ns(facts.wall_s * 1e9, wall));
    return 0;
}

/* --json - */
static int print_result(const char *text, vb_message *message)
{
    if (fputs(text, stdout) == EOF || fflush(stdout) != 0)
        return vb_say(message, "The result cannot be printed: %s.", strerror(errno));
    return 0;
}

/* The report of a result that is in a file already, or goes to a temporary one. */
static int make_report(const measured_run *run, const char *result_path, const char *folder,
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
        if (vb_write_file(temporary, run->result, strlen(run->result), message) != 0) {
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

/* What run and save share once the result is where it belongs. Returns the exit code. */
static int conclude(const vb_options *options, const measured_run *run, const char *result_path)
{
    vb_message message;
    int exit_code = run->failed > 0 ? EXIT_BAD : 0;
    if (run->failed > 0)
        fprintf(stderr, "vbench: %zu of %zu benchmarks failed; their rows say why.\n", run->failed,
                run->list.count);
    if (options->out) {
        int status = make_report(run, result_path, options->out, &message);
        if (status < 0)
            return complain(&message);
        if (status != 0 && vb_process_interrupted())
            return end_by_signal("the report was not made");
        if (status > 0)
            exit_code = EXIT_BAD;
    }
    return exit_code;
}

static int do_list(const vb_options *options, measured_run *run)
{
    vb_message message;
    int status = find_benchmarks(options, run, &message);
    if (status == -EINTR)
        return end_by_signal("nothing was written");
    if (status != 0)
        return complain(&message);
    for (size_t i = 0; i < run->list.count; i++)
        printf("%s\n", run->list.items[i].name);
    return 0;
}

static int do_run(const vb_options *options, measured_run *run)
{
    vb_message message;
    const bool to_stdout = options->json && strcmp(options->json, "-") == 0;
    const char *file = to_stdout ? NULL : options->json;
    int status = file ? vb_check_writable(file, &message) : 0;
    if (status == 0)
        status = find_benchmarks(options, run, &message);
    if (status == 0)
        status = measure(options, run, &message);
    if (status == -EINTR)
        return end_by_signal("nothing was written");
    if (status != 0)
        return complain(&message);
    if (to_stdout)
        status = print_result(run->result, &message);
    else if (file)
        status = vb_write_file(file, run->result, strlen(run->result), &message);
    struct stat found; /* what went into a pipe or a device cannot be read again for the report */
    if (file && (stat(file, &found) != 0 || !S_ISREG(found.st_mode)))
        file = NULL;
    return status == 0 ? conclude(options, run, file) : complain(&message);
}

/* A baseline's name becomes a file's name: nothing that could lead elsewhere or hide it. */
static int check_baseline_name(const char *name, vb_message *message)
{
    size_t length = strlen(name);
    bool good = length > 0 && length <= BASELINE_NAME_MAX && name[0] != '.' && name[0] != '-';
    for (size_t i = 0; i < length; i++) {
        char c = name[i];
        good = good && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-');
    }
    if (good && strcmp(name, "schema") == 0)
        return vb_say(message, "A baseline cannot be named schema: baselines/schema.json describes "
                               "the format.");
    return good ? 0
                : vb_say(
                      message,
                      "\"%.120s\" cannot be the name of a baseline: use up to %d letters, digits, "
                      "dots, underscores and dashes, beginning with a letter, a digit or an "
                      "underscore.",
                      name, BASELINE_NAME_MAX);
}

static int do_save(const vb_options *options, measured_run *run)
{
    vb_message message;
    char *path = NULL;
    if (check_baseline_name(options->target, &message) != 0)
        return complain(&message);
    if (options->processes < SAVED_PROCESSES_MIN) {
        vb_say(&message,
               "A baseline needs at least %d processes a benchmark, --processes %d is "
               "too few.",
               SAVED_PROCESSES_MIN, options->processes);
        return complain(&message);
    }
    if (asprintf(&path, "%s/%s.json", options->baselines, options->target) < 0) {
        vb_say(&message, "There is not enough memory.");
        return complain(&message);
    }
    bool existed = access(path, F_OK) == 0;

    int exit_code;
    int status = find_benchmarks(options, run, &message);
    if (status == 0)
        status = vb_make_folder(options->baselines, &message);
    if (status == 0)
        status = vb_check_writable(path, &message);
    if (status == 0)
        status = measure(options, run, &message);
    if (status == 0 && run->failed == run->list.count)
        status = vb_say(&message, "Every benchmark failed, so %s was not written.", path);
    else if (status == 0 && run->failed > 0 && existed)
        status =
            vb_say(&message,
                   "%zu of %zu benchmarks failed, so %s keeps its older result; their rows say "
                   "why.",
                   run->failed, run->list.count, path);
    if (status == 0)
        status = vb_write_file(path, run->result, strlen(run->result), &message);
    if (status == -EINTR) {
        exit_code = end_by_signal("nothing was written");
    } else if (status != 0) {
        exit_code = complain(&message);
    } else {
        printf("Saved %s%s.\n", path, existed ? ", in place of an older one" : "");
        exit_code = conclude(options, run, path);
    }
    free(path);
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
    measured_run run = {0};
    int exit_code = 0;
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
        exit_code = do_list(&options, &run);
        break;
    case VB_COMMAND_RUN:
        exit_code = do_run(&options, &run);
        break;
    case VB_COMMAND_SAVE:
        exit_code = do_save(&options, &run);
        break;
    case VB_COMMAND_REPORT:
        exit_code = do_report(&options);
        break;
    }
    free_run(&run);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        vb_say(&message, "Standard output cannot be written.");
        return complain(&message);
    }
    return exit_code;
}
