#include "runner/outline.h"

#include <stdbool.h>
#include <string.h>

enum { ITEMS_LEFT = 2 };

static bool is_of_number(char c)
{
    return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E' ||
           c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* Of the array that begins at `at`: where it ends, at its bracket, and where the first items do. 0:
 * it holds something else than numbers. */
static size_t find_end(const char *bytes, size_t count, size_t at, size_t *items_end)
{
    size_t items = 1;
    *items_end = 0;
    for (size_t i = at + 1; i < count; i++) {
        if (bytes[i] == ',' && items++ == ITEMS_LEFT)
            *items_end = i;
        else if (bytes[i] == ']')
            return i;
        else if (bytes[i] != ',' && !is_of_number(bytes[i]))
            return 0;
    }
    return 0;
}

size_t vb_outline(char *bytes, size_t count)
{
    size_t left = 0;
    bool in_text = false;
    for (size_t i = 0; i < count; i++) {
        size_t items_end, end;
        const bool escapes = in_text && bytes[i] == '\\' && i + 1 < count;
        if (bytes[i] == '"')
            in_text = !in_text;
        if (!in_text && bytes[i] == '[' && (end = find_end(bytes, count, i, &items_end)) > 0 &&
            items_end > 0) {
            memmove(bytes + left, bytes + i, items_end - i);
            left += items_end - i;
            i = end;
        }
        bytes[left++] = bytes[i];
        if (escapes)
            bytes[left++] = bytes[++i];
    }
    return left;
}
