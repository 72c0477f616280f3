/* Where the library is that counts a worker's allocations (allocations/allocations.h). */
#ifndef VBENCH_ALLOCATION_LIBRARY_H
#define VBENCH_ALLOCATION_LIBRARY_H

#include "runner/message.h"

/*
 * The environment variable VBENCH_ALLOCATIONS_LIBRARY names it; otherwise it lies where it was
 * installed or built, seen from vbench's own folder. *path is malloc'd and can stand in LD_PRELOAD
 * of a child while this process lives. 0, or -1 with a sentence.
 */
int vb_allocation_library_find(char **path, vb_message *message);

#endif
