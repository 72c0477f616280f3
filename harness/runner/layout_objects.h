/*
 * What object files hold that a layout places, read with libelf: their code's sections (units),
 * the functions in them, and their sections of data. Reads only; knows nothing of links.
 */
#ifndef VBENCH_LAYOUT_OBJECTS_H
#define VBENCH_LAYOUT_OBJECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runner/message.h"
#include "runner/texts.h"

enum { VB_DATA, VB_RODATA, VB_BSS, VB_DATA_KINDS };

/* The sections of one name in one object, one behind the other: .text, or .text.NAME. */
typedef struct {
    size_t object;
    char *section;
    char
        *key; /* "OBJECT SECTION", without the object's folder; a number follows if that is twice */
    uint64_t bytes; /* from an aligned address on */
    uint64_t alignment_bytes;
} vb_unit;

enum { VB_NO_UNIT = -1 };

typedef struct {
    char *name;
    size_t object;
    long unit;             /* VB_NO_UNIT: in another section, which is not placed */
    uint64_t offset_bytes; /* in the unit */
    bool global;
    bool weak; /* and global */
} vb_function;

typedef struct {
    char *file; /* as the linker's script is to name it */
    char *name; /* without its folder */
    vb_texts data[VB_DATA_KINDS];
} vb_object;

/* Make it all zeros. In the linker's order. Of what is defined twice, COMDAT groups and weak
 * functions, only that which the linker takes. */
typedef struct {
    vb_object *objects;
    size_t object_count;
    vb_unit *units;
    size_t unit_count;
    vb_function *functions;
    size_t function_count;
    vb_texts groups; /* signatures of COMDAT groups */
    size_t object_capacity, unit_capacity, function_capacity;
} vb_objects;

/* Adds an object file: `path` is read, `file` and `name` are kept. 0; 1 with a sentence why it
 * cannot be placed; -1 with a sentence. */
int vb_objects_add(vb_objects *objects, const char *path, const char *file, const char *name,
                   vb_message *message);
/* To be called once, when all are added: units get keys of their own, functions that others
 * displace go. 0, or -1 with a sentence. */
int vb_objects_complete(vb_objects *objects, vb_message *message);
void vb_objects_free(vb_objects *objects); /* the contents; NULL-safe */

/* Archives as ar(1) makes them of object files; archive.h has those of baselines. */

/* Whether a file is one. 1, 0, or -errno. */
int vb_ar_is(const char *path);
/* Writes the members of one that `listed` names into files of `folder`, whose names begin
 * with `prefix` and are added to `files`; `names` gets the members' own. 0; 1 with a sentence: two
 * have the same name, or it is no such archive; -1 with a sentence. */
int vb_ar_extract(const char *path, const vb_texts *listed, const char *folder, const char *prefix,
                  vb_texts *files, vb_texts *names, vb_message *message);

#endif
