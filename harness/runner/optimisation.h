/* Whether a suite and its subject were compiled with optimisation, and how that is known. */
#ifndef VBENCH_OPTIMISATION_H
#define VBENCH_OPTIMISATION_H

#include <jansson.h>
#include <stdio.h>

#include "runner/benchmark.h"

/*
 * Sets the suite's `optimised` and `optimisation_evidence`; needs its path and name. `recipe` is
 * what vbench_add_suite wrote beside it; NULL: there is none.
 *
 * NO: CMake's build type is Debug; or one source file of suite or subject, or of a library of the
 * same build that the subject links, was compiled without optimisation (none of -O1 -O2 -O3 -Os -Oz
 * -Ofast, or -Og) or with instrumentation (a sanitizer, coverage, profiling). YES: all are known
 * not to be. What DWARF says of a file counts, because it is about what is in it; CMake's flags
 * count where DWARF says nothing. UNKNOWN: neither says. Without a recipe suite and subject are all
 * code of the executable, and of the shared libraries that come with it, but libvbench's and Google
 * Benchmark's.
 */
void vb_optimisation_find(vb_suite *suite, const json_t *recipe);

/* "yes", "no" or "unknown". */
const char *vb_optimisation_text(vb_optimisation state);

/* A line for each suite that is not known to be optimised. */
void vb_optimisation_print_notes(FILE *out, const vb_suite_list *suites);

#endif
