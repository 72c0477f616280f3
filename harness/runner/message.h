/* One error, as one sentence for the user. Passed down so that whoever finds it can word it. */
#ifndef VBENCH_MESSAGE_H
#define VBENCH_MESSAGE_H

#include <stdarg.h>

enum { VB_MESSAGE_MAX = 1024 };

/* What functions return that explain with a sentence why something cannot be done, and that is no
 * error: their headers call it 1. */
enum { VB_CANNOT = 1 };

typedef struct {
    char text[VB_MESSAGE_MAX];
} vb_message;

/* Sets the sentence (printf-like; control characters become spaces, what is no UTF-8 becomes "?",
 * and what is too long ends in "..."). Returns -1, so that a failing function can `return
 * vb_say(...)`. */
int vb_say(vb_message *message, const char *format, ...) __attribute__((format(printf, 2, 3)));
int vb_say_list(vb_message *message, const char *format, va_list arguments);

#endif
