/*
 * jansson, made safe against a lack of memory. It drops what it cannot allocate: a key that could
 * not be stored is simply not there. So every failed allocation of it is noted as a shortfall.
 */
#ifndef VBENCH_JSON_H
#define VBENCH_JSON_H

#include <jansson.h>
#include <stddef.h>

#include "runner/texts.h"

/* From here on jansson's failures are noted; what was noted is forgotten. One thread only. */
void vb_json_watch(void);

/* A string of the first `count` bytes of a text from outside. JSON takes nothing but UTF-8: '?'
 * stands for each byte that is none. NULL if there is no memory, which is noted. */
json_t *vb_json_text(const char *bytes, size_t count);
/* The same of a whole text. */
json_t *vb_json_string(const char *text);

/* NAN and infinity have no place in JSON: they become null. */
json_t *vb_json_number(double value);
/* Sets a key to such a number. 0 or -ENOMEM. */
int vb_json_set_number(json_t *object, const char *key, double value);

/*
 * json_loadb, refusing duplicate keys. NULL as that, or without memory: then `error` says so, and
 * what had been read is never freed. It does not return into jansson: where its buffer for a text
 * cannot grow it loses a letter (2.14, lex_save), and if that is the closing quote it runs over the
 * end.
 */
json_t *vb_json_parse(const char *bytes, size_t count, json_error_t *error);

/* Appends copies of the texts in an array; what is none is passed over. 0 or -ENOMEM, which is
 * noted. */
int vb_json_add_texts(const json_t *array, vb_texts *texts);

#endif
