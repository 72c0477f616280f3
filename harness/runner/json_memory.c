#include "runner/json_memory.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static int failed;

void vb_json_memory_fail(int error)
{
    if (failed == 0)
        failed = error;
}

static void *remember(void *memory)
{
    if (!memory)
        vb_json_memory_fail(ENOMEM);
    return memory;
}

static void *allocate(size_t bytes)
{
    return remember(malloc(bytes));
}

void vb_json_memory_watch(void)
{
    json_set_alloc_funcs(allocate, free);
    failed = 0;
}

int vb_json_memory_failed(void)
{
    return failed;
}

char *vb_json_memory_copy(const char *bytes, unsigned long count)
{
    return remember(strndup(bytes, count));
}
