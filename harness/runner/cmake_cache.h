/*
 * CMakeCache.txt: what a build folder was configured with, to configure another one like it.
 * (cmake --help-manual cmake-language, "Bracket Argument"; cmake(1), option -C.)
 */
#ifndef VBENCH_CMAKE_CACHE_H
#define VBENCH_CMAKE_CACHE_H

#include "runner/message.h"
#include "runner/texts.h"

/* Lists of equal length, in the file's order, which is that of the names. */
typedef struct {
    vb_texts names;
    vb_texts types; /* STRING, BOOL, PATH, FILEPATH, UNINITIALIZED, STATIC, INTERNAL */
    vb_texts values;
} vb_cmake_cache;

/* Reads that of a build folder. 0, or -1 with a sentence; nothing to free then. */
int vb_cmake_cache_read(const char *build, vb_cmake_cache *cache, vb_message *message);
void vb_cmake_cache_free(vb_cmake_cache *cache); /* the contents; NULL-safe */

/* NULL where there is no such entry, or an empty one. */
const char *vb_cmake_cache_value(const vb_cmake_cache *cache, const char *name);

/*
 * A script for cmake -C, malloc'd, with all that the user, a preset or the project's options may
 * have set. What lies in the sources is looked for in `source` instead; what lies in the build
 * folder was made there, and what was not found may be there now: both are left to CMake. NULL if
 * there is no memory, which is noted.
 */
char *vb_cmake_cache_script(const vb_cmake_cache *cache, const char *source);

#endif
