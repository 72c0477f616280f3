#include "runner/message.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/text.h"

int vb_say_list(vb_message *message, const char *format, va_list arguments)
{
    static const char cut[] = "...";
    int length = vsnprintf(message->text, sizeof message->text, format, arguments);
    if (length >= VB_MESSAGE_MAX) {
        message->text[VB_MESSAGE_MAX - sizeof cut] = '\0';
        vb_drop_cut_character(message->text);
        strcat(message->text, cut);
    }
    vb_mark_what_is_no_utf8(message->text);
    vb_blank_controls(message->text);
    return -1;
}

int vb_say(vb_message *message, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vb_say_list(message, format, arguments);
    va_end(arguments);
    return -1;
}
