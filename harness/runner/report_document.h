/* What the report generator reads: one document, complete, in a file of its own. */
#ifndef VBENCH_REPORT_DOCUMENT_H
#define VBENCH_REPORT_DOCUMENT_H

#include <jansson.h>

#include "runner/message.h"
#include "runner/options.h"

/*
 * Adds to a result what only a report needs: what it lacks of details.h, the history of the
 * baselines, and what doctor and self-test have found. `called` is the result's name in the
 * history. 0; -EINTR where the user interrupted; or -1 with a sentence.
 */
int vb_report_document_complete(const vb_options *options, const char *called, json_t *document,
                                vb_message *message);

/* Writes it to a temporary file that only the user can read, and tells its path. 0, or -1 with a
 * sentence and no file. */
int vb_report_document_write(const json_t *document, char *path, size_t path_bytes,
                             vb_message *message);

/* A path in the folder of temporary files for mkstemp. 0, or -1 with a sentence. */
int vb_report_temporary_path(const char *name, char *path, size_t path_bytes, vb_message *message);

#endif
