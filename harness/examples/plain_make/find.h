#include <stddef.h>

/* The first place in `text` where `word` stands; `text_bytes` if it is nowhere. */
size_t find_word(const char *text, size_t text_bytes, const char *word, size_t word_bytes);
