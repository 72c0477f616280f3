/* Links a suite in all of its layouts: several at once, where there are several CPUs. */
#ifndef VBENCH_LAYOUT_LINKS_H
#define VBENCH_LAYOUT_LINKS_H

#include "runner/layout_inputs.h"

/* One suite while it is linked. The caller sets all but `offsets`. */
typedef struct {
    const vb_recipe *recipe;
    size_t count;
    const char *gnu_ld;
    const char *folder;      /* for the executables */
    const char *scratch;     /* a folder in it, where the inputs lie */
    vb_layout_inputs inputs; /* owned */
    int *offsets; /* layout by layout those of all functions (layout_functions.h); owned */
} vb_layout_links;

/* "FOLDER/layout-07", malloc'd; NULL if there is no memory. */
char *vb_layout_executable(const char *folder, size_t layout);

/* 0; VB_CANNOT with a sentence why; -EINTR; -1 with a sentence. No process is left. One thread
 * only. */
int vb_layout_links_make(vb_layout_links *links, vb_message *message);
void vb_layout_links_free(vb_layout_links *links); /* what it owns */

#endif
