/* Hands a result to the report generator, a program of its own. */
#ifndef VBENCH_REPORT_H
#define VBENCH_REPORT_H

#include <stdbool.h>

#include "runner/options.h"

/* Whether the command line asks for something that the generator makes. */
bool vb_report_wanted(const vb_options *options);

/* Makes of a result file what --out, --markdown and --junit ask for; without any of them the page
 * in its default folder. The generator prints where the page is, or what is wrong. Returns its exit
 * code; 2 and a sentence on stderr where it cannot be started. */
int vb_report_make(const char *result_path, const vb_options *options);

#endif
