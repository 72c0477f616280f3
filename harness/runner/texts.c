#define _GNU_SOURCE
#include "runner/texts.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/shortfall.h"

static int no_memory(void)
{
    vb_shortfall_note(ENOMEM);
    return -ENOMEM;
}

int vb_texts_add(vb_texts *texts, const char *format, ...)
{
    if (texts->count + 1 >= texts->capacity) { /* one is for the NULL */
        size_t capacity = texts->capacity ? 2 * texts->capacity : 8;
        char **grown = realloc(texts->items, capacity * sizeof *grown);
        if (!grown)
            return no_memory();
        texts->items = grown;
        texts->capacity = capacity;
    }
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0)
        return no_memory();
    texts->items[texts->count++] = text;
    texts->items[texts->count] = NULL;
    return 0;
}

int vb_texts_add_all(vb_texts *texts, const vb_texts *added)
{
    int status = 0;
    for (size_t i = 0; i < added->count && status == 0; i++)
        status = vb_texts_add(texts, "%s", added->items[i]);
    return status;
}

size_t vb_texts_find(const vb_texts *texts, const char *text)
{
    size_t i = 0;
    while (i < texts->count && strcmp(texts->items[i], text) != 0)
        i++;
    return i;
}

void vb_texts_free(vb_texts *texts)
{
    if (!texts)
        return;
    for (size_t i = 0; i < texts->count; i++)
        free(texts->items[i]);
    free(texts->items);
    *texts = (vb_texts){0};
}
