/*
 * jansson drops what it cannot allocate: a key that could not be stored is simply not there. A
 * result must not lose parts so quietly, so every failed allocation is remembered here.
 */
#ifndef VBENCH_JSON_MEMORY_H
#define VBENCH_JSON_MEMORY_H

#include <stdbool.h>

/* From here on failures are remembered; what was remembered is forgotten. One thread only. */
void vb_json_memory_watch(void);
/* Whether an allocation of jansson's has failed since. */
bool vb_json_memory_failed(void);
/* The same memory for text that goes into JSON: a copy, or NULL, which is remembered. */
char *vb_json_memory_copy(const char *bytes, unsigned long count);

#endif
