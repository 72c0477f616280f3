/*
 * The schedule of a paired comparison: old and new side by side.
 *
 * A pair is a worker process of each side, alive at the same time, whose timed blocks take turns in
 * random order, with the same number of iterations; they never run at once. Its value is the
 * median over its blocks of log(new / old), so that whatever the machine does slowly cancels. Four
 * pairs are a cycle: in it each side visits four layouts that place every function once at each
 * offset (layouts.h), in a random order of its own. The replicate is such a group of layouts: one
 * cycle, or several that visit it again.
 *
 * A burst of work elsewhere falls on a few pairs. A pair whose value lies far from the others may
 * also be of a layout that is that slow, so none is left out: it is measured again, in the same two
 * layouts, and what lies closer to the rest counts. A burst will seldom come twice; a slow layout
 * will.
 *
 * The links as they were built ("natural") are an arm of their own: a pair of them after every
 * second cycle, which tells what one link of each side would have said.
 *
 * With 32 layouts eight cycles visit new ones each; more cycles visit all of them equally often.
 * Address space randomisation stays on, so that the stack, the heap and the program itself lie
 * elsewhere in each process.
 *
 * The cycles of all benchmarks are interleaved, so that a slow spell of the machine spreads over
 * all of them.
 */
#ifndef VBENCH_PAIRING_H
#define VBENCH_PAIRING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runner/benchmark.h"
#include "runner/layouts.h"
#include "runner/measure.h"
#include "runner/progress.h"

/* The two sides, where there is something of each. */
enum { VB_OLD, VB_NEW, VB_SIDES };

enum { VB_CYCLE_PAIRS = VB_LAYOUT_CYCLE, VB_CYCLES_MIN = 4, VB_NATURAL_LAYOUT = -1 };

typedef struct {
    size_t cycle;     /* from 0 */
    int old_layout;   /* index of the executable; VB_NATURAL_LAYOUT */
    int new_layout;   /* the same */
    double log_ratio; /* the median over its blocks of log(new / old) */
    double old_ns;    /* of one iteration: the median block */
    double new_ns;
} vb_process_pair;

typedef struct {
    vb_process_pair *items;
    size_t count;
    size_t capacity;
} vb_process_pairs;

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
    size_t cycles;            /* complete ones */
    size_t cycles_planned;
    size_t repeated;     /* pairs that were measured again, because they lay far from the others */
    size_t pair_blocks;  /* of each side in a pair */
    uint64_t warm_up;    /* iterations before each timed block, untimed; 0: none */
    double block_ns;     /* about */
    double cache_shared; /* alternating makes it slower by so much, as a share; 0: it does not */
    double timed_ns;     /* inside timed blocks, both sides, the natural arm included */
    double busy_ns;      /* from a pair's first block to its last one's end */
} vb_paired_case;

/* Whether the two were placed anew for each pair. */
bool vb_paired_has_layouts(const vb_paired_case *paired);

/*
 * Measures all cases that have no error yet. Returns 0, or -EINTR when the user interrupted it (no
 * worker is left, the cycles are incomplete). options->budget_s is for both sides of a benchmark
 * together; options->processes does not matter.
 */
int vb_pairing_measure(vb_paired_case *cases, size_t count, const vb_measure_options *options,
                       vb_progress *progress);
void vb_paired_case_free(vb_paired_case *paired); /* what it owns: the pairs; NULL-safe */

#endif
