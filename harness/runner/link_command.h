/* The command that links a suite by its recipe, and the digest of all that goes into it. */
#ifndef VBENCH_LINK_COMMAND_H
#define VBENCH_LINK_COMMAND_H

#include "runner/digest.h"
#include "runner/message.h"
#include "runner/recipe.h"
#include "runner/texts.h"

/* Appends the words: the recipe's linker and flags, `objects`, libvbench and the libraries, and the
 * output. 0 or -ENOMEM, which is noted (shortfall.h). */
int vb_link_command(const vb_recipe *recipe, const vb_texts *objects, const char *output,
                    vb_texts *words);

/* Runs a linker for another layout. 0; -EINTR; or VB_CANNOT with a sentence that has its last
 * words. */
int vb_link_run(const vb_texts *words, const char *folder, vb_message *message);

/* Joins the files in the folder into one relocatable object there, with these flags of GNU ld. 0;
 * -EINTR; VB_CANNOT or -1 with a sentence. */
int vb_link_join(const char *gnu_ld, const vb_texts *flags, const vb_texts *files,
                 const char *output, const char *folder, vb_message *message);

/* Adds what decides on the outcome: the words, the names without folders and the contents of
 * `objects`, the contents of libvbench and the libraries that are named by a path, and which
 * linkers there are. 0; 1 with a sentence: something of it is not there; -1 with a sentence. */
int vb_link_digest(vb_digest *digest, const vb_recipe *recipe, const vb_texts *objects,
                   vb_message *message);

#endif
