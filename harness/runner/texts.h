/* A list of texts that grows: paths, words of a command, notes. Owns its texts. */
#ifndef VBENCH_TEXTS_H
#define VBENCH_TEXTS_H

#include <stddef.h>

/* Make it all zeros. `items` has a NULL behind the last one as soon as something was added, so that
 * a list can be the arguments of a command. */
typedef struct {
    char **items;
    size_t count;
    size_t capacity;
} vb_texts;

/* Appends a copy; printf-like. 0 or -ENOMEM, which is noted (shortfall.h). */
int vb_texts_add(vb_texts *texts, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Appends copies of all of them. 0 or -ENOMEM, likewise. */
int vb_texts_add_all(vb_texts *texts, const vb_texts *added);
/* The index of the first that is equal; `count` where there is none. */
size_t vb_texts_find(const vb_texts *texts, const char *text);
void vb_texts_free(vb_texts *texts); /* the contents; NULL-safe, may be called twice */

#endif
