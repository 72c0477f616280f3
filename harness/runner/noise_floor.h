/*
 * The noise floor of a run: pairs of old against itself, of all cases together. What they differ by
 * is not the code's. Their middle and its interval are those of signed_rank.h, which needs of the
 * cases only that each scatters symmetrically, not that they scatter alike.
 *
 * Where the judge would call that a change, something favours one side of a pair (its place, its
 * CPU, its memory), and what the run says of new against old cannot be trusted either.
 */
#ifndef VBENCH_NOISE_FLOOR_H
#define VBENCH_NOISE_FLOOR_H

#include "runner/change.h"
#include "runner/pairing.h"

/* Shares; NAN where there are too few pairs. */
typedef struct {
    size_t pairs; /* that were used: of very many a part */
    double estimate;
    double low;
    double high;
    bool exceeded; /* the interval leaves out 0, and the estimate reaches the least effect */
} vb_noise_floor;

/* So many pairs have an interval at this level; at most 16, however low it is. */
size_t vb_noise_floor_pairs(double level);
/* 0 or -ENOMEM. */
int vb_noise_floor_judge(const vb_paired_case *cases, size_t count, const vb_change_rules *rules,
                         vb_noise_floor *floor);

#endif
