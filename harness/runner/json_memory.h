/*
 * What a result would lack without saying so. jansson drops what it cannot allocate: a key that
 * could not be stored is simply not there. So every failed allocation of it is remembered here, and
 * so is whatever else could not be read or kept for a result, its warnings or its table.
 */
#ifndef VBENCH_JSON_MEMORY_H
#define VBENCH_JSON_MEMORY_H

#include <jansson.h>
#include <stddef.h>

/* From here on failures are remembered; what was remembered is forgotten. One thread only. */
void vb_json_memory_watch(void);
/* Remembers one; `error` is an errno. The first counts. */
void vb_json_memory_fail(int error);
/* 0, or the first errno since: ENOMEM where it was an allocation. */
int vb_json_memory_failed(void);
/* A string of the first `count` bytes of a text from outside. JSON takes nothing but UTF-8: if they
 * are not, '?' stands for each byte that is no ASCII. NULL if there is no memory, which is
 * remembered. */
json_t *vb_json_text(const char *bytes, size_t count);
/* The same memory for other text of a result: a copy, or NULL, which is remembered. */
char *vb_json_memory_copy(const char *bytes, size_t count);

/*
 * json_loadb and json_load_file, refusing duplicate keys. NULL as these, or without memory: then
 * `error` says so, and what had been read is never freed. They do not return into jansson: where
 * its buffer for a text cannot grow it loses a letter (2.14, lex_save), and if that is the closing
 * quote it runs over the end.
 */
json_t *vb_json_parse(const char *bytes, size_t count, json_error_t *error);
json_t *vb_json_parse_file(const char *path, json_error_t *error);

#endif
