/*
 * A link recipe, NAME.link.json beside a suite's executable: what vbench_add_suite knows of how it
 * was linked, so that it can be linked again in another order or with another subject.
 */
#ifndef VBENCH_RECIPE_H
#define VBENCH_RECIPE_H

#include <jansson.h>
#include <stdbool.h>

#include "runner/message.h"
#include "runner/texts.h"

enum { VB_RECIPE_VERSION = 1 };

/* Behind the executable's path. */
#define VB_RECIPE_SUFFIX ".link.json"

/* Paths are absolute, in the document, too: a relative one in the file begins at the recipe's own
 * folder. */
typedef struct {
    json_t *document;         /* the whole file */
    char *suite;              /* its name */
    char *subject;            /* the subjects' targets, a blank apart; "" where it does not say */
    char *build_folder;       /* CMake's; NULL where it does not say */
    vb_texts link;            /* the linker's command and flags, a word each */
    vb_texts suite_objects;   /* object files */
    vb_texts subject_objects; /* object files and archives */
    char *harness;            /* libvbench.a */
    vb_texts libraries;       /* the rest of the command: paths and -l flags, in order */
    char *fixed_layout;       /* why the code cannot be placed; NULL: it can */
} vb_recipe;

/* Reads one. 0, or -1 with a sentence that names the file; nothing to free then. */
int vb_recipe_read(const char *path, vb_recipe *recipe, vb_message *message);
void vb_recipe_free(vb_recipe *recipe); /* the contents; NULL-safe */

/* Whether the executable still is a link of this object: 0. 1 with a sentence: the object is gone,
 * or was compiled since, so that another link would hold other code. -1 with a sentence. */
int vb_recipe_check_object(const char *object, const char *executable, vb_message *message);
/* The same of all objects of suite, subject and harness. The recipe must not be fixed. */
int vb_recipe_check(const vb_recipe *recipe, const char *executable, vb_message *message);

#endif
