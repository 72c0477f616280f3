/* The times of all blocks of a benchmark in one order, with the group of processes each is of:
 * sorted once, so that their quantiles without any one group are a walk and no sorting. */
#ifndef VBENCH_BLOCK_TIMES_H
#define VBENCH_BLOCK_TIMES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runner/benchmark.h"
#include "runner/jackknife.h"

typedef struct {
    double *ns;        /* of one iteration; ascending */
    double *groups_of; /* of each, vb_jackknife_group's; a number that gsl can carry along */
    size_t count;
    size_t counts[VB_JACKKNIFE_GROUPS_MAX]; /* of each group */
    size_t groups;
    size_t processes; /* that have blocks */
} vb_block_times;

/* Of what was measured. 0 or -ENOMEM. Free it whatever has happened. */
int vb_block_times_take(const vb_benchmark *benchmark, vb_block_times *times);
/* Of an entry under `vbench.benchmarks`; a process whose blocks are not as the schema says counts
 * as one without blocks, and so does an entry that is none. 0 or -ENOMEM. Free it likewise. */
int vb_block_times_read(const json_t *entry, vb_block_times *times);
void vb_block_times_free(vb_block_times *times); /* may be called twice */

/* Fills `ns` with the times of all other groups, ascending; returns how many there are. */
size_t vb_block_times_without(const vb_block_times *times, size_t group, double *ns);

/* Whether an entry's process has blocks as the schema says, and the iterations of block `index`, 0
 * where they are not told. */
bool vb_entry_process_is_sound(const json_t *process);
uint64_t vb_entry_iterations(const json_t *process, size_t index);

/* Whether one of so many blocks lies beyond a quantile, on its far side: 0.05 and 0.95 take 20. */
bool vb_block_quantile_is_known(size_t count, double quantile);

#endif
