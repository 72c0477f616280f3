/* SHA-256 of files and texts: whether a file is still the one that was recorded, and names of what
 * is kept for later by what it was made from. */
#ifndef VBENCH_DIGEST_H
#define VBENCH_DIGEST_H

#include <nettle/sha2.h>
#include <stddef.h>

enum { VB_DIGEST_TEXT = 2 * SHA256_DIGEST_SIZE + 1 };

/* Of several things in a row. */
typedef struct {
    struct sha256_ctx state;
} vb_digest;

void vb_digest_begin(vb_digest *digest);
void vb_digest_bytes(vb_digest *digest, const void *bytes, size_t count);
/* A text with its end, so that "ab", "c" and "a", "bc" differ. */
void vb_digest_text(vb_digest *digest, const char *text);
/* A file's bytes. 0 or -errno. */
int vb_digest_file(vb_digest *digest, const char *path);
/* In lower-case hexadecimal digits. */
void vb_digest_end(vb_digest *digest, char text[VB_DIGEST_TEXT]);

/* Of one file. 0 or -errno. */
int vb_digest_of_file(const char *path, char text[VB_DIGEST_TEXT]);

#endif
