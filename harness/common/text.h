/* What may travel as one line, be printed, and be written as JSON: UTF-8 without control
 * characters. */
#ifndef VBENCH_TEXT_H
#define VBENCH_TEXT_H

#include <stdbool.h>
#include <string.h>

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

/* The bytes of the character that `text` begins with; 0 if it is no UTF-8 (RFC 3629): overlong
 * forms and surrogates are not. Not for an empty text. */
static inline int vb_utf8_bytes(const char *text)
{
    const unsigned char *c = (const unsigned char *)text;
    int more = *c < 0x80                 ? 0
               : *c >= 0xC2 && *c < 0xE0 ? 1
               : *c >= 0xE0 && *c < 0xF0 ? 2
               : *c >= 0xF0 && *c < 0xF5 ? 3
                                         : -1;
    unsigned char low = *c == 0xE0 ? 0xA0 : *c == 0xF0 ? 0x90 : 0x80;
    unsigned char high = *c == 0xED ? 0x9F : *c == 0xF4 ? 0x8F : 0xBF;
    for (int i = 1; i <= more; i++) {
        if (c[i] < low || c[i] > high)
            return 0;
        low = 0x80;
        high = 0xBF;
    }
    return more + 1;
}

/* Whether all of it is UTF-8, as JSON asks. */
static inline bool vb_is_utf8(const char *text)
{
    for (int bytes; *text; text += bytes) {
        bytes = vb_utf8_bytes(text);
        if (bytes == 0)
            return false;
    }
    return true;
}

/* Puts '?' for each byte that is no UTF-8: names come from anywhere, and some are cut in two. */
static inline void vb_mark_what_is_no_utf8(char *text)
{
    for (int bytes; *text; text += bytes) {
        bytes = vb_utf8_bytes(text);
        if (bytes == 0) {
            *text = '?';
            bytes = 1;
        }
    }
}

/* Takes away the beginning of a character at the end, which a limit on bytes leaves behind. */
static inline void vb_drop_cut_character(char *text)
{
    size_t length = strlen(text), lead = length;
    while (lead > 0 && length - lead < 3 && ((unsigned char)text[lead - 1] & 0xC0) == 0x80)
        lead--;
    if (lead > 0 && !vb_is_utf8(text + lead - 1))
        text[lead - 1] = '\0';
}

/* Makes blanks of control characters, U+0080 to U+009F included: terminals obey these, too. */
static inline void vb_blank_controls(char *text)
{
    for (; *text; text++) {
        const unsigned char byte = (unsigned char)text[0], next = (unsigned char)text[1];
        if (byte == 0xC2 && next >= 0x80 && next < 0xA0)
            text[0] = text[1] = ' ';
        else if (vb_is_control(*text))
            *text = ' ';
    }
}

#endif
