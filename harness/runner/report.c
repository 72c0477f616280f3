#include "runner/report.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/command.h"
#include "runner/own_folder.h"

#if !defined(VB_REPORT_INSTALLED) || !defined(VB_REPORT_IN_SOURCES)
#error "the build must define VB_REPORT_INSTALLED and VB_REPORT_IN_SOURCES"
#endif

/* As seen from this program's folder. The first that is there is taken. */
static const char *const programs[] = {VB_REPORT_INSTALLED, VB_REPORT_IN_SOURCES, NULL};

/* The generator's path; the first place's where it is at none, so that the message names that. */
static int find_program(char *path, size_t path_bytes)
{
    const char *named = getenv("VBENCH_REPORT_PROGRAM");
    if (named && named[0] != '\0')
        return snprintf(path, path_bytes, "%s", named) < (int)path_bytes ? 0 : -ENAMETOOLONG;
    return vb_find_beside_program(programs, path, path_bytes);
}

bool vb_report_wanted(const vb_options *options)
{
    return options->out || options->markdown || options->junit;
}

int vb_report_make(const char *result_path, const vb_options *options)
{
    char program[4096];
    int found = find_program(program, sizeof program);
    if (found != 0) {
        fprintf(stderr,
                "vbench: the report generator cannot be looked for: %s; name it in "
                "VBENCH_REPORT_PROGRAM.\n",
                strerror(-found));
        return 2;
    }
    fflush(NULL);
    vb_message why;
    const struct {
        const char *option;
        const char *value;
    } places[] = {
        {"--out", options->out}, {"--markdown", options->markdown}, {"--junit", options->junit}};
    enum { PLACES = sizeof places / sizeof *places };
    char *arguments[2 + 2 * PLACES + 1] = {program, (char *)result_path};
    size_t count = 2;
    for (size_t i = 0; i < PLACES; i++) {
        if (places[i].value) {
            arguments[count++] = (char *)places[i].option;
            arguments[count++] = (char *)places[i].value;
        }
    }
    vb_command_options shown = {.show = true};
    int status = vb_command_run(arguments, &shown, NULL, 0, &why);
    if (status >= 0) /* what goes wrong then the generator says itself */
        return status;
    bool was_killed = status == -1;
    if (status != -EINTR)
        fprintf(stderr, "vbench: the report generator %s%s.\n", why.text,
                was_killed ? "" : "; name it in VBENCH_REPORT_PROGRAM");
    return 2;
}
