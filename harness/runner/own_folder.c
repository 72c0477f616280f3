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

int vb_find_beside_program(const char *const names[], char *path, size_t path_bytes)
{
    for (size_t i = 0; names[i]; i++) {
        int status = vb_beside_program(names[i], path, path_bytes);
        if (status != 0 || access(path, F_OK) == 0)
            return status;
    }
    return vb_beside_program(names[0], path, path_bytes);
}
