/* The folder of baselines: NAME.json each, beside schema.json. */
#ifndef VBENCH_BASELINE_STORE_H
#define VBENCH_BASELINE_STORE_H

#include "runner/baseline.h"
#include "runner/message.h"
#include "runner/texts.h"

/* Whether a baseline may be named so: the name becomes a file's. 0, or -1 with a sentence. */
int vb_baseline_check_name(const char *name, vb_message *message);
/* FOLDER/NAME.json, malloc'd; NULL with a sentence if there is no memory. */
char *vb_baseline_path(const char *folder, const char *name, vb_message *message);
/* Whether a baseline may be written there: 0 if nothing is there, 1 if a file is, and -1 with a
 * sentence if something else is, such as a link that leads nowhere. */
int vb_baseline_check_place(const char *path, vb_message *message);

/* Appends the names of all baselines in the folder, in alphabetical order; none where there is no
 * folder. 0, or -1 with a sentence. */
int vb_baseline_list(const char *folder, vb_texts *names, vb_message *message);

/*
 * Reads a baseline. `wanted` is its name; or the path of any result file, which ends in .json and
 * has a slash or is there; or NULL for the baseline that was measured last, by its own record (of
 * several, the first by name; what cannot be read is named on stderr and left out). 0, or -1 with a
 * sentence; if there is no such baseline, it lists those that there are. Free with
 * vb_baseline_free.
 */
int vb_baseline_open(const char *folder, const char *wanted, vb_baseline *baseline,
                     vb_message *message);

#endif
