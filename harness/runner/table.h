/* The table of a run on a terminal. */
#ifndef VBENCH_TABLE_H
#define VBENCH_TABLE_H

#include <stdio.h>

#include "runner/benchmark.h"

/* Prints a row a benchmark; failed ones say why; then the warnings of the others. */
void vb_table_print(FILE *out, const vb_benchmark_list *list);
/* These warnings alone: one line for all benchmarks that share a text, and not endlessly many. */
void vb_table_print_warnings(FILE *out, const vb_benchmark_list *list);

#endif
