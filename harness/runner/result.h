/* The result of a run as the JSON that baselines/schema.json describes. */
#ifndef VBENCH_RESULT_H
#define VBENCH_RESULT_H

#include <time.h>

#include <jansson.h>

#include "runner/benchmark.h"
#include "runner/measure.h"
#include "runner/message.h"
#include "runner/scaling.h"

/* What the run as a whole was. */
typedef struct {
    time_t started;
    double wall_s;
    double measured_s;              /* inside timed blocks */
    json_t *load_start;             /* owned by the caller, like the next four */
    json_t *source;                 /* of vb_source_tree_describe, asked before the first block */
    json_t *command;                /* of vb_options_words; NULL: not told */
    json_t *findings;               /* of vb_doctor_record; NULL: not looked for */
    json_t *comparison;             /* of vb_comparison_json; NULL: this is no comparison */
    const vb_scaling_list *scaling; /* NULL: not looked for */
    bool with_host_name;            /* off: a baseline is often published */
    const vb_measure_options *options;
} vb_run_facts;

/* The sum over all benchmarks of the time inside timed blocks. */
double vb_result_measured_s(const vb_benchmark_list *list);

/* One process as a row of Google Benchmark, the benchmark being the one numbered `family`: of an
 * error row, process 0. NULL if there is no memory. */
json_t *vb_result_row(const vb_benchmark *benchmark, size_t family, size_t index);
/* A benchmark as it stands under `vbench.benchmarks`; it has an error or at least one process. NULL
 * if there is no memory. */
json_t *vb_result_entry(const vb_benchmark *benchmark);
/* The array of `vbench.suites`. Where there was no memory it is NULL, or lacks parts, and
 * shortfall.h knows of it. */
json_t *vb_result_suites(const vb_suite_list *suites);

/* The whole document as text: one line a row, so that it is compact and still can be diffed. Of the
 * list only what was measured or has failed is in it. A
 * malloc'd string, or NULL with a sentence. */
char *vb_result_text(const vb_benchmark_list *list, const vb_suite_list *suites,
                     const vb_run_facts *facts, vb_message *message);

#endif
