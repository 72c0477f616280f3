/* The shared libraries that an executable loads, as its own dynamic linker finds them. */
#ifndef VBENCH_LOADED_LIBRARIES_H
#define VBENCH_LOADED_LIBRARIES_H

#include "runner/message.h"
#include "runner/texts.h"

/*
 * Adds their absolute paths, each once; those that the libraries need in turn, too, but not the C
 * runtime. Links are not resolved: an update may put another file behind them. None for what is
 * linked statically or is no ELF executable. Where the dynamic linker cannot list them (ld.so(8),
 * --list), those that the executable's own folders have. 0; -EINTR; or -1 with a sentence.
 */
int vb_loaded_libraries_add(const char *path, vb_texts *libraries, vb_message *message);

#endif
