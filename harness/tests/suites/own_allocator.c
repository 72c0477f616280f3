/* A suite that brings an allocator of its own: no library in front of the C library's sees what it
 * allocates. Memory is handed out and never taken back. */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include <vbench/vbench.h>

enum { HEADER_BYTES = 64, CHUNK_BYTES = 8 << 20 };

static uintptr_t position;

void *aligned_alloc(size_t alignment, size_t bytes);
int posix_memalign(void **block, size_t alignment, size_t bytes);
void *malloc(size_t bytes);
void *calloc(size_t members, size_t bytes);
void *realloc(void *block, size_t bytes);
void free(void *block);

/* From one thread at a time, which is all that this suite has. */
void *aligned_alloc(size_t alignment, size_t bytes)
{
    static uintptr_t end;
    if (alignment < HEADER_BYTES)
        alignment = HEADER_BYTES;
    if (bytes > CHUNK_BYTES / 2 || alignment > CHUNK_BYTES / 4)
        return NULL;
    uintptr_t block = (position + HEADER_BYTES + alignment - 1) / alignment * alignment;
    if (position == 0 || block + bytes > end) {
        void *chunk =
            mmap(NULL, CHUNK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (chunk == MAP_FAILED)
            return NULL;
        end = (uintptr_t)chunk + CHUNK_BYTES;
        block = ((uintptr_t)chunk + HEADER_BYTES + alignment - 1) / alignment * alignment;
    }
    memcpy((void *)(block - HEADER_BYTES), &bytes, sizeof bytes);
    position = block + bytes;
    return (void *)block;
}

int posix_memalign(void **block, size_t alignment, size_t bytes)
{
    *block = aligned_alloc(alignment, bytes);
    return *block ? 0 : ENOMEM;
}

void *malloc(size_t bytes)
{
    return aligned_alloc(1, bytes);
}

void *calloc(size_t members, size_t bytes)
{
    return malloc(members * bytes); /* fresh pages are zero */
}

void *realloc(void *block, size_t bytes)
{
    size_t old_bytes = 0;
    if (block)
        memcpy(&old_bytes, (char *)block - HEADER_BYTES, sizeof old_bytes);
    void *moved = malloc(bytes);
    if (moved && block)
        memcpy(moved, block, old_bytes < bytes ? old_bytes : bytes);
    return moved;
}

void free(void *block)
{
    (void)block;
}

static void busy(vb_run *run)
{
    uint64_t number = 0;
    VB_LOOP (run) {
        number++;
        VB_KEEP(number);
    }
}

static const vb_bench table[] = {{.name = "own_allocator", .fn = busy}};

VB_MAIN(table)
