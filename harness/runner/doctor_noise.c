#include "runner/doctor_noise.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/command.h"
#include "runner/json.h"
#include "runner/own_folder.h"
#include "runner/path.h"
#include "runner/process.h"
#include "runner/shortfall.h"
#include "runner/texts.h"

#if !defined(VB_NOISE_INSTALLED) || !defined(VB_NOISE_IN_BUILD)
#error "the build must define VB_NOISE_INSTALLED and VB_NOISE_IN_BUILD"
#endif

/* What harness/noise has. Above `quiet_percent` it is noisy: chosen, not derived, as a few times
 * what a virtual machine shows that is otherwise idle, with 2 s a benchmark. Memory scatters most
 * even then, because each process gets other pages. */
static const struct {
    const char *name, *words;
    double quiet_percent;
} workloads[VB_NOISE_ROWS] = {{"arithmetic", "arithmetic", 0.5},
                              {"cache", "the first-level cache", 0.5},
                              {"branches", "branches", 1},
                              {"memory", "memory-bound code", 5}};

/* A benchmark gets as much time as vbench compare gives it by default, if there is so much. */
static const double benchmark_s = 2;
static const double untimed_factor = 1.25; /* start, warm-up and what is not timed, as measured */

int vb_noise_find_suite(char *path, size_t path_bytes)
{
    static const char *const places[] = {VB_NOISE_INSTALLED, VB_NOISE_IN_BUILD, NULL};
    return vb_find_beside_program(places, path, path_bytes);
}

void vb_noise_begin(double seconds, vb_noise *noise)
{
    *noise = (vb_noise){.rounds = 0};
    noise->budget_s = fmin(benchmark_s, seconds / VB_NOISE_ROWS / untimed_factor);
    for (size_t i = 0; i < VB_NOISE_ROWS; i++)
        noise->rows[i] = (vb_noise_row){workloads[i].name, workloads[i].words, NAN, 0};
}

/* A verdict of a change comes as soon as it is certain enough: its interval is wider than that of
 * the whole budget, and shows nothing of what the machine can see. But by as much as the same code
 * seemed to change, nothing can be told from noise. Without an interval nothing is known. */
static void add_row(const json_t *row, vb_noise_row *noise)
{
    const json_t *visible = json_object_get(row, "visible_percent");
    const double change = json_number_value(json_object_get(row, "change_percent"));
    const char *verdict = json_string_value(json_object_get(row, "verdict"));
    const bool mistaken =
        verdict && (strcmp(verdict, "regressed") == 0 || strcmp(verdict, "improved") == 0);
    if (mistaken) { /* fmax passes over NAN */
        noise->visible_percent = fmax(noise->visible_percent, fabs(change));
        if (fabs(change) > fabs(noise->mistaken_percent))
            noise->mistaken_percent = change;
    } else if (json_is_number(visible)) {
        noise->visible_percent = fmax(noise->visible_percent, json_number_value(visible));
    }
}

/* Where pairs of one side with itself differ, too, vbench compare has taken back all verdicts. */
static void add_floor(const json_t *floor, vb_noise *noise)
{
    const double change = json_number_value(json_object_get(floor, "change_percent"));
    if (json_is_true(json_object_get(floor, "exceeded")) &&
        fabs(change) > fabs(noise->floor_percent))
        noise->floor_percent = change;
}

int vb_noise_add(const json_t *result, vb_noise *noise)
{
    const json_t *comparison = json_object_get(json_object_get(result, "vbench"), "comparison");
    const json_t *rows = json_object_get(comparison, "rows");
    size_t taken = 0;
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        const char *name = json_string_value(json_object_get(row, "name"));
        for (size_t k = 0; name && k < VB_NOISE_ROWS; k++) {
            if (strcmp(name, noise->rows[k].name) == 0) {
                add_row(row, &noise->rows[k]);
                taken++;
            }
        }
    }
    add_floor(json_object_get(comparison, "noise_floor"), noise);
    noise->rounds++;
    return taken > 0 ? 0
                     : vb_say(&noise->reason, "vbench compare has told nothing of the noise test's "
                                              "benchmarks.");
}

