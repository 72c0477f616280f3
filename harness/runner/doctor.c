#define _GNU_SOURCE
#include "runner/doctor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/affinity.h"
#include "runner/cache.h"
#include "runner/deliver.h"
#include "runner/doctor_checks.h"
#include "runner/doctor_findings.h"
#include "runner/doctor_noise.h"
#include "runner/json.h"
#include "runner/machine.h"
#include "runner/path.h"
#include "runner/process.h"
#include "runner/shortfall.h"

enum { SAMPLE_MS = 1000 }; /* /proc/stat counts hundredths of a second */

/* What goes on beside us: two looks, during which this process sleeps. 0 or -EINTR. */
static int check_load(const vb_doctor_view *view, vb_findings *findings)
{
    vb_load_sample before = {0}, after = {0};
    vb_load_sample_take(view->root, &before);
    int status = vb_process_poll(NULL, 0, SAMPLE_MS) == -EINTR ? -EINTR : 0;
    if (status == 0) {
        vb_load_sample_take(view->root, &after);
        vb_doctor_load(view, &before, &after, findings);
        vb_doctor_steal(&before, &after, findings);
        vb_doctor_swap(view, &before, &after, findings);
    }
    vb_load_sample_free(&before);
    vb_load_sample_free(&after);
    return status;
}

/* `suite` is that of the noise test; NULL: unknown. 0 or -EINTR. */
static int check_all(const vb_doctor_view *view, const char *suite, vb_findings *findings)
{
    int status = check_load(view, findings); /* first: what follows is load of our own */
    vb_doctor_quick(view, findings);
    vb_doctor_disk(view, findings);
    vb_doctor_counters(view, findings);
    vb_doctor_programs(view, findings);
    if (status == 0)
        status = vb_doctor_python(view, findings);
    if (status == 0 && suite && vb_path_is_program(suite))
        status = vb_doctor_benchmark_library(suite, findings);
    vb_doctor_files(findings);
    return status;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "unknown";
}

static void print_finding(FILE *out, const vb_finding *finding)
{
    fprintf(out, "%-8s %s\n", vb_severity_name(finding->severity), finding->what.text);
    if (finding->effect.text[0])
        fprintf(out, "         effect: %s\n", finding->effect.text);
    if (finding->mend.text[0])
        fprintf(out, "         mend:   %s\n", finding->mend.text);
}

/* The worst first. */
static void print_findings(FILE *out, const vb_findings *findings, const json_t *machine)
{
    size_t counts[VB_SEVERITIES] = {0};
    const long long cpu_count = json_integer_value(json_object_get(machine, "cpu_count"));
    vb_message title;
    vb_say(&title, "%s, %lld CPU%s, %s, %s", text_of(machine, "cpu_model"), cpu_count,
           cpu_count == 1 ? "" : "s", text_of(machine, "kernel"),
           text_of(machine, "operating_system"));
    fprintf(out, "%s\n\n", title.text);
    for (int severity = VB_SEVERITIES - 1; severity >= 0; severity--) {
        for (size_t i = 0; i < findings->count; i++) {
            if ((int)findings->items[i].severity == severity) {
                print_finding(out, &findings->items[i]);
                counts[severity]++;
            }
        }
    }
    fprintf(out, "\n%zu problem%s, %zu warning%s, %zu note%s, %zu ok.\n",
            counts[VB_FINDING_PROBLEM], counts[VB_FINDING_PROBLEM] == 1 ? "" : "s",
            counts[VB_FINDING_WARNING], counts[VB_FINDING_WARNING] == 1 ? "" : "s",
            counts[VB_FINDING_NOTE], counts[VB_FINDING_NOTE] == 1 ? "" : "s",
            counts[VB_FINDING_OK]);
}

/* 0, or -1 with a sentence. */
static int write_json(const vb_options *options, const vb_findings *findings, json_t *machine,
                      const vb_noise *noise, vb_message *message)
{
    json_t *object = json_object();
    json_object_set_new(object, "doctor_version", json_integer(1));
    json_object_set_new(object, "vbench_version", json_string(VB_VERSION));
    json_object_set(object, "machine", machine);
    json_object_set_new(object, "findings", vb_findings_json(findings));
    json_object_set_new(object, "noise", noise ? vb_noise_json(noise) : json_null());
    char *text = json_dumps(object, JSON_INDENT(1));
    char *whole = NULL;
    json_decref(object);
    if (!text || vb_shortfall() != 0 || asprintf(&whole, "%s\n", text) < 0) {
        free(text);
        return vb_say_no_memory(message);
    }
    int status = vb_write_result(options, whole, message);
    free(text);
    free(whole);
    return status;
}

static void print_noise(FILE *out, const vb_noise *noise)
{
    if (noise->reason.text[0]) {
        fprintf(out, "No noise test: %s\n", noise->reason.text);
        return;
    }
    fprintf(out, "%s\n", noise->sentence.text);
    if (noise->verdict.text[0])
        fprintf(out, "%s\n", noise->verdict.text);
}

int vb_doctor(const vb_options *options)
{
    int cpus[VB_CPUS_MAX] = {0};
    vb_doctor_view view = {.root = "", .cpus = cpus};
    char path[4096];
    const char *suite = vb_noise_find_suite(path, sizeof path) == 0 ? path : NULL;
    char *cache = NULL;
    char *apt = vb_program_find("apt-get");
    vb_message message;
    vb_noise noise;
    json_t *machine = NULL;
    vb_findings *findings = calloc(1, sizeof *findings);
    FILE *out = vb_table_stream(options);

    if (vb_affinity_get(cpus, &view.cpu_count) != 0 || view.cpu_count < 1)
        view.cpu_count = 1;
    view.addresses_fixed = vb_doctor_addresses_fixed();
    view.counters_error = vb_doctor_try_counters();
    view.has_apt = apt != NULL;
    int status = findings ? vb_check_result_place(options, &message) : vb_say_no_memory(&message);
    if (status == 0 && vb_cache_place(options->cache, &cache, &message) != 0 &&
        vb_shortfall() == ENOMEM)
        status = -1;
    view.cache = cache; /* NULL where none is named, which is a finding */
    if (status == 0)
        status = check_all(&view, suite, findings);
    if (status == 0) {
        machine = vb_machine_describe(options->host_name);
        print_findings(out, findings, machine);
        fflush(out);
        if (options->noise)
            status = vb_noise_measure(suite, options->budget_s, options->cache, findings, &noise);
    }
    if (status == 0 && options->noise)
        print_noise(out, &noise);
    if (status == 0 && vb_shortfall() == ENOMEM)
        status = vb_say_no_memory(&message);
    if (status == 0 && options->json)
        status = write_json(options, findings, machine, options->noise ? &noise : NULL, &message);
    int exit_code = status != 0 ? vb_give_up(status, &message) : 0;
    json_decref(machine);
    free(findings);
    free(cache);
    free(apt);
    return exit_code;
}
