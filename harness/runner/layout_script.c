#define _GNU_SOURCE
#include "runner/layout_script.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/layout_plan.h"
#include "runner/shortfall.h"

typedef struct {
    size_t index; /* of a unit or an object */
    uint64_t rank;
} ranked;

static int compare_ranks(const void *left, const void *right)
{
    const ranked *a = left, *b = right;
    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    return (a->index > b->index) - (a->index < b->index);
}

/* The sections of one name in one object. The file stands there as a pattern that is only itself:
 * GNU ld reads what a script names literally before it reads its command line, and of what several
 * objects define it would then take that of the first in the script. */
static void write_sections(FILE *file, const vb_object *object, const char *section)
{
    fprintf(file, "\"[%c]%s\"(\"%s\")\n", object->file[0], object->file + 1, section);
}

static void write_code(FILE *file, const vb_objects *objects, size_t layout, ranked *order,
                       uint64_t *starts)
{
    uint64_t end = 0;
    for (size_t i = 0; i < objects->unit_count; i++)
        order[i] = (ranked){i, vb_layout_rank(objects->units[i].key, layout)};
    qsort(order, objects->unit_count, sizeof *order, compare_ranks);
    fputs("  .text 0 : ALIGN(64) {\n", file);
    for (size_t i = 0; i < objects->unit_count; i++) {
        const vb_unit *unit = &objects->units[order[i].index];
        uint64_t aligned = VB_LAYOUT_LINE;
        if (unit->alignment_bytes > aligned)
            aligned = unit->alignment_bytes;
        uint64_t offset = vb_layout_offset_bytes(unit->key, unit->alignment_bytes, layout);
        uint64_t start = (end + aligned - 1) / aligned * aligned + offset;
        starts[order[i].index] = start;
        end = start + unit->bytes;
        fprintf(file, "    . = ALIGN(%" PRIu64 ") + %" PRIu64 "; ", aligned, offset);
        write_sections(file, &objects->objects[unit->object], unit->section);
    }
    fputs("  }\n", file);
}

static void write_data(FILE *file, const vb_objects *objects, const ranked *order, int kind)
{
    static const char *const names[VB_DATA_KINDS] = {".data", ".rodata", ".bss"};
    fprintf(file, "  %s 0 : {\n", names[kind]);
    for (size_t i = 0; i < objects->object_count; i++) {
        const vb_object *object = &objects->objects[order[i].index];
        for (size_t k = 0; k < object->data[kind].count; k++)
            write_sections(file, object, object->data[kind].items[k]);
    }
    fputs("  }\n", file);
}

int vb_layout_script_write(const vb_objects *objects, size_t layout, const char *path,
                           uint64_t *starts, vb_message *message)
{
    size_t most = objects->unit_count + objects->object_count;
    ranked *order = calloc(most ? most : 1, sizeof *order);
    FILE *file = order ? fopen(path, "we") : NULL;
    if (!file) {
        int error = errno;
        free(order);
        if (error == ENOMEM)
            return vb_say_no_memory(message);
        return vb_say(message, "%s cannot be written: %s.", path, strerror(error));
    }
    fputs("SECTIONS {\n", file);
    write_code(file, objects, layout, order, starts);
    for (size_t i = 0; i < objects->object_count; i++)
        order[i] = (ranked){i, vb_layout_rank(objects->objects[i].name, layout)};
    qsort(order, objects->object_count, sizeof *order, compare_ranks);
    for (int kind = 0; kind < VB_DATA_KINDS; kind++)
        write_data(file, objects, order, kind);
    fputs("}\n", file);
    free(order);
    bool failed = ferror(file) != 0;
    if (fclose(file) != 0 || failed)
        return vb_say(message, "%s cannot be written: %s.", path, strerror(errno));
    return 0;
}
