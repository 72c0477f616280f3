/*
 * What a result would lack without saying so. jansson drops what it cannot allocate: a key that
 * could not be stored is simply not there. So every failed allocation of it is remembered here, and
 * so is whatever else could not be read or kept for a result, its warnings or its table.
 */
#ifndef VBENCH_JSON_MEMORY_H
#define VBENCH_JSON_MEMORY_H

/* From here on failures are remembered; what was remembered is forgotten. One thread only. */
void vb_json_memory_watch(void);
/* Remembers one; `error` is an errno. The first counts. */
void vb_json_memory_fail(int error);
/* 0, or the first errno since: ENOMEM where it was an allocation. */
int vb_json_memory_failed(void);
/* The same memory for text that goes into JSON: a copy, or NULL, which is remembered. */
char *vb_json_memory_copy(const char *bytes, unsigned long count);

#endif
