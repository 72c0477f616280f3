/* A result file of any kind that a report can be made of: of vbench, or of Google Benchmark. */
#ifndef VBENCH_RESULT_FILE_H
#define VBENCH_RESULT_FILE_H

#include "runner/baseline.h"
#include "runner/message.h"

/* Reads it, as baseline.h does; what is of Google Benchmark is made a result of ours. 0, or -1 with
 * a sentence that names the file; nothing to free then. */
int vb_result_file_load(const char *path, vb_baseline *result, vb_message *message);

/* The same of a result that is the path of a file, or the name of a baseline in `folder`. */
int vb_result_file_find(const char *folder, const char *wanted, vb_baseline *result,
                        vb_message *message);

#endif
