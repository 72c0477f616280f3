#define _GNU_SOURCE
#include "runner/allocation_library.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/own_folder.h"

#ifndef VB_ALLOCATIONS_INSTALLED
#error "the build must define VB_ALLOCATIONS_INSTALLED"
#endif

static const char variable[] = "VBENCH_ALLOCATIONS_LIBRARY";
#define FILE_NAME "libvbench_allocations.so"
/* As seen from this program's folder: installed, and in the build. */
static const char *const places[] = {VB_ALLOCATIONS_INSTALLED "/" FILE_NAME, "../lib/" FILE_NAME,
                                     NULL};

/* Its path where it lies beside this program, malloc'd; NULL: nowhere, as errno says. */
static char *find_beside_program(void)
{
    char path[4096];
    return vb_find_beside_program(places, path, sizeof path) == 0 ? realpath(path, NULL) : NULL;
}

/*
 * LD_PRELOAD takes no path with a blank or a colon. Such a file goes by the name of a descriptor,
 * which this process keeps open for the workers that it starts. 0 or -errno.
 */
static int name_without_blanks(char **path)
{
    char *name;
    if (!strpbrk(*path, ": \t\n"))
        return 0;
    int fd = open(*path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    if (asprintf(&name, "/proc/%ld/fd/%d", (long)getpid(), fd) < 0) {
        close(fd);
        return -ENOMEM;
    }
    free(*path);
    *path = name;
    return 0;
}

int vb_allocation_library_find(char **path, vb_message *message)
{
    const char *named = getenv(variable);
    if (named && named[0] == '\0')
        named = NULL;
    char *found = named ? realpath(named, NULL) : find_beside_program();
    if (!found && named)
        return vb_say(message, "The library %s, which %s names, cannot be found: %s.", named,
                      variable, strerror(errno));
    if (!found)
        return vb_say(message,
                      "--allocations needs %s, which is neither in %s nor in ../lib, seen from "
                      "this program's folder; build it, or name it in %s.",
                      FILE_NAME, VB_ALLOCATIONS_INSTALLED, variable);
    int status = name_without_blanks(&found);
    if (status != 0) {
        vb_say(message, "The library %s cannot be read: %s.", found, strerror(-status));
        free(found);
        return -1;
    }
    *path = found;
    return 0;
}
