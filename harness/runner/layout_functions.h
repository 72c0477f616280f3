/* Where an executable really has the functions that a layout placed. */
#ifndef VBENCH_LAYOUT_FUNCTIONS_H
#define VBENCH_LAYOUT_FUNCTIONS_H

#include "runner/layout_objects.h"

enum { VB_UNKNOWN_OFFSET = -1 };

/*
 * Reads the executable's symbols, and `offsets` gets each function's address modulo 64. `starts`
 * says where each unit was to lie in the joined .text. A function is told by its name and address
 * together, so that local ones of one name are no problem. VB_UNKNOWN_OFFSET: one that is not
 * placed and cannot be told from others of its name, or a weak one that the rest of the program
 * displaced. 0; 1 with a sentence: a function is not where it was placed, or the executable has no
 * symbols; -1 with a sentence.
 */
int vb_layout_functions_read(const vb_objects *objects, const uint64_t *starts,
                             const char *executable, int *offsets, vb_message *message);

#endif
