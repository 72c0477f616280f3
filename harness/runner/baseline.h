/*
 * A saved result, read back: what a comparison needs of it. Everything in the file is checked
 * against baselines/schema.json first, so what is here has the types that the schema says.
 *
 * Beyond the schema it refuses a key twice in an object, a benchmark twice, a number that is beyond
 * 64 bits or a double, NaN, a NUL in a text, and more than 256 MB or 2048 levels.
 */
#ifndef VBENCH_BASELINE_H
#define VBENCH_BASELINE_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "runner/message.h"

/* A thousand benchmarks are about 25 MB. */
enum { VB_RESULT_BYTES_MAX = 256 << 20 };

/* One benchmark of the file. Texts belong to the document. */
typedef struct {
    const char *name;
    const char *error;    /* why there is no result; NULL: there is one */
    double *medians_ns;   /* of one iteration: each process's median block */
    size_t process_count; /* 0 with an error */
    const json_t *entry;  /* as it stands under `vbench.benchmarks` */
} vb_baseline_benchmark;

typedef struct {
    char *name; /* of the baseline, or the file */
    char *path;
    json_t *document;    /* the whole file */
    bool imported;       /* which was made of another program's */
    const char *started; /* UTC, ISO 8601: compares as text */
    const json_t *machine;
    const json_t *source;
    const json_t *suites;
    vb_baseline_benchmark *benchmarks;
    size_t count;
} vb_baseline;

/* Reads a result file. 0, or -1 with a sentence that names the file; nothing to free then. */
int vb_baseline_load(const char *name, const char *path, vb_baseline *baseline,
                     vb_message *message);
/* The same from memory; `path` is for sentences. */
int vb_baseline_parse(const char *name, const char *path, const char *bytes, size_t count,
                      vb_baseline *baseline, vb_message *message);
/* The same of a document, which is taken over. `path` may be that of a file of which it was made.
 */
int vb_baseline_take(const char *name, const char *path, json_t *document, vb_baseline *baseline,
                     vb_message *message);
void vb_baseline_free(vb_baseline *baseline); /* the contents; NULL-safe, may be called twice */

/* What it is, as a clause: "baselines/x.json, HOW 2026-11-21 15:28 UTC at commit 255894d628". */
void vb_baseline_describe(const vb_baseline *baseline, const char *how, vb_message *text);

/* The benchmark of this name, or NULL. */
const vb_baseline_benchmark *vb_baseline_find(const vb_baseline *baseline, const char *name);

#endif
