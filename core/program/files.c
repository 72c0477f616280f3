#define _GNU_SOURCE
#include "files.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int write_and_close(FILE *file, bool sync, velox_file_writer *writer, const void *context)
{
    int status = writer(file, context);
    if (status == 0 && (fflush(file) != 0 || (sync && fsync(fileno(file)) != 0)))
        status = -errno;
    if (fclose(file) != 0 && status == 0)
        status = -errno;
    return status;
}

static int write_as_it_is(const char *path, velox_file_writer *writer, const void *context)
{
    FILE *file = fopen(path, "we");
    return file != NULL ? write_and_close(file, false, writer, context) : -errno;
}

static int write_and_rename(const char *path, velox_file_writer *writer, const void *context)
{
    char *temporary;
    if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
        return -ENOMEM;
    int status = 0;
    int descriptor = mkostemp(temporary, 0);
    mode_t mask = umask(0);
    umask(mask);
    FILE *file = descriptor >= 0 ? fdopen(descriptor, "w") : NULL;
    if (file == NULL || fchmod(descriptor, 0666 & ~mask) != 0)
        status = -errno;
    if (file != NULL) {
        int written = write_and_close(file, true, writer, context);
        status = status != 0 ? status : written;
    }
    if (status == 0 && rename(temporary, path) != 0)
        status = -errno;
    if (status != 0 && descriptor >= 0)
        unlink(temporary);
    free(temporary);
    return status;
}

int velox_file_write(const char *path, velox_file_writer *writer, const void *context)
{
    if (strcmp(path, "-") == 0) {
        int status = writer(stdout, context);
        return status == 0 && fflush(stdout) != 0 ? -errno : status;
    }
    struct stat there;
    bool special = stat(path, &there) == 0 && !S_ISREG(there.st_mode);
    return special ? write_as_it_is(path, writer, context)
                   : write_and_rename(path, writer, context);
}
