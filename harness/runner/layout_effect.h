/* What the placement of code did in a paired comparison, and what one link alone would have said.
 */
#ifndef VBENCH_LAYOUT_EFFECT_H
#define VBENCH_LAYOUT_EFFECT_H

#include "runner/change.h"
#include "runner/pairing.h"

/* What one link of each side would have said, and how far it is off. Shares; NAN where unknown. */
typedef struct {
    bool known;        /* there was a natural arm beside the layouts */
    double change;     /* natural new / natural old - 1 */
    double change_low; /* interval over its pairs */
    double change_high;
    double new_excess; /* the natural link of new against its average layout - 1 */
    double new_excess_low;
    double new_excess_high;
    double spread; /* the slowest layout of new against the fastest one - 1, noise included */
    /* Natural new against natural old says something else than the change: by more than 1 %, and by
     * more than the intervals of the two, as independent ones, allow for. */
    bool misleading;
    /* The natural link of new is not its average layout: by more than 1 %, and surely. */
    bool off_average;
} vb_layout_effect;

/* The excess compares each natural pair with the two cycles that it closes; the spread takes each
 * layout's mean over its visits, each against its own cycle. `change` is what vb_paired_judge said.
 * 0 or -ENOMEM. */
int vb_paired_layout_effect(const vb_paired_case *paired, double confidence,
                            const vb_change *change, vb_layout_effect *effect);

/* So many different layouts a side were visited in complete cycles, the lesser of the two; 1 where
 * only the natural links were. */
size_t vb_paired_layout_count(const vb_paired_case *paired);

#endif
