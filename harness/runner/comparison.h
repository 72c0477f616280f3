/*
 * Old against new: which benchmark of a baseline belongs to which one measured now, and what the
 * judge of change.h says of each pair. comparison.c pairs and judges,
 * comparison_table.c prints, comparison_json.c makes the part of the result.
 */
#ifndef VBENCH_COMPARISON_H
#define VBENCH_COMPARISON_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "runner/baseline.h"
#include "runner/benchmark.h"
#include "runner/change.h"
#include "runner/message.h"

/* Why there is no verdict, where there is none. */
typedef enum {
    VB_COMPARED,
    VB_ADDED,       /* only new */
    VB_REMOVED,     /* only old */
    VB_FAILED_NOW,  /* the new one is an error row */
    VB_FAILED_THEN, /* the old one is */
    VB_NO_RATIO,    /* a side took no time, or a billion times the other's */
} vb_pair_status;

typedef struct {
    const char *name;
    vb_pair_status status;
    const vb_baseline_benchmark *old; /* NULL: added */
    const vb_benchmark *new;          /* NULL: removed */
    vb_change change;                 /* only if compared */
} vb_pair;

/* So many changes have a median worth a warning. */
enum { VB_COMMON_MIN = 5 };

/* Borrows from the baseline and the list of benchmarks. Make it all zeros. */
typedef struct {
    const vb_baseline *old;
    vb_change_rules rules; /* the tolerance is each benchmark's own, or else this one */
    vb_pair *pairs;        /* regressed, improved, the other verdicts, then those without one */
    size_t count;
    size_t verdicts[VB_VERDICTS]; /* how often each was given */
    size_t uncompared;
    double common; /* the median of all changes; NAN with fewer than VB_COMMON_MIN */
} vb_comparison;

/* The rules of an unpaired comparison: change.h says what they mean. */
extern const vb_change_rules vb_unpaired_rules;

/* Times of two machines are not compared. 0, or -1 with a sentence if `machine`, the one here, is
 * not the one that made the baseline. */
int vb_comparison_check_machine(const vb_baseline *old, const json_t *machine, vb_message *message);

/*
 * Pairs and judges. `filter` (NULL: none) is the regular expression that chose the benchmarks: what
 * it leaves out of the baseline is not missing now. The same goes for other suites than those of
 * `suites`, where these were chosen by name (NULL: they were not). 0, or -1 with a sentence. Free
 * it whatever has happened.
 */
int vb_comparison_make(const vb_baseline *old, const vb_benchmark_list *measured,
                       const char *filter, const vb_suite_list *suites, vb_comparison *comparison,
                       vb_message *message);
void vb_comparison_free(vb_comparison *comparison);

/* Whether all benchmarks together have moved by more than the allowance for drift. */
bool vb_comparison_moved(const vb_comparison *comparison);

/* The suite of this name among those measured and compared; NULL: none. */
const vb_suite *vb_comparison_suite(const vb_comparison *comparison, const char *name);

/* Why a pair has no verdict, in words; NULL if it has one. */
const char *vb_pair_reason(const vb_pair *pair);

/* The table on a terminal, with the baseline above it. */
void vb_comparison_print(FILE *out, const vb_comparison *comparison);
/* The `comparison` object of baselines/schema.json. Where there was no memory it is NULL, or lacks
 * parts, and shortfall.h knows of it. */
json_t *vb_comparison_json(const vb_comparison *comparison);

#endif
