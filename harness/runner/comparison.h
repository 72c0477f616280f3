/*
 * Old against new: which benchmark of one side belongs to which one of the other, and what the
 * judges say of each. A comparison is paired (measured side by side, paired_judge.h) or unpaired (a
 * baseline's figures against those of now, change.h). comparison.c makes it, comparison_table.c
 * prints it, comparison_json.c makes the part of the result.
 * All that is claimed of a run's rows shares one level (claims.h).
 */
#ifndef VBENCH_COMPARISON_H
#define VBENCH_COMPARISON_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "runner/baseline.h"
#include "runner/benchmark.h"
#include "runner/change.h"
#include "runner/layout_effect.h"
#include "runner/message.h"
#include "runner/noise_floor.h"
#include "runner/paired_judge.h"
#include "runner/pairing.h"
#include "runner/quantile_judge.h"
#include "runner/texts.h"

/* Why there is no verdict, where there is none. */
typedef enum {
    VB_COMPARED,
    VB_FAILED_NOW,  /* the new one is an error row */
    VB_FAILED_THEN, /* the old one is */
    VB_NO_RATIO,    /* a side took no time, or a billion times the other's; or no cycle was whole */
    VB_ADDED,       /* only new */
    VB_REMOVED,     /* only old */
} vb_row_status;
enum { VB_ROW_STATUSES = VB_REMOVED + 1 };

typedef struct {
    const char *name;
    vb_row_status status;
    char *reason;                          /* why there is no verdict; NULL: there is one */
    const json_t *old;                     /* as under `vbench.benchmarks`; NULL: not measured */
    const vb_benchmark *new;               /* NULL: removed */
    vb_change change;                      /* only if compared */
    const vb_paired_case *paired;          /* NULL: unpaired, or only one side has it */
    const vb_baseline_benchmark *baseline; /* unpaired: the old one; NULL: there is none */
    const vb_baseline_benchmark *stored;   /* unpaired: where the new one was read, too */
    vb_layout_effect layout;               /* only if compared and paired */
    bool has_quantiles;                    /* the same, and it records latencies */
    vb_quantile_change quantiles[VB_QUANTILES];
    bool has_limit;
    vb_limit_check p99_limit;
} vb_comparison_row;

/* What is said of a side. `kind` is that of baselines/schema.json. */
typedef struct {
    const char *name, *kind;
    const char *text; /* what it is, without a full stop: "baselines/x.json, archived ..." */
    json_t *run;      /* NULL: it has none; borrowed, like the rest */
    json_t *machine, *source, *suites;
} vb_side_facts;

/* So many changes have a median worth a warning. */
enum { VB_COMMON_MIN = 5 };

/* Borrows from what it is made of. Make it all zeros. */
typedef struct {
    bool paired;
    bool stored; /* unpaired: both sides were read */
    vb_side_facts old;
    vb_side_facts new;     /* only if paired */
    vb_change_rules rules; /* their level is the run's; the tolerance is each benchmark's own, or
                              else this one */
    size_t hypotheses;     /* what shares the level: what the rows claim */
    vb_noise_floor floor;  /* only if paired */
    const vb_texts *notes; /* which fallback was taken and why; NULL: none */
    /* regressed, improved, whose latencies have changed, without a verdict, then the others */
    vb_comparison_row *rows;
    size_t count;
    size_t verdicts[VB_VERDICTS]; /* how often each was given */
    size_t uncompared;
    size_t slower_latencies, faster_latencies; /* rows of which a quantile regressed, or improved */
    size_t limits_exceeded;
    double common;       /* the median of all changes; NAN with fewer than VB_COMMON_MIN */
    json_t *old_entries; /* owned: where the rows' `old` was made here */
} vb_comparison;

/* What makes a comparison fail, beside what it found. */
typedef struct {
    double fail_above;         /* a regression, of a time or a quantile, counts if its interval lies
                                  above this share; an exceeded limit always does */
    bool fail_on_inconclusive; /* a row whose time is inconclusive counts, too */
} vb_gate;

/* Times of two machines are not compared. 0, or -1 with a sentence if `machine`, the one here, is
 * not the one that made the baseline. */
int vb_comparison_check_machine(const vb_baseline *old, const json_t *machine, vb_message *message);

/*
 * Unpaired: finds what belongs together, and judges. `old_text` is that of the baseline's facts,
 * and kept. `filter` (NULL: none) is the regular
 * expression that chose the benchmarks: what it leaves out of the baseline is not missing now. The
 * same goes for other suites than those of `suites`, where these were chosen by name (NULL: they
 * were not). 0, or -1 with a sentence. Free it whatever has happened.
 */
int vb_comparison_make(const vb_baseline *old, const char *old_text,
                       const vb_benchmark_list *measured, const char *filter,
                       const vb_suite_list *suites, const vb_change_rules *rules,
                       const vb_texts *notes, vb_comparison *comparison, vb_message *message);
/*
 * The same of two results that were read, `new` being the later one. `measured` has a benchmark of
 * the same name for each of its own, with its error if it has one, and no samples: for the sake of
 * those who read the rows. It borrows all of them.
 */
int vb_comparison_make_of_results(const vb_baseline *old, const vb_baseline *new,
                                  const vb_benchmark_list *measured, const vb_change_rules *rules,
                                  const vb_texts *notes, vb_comparison *comparison,
                                  vb_message *message);
/*
 * Paired: judges the cases. The lists are those of the sides, filtered already: what is in one of
 * them without a case was added or removed. 0, or -1 with a sentence. Free it whatever has
 * happened.
 */
int vb_comparison_make_paired(const vb_side_facts *old, const vb_side_facts *new,
                              const vb_benchmark_list *old_list, const vb_benchmark_list *new_list,
                              const vb_paired_case *cases, size_t case_count,
                              const vb_change_rules *rules, const vb_texts *notes,
                              vb_comparison *comparison, vb_message *message);
void vb_comparison_free(vb_comparison *comparison); /* NULL-safe, may be called twice */

/* Whether any quantile of a row's latencies has this verdict. */
bool vb_comparison_has_quantile(const vb_comparison_row *row, vb_verdict verdict);

/* Whether a row's latencies exceed their limit. */
bool vb_comparison_exceeds_limit(const vb_comparison_row *row);

/* Whether all benchmarks together have moved by more than drift and tolerance allow for. */
bool vb_comparison_moved(const vb_comparison *comparison);

/* Whether the gate is shut: there is a row that it names. */
bool vb_comparison_fails(const vb_comparison *comparison, const vb_gate *gate);

/* The suite of this name among those measured and compared; NULL: none. */
const vb_suite *vb_comparison_suite(const vb_comparison *comparison, const char *name);

/* Why a paired row had fewer layouts than planned, or one alone, as far as it is known; or NULL. */
const char *vb_comparison_layout_reason(const vb_paired_case *paired);

/* The table on a terminal, with what is compared above it. Of more than VB_ROWS_MAX rows only those
 * that need attention are shown, unless `all` is asked for. */
enum { VB_ROWS_MAX = 10 };
void vb_comparison_print(FILE *out, const vb_comparison *comparison, bool all);
/* The `comparison` object of baselines/schema.json. Where there was no memory it is NULL, or lacks
 * parts, and shortfall.h knows of it. */
json_t *vb_comparison_json(const vb_comparison *comparison, const vb_gate *gate);

#endif
