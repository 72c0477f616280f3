/*
 * One suite linked many times, each time with the code of suite and subject placed elsewhere.
 *
 * The unit that is placed is a section with code of an object file: a function, where it was
 * compiled with -ffunction-sections, otherwise the object's whole code. Layouts come in cycles of
 * four: in each, every unit starts once at each of the offsets 0, 16, 32 and 48 modulo 64, in a
 * random order of its own, so that over whole cycles no unit is favoured. The order of the units,
 * and that of the objects' data, is random, too. What has the same name in two builds is placed the
 * same way in both: two links of the same code are equal.
 *
 * GNU ld joins the objects into one relocatable object that holds the code in the planned order;
 * the suite's own linker, whichever that is, links this in their place. Of an archive, the members
 * that suite and subject need are placed. Debug information is left out, symbols never.
 *
 * layout_plan.h has the plan, layout_objects.h what is placed, layout_functions.h what came of it.
 * One thread only.
 */
#ifndef VBENCH_LAYOUTS_H
#define VBENCH_LAYOUTS_H

#include <stdint.h>

#include <jansson.h>

#include "runner/benchmark.h"
#include "runner/message.h"
#include "runner/texts.h"

enum { VB_LAYOUT_CYCLE = 4, VB_LAYOUT_STEP = 16, VB_LAYOUTS_DEFAULT = 32, VB_LAYOUTS_MORE = 128 };

/* Make it all zeros. */
typedef struct {
    vb_texts executables; /* none: it could not be done */
    char *reason;         /* why there is none, or what does not move: a sentence; or NULL */
    json_t *functions;    /* [{"name": text, "offsets": [one a layout, modulo 64]}], as read back
                             from the executables: suite's and subject's functions. "NAME (OBJECT)"
                             where two have one name; what is not placed and not the only one of its
                             name is left out */
    size_t fixed_count;   /* of the functions, those that stay where they are */
} vb_layouts;

/*
 * Links the suite `count` times (a multiple of VB_LAYOUT_CYCLE), or finds that in the cache. A
 * suite that cannot be linked so (no recipe, a fixed layout, no linker, objects gone) has no
 * executables and a reason, which is no error. 0; -EINTR; or -1 with a sentence.
 */
int vb_layouts_make(const vb_suite *suite, size_t count, const char *cache, vb_layouts *layouts,
                    vb_message *message);
void vb_layouts_free(vb_layouts *layouts); /* the contents; NULL-safe */

#endif
