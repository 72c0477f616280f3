/* What a path says, and what is there. */
#ifndef VBENCH_PATH_H
#define VBENCH_PATH_H

#include <stdbool.h>
#include <stddef.h>

/* The name of its file: what stands behind the last slash. */
const char *vb_path_name(const char *path);
/* The folder that it lies in: "." for a bare name; cut where it does not fit. */
void vb_path_folder(const char *path, char *folder, size_t folder_bytes);
/* Whether a file is there that can be run: a suite, or a program. */
bool vb_path_is_program(const char *path);
/* Where PATH has a program; a name with a slash is one already. malloc'd; NULL: nowhere, or no
 * memory, which is noted. */
char *vb_program_find(const char *name);

#endif
