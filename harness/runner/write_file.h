/* Replaces a file as a whole: after a crash or a full disk the old one or the new one is there. */
#ifndef VBENCH_WRITE_FILE_H
#define VBENCH_WRITE_FILE_H

#include <stddef.h>

#include "runner/message.h"

/*
 * Writes to a temporary name beside `path` (beside what it leads to, if it is a symbolic link),
 * syncs, renames. A device or a pipe is written into. 0, or -1 with a sentence and `path` as it
 * was.
 *
 * The temporary name is PATH.PID.tmp. Those of writers that were killed are removed first.
 *
 * Then the folder is synced, so that the rename lasts. Where that fails it is no error: the new
 * file is there for all to see and cannot be taken back, and after a loss of power there is the new
 * one or the old one, whole.
 */
int vb_write_file(const char *path, const char *bytes, size_t count, vb_message *message);

/* Whether a file can be made there, asked before the work whose result it shall hold. 0, or -1 with
 * a sentence. */
int vb_check_writable(const char *path, vb_message *message);

/* All of the bytes into an open file. 0 or -errno. */
int vb_write_all(int fd, const char *bytes, size_t count);

/* Has what was made or renamed in a folder last. 0, also where the file system cannot; or -errno.
 */
int vb_sync_folder(const char *path);

/* Makes the folder and those above it. 0, or -1 with a sentence. */
int vb_make_folder(const char *path, vb_message *message);

#endif
