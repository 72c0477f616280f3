/* A linker script that makes GNU ld join objects with their code and data in a layout's order. */
#ifndef VBENCH_LAYOUT_SCRIPT_H
#define VBENCH_LAYOUT_SCRIPT_H

#include "runner/layout_objects.h"

/* Writes the script for `ld -r`. `starts` gets, for each unit, where it will lie in .text, which
 * the script aligns to at least 64 bytes. 0, or -1 with a sentence. */
int vb_layout_script_write(const vb_objects *objects, size_t layout, const char *path,
                           uint64_t *starts, vb_message *message);

#endif
