/* The table of a run on a terminal. */
#ifndef VBENCH_TABLE_H
#define VBENCH_TABLE_H

#include <stddef.h>
#include <stdio.h>

#include "runner/benchmark.h"

/* One line for all benchmarks of which the same is to be said: "warning: a, b and 3 more: TEXT".
 * Begin with {.out = out}, add the names, then end it; without a name nothing is printed. */
typedef struct {
    FILE *out;
    size_t names;
} vb_warning_line;

void vb_warning_line_add(vb_warning_line *line, const char *name);
void vb_warning_line_end(const vb_warning_line *line, const char *text);

/* Prints a row a benchmark; failed ones say why; then the warnings of the others. */
void vb_table_print(FILE *out, const vb_benchmark_list *list);
/* These warnings alone: one line for all benchmarks that share a text, and not endlessly many. */
void vb_table_print_warnings(FILE *out, const vb_benchmark_list *list);

#endif
