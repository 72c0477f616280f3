#include "runner/message.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/text.h"

/* Names come from anywhere, and some are cut in the middle of a letter. */
static void mark_what_is_no_utf8(char *text)
{
    for (int bytes; *text; text += bytes) {
        bytes = vb_utf8_bytes(text);
        if (bytes == 0) {
            *text = '?';
            bytes = 1;
        }
    }
}

int vb_say(vb_message *message, const char *format, ...)
{
    static const char cut[] = "...";
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(message->text, sizeof message->text, format, arguments);
    va_end(arguments);
    if (length >= VB_MESSAGE_MAX) {
        message->text[VB_MESSAGE_MAX - sizeof cut] = '\0';
        vb_drop_cut_character(message->text);
        strcat(message->text, cut);
    }
    mark_what_is_no_utf8(message->text);
    vb_blank_controls(message->text);
    return -1;
}
