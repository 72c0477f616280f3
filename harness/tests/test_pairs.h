/* Paired cases for tests: pairs made up by a simulation of what a machine and placement do. */
#ifndef VBENCH_TEST_PAIRS_H
#define VBENCH_TEST_PAIRS_H

#include "test_cmocka.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "runner/pairing.h"
#include "test_normal.h"
#include "test_results.h"

enum { TEST_LAYOUTS = 32 };

/* What is simulated; effects are of logarithms. Layout k of a side starts each function at the
 * offset k % VB_LAYOUT_CYCLE. */
typedef struct {
    size_t cycles;
    double base_ns, change;
    double noise, drift;                /* of a pair's ratio; from a pair to the next, both sides */
    double old_offset[VB_LAYOUT_CYCLE]; /* what each offset does to a side */
    double new_offset[VB_LAYOUT_CYCLE];
    double old_layout[TEST_LAYOUTS]; /* what else a layout does */
    double new_layout[TEST_LAYOUTS];
    bool natural_only;
    double old_natural, new_natural;  /* what the natural links do; pairs of them are made if any is
                                         not 0 */
    double (*draw)(uint64_t *random); /* NULL: random_normal */
} simulated;

static inline vb_process_pair *add_pair(vb_process_pairs *pairs)
{
    if (pairs->count == pairs->capacity) {
        pairs->capacity = pairs->capacity ? 2 * pairs->capacity : 64;
        pairs->items = realloc(pairs->items, pairs->capacity * sizeof *pairs->items);
        assert_non_null(pairs->items);
    }
    return &pairs->items[pairs->count++];
}

static inline void shuffle(int order[VB_LAYOUT_CYCLE], uint64_t *random)
{
    for (int i = 0; i < VB_LAYOUT_CYCLE; i++)
        order[i] = i;
    for (uint64_t i = VB_LAYOUT_CYCLE - 1; i > 0; i--) {
        uint64_t other = random_below(random, i + 1);
        int moved = order[i];
        order[i] = order[other];
        order[other] = moved;
    }
}

static inline double layout_log(const double *offsets, const double *layouts, int layout)
{
    return layout < 0 ? 0 : offsets[layout % VB_LAYOUT_CYCLE] + layouts[layout];
}

static inline void simulate_pair(const simulated *how, size_t cycle, int old_layout, int new_layout,
                                 double when, vb_process_pairs *pairs, uint64_t *random)
{
    double old = layout_log(how->old_offset, how->old_layout, old_layout);
    double new = layout_log(how->new_offset, how->new_layout, new_layout) + how->change;
    double noise = how->noise * (how->draw ? how->draw : random_normal)(random);
    vb_process_pair *pair = add_pair(pairs);
    *pair = (vb_process_pair){.cycle = cycle,
                              .old_layout = old_layout,
                              .new_layout = new_layout,
                              .log_ratio = new - old + noise,
                              .quiet_log_ratio = new - old + noise,
                              .old_ns = how->base_ns *exp(old + how->drift * when),
                              .new_ns = how->base_ns *exp(new + how->drift *when + noise)};
}

/* Fills the pairs; free them with free_pairs. */
static inline void simulate(const simulated *how, vb_paired_case *paired, uint64_t *random)
{
    simulated natural = *how;
    natural.change += how->new_natural - how->old_natural;
    natural.base_ns *= exp(how->old_natural);
    for (size_t cycle = 0; cycle < how->cycles; cycle++) {
        const int first = (int)(cycle * VB_LAYOUT_CYCLE % TEST_LAYOUTS);
        int old_order[VB_LAYOUT_CYCLE], new_order[VB_LAYOUT_CYCLE];
        shuffle(old_order, random);
        shuffle(new_order, random);
        for (size_t i = 0; i < VB_LAYOUT_CYCLE; i++) {
            int old_layout = first + old_order[i], new_layout = first + new_order[i];
            if (cycle * VB_LAYOUT_CYCLE >= TEST_LAYOUTS) { /* what has met meets again */
                const vb_process_pair *earlier =
                    &paired->pairs.items[paired->pairs.count - TEST_LAYOUTS];
                old_layout = earlier->old_layout;
                new_layout = earlier->new_layout;
            }
            simulate_pair(how, cycle, how->natural_only ? VB_NATURAL_LAYOUT : old_layout,
                          how->natural_only ? VB_NATURAL_LAYOUT : new_layout,
                          (double)paired->pairs.count, &paired->pairs, random);
        }
        if (cycle % 2 == 1 && (how->old_natural != 0 || how->new_natural != 0))
            simulate_pair(&natural, cycle, VB_NATURAL_LAYOUT, VB_NATURAL_LAYOUT,
                          (double)paired->pairs.count - VB_LAYOUT_CYCLE - 0.5, &paired->natural,
                          random);
    }
    paired->cycles = paired->cycles_planned = how->cycles;
    paired->stop = VB_STOP_BUDGET;
    paired->pair_blocks = 30;
    paired->block_ns = 1e6;
}

static inline void free_pairs(vb_paired_case *paired)
{
    free(paired->pairs.items);
    free(paired->natural.items);
    paired->pairs = paired->natural = (vb_process_pairs){0};
}

#endif
