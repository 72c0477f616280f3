/* Writing a file as a whole: under another name, synced and renamed, so that what stood there
 * before stays until all of the new one is on disk. */
#ifndef VELOX_PROGRAM_FILES_H
#define VELOX_PROGRAM_FILES_H

#include <stdbool.h>
#include <stdio.h>

/* Whether this path, if it is not NULL, stands for standard output: "-". */
bool velox_file_is_stdout(const char *path);

/* Writes what is to be in the file; 0 or -errno. */
typedef int velox_file_writer(FILE *out, const void *context);

/*
 * Has it written to `path`; what is no regular file, such as a pipe or
 * a device, is written to as it is. Returns 0, or -errno: a regular file is then as it was, the
 * others may have got a part.
 */
int velox_file_write(const char *path, velox_file_writer *writer, const void *context);

#endif
