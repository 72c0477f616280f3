/* Hands a result to the report generator, a program of its own. */
#ifndef VBENCH_REPORT_H
#define VBENCH_REPORT_H

#include <jansson.h>
#include <stdbool.h>

#include "runner/options.h"

/* Whether the command line asks for something that the generator makes. */
bool vb_report_wanted(const vb_options *options);

/*
 * Makes of a result what --out, --markdown, --junit, --csv and --terminal ask for. It is completed
 * for that (report_document.h), and travels in a temporary file, which is gone again when this
 * returns. `called` is what the user knows it by. The generator prints where the page is, or what
 * is wrong. Returns its exit code; 2 and a sentence on stderr where it cannot be started, or the
 * document cannot be made; 2 also where the user interrupted.
 */
int vb_report_make(json_t *document, const char *called, const vb_options *options);

#endif
