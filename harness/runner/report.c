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
static const char *const places[] = {VB_REPORT_INSTALLED, VB_REPORT_IN_SOURCES, NULL};

/* The generator's path; the first place's where it is at none, so that the message names that. */
static int find_program(char *path, size_t path_bytes)
{
    const char *named = getenv("VBENCH_REPORT_PROGRAM");
    if (named && named[0] != '\0')
        return snprintf(path, path_bytes, "%s", named) < (int)path_bytes ? 0 : -ENAMETOOLONG;
    return vb_find_beside_program(places, path, path_bytes);
}

int vb_report_make(const char *result_path, const char *folder)
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
    char *const arguments[] = {program, (char *)result_path, "--out", (char *)folder, NULL};
    vb_command_options options = {.show = true};
    int status = vb_command_run(arguments, &options, NULL, 0, &why);
    if (status >= 0) /* what goes wrong then the generator says itself */
        return status;
    bool was_killed = status == -1;
    if (status != -EINTR)
        fprintf(stderr, "vbench: the report generator %s%s.\n", why.text,
                was_killed ? "" : "; name it in VBENCH_REPORT_PROGRAM");
    return 2;
}
