#include "runner/report.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/command.h"
#include "runner/own_folder.h"
#include "runner/process.h"
#include "runner/report_document.h"

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
    return options->out || options->markdown || options->junit || options->csv || options->terminal;
}

/* The generator's command line. It has room for the program, the document and its name, each place
 * with its option, each switch, and a NULL. */
enum { PLACES = 4, SWITCHES = 2, WORDS = 4 + 2 * PLACES + SWITCHES + 1 };

static void name_arguments(const char *program, const char *path, const char *called,
                           const vb_options *options, char *arguments[WORDS])
{
    const struct {
        const char *option;
        const char *value;
    } places[PLACES] = {{"--out", options->out},
                        {"--markdown", options->markdown},
                        {"--junit", options->junit},
                        {"--csv", options->csv}};
    size_t count = 0;
    arguments[count++] = (char *)program;
    arguments[count++] = (char *)path;
    arguments[count++] = "--called";
    arguments[count++] = (char *)called;
    for (size_t i = 0; i < PLACES; i++) {
        if (places[i].value) {
            arguments[count++] = (char *)places[i].option;
            arguments[count++] = (char *)places[i].value;
        }
    }
    if (options->single)
        arguments[count++] = "--single";
    if (options->terminal)
        arguments[count++] = "--terminal";
    arguments[count] = NULL;
}

/* Returns the exit code, as vb_report_make does. */
static int run_program(const char *path, const char *called, const vb_options *options)
{
    char program[4096];
    char *arguments[WORDS];
    vb_message why;
    int found = find_program(program, sizeof program);
    if (found != 0) {
        fprintf(stderr,
                "vbench: the report generator cannot be looked for: %s; name it in "
                "VBENCH_REPORT_PROGRAM.\n",
                strerror(-found));
        return 2;
    }
    name_arguments(program, path, called, options, arguments);
    fflush(NULL);
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

int vb_report_make(json_t *document, const char *called, const vb_options *options)
{
    char path[4096];
    vb_message message;
    int status = vb_report_document_complete(options, called, document, &message);
    if (status == 0)
        status = vb_report_document_write(document, path, sizeof path, &message);
    if (status == 0) {
        status = vb_process_interrupted() ? 2 : run_program(path, called, options);
        unlink(path);
        return status;
    }
    if (status != -EINTR)
        fprintf(stderr, "vbench: %s\n", message.text);
    return 2;
}
