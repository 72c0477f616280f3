/*
 * Runs a program to its end and hears what it says: git, the linker, cmake, the report generator.
 * Workers are process.h's. One thread only.
 *
 * The child has a session of its own, so that no program in it can ask a question on the terminal,
 * and dies with this process. Ctrl-C ends it and all that it started, and is told as -EINTR.
 */
#ifndef VBENCH_COMMAND_H
#define VBENCH_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "runner/message.h"

typedef struct {
    const char *folder;      /* where it runs; NULL: here */
    bool without_repository; /* git's variables, which a hook leaves behind, are taken away */
    bool show;               /* its output is the user's to read; otherwise it is only kept */
    const char *log;         /* a file to append all that it says to; NULL: none. Not with show */
    bool to_the_end;         /* it cleans up: an interrupt neither keeps it away nor ends it */
} vb_command_options;

/*
 * arguments[0] is looked up in PATH; no shell. The beginning of its standard output goes into
 * `output` (NULL: nowhere), ended with a NUL. `options` may be NULL.
 *
 * 0 if it ended with exit code 0; its exit code above 0 if that is what it ended with; -EINTR; -1
 * if it was killed; another -errno if it could not be started, and what the system lacked for it is
 * noted (shortfall.h). Where it is not 0, `message` says what was run and what it said last: a
 * clause without a period, which begins with arguments[0].
 */
int vb_command_run(char *const arguments[], const vb_command_options *options, char *output,
                   size_t output_bytes, vb_message *message);

#endif
