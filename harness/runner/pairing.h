/*
 * The schedule of a paired comparison: old and new side by side.
 *
 * A pair is a worker process of each side, alive at the same time, whose timed blocks take turns in
 * random order (strictly, where they have to be warmed up), with the same number of iterations;
 * they never run at once. What it is worth is pair_value.h's. Four pairs are a cycle: in it each
 * side visits four layouts that place every function once at each offset (layouts.h), in a random
 * order of its own. Which layouts of old and new meet is drawn once for each group of four: visited
 * again, they meet again.
 *
 * The pairs of the first cycle measure a ladder of shorter blocks first (ladder.h), outside the
 * budget.
 *
 * After every second cycle comes a pair of the links as they were built ("natural"), where there
 * are others, which tells what one link of each side would have said; after the cycles between
 * comes, as long as the budget lasts, a pair of old against itself, in two processes of one link.
 * Of these the run's noise floor is made: they should differ by nothing. Where a run has too
 * few of them, the missing ones follow at its end.
 *
 * With 32 layouts eight cycles visit new ones each; more cycles visit those of fewest visits first.
 * Address space randomisation stays on, so that the stack, the heap and the program itself lie
 * elsewhere in each process.
 *
 * The cycles of all benchmarks are interleaved, so that a slow spell of the machine spreads over
 * all of them. Each ends when it is decided, or at its budget, or, undecided, at a multiple of it
 * (sequential.h).
 */
#ifndef VBENCH_PAIRING_H
#define VBENCH_PAIRING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runner/benchmark.h"
#include "runner/change.h"
#include "runner/layouts.h"
#include "runner/measure.h"
#include "runner/progress.h"
#include "runner/quantile.h"

/* The two sides, where there is something of each. */
enum { VB_OLD, VB_NEW, VB_SIDES };

enum { VB_CYCLE_PAIRS = VB_LAYOUT_CYCLE, VB_CYCLES_MIN = 4, VB_NATURAL_LAYOUT = -1 };
/* After so many cycles comes a pair of the natural links, after others one for the floor. */
enum { VB_NATURAL_EVERY = 2 };

typedef struct {
    size_t cycle;           /* from 0 */
    int old_layout;         /* index of the executable; VB_NATURAL_LAYOUT */
    int new_layout;         /* the same */
    double log_ratio;       /* the median over its blocks of log(new / old) */
    double quiet_log_ratio; /* of the lower deciles of the two sides' blocks */
    double clock_step;      /* by so much a coarse clock may move the two; 0: no step is seen */
    double old_ns;          /* of one iteration: the median block */
    double new_ns;
    double quantiles_ns[VB_SIDES][VB_QUANTILES]; /* of what either process recorded (quantile.h);
                                                    only of the cycles */
} vb_process_pair;

typedef struct {
    vb_process_pair *items;
    size_t count;
    size_t capacity;
} vb_process_pairs;

/* Why a case was measured no longer. */
typedef enum {
    VB_STOP_NONE,     /* it goes on; or it failed */
    VB_STOP_DECIDED,  /* a verdict was certain enough */
    VB_STOP_BUDGET,   /* all that an undecided case may take was used */
    VB_STOP_HOPELESS, /* that would hardly have decided it */
    VB_STOP_TIME_CAP, /* the run's time was up */
    VB_STOP_LAYOUTS,  /* for now: it goes on when it has more layouts */
} vb_stop;
enum { VB_STOPS = VB_STOP_LAYOUTS + 1 };

/* One benchmark that both sides have. The samples of the cycles' processes are in `old` and `new`,
 * one process a pair in the order of `pairs`; an error of either side is that benchmark's `error`.
 */
typedef struct {
    vb_benchmark *old;
    vb_benchmark *new;
    const vb_layouts
        *old_layouts; /* of its suite; NULL or without executables: natural links only */
    const vb_layouts *new_layouts;
    bool benchmark_changed; /* the code of its suite is not the same on both sides */

    vb_process_pairs pairs;   /* of the cycles; natural links where there is nothing else */
    vb_process_pairs natural; /* of the natural links beside them */
    vb_process_pairs floor;   /* of old against itself: two processes of one link */
    size_t cycles;            /* complete ones */
    size_t cycles_budget;     /* after so many it may be called equivalent */
    size_t cycles_planned;    /* at most */
    size_t looks;             /* planned */
    size_t looks_taken;
    bool may_place_more; /* its suites can be linked more often than they were */
    vb_stop stop;
    size_t pair_blocks;   /* of each side in a pair */
    uint64_t warm_up;     /* iterations before each timed block, untimed; 0: none */
    double block_ns;      /* about */
    double cycle_ns;      /* of timed blocks, with its share of the natural arm, as planned */
    double wall_cycle_ns; /* the same by the clock */
    double cache_shared;  /* alternating makes it slower by so much, as a share; 0: it does not */
    double timed_ns; /* inside timed blocks, both sides, the natural arm included, the floor not */
    double busy_ns;  /* from a pair's first block to its last one's end */
} vb_paired_case;

/* Pairs of an unfinished cycle do not count. */
static inline bool vb_pair_counts(const vb_paired_case *paired, const vb_process_pair *pair)
{
    return pair->cycle < paired->cycles;
}

/* Whether the two were placed anew for each pair. */
bool vb_paired_has_layouts(const vb_paired_case *paired);

/*
 * Measures all cases that have no error yet. Returns 0, or -EINTR when the user interrupted it (no
 * worker is left, the cycles are incomplete). options->budget_s is for both sides of a benchmark
 * together; options->processes does not matter. `rules` decide when a case may stop.
 * Where some have stopped for more layouts, give them these and call it again.
 */
int vb_pairing_measure(vb_paired_case *cases, size_t count, const vb_measure_options *options,
                       const vb_change_rules *rules, vb_progress *progress);
/* Measures pairs of old against itself that are still missing, because cases stopped early or went
 * far beyond a budget of few cycles, until there are `pairs` of all together. 0 or -EINTR. */
int vb_pairing_complete_floor(vb_paired_case *cases, size_t count,
                              const vb_measure_options *options, size_t pairs);
void vb_paired_case_free(vb_paired_case *paired); /* what it owns: the pairs; NULL-safe */

#endif
