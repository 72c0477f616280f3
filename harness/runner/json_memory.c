#include "runner/json_memory.h"

#include <errno.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
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

static jmp_buf way_out;
static bool parsing;

static void *allocate(size_t bytes)
{
    void *memory = remember(malloc(bytes));
    if (!memory && parsing)
        longjmp(way_out, 1);
    return memory;
}

/* One of the two ways. The jump passes over jansson's frames only. */
static json_t *parse(const char *path, const char *bytes, size_t count, json_error_t *error)
{
    json_t *parsed = NULL;
    if (setjmp(way_out) == 0) {
        parsing = true;
        parsed = path ? json_load_file(path, JSON_REJECT_DUPLICATES, error)
                      : json_loadb(bytes, count, JSON_REJECT_DUPLICATES, error);
        parsing = false;
        return parsed;
    }
    parsing = false;
    *error = (json_error_t){.line = -1, .column = -1};
    snprintf(error->text, sizeof error->text, "there is not enough memory");
    return NULL;
}

json_t *vb_json_parse(const char *bytes, size_t count, json_error_t *error)
{
    return parse(NULL, bytes, count, error);
}

json_t *vb_json_parse_file(const char *path, json_error_t *error)
{
    return parse(path, NULL, 0, error);
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

char *vb_json_memory_copy(const char *bytes, size_t count)
{
    return remember(strndup(bytes, count));
}
