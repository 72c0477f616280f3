/*
 * What a result would lack without saying so: a key that could not be stored, a warning or a row of
 * the table for which there was no memory, a fact about the machine that could not be read. Whoever
 * goes on after such a failure notes it here, and no result is written then. Whoever returns the
 * failure instead need not. One thread only.
 */
#ifndef VBENCH_SHORTFALL_H
#define VBENCH_SHORTFALL_H

#include <stddef.h>

#include "runner/message.h"

/* Notes one; `error` is an errno. The first counts. */
void vb_shortfall_note(int error);
/* 0, or the first errno since the beginning: ENOMEM where it was an allocation. */
int vb_shortfall(void);
/* Begins anew. */
void vb_shortfall_forget(void);

/* A copy of the first `count` bytes of a text, malloc'd; NULL if there is no memory, which is
 * noted. */
char *vb_keep_text(const char *bytes, size_t count);
/* The same of a whole one; NULL stays NULL. */
char *vb_copy_text(const char *text);
/* Notes and says that there is not enough memory. Returns -1, as vb_say does. */
int vb_say_no_memory(vb_message *message);

#endif
