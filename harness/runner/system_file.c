#define _GNU_SOURCE
#include "runner/system_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/shortfall.h"

enum { CPU_MAX = 1 << 20 }; /* a number above it is no CPU's */

static FILE *open_file(const char *root, const char *path)
{
    char *whole = NULL;
    if (asprintf(&whole, "%s%s", root, path) < 0) {
        vb_shortfall_note(ENOMEM);
        return NULL;
    }
    FILE *file = fopen(whole, "re");
    if (!file && errno != ENOENT && errno != ENOTDIR && errno != EACCES)
        vb_shortfall_note(errno);
    free(whole);
    return file;
}

bool vb_system_text(const char *root, const char *path, char *text, size_t text_bytes)
{
    FILE *file = open_file(root, path);
    if (!file)
        return false;
    size_t got = fread(text, 1, text_bytes - 1, file);
    bool read = !ferror(file);
    fclose(file);
    text[read ? got : 0] = '\0';
    return read;
}

bool vb_system_line(const char *root, const char *path, char *line, size_t line_bytes)
{
    bool read = vb_system_text(root, path, line, line_bytes) && line[0] != '\0';
    if (read)
        line[strcspn(line, "\n")] = '\0';
    return read;
}

/* What stands behind the key, blanks, and one of `separators` (none: the blanks are enough) in the
 * first line that has all that. malloc'd, or NULL. */
static char *find(const char *root, const char *path, const char *key, const char *separators)
{
    FILE *file = open_file(root, path);
    char *line = NULL;
    char *found = NULL;
    size_t capacity = 0;
    size_t length = strlen(key);
    ssize_t got = 0;
    while (file && !found && (errno = 0, got = getline(&line, &capacity, file)) >= 0) {
        if (strncmp(line, key, length) != 0)
            continue;
        const char *c = line + length + strspn(line + length, " \t");
        if (*c != '\0' && strchr(separators, *c))
            found = vb_copy_text(c + 1);
        else if (separators[0] == '\0' && c > line + length)
            found = vb_copy_text(c);
        else if (separators[0] == '\0' && *c == ':')
            found = vb_copy_text(c + 1);
    }
    if (file && got < 0 && errno != 0)
        vb_shortfall_note(errno);
    else if (file && ferror(file)) /* the line it broke off in was handed out all the same */
        vb_shortfall_note(EIO);
    free(line);
    if (file)
        fclose(file);
    return found;
}

char *vb_system_value(const char *root, const char *path, const char *key)
{
    char *value = find(root, path, key, ":=");
    if (value) {
        char *begin = value + strspn(value, " \t\"");
        begin[strcspn(begin, "\"\n")] = '\0';
        memmove(value, begin, strlen(begin) + 1);
    }
    return value;
}

bool vb_system_number(const char *root, const char *path, const char *key,
                      unsigned long long *number)
{
    char *text = find(root, path, key, "");
    char *begin = text ? text + strspn(text, " \t") : NULL;
    bool is_number = begin && *begin >= '0' && *begin <= '9';
    if (is_number) {
        errno = 0;
        *number = strtoull(begin, NULL, 10);
        is_number = errno == 0;
    }
    free(text);
    return is_number;
}

int vb_system_count_cpus(const char *list)
{
    long count = 0;
    while (*list >= '0' && *list <= '9' && count < CPU_MAX) {
        char *next;
        long first = strtol(list, &next, 10);
        long last = *next == '-' ? strtol(next + 1, &next, 10) : first;
        if (last < first || last > CPU_MAX)
            break;
        count += last - first + 1;
        list = *next == ',' ? next + 1 : next;
    }
    return (int)count;
}
