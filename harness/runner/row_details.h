/* What a report shows of a comparison's row besides its verdict: how the quantiles of its blocks
 * have moved, how well each side's time is known by itself, and the change of its throughput. */
#ifndef VBENCH_ROW_DETAILS_H
#define VBENCH_ROW_DETAILS_H

#include <jansson.h>
#include <stdbool.h>

#include "runner/block_times.h"

/* Sets `block_quantiles`; `paired` as in block_quantiles.h. 0 or -ENOMEM. */
int vb_row_add_block_quantiles(json_t *row, const vb_block_times *old, const vb_block_times *new,
                               bool paired);

/* Sets `old_low_ns` to `new_high_ns`, the 95 % intervals of the geometric means over processes that
 * `old_ns` and `new_ns` are (Student's t of the logarithms of their medians), and
 * `rate_change_percent` with its interval, which are those of the time turned over. Side by side
 * `old_ns` and `new_ns` may weigh pairs and blocks otherwise than that mean: then the interval is
 * as wide as the mean's, and around them. What is there stays as it is, and what cannot be told is
 * left out. 0 or -ENOMEM. */
int vb_row_complete(json_t *row, const json_t *old_entry, const json_t *new_entry);

#endif
