/* How a command ends: the result where the user wants it, the report, and the exit code. */
#ifndef VBENCH_DELIVER_H
#define VBENCH_DELIVER_H

#include <stdbool.h>
#include <stdio.h>

#include "runner/campaign.h"
#include "runner/message.h"
#include "runner/options.h"

enum { VB_EXIT_REGRESSED = 1, VB_EXIT_BAD = 2 };

/* Says the sentence on stderr. Returns VB_EXIT_BAD. */
int vb_complain(const vb_message *message);
/* How a command that did not get to its end says so: by its sentence, or, where the status is
 * -EINTR, by ending as an interrupted program should. Returns the exit code. */
int vb_give_up(int status, const vb_message *message);

/* Ends as a program should that was interrupted while its report was made. Returns the exit code.
 */
int vb_end_without_report(void);

/* Whether the result is printed. */
bool vb_result_to_stdout(const vb_options *options);
/* Where the table goes: not among JSON, Markdown or CSV. */
FILE *vb_table_stream(const vb_options *options);
/* Whether a file that is read, if it is one (NULL: none is), is none of those that are asked for.
 * 0, or -1 with a sentence. */
int vb_check_not_written(const vb_options *options, const char *read, vb_message *message);
/* Before the time is spent: whether the files that are asked for can be written, and are as many,
 * and those of --doctor and --selftest can be read and stay. 0, or -1 with a sentence. */
int vb_check_result_place(const vb_options *options, vb_message *message);
/* Writes the result where --json says. 0, or -1 with a sentence. */
int vb_write_result(const vb_options *options, const char *text, vb_message *message);
/* Tells failed benchmarks and makes the report and the texts for CI, of `file` if the result is in
 * one (NULL: it is not). Returns the exit code so far. */
int vb_deliver(const vb_options *options, const vb_campaign *campaign, const char *text,
               const char *file);

#endif
