/* The programs that vbench and this project call, and the library that a suite links. */
#define _GNU_SOURCE
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/command.h"
#include "runner/doctor_checks.h"
#include "runner/json.h"
#include "runner/own_folder.h"
#include "runner/path.h"

#if !defined(VB_FIND_PYTHON_INSTALLED) || !defined(VB_FIND_PYTHON_IN_SOURCES)
#error "the build must define VB_FIND_PYTHON_INSTALLED and VB_FIND_PYTHON_IN_SOURCES"
#endif

static const struct {
    const char *name;
    const char *package; /* Debian's */
    vb_severity severity;
    const char *without; /* what does not work without it */
} programs[] = {
    {"ld", "binutils", VB_FINDING_WARNING,
     "Comparisons run in one layout alone, where luck of placement counts as change."},
    {"git", "git", VB_FINDING_WARNING,
     "Results do not know their commit, and no old revision can be compared."},
    {"cmake", "cmake", VB_FINDING_WARNING, "Old revisions cannot be built to compare with."},
    {"gnuplot", "gnuplot-nox", VB_FINDING_NOTE, "The report lacks the figures that it draws."},
    {"perf", "linux-perf", VB_FINDING_NOTE, "No profiles of where the CPU's time goes."},
    {"valgrind", "valgrind", VB_FINDING_NOTE, "No counts of instructions, no search for leaks."},
    {"heaptrack", "heaptrack", VB_FINDING_NOTE, "No profiles of what is allocated where."},
    {"bpftrace", "bpftrace", VB_FINDING_NOTE, "No tracing of the scheduler and the kernel."},
    {"strace", "strace", VB_FINDING_NOTE, "No traces of system calls; some tests are left out."},
};

static void say_how_to_install(const vb_doctor_view *view, const char *packages, vb_message *mend)
{
    if (view->has_apt)
        vb_say(mend, "sudo apt-get install %s", packages);
    else
        vb_say(mend, "Install what Debian calls %s.", packages);
}

void vb_doctor_programs(const vb_doctor_view *view, vb_findings *findings)
{
    char there[256] = "";
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        char *path = vb_program_find(programs[i].name);
        size_t length = strlen(there);
        if (path) {
            snprintf(there + length, sizeof there - length, "%s%s", length ? ", " : "",
                     programs[i].name);
            free(path);
            continue;
        }
        vb_finding *found = vb_findings_add(findings, "programs", programs[i].severity,
                                            "%s is not here.", programs[i].name);
        vb_say(&found->effect, "%s", programs[i].without);
        say_how_to_install(view, programs[i].package, &found->mend);
    }
    if (there[0])
        vb_findings_add(findings, "programs", VB_FINDING_OK, "These programs are here: %s.", there);
}

int vb_doctor_python(const vb_doctor_view *view, vb_findings *findings)
{
    static const char *const places[] = {VB_FIND_PYTHON_INSTALLED, VB_FIND_PYTHON_IN_SOURCES, NULL};
    char script[4096], python[4096] = "";
    vb_message why;
    vb_finding *found;
    if (vb_find_beside_program(places, script, sizeof script) != 0 || access(script, X_OK) != 0) {
        vb_findings_add(findings, "python", VB_FINDING_NOTE,
                        "find_python.sh, which comes with vbench, is not here: whether reports can "
                        "be made is not known.");
        return 0;
    }
    char *const arguments[] = {script, NULL};
    int status = vb_command_run(arguments, NULL, python, sizeof python, &why);
    if (status == -EINTR)
        return status;
    python[strcspn(python, "\n")] = '\0';
    if (status == 0) {
        vb_findings_add(findings, "python", VB_FINDING_OK, "%s has all that reports need.", python);
        return 0;
    }
    found = vb_findings_add(
        findings, "python", VB_FINDING_WARNING,
        "No Python here has matplotlib, numpy, Jinja2, jsonschema and fastjsonschema.");
    vb_say(&found->effect, "Measuring works; --out and vbench report make no report.");
    say_how_to_install(view,
                       "python3 python3-matplotlib python3-numpy python3-jinja2 python3-jsonschema "
                       "python3-fastjsonschema",
                       &found->mend);
    return 0;
}

int vb_doctor_benchmark_library(const char *suite, vb_findings *findings)
{
    /* One short benchmark: without any there is no context. */
    char *const arguments[] = {(char *)suite, "--benchmark_filter=^arithmetic",
                               "--benchmark_min_time=0.001", "--benchmark_format=json", NULL};
    char output[8192] = "";
    vb_message why;
    json_error_t error;
    int status = vb_command_run(arguments, NULL, output, sizeof output, &why);
    if (status == -EINTR)
        return status;
    json_t *said = status == 0 ? vb_json_parse(output, strlen(output), &error) : NULL;
    const char *type =
        json_string_value(json_object_get(json_object_get(said, "context"), "library_build_type"));
    if (!type) {
        vb_findings_add(findings, "benchmark_library", VB_FINDING_NOTE,
                        "How Google Benchmark's library was built is not told.");
    } else if (strcmp(type, "debug") != 0) {
        vb_findings_add(findings, "benchmark_library", VB_FINDING_OK,
                        "Google Benchmark's library was built for %s.", type);
    } else {
        vb_finding *found =
            vb_findings_add(findings, "benchmark_library", VB_FINDING_OK,
                            "Google Benchmark's library has its assertions on (\"debug\"), as "
                            "Debian builds it.");
        vb_say(&found->effect, "None: the timed loop of vbench calls nothing of that library.");
    }
    json_decref(said);
    return 0;
}
