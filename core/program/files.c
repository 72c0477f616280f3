/* Writing a file as a whole. */
#define _GNU_SOURCE
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool velox_file_is_stdout(const char *path)
{
    return path != NULL && strcmp(path, "-") == 0;
}

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

/* `path` is no link. */
static int write_and_rename(const char *path, velox_file_writer *writer, const void *context)
{
    char *temporary;
    if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
        return -ENOMEM;
    int status = 0;
    int descriptor = mkostemp(temporary, O_CLOEXEC);
    mode_t mask = umask(0);
    umask(mask);
    FILE *file = descriptor >= 0 ? fdopen(descriptor, "w") : NULL;
    if (file == NULL || fchmod(descriptor, 0666 & ~mask) != 0)
        status = -errno;
    if (file != NULL) {
        int written = write_and_close(file, true, writer, context);
        status = status != 0 ? status : written;
    } else if (descriptor >= 0) {
        close(descriptor);
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
    if (velox_file_is_stdout(path)) {
        int status = writer(stdout, context);
        return status == 0 && fflush(stdout) != 0 ? -errno : status;
    }
    struct stat there;
    if (stat(path, &there) != 0) {
        /* A link to what is not there yet stays one. */
        bool link = lstat(path, &there) == 0 && S_ISLNK(there.st_mode);
        return link ? write_as_it_is(path, writer, context)
                    : write_and_rename(path, writer, context);
    }
    if (!S_ISREG(there.st_mode))
        return write_as_it_is(path, writer, context);
    char *target = realpath(path, NULL); /* a link stays one */
    if (target == NULL)
        return -errno;
    int status = write_and_rename(target, writer, context);
    free(target);
    return status;
}
