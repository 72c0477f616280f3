/* The shared libraries that come with a suite: those that it needs and that are not the system's.
 */
#ifndef VBENCH_NEEDED_LIBRARIES_H
#define VBENCH_NEEDED_LIBRARIES_H

#include <stdbool.h>

typedef void vb_library_visitor(const char *path, void *context);

/*
 * Visits the shared libraries that an ELF executable needs (DT_NEEDED) and that the dynamic linker
 * finds in the folders that the executable itself names (DT_RUNPATH, or else DT_RPATH; ld.so(8)),
 * unless they lie in a system folder (/lib, /usr/lib and their likes) or belong to Google Benchmark
 * or to the compiler. What those libraries need in turn is not looked for. 0, or -1 if the file
 * cannot be read.
 */
int vb_needed_libraries_visit(const char *path, vb_library_visitor *visit, void *context);

/* Whether a shared library comes with a suite, going by its real path: it is none of the system's,
 * Google Benchmark's or the compiler's. */
bool vb_library_comes_with_suite(const char *real_path);

#endif
