#define _GNU_SOURCE
#include "runner/path.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/shortfall.h"

const char *vb_path_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

void vb_path_folder(const char *path, char *folder, size_t folder_bytes)
{
    const char *slash = strrchr(path, '/');
    if (slash == path)
        snprintf(folder, folder_bytes, "/");
    else
        snprintf(folder, folder_bytes, "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
}

bool vb_path_is_program(const char *path)
{
    struct stat found;
    return stat(path, &found) == 0 && S_ISREG(found.st_mode) && access(path, X_OK) == 0;
}

char *vb_program_find(const char *name)
{
    if (strchr(name, '/'))
        return vb_path_is_program(name) ? vb_copy_text(name) : NULL;
    const char *path = getenv("PATH");
    for (const char *folder = path ? path : "/usr/bin:/bin"; folder;) {
        char *found = NULL;
        int length = (int)strcspn(folder, ":");
        if (asprintf(&found, "%.*s/%s", length, length ? folder : ".", name) < 0) {
            vb_shortfall_note(ENOMEM);
            return NULL;
        }
        if (vb_path_is_program(found))
            return found;
        free(found);
        folder = folder[length] ? folder + length + 1 : NULL;
    }
    return NULL;
}
