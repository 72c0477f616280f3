/* Finds the suite executables and what their link recipes say about how they were built. */
#ifndef VBENCH_SUITES_H
#define VBENCH_SUITES_H

#include "runner/benchmark.h"

/*
 * With paths: these executables. Without: every suite that has its recipe NAME.link.json beside
 * vbench itself. 0, or -1 with a sentence. Free with vb_suites_free.
 */
int vb_suites_find(char *const *paths, size_t path_count, vb_suite_list *suites,
                   vb_message *message);
/* Which file this is, by its inode and size; 0: it cannot be told. A suite that is built anew while
 * it is measured is another one. */
uint64_t vb_suite_file(const char *path);
void vb_suites_free(vb_suite_list *suites); /* NULL-safe */

/* Adds the executables that have their recipe in this folder; there may be none, nor such a folder.
 * 0, or -1 with a sentence. */
int vb_suites_in_folder(const char *folder, vb_texts *executables, vb_message *message);
/* Says that there are none. Returns -1, as vb_say does. */
int vb_suites_say_none(const char *folder, vb_message *message);
/* The same beside vbench itself: at least one. */
int vb_suites_beside(vb_texts *executables, vb_message *message);

#endif
