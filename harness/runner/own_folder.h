/* Where this program lies: what comes with it is looked for from there, so that it may be moved. */
#ifndef VBENCH_OWN_FOLDER_H
#define VBENCH_OWN_FOLDER_H

#include <stddef.h>

/* Writes the path of `name` as seen from the folder of this program's file, links resolved. 0 or
 * -errno; -ENAMETOOLONG if it does not fit. */
int vb_beside_program(const char *name, char *path, size_t path_bytes);

/* The same for the first of `names` that is there; for the very first where none is. A NULL ends
 * them. */
int vb_find_beside_program(const char *const names[], char *path, size_t path_bytes);

#endif