/* The command that compares the suite with itself: the one place that knows its options. 0, or -1
 * with a reason. */
static int make_command(const char *suite, const char *cache, vb_noise *noise, vb_texts *command)
{
    char program[4096];
    int status = vb_beside_program("vbench", program, sizeof program);
    if (status != 0)
        return vb_say(&noise->reason, "vbench does not find itself: %s.", strerror(-status));
    const char *const options[] = {program, "compare", "--layouts", "0", "--json", "-"};
    for (size_t i = 0; i < sizeof options / sizeof *options && status == 0; i++)
        status = vb_texts_add(command, "%s", options[i]);
    if (status == 0)
        status = vb_texts_add(command, "--budget=%g", noise->budget_s);
    if (status == 0)
        status = vb_texts_add(command, "--max-budget=%g", noise->budget_s);
    if (status == 0 && cache)
        status = vb_texts_add(command, "--cache=%s", cache);
    const char *const sides[] = {"--", suite, suite};
    for (size_t i = 0; i < sizeof sides / sizeof *sides && status == 0; i++)
        status = vb_texts_add(command, "%s", sides[i]);
    return status == 0 ? 0 : vb_say_no_memory(&noise->reason);
}

/* 0 with the comparison's JSON, to be freed; -EINTR; or -1 with a reason. */
static int compare_with_itself(const char *suite, const char *cache, vb_noise *noise,
                               json_t **result)
{
    enum { OUTPUT_BYTES = 8 << 20 };
    vb_texts command = {0};
    vb_message why;
    json_error_t error;
    *result = NULL;
    char *output = malloc(OUTPUT_BYTES);
    int status =
        output ? make_command(suite, cache, noise, &command) : vb_say_no_memory(&noise->reason);
    if (status == 0) {
        status = vb_command_run(command.items, NULL, output, OUTPUT_BYTES, &why);
        if (status == 0 || status == 1) { /* 1: it took noise for a regression */
            *result = vb_json_parse(output, strlen(output), &error);
            status = *result
                         ? 0
                         : vb_say(&noise->reason,
                                  "What vbench compare wrote cannot be read: %.200s.", error.text);
        } else if (status != -EINTR) {
            status = vb_say(&noise->reason, "%s.", why.text);
        }
    }
    vb_texts_free(&command);
    free(output);
    return status;
}

int vb_noise_measure(const char *suite, double seconds, const char *cache,
                     const vb_findings *findings, vb_noise *noise)
{
    vb_noise_begin(seconds, noise);
    if (!suite) {
        vb_say(&noise->reason, "vbench does not find its own folder, from which it looks for its "
                               "suite.");
        return 0;
    }
    if (!vb_path_is_program(suite)) {
        vb_say(&noise->reason,
               "Its suite, %s, is not there; `make` builds it, and `make install` puts it beside "
               "vbench.",
               suite);
        return 0;
    }
    int status;
    double round_s, left_s = seconds;
    do { /* another round where it fits */
        uint64_t begin_ns = vb_process_now_ns();
        json_t *result;
        status = compare_with_itself(suite, cache, noise, &result);
        if (status == 0)
            status = vb_noise_add(result, noise);
        json_decref(result);
        round_s = (double)(vb_process_now_ns() - begin_ns) / 1e9;
        left_s -= round_s;
    } while (status == 0 && left_s > 0.9 * round_s);
    if (status == 0)
        vb_noise_judge(findings, noise);
    return status == -EINTR ? status : 0;
}

/* Two significant digits, as far as they mean something. */
static const char *percent(double value, char text[32])
{
    if (!isfinite(value))
        return "more than this can tell";
    snprintf(text, 32,
             value >= 10  ? "%.0f %%"
             : value >= 1 ? "%.1f %%"
                          : "%.2f %%",
             fmax(value, 0.01));
    return text;
}

