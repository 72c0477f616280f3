/*
 * jansson drops what it cannot allocate: a key that could not be stored is simply not there. A
 * result must not lose parts so quietly, so every failed allocation is remembered here.
 */
#ifndef VBENCH_JSON_MEMORY_H
#define VBENCH_JSON_MEMORY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* From here on failures are remembered; what was remembered is forgotten. One thread only. Reading
 * JSON is no better: a part that could not be stored may be missing from what json_loadb returns.
 */
void vb_json_memory_watch(void);
/* Whether an allocation of jansson's has failed since. */
bool vb_json_memory_failed(void);
/* A string of the first `count` bytes of a text from outside. JSON takes nothing but UTF-8: if they
 * are not, '?' stands for each byte that is no ASCII. NULL if there is no memory, which is
 * remembered. */
json_t *vb_json_text(const char *bytes, size_t count);

#endif
