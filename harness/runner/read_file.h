/* Reads a file as a whole. */
#ifndef VBENCH_READ_FILE_H
#define VBENCH_READ_FILE_H

#include <stddef.h>

#include "runner/message.h"

/* The file's bytes, malloc'd; at most `bytes_max`. Never waits: what is no regular file is refused.
 * 0, or -1 with a sentence that names it; a lack of memory is noted (shortfall.h). */
int vb_read_file(const char *path, size_t bytes_max, char **bytes, size_t *count,
                 vb_message *message);

#endif
