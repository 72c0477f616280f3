/* The machine and the moment a run happened on, as JSON: the OS part of the result. */
#ifndef VBENCH_MACHINE_H
#define VBENCH_MACHINE_H

#include <jansson.h>
#include <stdbool.h>

/* The `machine` object of baselines/schema.json; NULL if there is no memory. Free with
 * json_decref, like the others here. */
json_t *vb_machine_describe(bool with_host_name);

/* The 1, 5 and 15 minute load averages; an empty array where the system has none. */
json_t *vb_machine_load(void);

/* Google Benchmark's `caches`: type, level, size in bytes, number of sharing CPUs. */
json_t *vb_machine_caches(void);

/* True where the first CPU's frequency may change (its governor is not `performance`). */
bool vb_machine_scales_frequency(void);

/* Nanoseconds to start and join `threads` threads: the least of several tries. */
double vb_machine_thread_start_ns(int threads);

#endif
