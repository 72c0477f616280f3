#define _GNU_SOURCE
#include "runner/write_file.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/path.h"

int vb_write_all(int fd, const char *bytes, size_t count)
{
    while (count > 0) {
        ssize_t written = write(fd, bytes, count);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return written < 0 ? -errno : -EIO;
        bytes += written;
        count -= (size_t)written;
    }
    return 0;
}

/* The folder that a path's file lies in; malloc'd, NULL if there is no memory. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return strdup(".");
    return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

int vb_sync_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int status = fsync(fd) == 0 || errno == EINVAL ? 0 : -errno; /* not all file systems can */
    close(fd);
    return status;
}

/* A rename lasts only once its folder is synced; the header says what a failure means. */
static void sync_folder_of(const char *path)
{
    char *folder = folder_of(path);
    if (folder)
        vb_sync_folder(folder);
    free(folder);
}

/* Whether `name` is a temporary one of the file `base`, and its writer lives no longer. A file that
 * has our own number is a former process's. */
static bool is_stale(const char *name, const char *base)
{
    size_t length = strlen(base);
    if (strncmp(name, base, length) != 0 || name[length] != '.' ||
        !isdigit((unsigned char)name[length + 1]))
        return false;
    char *end;
    errno = 0;
    long writer = strtol(name + length + 1, &end, 10);
    if (errno != 0 || writer <= 0 || writer > INT_MAX || strcmp(end, ".tmp") != 0)
        return false;
    return writer == (long)getpid() || (kill((pid_t)writer, 0) != 0 && errno == ESRCH);
}

/* What cannot be removed does no harm. */
static void remove_stale(const char *path)
{
    const char *base = vb_path_name(path);
    char *folder = folder_of(path);
    DIR *opened = folder ? opendir(folder) : NULL;
    for (struct dirent *entry; opened && (entry = readdir(opened));) {
        if (is_stale(entry->d_name, base))
            unlinkat(dirfd(opened), entry->d_name, 0);
    }
    if (opened)
        closedir(opened);
    free(folder);
}

/* Writes `temporary` and renames it to `path`. 0, or -errno without a temporary file left. */
static int replace(const char *path, const char *temporary, const char *bytes, size_t count)
{
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0)
        return -errno;
    int status = vb_write_all(fd, bytes, count);
    if (status == 0 && fsync(fd) != 0)
        status = -errno;
    if (close(fd) != 0 && status == 0)
        status = -errno;
    if (status == 0 && rename(temporary, path) != 0)
        status = -errno;
    if (status != 0)
        unlink(temporary);
    return status;
}

/* A terminal, a pipe or /dev/null is written to: a rename would put a file in its place. */
static int write_into(const char *path, const char *bytes, size_t count)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int status = vb_write_all(fd, bytes, count);
    if (close(fd) != 0 && status == 0)
        status = -errno;
    return status;
}

int vb_write_file(const char *path, const char *bytes, size_t count, vb_message *message)
{
    struct stat found;
    int status;
    bool exists = stat(path, &found) == 0;
    if (exists && !S_ISREG(found.st_mode) && !S_ISDIR(found.st_mode)) {
        status = write_into(path, bytes, count);
    } else {
        /* Behind a symbolic link, the file that it leads to is replaced, not the link. */
        char *target = exists ? realpath(path, NULL) : strdup(path);
        char *temporary = NULL;
        if (!target) {
            status = -errno;
        } else if (asprintf(&temporary, "%s.%ld.tmp", target, (long)getpid()) < 0) {
            status = -ENOMEM;
        } else {
            remove_stale(target);
            status = replace(target, temporary, bytes, count);
            free(temporary);
        }
        if (status == 0)
            sync_folder_of(target);
        free(target);
    }
    if (status != 0)
        return vb_say(message, "%s cannot be written: %s.", path, strerror(-status));
    return 0;
}

int vb_check_writable(const char *path, vb_message *message)
{
    struct stat found;
    int status = 0;
    bool exists = stat(path, &found) == 0;
    if (exists && S_ISDIR(found.st_mode)) {
        status = -EISDIR;
    } else if (exists && !S_ISREG(found.st_mode)) {
        status = access(path, W_OK) == 0 ? 0 : -errno;
    } else {
        char *folder = folder_of(path); /* a regular file is replaced, not written */
        if (!folder)
            status = -ENOMEM;
        else if (access(folder, W_OK | X_OK) != 0)
            status = -errno;
        free(folder);
    }
    if (status != 0)
        return vb_say(message, "%s cannot be written: %s.", path, strerror(-status));
    return 0;
}

int vb_make_folder(const char *path, vb_message *message)
{
    char *partial = strdup(path);
    if (!partial)
        return vb_say(message, "%s cannot be made: not enough memory.", path);
    int status = 0;
    for (char *c = partial; status == 0; c++) {
        if ((*c == '/' && c != partial) || *c == '\0') {
            char end = *c;
            *c = '\0';
            if (mkdir(partial, 0755) != 0 && errno != EEXIST)
                status = -errno;
            *c = end;
            if (end == '\0')
                break;
        }
    }
    free(partial);
    struct stat found;
    if (status == 0 && (stat(path, &found) != 0 || !S_ISDIR(found.st_mode)))
        status = -ENOTDIR;
    if (status != 0)
        return vb_say(message, "The folder %s cannot be made: %s.", path, strerror(-status));
    return 0;
}
