/*
 * What a report shows beside the figures that verdicts are made of: how the blocks spread, which of
 * them are outliers, total time against iterations, how the blocks' quantiles have moved. Results
 * of older versions, and what other programs wrote, lack some of it; all of it follows from the
 * blocks.
 */
#ifndef VBENCH_DETAILS_H
#define VBENCH_DETAILS_H

#include <jansson.h>

#include "runner/message.h"

/*
 * Adds to a result document, in place, what it lacks of these: `spread`, `outliers` and `linear` of
 * each measured benchmark under `vbench.benchmarks` and `vbench.comparison.old.benchmarks`, and
 * `block_quantiles` and the rest of row_details.h for each row of `vbench.comparison.rows` of which
 * both sides are there. What is there stays as it is. An `iterations_per_block` may be one number
 * or an array of one for each block; blocks of different lengths make `linear`, which is null
 * without them.
 *
 * The document need not be checked before: what is not as the schema says is passed over, and what
 * cannot be computed from it is left out. 0, or -1 with a sentence: there is not enough memory, and
 * the document is to be thrown away.
 */
int vb_details_complete(json_t *document, vb_message *message);

#endif
