#include "runner/json_memory.h"

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

json_t *vb_json_text(const char *bytes, size_t count)
{
    json_t *string = json_stringn(bytes, count);
    char *cleaned = string ? NULL : remember(strndup(bytes, count));
    if (!cleaned)
        return string;
    for (char *c = cleaned; *c; c++) {
        if ((unsigned char)*c >= 0x80)
            *c = '?';
    }
    string = json_string(cleaned);
    free(cleaned);
    return string;
}
