/*
 * A build like another one, in a folder of its own: what cmake is called with, and what of all that
 * it says is told when it fails.
 */
#ifndef VBENCH_CMAKE_BUILD_H
#define VBENCH_CMAKE_BUILD_H

#include "runner/cmake_cache.h"
#include "runner/message.h"
#include "runner/texts.h"

/* All paths are absolute. */
typedef struct {
    const vb_cmake_cache *like; /* what the other one was configured with; it names its generator */
    const char *folder;         /* the build goes into FOLDER/build, with configuration.cmake
                                   beside it; cmake runs in it */
    const char *worktree;       /* what lies in it is told by its path from there */
    const char *source;         /* the project's folder in it */
    const char *log;            /* gets all that is said */
} vb_cmake_build;

/* Configures it. 0; -EINTR; 1 with a clause that has the first error; or -1 with a sentence. */
int vb_cmake_configure(const vb_cmake_build *build, vb_message *message);
/* Builds these targets, on all CPUs that there are. `build_type` is for generators that know more
 * than one at a time. Returns what vb_cmake_configure does. */
int vb_cmake_compile(const vb_cmake_build *build, const char *build_type, const vb_texts *targets,
                     vb_message *message);

#endif
