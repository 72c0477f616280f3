/*
 * A simulator of measurements whose truth is known: block times as a machine would have given them,
 * drawn from a model of what disturbs them; pairs, layouts, cycles and looks as pairing.h has them;
 * judged by the judge itself. Effects are of logarithms throughout: the true change is the mean
 * over layouts and processes of log(new / old).
 */
#ifndef VBENCH_TEST_SIMULATOR_H
#define VBENCH_TEST_SIMULATOR_H

#include "runner/change.h"
#include "runner/pairing.h"

/* How something scatters: with a middle (where symmetrical) or a mean of 0, and about the size that
 * it is multiplied by. */
typedef enum {
    SIM_NORMAL,
    SIM_HEAVY,  /* Student's t with 3 degrees of freedom */
    SIM_WILD,   /* with 2 */
    SIM_CAUCHY, /* with 1: it has no mean, and no symmetrical difference needs one */
    SIM_SKEWED, /* exponential less its mean: a tail to the right */
    SIM_MODES,  /* one of two values that are 1 apart */
    SIM_RARE,   /* mostly 0, and 1 once in 20 */
} sim_draw;

typedef struct {
    double size; /* 0: none */
    sim_draw draw;
} sim_scatter;

/* Other work that comes and goes: for a while blocks take longer, whichever side they are of. */
typedef struct {
    double share;        /* of the time that it is there; 0: never */
    double blocks;       /* how long it stays on average, geometrically distributed */
    double low, high;    /* a stay makes blocks so many times as slow: log-uniform between these */
    bool from_half_way;  /* not before half of the budget */
    bool each_block_own; /* not one factor a stay, but one a block */
} sim_load;

typedef struct {
    const char *name;
    sim_scatter block;                   /* of each block */
    sim_scatter process;                 /* of each process, for all of its blocks */
    sim_scatter layout;                  /* of each layout, beyond the offsets of functions */
    sim_scatter new_layout;              /* of new's instead, if its size is not 0 */
    bool other_code;                     /* new's layouts are not old's */
    double offsets[VB_LAYOUT_CYCLE];     /* what the offset of the function that matters does */
    double new_offsets[VB_LAYOUT_CYCLE]; /* of new, if it is other code */
    double drift,
        wander;         /* of the machine, a block: steady, and the size of a random walk's step */
    double step;        /* the machine switches between two speeds that are so far apart ... */
    double step_blocks; /* ... after so many blocks on average */
    sim_load load;
    double clock_ns; /* the step of the clock; 0: none */
    bool natural;    /* one link of each side, nothing else */
    bool lopsided; /* what differs from pair to pair is not symmetrical: its middle, which intervals
                      by pairs are for, is not its mean */
} sim_kind;

extern const sim_kind sim_kinds[];
extern const size_t sim_kind_count;
const sim_kind *sim_kind_named(const char *name); /* fails the test if there is none */

/* What is decided before a run. */
typedef struct {
    size_t budget_cycles, cycles_max;
    size_t hypotheses; /* of the whole run */
    double change;     /* the truth, a logarithm */
} sim_plan;

enum { SIM_LAYOUTS = 32, SIM_PAIR_BLOCKS = 15 };

/* Measures a case: cycles, pairs of old against itself, looks, until it stops. The case is all
 * zeros but for old and new. Free its pairs with vb_paired_case_free. */
void sim_measure(const sim_kind *kind, const sim_plan *plan, const vb_change_rules *rules,
                 uint64_t *random, vb_paired_case *paired);

/* What a comparison of one benchmark came to. */
typedef struct {
    vb_change change; /* where it could not be judged: inconclusive, without an interval */
    vb_stop stop;
    size_t cycles; /* measured */
} sim_outcome;

/* Measures a benchmark and judges it. -EDOM where a side took no time: then it is not judged. */
int sim_compare(const sim_kind *kind, const sim_plan *plan, uint64_t *random, sim_outcome *outcome);

/* What many such comparisons came to. */
typedef struct {
    int count;
    int failed; /* could not be judged: inconclusive, and in no figure of intervals */
    int verdicts[VB_VERDICTS];
    int by[VB_ESTIMATORS], decided_by[VB_ESTIMATORS];
    int stops[VB_STOPS];
    int missed;        /* intervals that leave out the true change */
    double half_width; /* of intervals, on average */
    double cycles;     /* cycles measured, on average */
} sim_tally;

void sim_repeat(const sim_kind *kind, const sim_plan *plan, int count, uint64_t seed,
                sim_tally *tally);

/* How likely so many hits or more are, if each comes with chance `share`. */
double sim_chance_of_so_many(int hits, int count, double share);

#endif
