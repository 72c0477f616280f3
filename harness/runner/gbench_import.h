/* A file of Google Benchmark (--benchmark_out) as a result of ours. */
#ifndef VBENCH_GBENCH_IMPORT_H
#define VBENCH_GBENCH_IMPORT_H

#include <jansson.h>
#include <stdbool.h>

#include "runner/message.h"

/* Whether a document looks like one. */
bool vb_gbench_is_one(const json_t *document);

/*
 * Makes the result that baselines/schema.json describes: each repetition is a process of one block,
 * and all figures are the judge's. What such a file does not tell is "unknown" or 0; the name of
 * the machine and folders of programs, which it does tell, are left out. `path` is for sentences.
 * 0, or -1 with one.
 */
int vb_gbench_import(const char *path, const json_t *read, json_t **document, vb_message *message);

#endif
