/*
 * The `history` of a report: each benchmark's estimate in all baselines of a folder and in the
 * result at hand, in the order in which they were recorded, and where it has changed
 * (change_points.h). Trends of different machines are kept apart: of other CPUs, of another number
 * of them, or of another architecture.
 */
#ifndef VBENCH_HISTORY_H
#define VBENCH_HISTORY_H

#include <jansson.h>

#include "runner/message.h"

/*
 * Makes it: null where the folder has no baseline. `document` is the result, `name` what it is
 * called among the baselines; if one of these is the same result, it stands there for it. What is
 * in the folder but cannot be read is named in the history, and no error. One baseline is in memory
 * at a time. 0; -EINTR where the user interrupted; or -1 with a sentence.
 */
int vb_history_make(const char *folder, const json_t *document, const char *name, json_t **history,
                    vb_message *message);

#endif
