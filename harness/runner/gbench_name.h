/* What the name of one of Google Benchmark's rows says: "family/8/n:64/real_time/threads:4". */
#ifndef VBENCH_GBENCH_NAME_H
#define VBENCH_GBENCH_NAME_H

#include <stdbool.h>

#include "runner/benchmark.h"

/*
 * Fills the name, the case, the parameters and the threads of an empty benchmark. What only says
 * how it was run (real_time, iterations:, repeats:, min_time:, ...) is left out of the name, and
 * threads stand in it as in names of our own, "/4_threads", so that scaling.h knows them.
 * Parameters are the last VB_AXES_MAX numbers, by their name or as arg0, arg1, ...; what is before
 * them is the case. `real_time` tells whether rates are of real time, or of one told by hand,
 * instead of CPU time. 0 or -ENOMEM, which is noted.
 */
int vb_gbench_name_take(const char *run_name, vb_benchmark *benchmark, bool *real_time);

#endif
