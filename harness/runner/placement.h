/* The layouts that a comparison visits: of each suite of either side as many as are wanted, and
 * more of those whose cases stay undecided because layouts differ. */
#ifndef VBENCH_PLACEMENT_H
#define VBENCH_PLACEMENT_H

#include "runner/benchmark.h"
#include "runner/layouts.h"
#include "runner/message.h"
#include "runner/pairing.h"

/* Make it all zeros, but for what is wanted. */
typedef struct {
    size_t wanted;        /* layouts of each suite; 0: none */
    bool more;            /* where they leave a case undecided it may have more */
    const char *cache;    /* NULL: there is none */
    const char *no_cache; /* why */
    const vb_suite_list *suites[VB_SIDES];
    vb_layouts *layouts[VB_SIDES]; /* one a suite */
} vb_placement;

/* Links the suites of the cases, and gives the cases their layouts. 0; -EINTR; or -1 with a
 * sentence. Free it whatever has happened. */
int vb_placement_make(vb_placement *placement, vb_paired_case *cases, size_t count,
                      vb_message *message);
/* Gives more to the cases that have stopped for them; `any` tells whether there were some, who are
 * to go on. Where there is no time to link they go on with what they have. As
 * above. */
int vb_placement_more(vb_placement *placement, vb_paired_case *cases, size_t count, bool in_time,
                      bool *any, vb_message *message);
void vb_placement_free(vb_placement *placement); /* may be called twice */

#endif
