#include "runner/message.h"

#include <stdarg.h>
#include <stdio.h>

#include "common/text.h"

int vb_say(vb_message *message, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message->text, sizeof message->text, format, arguments);
    va_end(arguments);
    vb_blank_controls(message->text);
    return -1;
}
