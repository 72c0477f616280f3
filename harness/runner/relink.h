/* A suite linked to another subject: a variant of it, or that of another revision. */
#ifndef VBENCH_RELINK_H
#define VBENCH_RELINK_H

#include "runner/message.h"
#include "runner/recipe.h"
#include "runner/texts.h"

/* Links the suite of one recipe, with its libvbench and libraries, to `subject_objects`. The
 * executable, with a recipe beside it, is kept in the cache; its path is malloc'd. 0; -EINTR; or -1
 * with a sentence that has the linker's last words. */
int vb_relink(const vb_recipe *suite, const vb_texts *subject_objects, const char *cache,
              char **executable, vb_message *message);

#endif
