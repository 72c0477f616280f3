#define _GNU_SOURCE
#include "runner/own_folder.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int vb_beside_program(const char *name, char *path, size_t path_bytes)
{
    char self[4096];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self);
    if (length < 0)
        return -errno;
    if ((size_t)length == sizeof self)
        return -ENAMETOOLONG;
    const char *slash = memrchr(self, '/', (size_t)length);
    int folder_bytes = slash ? (int)(slash - self) : 0;
    int written = snprintf(path, path_bytes, "%.*s/%s", folder_bytes, self, name);
    return written >= 0 && (size_t)written < path_bytes ? 0 : -ENAMETOOLONG;
}
