/* The command `vbench report`: the report of a result file, alone or against an older one. */
#ifndef VBENCH_REPORT_COMMAND_H
#define VBENCH_REPORT_COMMAND_H

#include "runner/options.h"

/* Returns the exit code: 0 whatever a comparison has found, since nothing is gated here. */
int vb_report_command(const vb_options *options);

#endif
