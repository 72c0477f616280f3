/* A variant: a library that can stand in for what a suite measures, by the name of its target. */
#ifndef VBENCH_VARIANT_H
#define VBENCH_VARIANT_H

#include "runner/message.h"
#include "runner/texts.h"

enum { VB_VARIANT_VERSION = 1 };

/*
 * Looks for NAME.variant.json, which vbench_add_variant wrote, in the suites' folder (with its
 * slash; "" is here). Adds its object files and archives to `objects`; `of` is the target that it
 * stands in for, malloc'd. 1 found; 0 there is none; -1 with a sentence.
 */
int vb_variant_find(const char *folder, const char *name, vb_texts *objects, char **of,
                    vb_message *message);

#endif
