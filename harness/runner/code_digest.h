/* Whether two builds have the same code, whatever their debug information, paths and order are. */
#ifndef VBENCH_CODE_DIGEST_H
#define VBENCH_CODE_DIGEST_H

#include "runner/digest.h"
#include "runner/texts.h"

/*
 * The digest of what object files bring into a program: their allocated sections and what these
 * refer to by name. Two compilations of the same code give the same one, even if lines moved or
 * comments changed. 0; -ENOENT and other errors of reading; -ENOEXEC for what is no object file;
 * -ENOMEM.
 */
int vb_code_digest(const vb_texts *objects, char text[VB_DIGEST_TEXT]);

#endif
