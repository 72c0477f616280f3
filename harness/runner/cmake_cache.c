#define _GNU_SOURCE
#include "runner/cmake_cache.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/read_file.h"
#include "runner/shortfall.h"

static const size_t bytes_max = (size_t)16 << 20;

/* Takes a line apart: NAME:TYPE=VALUE or "NAME":TYPE=VALUE. 0 or -ENOMEM; what is none is no
 * entry. */
static int add_entry(char *line, vb_cmake_cache *cache)
{
    bool quoted = line[0] == '"';
    char *name = line + quoted;
    char *name_end = quoted ? strstr(name, "\":") : strchr(name, ':');
    char *type = name_end ? name_end + 1 + quoted : NULL;
    char *type_end = type ? strchr(type, '=') : NULL;
    if (line[0] == '#' || strncmp(line, "//", 2) == 0 || !type_end)
        return 0;
    *name_end = *type_end = '\0';
    char *value = type_end + 1;
    size_t length = strlen(value);
    if (length >= 2 && value[0] == '\'' && value[length - 1] == '\'') { /* keeps blanks at an end */
        value[length - 1] = '\0';
        value++;
    }
    int status = vb_texts_add(&cache->names, "%s", name);
    if (status == 0)
        status = vb_texts_add(&cache->types, "%s", type);
    if (status == 0)
        status = vb_texts_add(&cache->values, "%s", value);
    return status;
}

int vb_cmake_cache_read(const char *build, vb_cmake_cache *cache, vb_message *message)
{
    char *path = NULL;
    char *bytes = NULL;
    size_t count = 0;
    *cache = (vb_cmake_cache){0};
    if (asprintf(&path, "%s/CMakeCache.txt", build) < 0)
        return vb_say_no_memory(message);
    int status = vb_read_file(path, bytes_max, &bytes, &count, message);
    free(path);
    if (status != 0)
        return -1;
    char *text = vb_keep_text(bytes, count);
    free(bytes);
    status = text ? 0 : -ENOMEM;
    char *rest = text;
    for (char *line; status == 0 && (line = strsep(&rest, "\n"));)
        status = add_entry(line, cache);
    free(text);
    if (status != 0)
        vb_cmake_cache_free(cache);
    return status == 0 ? 0 : vb_say_no_memory(message);
}

void vb_cmake_cache_free(vb_cmake_cache *cache)
{
    if (!cache)
        return;
    vb_texts_free(&cache->names);
    vb_texts_free(&cache->types);
    vb_texts_free(&cache->values);
}

const char *vb_cmake_cache_value(const vb_cmake_cache *cache, const char *name)
{
    size_t found = vb_texts_find(&cache->names, name);
    const char *value = found < cache->names.count ? cache->values.items[found] : "";
    return value[0] ? value : NULL;
}

/* Whether an absolute path begins there: alone, or behind a flag such as -I. */
static bool begins_path(const char *value, const char *place)
{
    while (place > value && !strchr(";:\"'= /", place[-1]))
        place--;
    return place == value || place[-1] != '/';
}

/* Where in the value a path at or below the folder begins; NULL: nowhere. */
static const char *find_folder(const char *value, const char *folder)
{
    size_t length = folder ? strlen(folder) : 0;
    const char *place = length > 0 ? strstr(value, folder) : NULL;
    while (place && ((place[length] != '\0' && !strchr("/;:\"' ", place[length])) ||
                     !begins_path(value, place)))
        place = strstr(place + 1, folder);
    return place;
}

static bool is_to_be_set(const char *type, const char *value, const char *build)
{
    static const char not_found[] = "-NOTFOUND";
    size_t length = strlen(value);
    bool missing = length >= sizeof not_found - 1 &&
                   strcmp(value + length - (sizeof not_found - 1), not_found) == 0;
    return strcmp(type, "INTERNAL") != 0 && strcmp(type, "STATIC") != 0 && !missing &&
           !find_folder(value, build);
}

char *vb_cmake_cache_script(const vb_cmake_cache *cache, const char *source)
{
    const char *old_source = vb_cmake_cache_value(cache, "CMAKE_HOME_DIRECTORY");
    const char *build = vb_cmake_cache_value(cache, "CMAKE_CACHEFILE_DIR");
    char *text = NULL;
    size_t bytes = 0;
    FILE *script = open_memstream(&text, &bytes);
    for (size_t i = 0; script && i < cache->names.count; i++) {
        const char *type = cache->types.items[i];
        const char *value = cache->values.items[i];
        if (!is_to_be_set(type, value, build))
            continue;
        /* set() declares no entry without a type; one that the user gave none is any text. */
        fprintf(script, "set([======[%s]======] [======[", cache->names.items[i]);
        for (const char *place; (place = find_folder(value, old_source));
             value = place + strlen(old_source))
            fprintf(script, "%.*s%s", (int)(place - value), value, source);
        fprintf(script, "%s]======] CACHE %s \"\")\n", value,
                strcmp(type, "UNINITIALIZED") == 0 ? "STRING" : type);
    }
    bool failed = !script || ferror(script);
    if (!script || fclose(script) != 0 || failed) {
        vb_shortfall_note(ENOMEM);
        free(text);
        return NULL;
    }
    return text;
}
