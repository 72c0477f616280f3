#include "find.h"

#include <string.h>

size_t find_word(const char *text, size_t text_bytes, const char *word, size_t word_bytes)
{
    for (size_t at = 0; at + word_bytes <= text_bytes; at++) {
        if (memcmp(text + at, word, word_bytes) == 0)
            return at;
    }
    return text_bytes;
}
