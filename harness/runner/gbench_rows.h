/* The rows of Google Benchmark's JSON as benchmarks with samples, each repetition as a process. */
#ifndef VBENCH_GBENCH_ROWS_H
#define VBENCH_GBENCH_ROWS_H

#include <jansson.h>
#include <stdbool.h>

#include "runner/benchmark.h"

/*
 * Appends the benchmarks of `rows`, in their order. A benchmark with an error, without a time, or
 * with aggregates alone (--benchmark_report_aggregates_only) becomes an error row that says so;
 * what Google Benchmark fits to several (BigO, RMS) is passed over. Where `shared_time` is set,
 * real time was divided by the number of threads, as versions before 1.9.0 do: it becomes that of
 * one thread again. 0 or -ENOMEM.
 */
int vb_gbench_rows_take(const json_t *rows, bool shared_time, const vb_suite *suite,
                        vb_benchmark_list *list);

#endif
