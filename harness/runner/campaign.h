/*
 * A campaign: the benchmarks that a command line asks for, found, measured once, and written down.
 * What `run`, `save` and `compare` share; what each does with the result is its own.
 */
#ifndef VBENCH_CAMPAIGN_H
#define VBENCH_CAMPAIGN_H

#include "common/affinity.h"
#include "runner/benchmark.h"
#include "runner/load_watch.h"
#include "runner/measure.h"
#include "runner/message.h"
#include "runner/options.h"
#include "runner/result.h"
#include "runner/scaling.h"

/* Make it all zeros; free it with vb_campaign_free. Once measured it must stay where it is: its
 * parts point at each other. */
typedef struct {
    vb_suite_list suites;
    vb_benchmark_list list;
    int cpus[VB_CPUS_MAX];
    vb_measure_options plan;
    vb_run_facts facts;
    char *allocation_library; /* NULL: allocations are not counted */
    uint64_t begin_ns;        /* of measuring */
    vb_load_watch load_before;
    uint64_t stops_before;  /* by a CPU quota, until then and while it rested */
    uint64_t stops_at_rest; /* all until it last rested */
    size_t failed;          /* benchmarks with an error; known once measured, like the next */
    vb_scaling_list scaling;
} vb_campaign;

/* All of them: 0; -EINTR where the user interrupted; or -1 with a sentence. */

/* Asks every suite for its benchmarks, and keeps those that --filter names; there may be none. */
int vb_campaign_list(vb_campaign *campaign, const vb_options *options, vb_message *message);
/* The same, where no benchmark is an error. */
int vb_campaign_find(vb_campaign *campaign, const vb_options *options, vb_message *message);
/* What goes before and after measuring: facts of the run, the CPUs, and a warning of each benchmark
 * if a CPU quota struck meanwhile. */
int vb_campaign_begin(vb_campaign *campaign, const vb_options *options, vb_message *message);
void vb_campaign_end(vb_campaign *campaign, double measured_s);
/* Around work between begin and end that is not measured: it may use all CPUs, and a CPU quota that
 * stops it is not told. */
void vb_campaign_rest(vb_campaign *campaign);
void vb_campaign_go_on(vb_campaign *campaign);
/* Measures them, with all that goes before and after. */
int vb_campaign_measure(vb_campaign *campaign, const vb_options *options, vb_message *message);
/* The result as text, malloc'd; with a comparison (borrowed) if it is not NULL. */
int vb_campaign_result(const vb_campaign *campaign, json_t *comparison, char **text,
                       vb_message *message);

/* One line about what was measured, for below the table. */
void vb_campaign_print_summary(FILE *out, const vb_campaign *campaign);
/* Free it whatever has happened. */
void vb_campaign_free(vb_campaign *campaign);

#endif