static int compare_rows(const void *left, const void *right)
{
    const vb_noise_row *a = left, *b = right;
    double x = isfinite(a->visible_percent) ? a->visible_percent : INFINITY;
    double y = isfinite(b->visible_percent) ? b->visible_percent : INFINITY;
    return (x < y) - (x > y);
}

/* An interval shrinks with the root of the time, so less time is allowed more. */
static bool is_noisy(const vb_noise_row *row, double budget_s)
{
    double allowance = sqrt(benchmark_s / budget_s);
    for (size_t i = 0; i < VB_NOISE_ROWS; i++) {
        if (row->name == workloads[i].name) /* where it was taken from */
            return !(row->visible_percent <= allowance * workloads[i].quiet_percent) ||
                   row->mistaken_percent != 0;
    }
    return false;
}

void vb_noise_judge(const vb_findings *findings, vb_noise *noise)
{
    vb_message list = {""}, wrong = {""};
    qsort(noise->rows, VB_NOISE_ROWS, sizeof noise->rows[0], compare_rows);
    for (size_t i = 0; i < VB_NOISE_ROWS; i++) {
        const vb_noise_row *row = &noise->rows[i];
        vb_message before = list;
        char text[32];
        vb_say(&list, "%.500s%s%s in %s", before.text,
               i == 0                   ? ""
               : i == VB_NOISE_ROWS - 1 ? " and "
                                        : ", ",
               percent(row->visible_percent, text), row->words);
        noise->is_noisy = noise->is_noisy || is_noisy(row, noise->budget_s);
        if (row->mistaken_percent != 0 && !wrong.text[0])
            vb_say(&wrong, " The same code was taken for changed, by %+.2f %% in %s.",
                   row->mistaken_percent, row->words);
    }
    vb_say(&noise->sentence,
           "This machine can see a change of about %s, within %.2g s a benchmark.", list.text,
           noise->budget_s);
    if (noise->floor_percent != 0) {
        noise->is_noisy = true;
        if (!wrong.text[0])
            vb_say(&wrong, " One side of a pair was favoured, by %+.2f %% over all workloads.",
                   noise->floor_percent);
    }
    if (!noise->is_noisy)
        return;
    const vb_finding *cause = vb_findings_worst_noise(findings);
    if (cause)
        vb_say(&noise->verdict, "That is noisy.%s The likely cause: %s", wrong.text,
               cause->what.text);
    else
        vb_say(&noise->verdict,
               "That is noisy.%s Nothing that was found explains it; what runs now and then, or on "
               "the same host, may.",
               wrong.text);
}

json_t *vb_noise_json(const vb_noise *noise)
{
    json_t *object = json_object();
    if (noise->reason.text[0]) {
        json_object_set_new(object, "reason", vb_json_string(noise->reason.text));
        return object;
    }
    json_t *rows = json_array();
    for (size_t i = 0; i < VB_NOISE_ROWS; i++) {
        const vb_noise_row *row = &noise->rows[i];
        json_t *entry = json_object();
        json_object_set_new(entry, "name", vb_json_string(row->name));
        json_object_set_new(entry, "visible_percent", vb_json_number(row->visible_percent));
        json_object_set_new(entry, "mistaken_percent", vb_json_number(row->mistaken_percent));
        json_array_append_new(rows, entry);
    }
    json_object_set_new(object, "rounds", json_integer(noise->rounds));
    json_object_set_new(object, "budget_s", vb_json_number(noise->budget_s));
    json_object_set_new(object, "rows", rows);
    json_object_set_new(object, "noisy", json_boolean(noise->is_noisy));
    json_object_set_new(object, "sentence", vb_json_string(noise->sentence.text));
    json_object_set_new(object, "verdict",
                        noise->verdict.text[0] ? vb_json_string(noise->verdict.text) : json_null());
    return object;
}
