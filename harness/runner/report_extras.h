/* What a report shows of other files: what `vbench doctor` and `make bench-selftest` have found. */
#ifndef VBENCH_REPORT_EXTRAS_H
#define VBENCH_REPORT_EXTRAS_H

#include <jansson.h>

#include "runner/message.h"
#include "runner/options.h"

/* Reads the files of --doctor and --selftest, as `vbench.doctor` and `vbench.selftest`: null where
 * none is given. Of the self-test only what the schema names is taken: the rest has paths. 0, or -1
 * with a sentence and nothing to free. */
int vb_report_extras_load(const vb_options *options, json_t **doctor, json_t **selftest,
                          vb_message *message);
/* Before the time is spent: whether they can be. */
int vb_report_extras_check(const vb_options *options, vb_message *message);

#endif
