/* The command `vbench compare`: side by side where both sides run, against old numbers elsewhere.
 */
#ifndef VBENCH_COMPARE_H
#define VBENCH_COMPARE_H

#include "runner/options.h"

/* Returns the exit code. */
int vb_compare(const vb_options *options);

#endif
