/* What a suite's layouts are made of, laid out in a folder under names that need no quoting and are
 * the same in every build: links to its object files, and the members of archives that it takes. */
#ifndef VBENCH_LAYOUT_INPUTS_H
#define VBENCH_LAYOUT_INPUTS_H

#include "runner/layout_objects.h"
#include "runner/recipe.h"

/* Make it all zeros. */
typedef struct {
    vb_objects objects;
    vb_texts files;    /* in the folder, in the linker's order */
    vb_texts archives; /* the subject's, whole: what only libraries need is taken from them later */
} vb_layout_inputs;

/* `gnu_ld` is tried on the objects, to see which members of archives it takes. 0; 1 with a sentence
 * why they cannot be placed; -EINTR; -1 with a sentence. */
int vb_layout_inputs_lay(const vb_recipe *recipe, const char *gnu_ld, const char *folder,
                         vb_layout_inputs *inputs, vb_message *message);
void vb_layout_inputs_free(vb_layout_inputs *inputs); /* the contents; NULL-safe */

#endif
