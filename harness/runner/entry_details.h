/* The parts of a result that details.h is about, as JSON: for what was just measured, and for what
 * stands in a document. */
#ifndef VBENCH_ENTRY_DETAILS_H
#define VBENCH_ENTRY_DETAILS_H

#include <jansson.h>

#include "runner/block_times.h"

/* Adds `spread`, `outliers` and `linear` to an entry that lacks them, of what was measured; nothing
 * without a block. 0 or -ENOMEM. */
int vb_entry_add_measured_details(json_t *entry, const vb_benchmark *benchmark);
/* The same, of the blocks in the entry. */
int vb_entry_complete(json_t *entry);
/* Sets `items_per_sec_low` to `bytes_per_sec_high`: the interval of the time turned over, as sure
 * as that, where the entry tells both. What is there stays as it is. 0 or -ENOMEM. */
int vb_entry_add_rate_intervals(json_t *entry);

#endif
