#define _GNU_SOURCE
#include "runner/shortfall.h"

#include <errno.h>
#include <string.h>

static int first_error;

void vb_shortfall_note(int error)
{
    if (first_error == 0)
        first_error = error;
}

int vb_shortfall(void)
{
    return first_error;
}

void vb_shortfall_forget(void)
{
    first_error = 0;
}

char *vb_keep_text(const char *bytes, size_t count)
{
    char *copy = strndup(bytes, count);
    if (!copy)
        vb_shortfall_note(ENOMEM);
    return copy;
}

char *vb_copy_text(const char *text)
{
    return text ? vb_keep_text(text, strlen(text)) : NULL;
}

int vb_say_no_memory(vb_message *message)
{
    vb_shortfall_note(ENOMEM);
    return vb_say(message, "There is not enough memory.");
}
