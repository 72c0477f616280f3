#define _GNU_SOURCE
#include "runner/report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/own_folder.h"
#include "runner/process.h"

#if !defined(VB_REPORT_INSTALLED) || !defined(VB_REPORT_IN_SOURCES)
#error "the build must define VB_REPORT_INSTALLED and VB_REPORT_IN_SOURCES"
#endif

/* As seen from this program's folder. The first that is there is taken. */
static const char *const places[] = {VB_REPORT_INSTALLED, VB_REPORT_IN_SOURCES};

/* The generator's path; the first place's where it is at none, so that the message names that. */
static int find_program(char *path, size_t path_bytes)
{
    const char *named = getenv("VBENCH_REPORT_PROGRAM");
    if (named && named[0] != '\0')
        return snprintf(path, path_bytes, "%s", named) < (int)path_bytes ? 0 : -ENAMETOOLONG;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        int status = vb_beside_program(places[i], path, path_bytes);
        if (status != 0 || access(path, X_OK) == 0)
            return status;
    }
    return vb_beside_program(places[0], path, path_bytes);
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
    pid_t parent = getpid();
    pid_t child = fork();
    if (child == 0) {
        vb_process_become_helper(parent);
        execl(program, program, result_path, "--out", folder, (char *)NULL);
        fprintf(stderr,
                "vbench: the report generator %s cannot be started: %s; name it in "
                "VBENCH_REPORT_PROGRAM.\n",
                program, strerror(errno));
        _exit(2);
    }
    if (child < 0) {
        fprintf(stderr, "vbench: the report generator cannot be started: %s.\n", strerror(errno));
        return 2;
    }
    int status = vb_process_wait(child);
    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    if (!vb_process_interrupted()) /* what else goes wrong the generator says itself */
        fprintf(stderr, "vbench: the report generator %s did not end by itself: %s.\n", program,
                status == -1 ? strerror(errno) : strsignal(WTERMSIG(status)));
    return 2;
}
