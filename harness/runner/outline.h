/* A result without its samples, for those who read many: its text, made much shorter. */
#ifndef VBENCH_OUTLINE_H
#define VBENCH_OUTLINE_H

#include <stddef.h>

/*
 * Shortens JSON in place: of each array that holds nothing but numbers, the first two are left.
 * That is enough for what the schema asks of them. Returns how many bytes are left; all of them
 * where the text is no JSON.
 */
size_t vb_outline(char *bytes, size_t count);

#endif
