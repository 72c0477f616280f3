#define _GNU_SOURCE
#include "runner/report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/process.h"

#ifndef VB_REPORT_PROGRAM
#error "the build must define VB_REPORT_PROGRAM"
#endif

int vb_report_make(const char *result_path, const char *folder)
{
    const char *program = getenv("VBENCH_REPORT_PROGRAM");
    if (!program || program[0] == '\0')
        program = VB_REPORT_PROGRAM;
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
