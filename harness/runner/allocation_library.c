#define _GNU_SOURCE
#include "runner/allocation_library.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char variable[] = "VBENCH_ALLOCATIONS_LIBRARY";
static const char file_name[] = "libvbench_allocations.so";
static const char *const folders[] = {"../lib/vbench", "../lib"};

/* Its path where it lies beside this program, malloc'd; NULL: nowhere, as errno says. */
static char *find_beside_program(void)
{
    char *found = NULL;
    char *program = realpath("/proc/self/exe", NULL);
    char *slash = program ? strrchr(program, '/') : NULL;
    if (slash)
        *slash = '\0';
    for (size_t i = 0; slash && !found && i < sizeof folders / sizeof *folders; i++) {
        char *candidate;
        if (asprintf(&candidate, "%s/%s/%s", program, folders[i], file_name) < 0)
            break;
        found = realpath(candidate, NULL);
        free(candidate);
    }
    free(program);
    return found;
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
                      "--allocations needs %s, which is neither in %s nor in %s, seen from this "
                      "program's folder; build it, or name it in %s.",
                      file_name, folders[0], folders[1], variable);
    if (strpbrk(found, ": \t\n")) {
        vb_say(message,
               "--allocations cannot use %s: LD_PRELOAD takes no path with a space or a colon; "
               "copy the library elsewhere and name the copy in %s.",
               found, variable);
        free(found);
        return -1;
    }
    *path = found;
    return 0;
}
