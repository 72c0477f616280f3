#define _GNU_SOURCE
#include "runner/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/base16.h>
#include <string.h>
#include <unistd.h>

void vb_digest_begin(vb_digest *digest)
{
    sha256_init(&digest->state);
}

void vb_digest_bytes(vb_digest *digest, const void *bytes, size_t count)
{
    sha256_update(&digest->state, count, bytes);
}

void vb_digest_text(vb_digest *digest, const char *text)
{
    vb_digest_bytes(digest, text, strlen(text) + 1);
}

int vb_digest_file(vb_digest *digest, const char *path)
{
    char bytes[16384];
    ssize_t got;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe in its place must not hang */
    if (fd < 0)
        return -errno;
    while ((got = read(fd, bytes, sizeof bytes)) > 0 || (got < 0 && errno == EINTR)) {
        if (got > 0)
            vb_digest_bytes(digest, bytes, (size_t)got);
    }
    int status = got < 0 ? -errno : 0;
    close(fd);
    return status;
}

void vb_digest_end(vb_digest *digest, char text[VB_DIGEST_TEXT])
{
    uint8_t bytes[SHA256_DIGEST_SIZE];
    sha256_digest(&digest->state, sizeof bytes, bytes);
    base16_encode_update(text, sizeof bytes, bytes);
    text[VB_DIGEST_TEXT - 1] = '\0';
}

int vb_digest_of_file(const char *path, char text[VB_DIGEST_TEXT])
{
    vb_digest digest;
    vb_digest_begin(&digest);
    int status = vb_digest_file(&digest, path);
    vb_digest_end(&digest, text);
    return status;
}
