/* What DWARF says about the source files that a binary was compiled from. Reads, judges nothing. */
#ifndef VBENCH_DEBUG_INFO_H
#define VBENCH_DEBUG_INFO_H

#include <stdbool.h>

/*
 * One compilation unit. `source` is its file's name without folders, or the object's where that is
 * not known. `producer` is DW_AT_producer: the compiler and, as gcc writes it, its options; NULL
 * where nothing is recorded: no debug information, or it lies in a file that is not there. Both
 * are valid during the call only.
 */
typedef void vb_unit_visitor(const char *source, const char *producer, void *context);

/*
 * Visits the compilation units of an ELF object, archive, library or executable, except those in
 * assembler, which no option optimises, and those that link-time optimisation adds, which come from
 * no source file. Without libvbench, for an executable or a shared library: also except its units;
 * and where some units, but none of them, hold a global function of others, one such function
 * stands for a unit of which nothing is recorded, as "the function NAME". 0, or -1 if some of the
 * file cannot be read; what could be was visited.
 */
int vb_debug_info_visit(const char *path, bool without_libvbench, vb_unit_visitor *visit,
                        void *context);

const char *vb_debug_info_library_version(void);

#endif
