/* The cases of a suite: its table with every grid spread out. Knows names and parameters only. */
#ifndef VBENCH_CASES_H
#define VBENCH_CASES_H

#include "vbench/vbench.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    const vb_bench *bench;
    char *name; /* full name with grid values */
    int64_t params[VB_AXES_MAX];
    int param_count;
    int threads;
} vb_case;

/*
 * Spreads out the table. On error returns -EINVAL or -ENOMEM and leaves in `error` one sentence
 * that says which entry is wrong and how. Free the result with vb_cases_free (NULL-safe).
 */
int vb_cases_create(const vb_bench *table, size_t table_count, char *error, size_t error_bytes,
                    vb_case **cases, size_t *count);
void vb_cases_free(vb_case *cases, size_t count);

#ifdef __cplusplus
}
#endif
#endif
