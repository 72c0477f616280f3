#include "runner/json_memory.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static bool failed;

static void *remember(void *memory)
{
    failed = failed || !memory;
    return memory;
}

static void *allocate(size_t bytes)
{
    return remember(malloc(bytes));
}

void vb_json_memory_watch(void)
{
    json_set_alloc_funcs(allocate, free);
    failed = false;
}

bool vb_json_memory_failed(void)
{
    return failed;
}

char *vb_json_memory_copy(const char *bytes, unsigned long count)
{
    return remember(strndup(bytes, count));
}
