/*
 * The small files in which the system tells about itself: /proc, /sys, /etc. They have no size,
 * come and go, and may hold anything. `root` is the folder that they are looked for in: "" for this
 * machine; a test has a tree of its own. Paths begin with a slash.
 *
 * A file that is not there, or not for us, is no error. What else goes wrong is noted as a
 * shortfall (shortfall.h): a machine that is told only in part would be taken for another one.
 */
#ifndef VBENCH_SYSTEM_FILE_H
#define VBENCH_SYSTEM_FILE_H

#include <stdbool.h>
#include <stddef.h>

/* The file's beginning, as far as it fits, ended with a NUL; false where it cannot be read. A
 * driver may refuse to be read: then the text is not there. */
bool vb_system_text(const char *root, const char *path, char *text, size_t text_bytes);
/* The same of its first line, without the newline. */
bool vb_system_line(const char *root, const char *path, char *line, size_t line_bytes);

/* The value after "key<blanks>:" or "key=" in the first line of a file that has the key, without
 * quotes. malloc'd; NULL if there is none. */
char *vb_system_value(const char *root, const char *path, const char *key);
/* The number after "key<blanks>" or "key:" likewise, as in /proc/vmstat and /proc/meminfo; false if
 * there is none. */
bool vb_system_number(const char *root, const char *path, const char *key,
                      unsigned long long *number);

/* The number of CPUs in a list such as "0-1,4"; what comes after the first mistake does not count.
 */
int vb_system_count_cpus(const char *list);

#endif
