/* What the blocks of a pair of processes are worth: what the schedule keeps of them. */
#ifndef VBENCH_PAIR_VALUE_H
#define VBENCH_PAIR_VALUE_H

#include "runner/pairing.h"

/* Of `count` blocks a side, in ns of one iteration; old[i] and new[i] took turns. Sets what the
 * pair has of ratios and times. The order in `old` and `new` is lost; `space` has room for as many.
 *
 * Where the clock's step is long beside what the blocks differ by, most times equal another one,
 * and middles are drawn to its steps: each side's by up to half a step. */
void vb_pair_value_take(double *old, double *new, size_t count, double *space,
                        vb_process_pair *value);

#endif
