#include "runner/read_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/shortfall.h"

static int read_all(int fd, char *bytes, size_t count)
{
    while (count > 0) {
        ssize_t got = read(fd, bytes, count);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -errno;
        if (got == 0)
            return -EIO; /* it became shorter meanwhile */
        bytes += got;
        count -= (size_t)got;
    }
    return 0;
}

int vb_read_file(const char *path, size_t bytes_max, char **bytes, size_t *count,
                 vb_message *message)
{
    struct stat found;
    /* A FIFO without a writer would block. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return vb_say(message, "%s cannot be read: %s.", path, strerror(errno));
    int status = fstat(fd, &found) == 0 ? 0 : -errno;
    if (status == 0 && !S_ISREG(found.st_mode)) {
        close(fd);
        return vb_say(message, "%s is not a file.", path);
    }
    if (status == 0 && (uint64_t)found.st_size > bytes_max) {
        close(fd);
        return vb_say(message, "%s has %lld MB; at most %zu are read.", path,
                      (long long)(found.st_size >> 20), bytes_max >> 20);
    }
    *count = status == 0 ? (size_t)found.st_size : 0;
    *bytes = status == 0 ? malloc(*count + 1) : NULL;
    if (status == 0 && !*bytes)
        status = -ENOMEM;
    if (status == 0)
        status = read_all(fd, *bytes, *count);
    close(fd);
    if (status != 0) {
        free(*bytes);
        *bytes = NULL;
        if (status == -ENOMEM)
            vb_shortfall_note(ENOMEM);
        return vb_say(message, "%s cannot be read: %s.", path,
                      status == -ENOMEM ? "there is not enough memory" : strerror(-status));
    }
    return 0;
}
