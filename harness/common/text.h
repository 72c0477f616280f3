/* What may travel as one line and be printed: no control characters. */
#ifndef VBENCH_TEXT_H
#define VBENCH_TEXT_H

#include <stdbool.h>

static inline bool vb_is_control(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7f;
}

static inline bool vb_has_control(const char *text)
{
    while (*text && !vb_is_control(*text))
        text++;
    return *text != '\0';
}

/* Makes blanks of them. */
static inline void vb_blank_controls(char *text)
{
    for (; *text; text++) {
        if (vb_is_control(*text))
            *text = ' ';
    }
}

#endif
