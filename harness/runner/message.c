#include "runner/message.h"

#include <stdarg.h>
#include <stdio.h>

#include "common/text.h"

int vb_say(vb_message *message, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(message->text, sizeof message->text, format, arguments);
    va_end(arguments);
    if (length >= (int)sizeof message->text)
        vb_drop_cut_character(message->text);
    vb_blank_controls(message->text);
    return -1;
}
