/* A sentence for the user. */
#include "message.h"

#include <stdarg.h>
#include <stdio.h>

int velox_say(char message[VELOX_MESSAGE_BYTES], const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, VELOX_MESSAGE_BYTES, format, arguments);
    va_end(arguments);
    return -1;
}
