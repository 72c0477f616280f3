/* The times of all blocks of a benchmark in ascending order, with the group of processes that each
 * is of: sorted once, and the rest is walks. */
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
/* How far each time lies from `centre_ns`, as times of the same groups. 0 or -ENOMEM. Free them
 * whatever has happened. */
int vb_block_times_distances(const vb_block_times *times, double centre_ns,
                             vb_block_times *distances);

/* Whether an entry's process has blocks as the schema says, and the iterations of block `index`, 0
 * where they are not told. */
bool vb_entry_process_is_sound(const json_t *process);
uint64_t vb_entry_iterations(const json_t *process, size_t index);

#endif
