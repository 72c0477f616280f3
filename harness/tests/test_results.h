/* Results and baselines for tests: made of medians, one block a process. */
#ifndef VBENCH_TEST_RESULTS_H
#define VBENCH_TEST_RESULTS_H

#include "test_cmocka.h"

#include <stdlib.h>
#include <string.h>

#include "runner/baseline.h"
#include "runner/comparison.h"
#include "runner/result.h"

static vb_suite test_suites[] = {
    {.path = "bin/ring", .name = "ring", .compiler_flags = "-O2", .build_type = "Release"},
    {.path = "bin/sum", .name = "sum", .compiler_flags = "-O2", .build_type = "Release"},
};
static const vb_suite_list both_suites = {.items = test_suites, .count = 2};

/* No regression is too small. */
static const vb_gate test_gate = {.fail_above = 0};

/* A measured benchmark of the first suite; its medians are in ns, of one iteration. */
static inline vb_benchmark *add_measured(vb_benchmark_list *list, const char *name,
                                         const double *medians_ns, size_t count)
{
    enum { ITERATIONS = 1000 }; /* so that thousandths of a ns are kept */
    vb_benchmark *added = vb_benchmark_list_add(list);
    assert_non_null(added);
    added->suite = &test_suites[0];
    added->name = strdup(name);
    added->case_bytes = strlen(name);
    added->threads = 1;
    added->peak_memory_bytes = 4 << 20;
    added->iterations = ITERATIONS;
    for (size_t i = 0; i < count; i++) {
        vb_process_samples *samples = vb_benchmark_add_process(added);
        const vb_block block = {.real_ns = medians_ns[i] * ITERATIONS};
        assert_non_null(samples);
        assert_int_equal(vb_process_samples_add(samples, &block), 0);
    }
    return added;
}

/* The same median in three processes. */
static inline vb_benchmark *add_constant(vb_benchmark_list *list, const char *name, double ns)
{
    return add_measured(list, name, (const double[]){ns, ns, ns}, 3);
}

static inline vb_benchmark *add_failed(vb_benchmark_list *list, const char *name, const char *why)
{
    vb_benchmark *added = add_measured(list, name, NULL, 0);
    vb_benchmark_fail(added, why);
    return added;
}

/* The result as text, measured at `started`; with a comparison if it is not NULL. */
static inline char *result_text(const vb_benchmark_list *list, time_t started, json_t *comparison)
{
    const vb_measure_options options = {.budget_s = 1, .processes = 3};
    vb_message message;
    vb_run_facts facts = {.started = started,
                          .load_start = json_array(),
                          .source =
                              json_pack("{s:s, s:b}", "commit", "0123456789abcdef", "dirty", 0),
                          .comparison = comparison,
                          .options = &options};
    char *text = vb_result_text(list, &both_suites, &facts, &message);
    if (!text)
        fail_msg("%s", message.text);
    json_decref(facts.load_start);
    json_decref(facts.source);
    return text;
}

enum { TEST_STARTED = 1700000000 }; /* 2023-11-14 22:13:20 UTC */

/* The list as a baseline named "old". */
static inline void make_baseline(const vb_benchmark_list *list, vb_baseline *baseline)
{
    vb_message message;
    char *text = result_text(list, TEST_STARTED, NULL);
    if (vb_baseline_parse("old", "baselines/old.json", text, strlen(text), baseline, &message) != 0)
        fail_msg("%s", message.text);
    free(text);
}

#endif
