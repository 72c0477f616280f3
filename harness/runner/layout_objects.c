#define _GNU_SOURCE
#include "runner/layout_objects.h"

#include <errno.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/elf_file.h"
#include "runner/shortfall.h"

/* A section of the object at hand. */
typedef struct {
    long unit;             /* VB_NO_UNIT: none */
    uint64_t offset_bytes; /* in it */
    bool dropped;          /* of a COMDAT group that an earlier object has */
} place;

/* One object while it is read. */
typedef struct {
    vb_objects *objects;
    size_t object;
    const char *path;
    Elf *elf;
    place *places; /* by section number */
    size_t place_count;
    size_t names; /* the section with the sections' names */
} reading;

static int broken(const reading *at, vb_message *message)
{
    if (vb_elf_error() == -ENOMEM)
        return vb_say_no_memory(message);
    vb_say(message, "The object %s cannot be read: %s.", at->path, elf_errmsg(-1));
    return VB_CANNOT;
}

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* NAME itself, or NAME.more */
static bool is_of(const char *section, const char *name)
{
    size_t length = strlen(name);
    return strncmp(section, name, length) == 0 &&
           (section[length] == '\0' || section[length] == '.');
}

/* Room for one more item, all zeros; NULL if there is no memory. */
static void *add(void **items, size_t *count, size_t *capacity, size_t bytes)
{
    if (*count == *capacity) {
        size_t more = *capacity ? 2 * *capacity : 32;
        void *grown = realloc(*items, more * bytes);
        if (!grown)
            return NULL;
        *items = grown;
        *capacity = more;
    }
    return memset((char *)*items + (*count)++ * bytes, 0, bytes);
}

/* The unit of this section name in the object at hand, a new one if need be; NULL without memory.
 */
static vb_unit *unit_for(const reading *at, const char *section)
{
    vb_objects *objects = at->objects;
    for (size_t i = objects->unit_count; i > 0; i--) {
        vb_unit *unit = &objects->units[i - 1];
        if (unit->object != at->object)
            break;
        if (strcmp(unit->section, section) == 0)
            return unit;
    }
    vb_unit *unit =
        add((void **)&objects->units, &objects->unit_count, &objects->unit_capacity, sizeof *unit);
    if (!unit)
        return NULL;
    unit->object = at->object;
    unit->alignment_bytes = 1;
    unit->section = strdup(section);
    if (!unit->section)
        objects->unit_count--;
    return unit->section ? unit : NULL;
}

/* Code: it becomes part of a unit. */
static int add_code(const reading *at, size_t number, const char *section, const GElf_Shdr *header,
                    vb_message *message)
{
    vb_unit *unit = unit_for(at, section);
    if (!unit)
        return vb_say_no_memory(message);
    uint64_t alignment = header->sh_addralign ? header->sh_addralign : 1;
    if (alignment > unit->alignment_bytes)
        unit->alignment_bytes = alignment;
    uint64_t start = (unit->bytes + alignment - 1) / alignment * alignment;
    unit->bytes = start + header->sh_size;
    at->places[number].unit = unit - at->objects->units;
    at->places[number].offset_bytes = start;
    return 0;
}

/* Which of the kinds of data that a layout puts in another order; -1: none. Constants that the
 * linker merges, and what becomes read-only after relocation, stay with their like. */
static int data_kind(const char *section, const GElf_Shdr *header)
{
    if (!(header->sh_flags & SHF_ALLOC) || header->sh_flags & (SHF_MERGE | SHF_TLS))
        return -1;
    if (is_of(section, ".data") && !is_of(section, ".data.rel.ro"))
        return VB_DATA;
    if (is_of(section, ".rodata"))
        return VB_RODATA;
    return is_of(section, ".bss") ? VB_BSS : -1;
}

static int read_section(const reading *at, Elf_Scn *section, vb_message *message)
{
    GElf_Shdr header;
    const char *name = NULL;
    if (gelf_getshdr(section, &header))
        name = elf_strptr(at->elf, at->names, header.sh_name);
    if (!name)
        return broken(at, message);
    if (starts_with(name, ".gnu.lto_")) {
        vb_say(message, "%s was compiled for link-time optimisation, which orders the code itself.",
               at->path);
        return VB_CANNOT;
    }
    if (header.sh_size == 0 || at->places[elf_ndxscn(section)].dropped)
        return 0;
    const GElf_Xword code = SHF_ALLOC | SHF_EXECINSTR;
    bool is_code =
        header.sh_type == SHT_PROGBITS && (header.sh_flags & code) == code && is_of(name, ".text");
    int kind = is_code ? -1 : data_kind(name, &header);
    if (!is_code && kind < 0)
        return 0;
    if (strpbrk(name, "\"*?[]\\")) { /* a pattern, in the linker's script */
        vb_say(message, "%s has a section whose name the linker would take for a pattern: %s.",
               at->path, name);
        return VB_CANNOT;
    }
    if (is_code)
        return add_code(at, elf_ndxscn(section), name, &header, message);
    vb_texts *data = &at->objects->objects[at->object].data[kind];
    if (vb_texts_find(data, name) < data->count)
        return 0;
    return vb_texts_add(data, "%s", name) == 0 ? 0 : vb_say_no_memory(message);
}

/* A COMDAT group that an earlier object has already: the linker drops its sections. */
static int read_group(const reading *at, Elf_Scn *section, const GElf_Shdr *header,
                      vb_message *message)
{
    GElf_Sym symbol;
    GElf_Shdr table;
    Elf_Scn *symbols = elf_getscn(at->elf, header->sh_link);
    Elf_Data *symbol_data = symbols ? elf_getdata(symbols, NULL) : NULL;
    const Elf_Data *members = elf_getdata(section, NULL);
    const char *signature = NULL;
    if (members && symbol_data && gelf_getshdr(symbols, &table) &&
        gelf_getsym(symbol_data, (int)header->sh_info, &symbol))
        signature = elf_strptr(at->elf, table.sh_link, symbol.st_name);
    if (!signature)
        return broken(at, message);
    const Elf32_Word *words = members->d_buf;
    size_t count = members->d_size / sizeof *words;
    if (count == 0 || !(words[0] & GRP_COMDAT))
        return 0;
    vb_texts *groups = &at->objects->groups;
    if (vb_texts_find(groups, signature) == groups->count)
        return vb_texts_add(groups, "%s", signature) == 0 ? 0 : vb_say_no_memory(message);
    for (size_t i = 1; i < count; i++) {
        if (words[i] < at->place_count)
            at->places[words[i]].dropped = true;
    }
    return 0;
}

static int read_functions(const reading *at, Elf_Scn *section, const GElf_Shdr *header,
                          vb_message *message)
{
    vb_objects *objects = at->objects;
    Elf_Data *symbols = elf_getdata(section, NULL);
    GElf_Sym symbol;
    for (int i = 0; symbols && gelf_getsym(symbols, i, &symbol); i++) {
        const char *name = elf_strptr(at->elf, header->sh_link, symbol.st_name);
        if (!name)
            return broken(at, message);
        if (GELF_ST_TYPE(symbol.st_info) != STT_FUNC || symbol.st_shndx == SHN_UNDEF ||
            symbol.st_shndx >= at->place_count || at->places[symbol.st_shndx].dropped)
            continue;
        const place *where = &at->places[symbol.st_shndx];
        vb_function *function = add((void **)&objects->functions, &objects->function_count,
                                    &objects->function_capacity, sizeof *function);
        if (!function)
            return vb_say_no_memory(message);
        function->object = at->object;
        function->unit = where->unit;
        function->offset_bytes = where->offset_bytes + symbol.st_value;
        function->global = GELF_ST_BIND(symbol.st_info) != STB_LOCAL;
        function->weak = GELF_ST_BIND(symbol.st_info) == STB_WEAK;
        function->name = strdup(name);
        if (!function->name)
            return vb_say_no_memory(message);
    }
    return symbols ? 0 : broken(at, message);
}

/* All sections of one type, or, with SHT_NULL, every section. */
static int for_each(const reading *at, GElf_Word type, vb_message *message)
{
    int status = 0;
    GElf_Shdr header;
    for (Elf_Scn *section = NULL; status == 0 && (section = elf_nextscn(at->elf, section));) {
        if (type == SHT_NULL)
            status = read_section(at, section, message);
        else if (!gelf_getshdr(section, &header))
            status = broken(at, message);
        else if (header.sh_type == type)
            status = type == SHT_GROUP ? read_group(at, section, &header, message)
                                       : read_functions(at, section, &header, message);
    }
    return status;
}

static int read_object(reading *at, vb_message *message)
{
    GElf_Ehdr header;
    if (elf_kind(at->elf) != ELF_K_ELF || !gelf_getehdr(at->elf, &header) ||
        header.e_type != ET_REL) {
        vb_say(message, "%s is no object file in ELF.", at->path);
        return VB_CANNOT;
    }
    if (elf_getshdrnum(at->elf, &at->place_count) != 0 ||
        elf_getshdrstrndx(at->elf, &at->names) != 0)
        return broken(at, message);
    if (at->place_count >= SHN_LORESERVE) {
        vb_say(message, "%s has too many sections to be placed one by one.", at->path);
        return VB_CANNOT;
    }
    at->places = calloc(at->place_count + 1, sizeof *at->places);
    if (!at->places)
        return vb_say_no_memory(message);
    for (size_t i = 0; i < at->place_count; i++)
        at->places[i].unit = VB_NO_UNIT;
    int status = for_each(at, SHT_GROUP, message);
    if (status == 0)
        status = for_each(at, SHT_NULL, message);
    if (status == 0)
        status = for_each(at, SHT_SYMTAB, message);
    free(at->places);
    return status;
}

int vb_objects_add(vb_objects *objects, const char *path, const char *file, const char *name,
                   vb_message *message)
{
    vb_elf_file opened;
    vb_object *object = add((void **)&objects->objects, &objects->object_count,
                            &objects->object_capacity, sizeof *object);
    if (!object)
        return vb_say_no_memory(message);
    object->file = strdup(file);
    object->name = strdup(name);
    if (!object->file || !object->name)
        return vb_say_no_memory(message);
    int status = vb_elf_open(path, &opened);
    if (status == -ENOMEM)
        return vb_say_no_memory(message);
    if (status != 0) {
        vb_say(message, "The object %s cannot be read: %s.", path, strerror(-status));
        return VB_CANNOT;
    }
    reading at = {
        .objects = objects, .object = objects->object_count - 1, .path = path, .elf = opened.elf};
    status = read_object(&at, message);
    vb_elf_close(&opened);
    return status;
}

static int compare_keys(const void *left, const void *right)
{
    const vb_unit *a = *(vb_unit *const *)left, *b = *(vb_unit *const *)right;
    int order = strcmp(a->key, b->key);
    return order ? order : (a > b) - (a < b);
}

/* Two objects of one name in different folders: the second one's units are numbered. */
static int make_keys(vb_objects *objects, vb_message *message)
{
    vb_unit **sorted = calloc(objects->unit_count + 1, sizeof *sorted);
    if (!sorted)
        return vb_say_no_memory(message);
    int status = 0;
    for (size_t i = 0; i < objects->unit_count && status == 0; i++) {
        vb_unit *unit = sorted[i] = &objects->units[i];
        if (asprintf(&unit->key, "%s %s", objects->objects[unit->object].name, unit->section) < 0) {
            unit->key = NULL;
            status = vb_say_no_memory(message);
        }
    }
    if (status == 0 && objects->unit_count > 0)
        qsort(sorted, objects->unit_count, sizeof *sorted, compare_keys);
    for (size_t i = 0, same = 0; i + 1 < objects->unit_count && status == 0; i++) {
        /* The first of a row of equals keeps its key, so that all others compare with it. */
        const char *first = sorted[i - same]->key;
        same = strcmp(first, sorted[i + 1]->key) == 0 ? same + 1 : 0;
        char *numbered = NULL;
        if (same == 0)
            continue;
        if (asprintf(&numbered, "%s %zu", first, same + 1) < 0)
            status = vb_say_no_memory(message);
        else
            free(sorted[i + 1]->key);
        if (status == 0)
            sorted[i + 1]->key = numbered;
    }
    free(sorted);
    return status;
}

/* By name; of the same name the one first that the linker takes. */
static int compare_functions(const void *left, const void *right)
{
    const vb_function *a = *(vb_function *const *)left, *b = *(vb_function *const *)right;
    int order = strcmp(a->name, b->name);
    if (order)
        return order;
    if (a->weak != b->weak)
        return a->weak ? 1 : -1;
    return (a > b) - (a < b);
}

static int drop_displaced(vb_objects *objects, vb_message *message)
{
    size_t global = 0;
    vb_function **sorted = calloc(objects->function_count + 1, sizeof *sorted);
    if (!sorted)
        return vb_say_no_memory(message);
    for (size_t i = 0; i < objects->function_count; i++) {
        if (objects->functions[i].global)
            sorted[global++] = &objects->functions[i];
    }
    if (global > 0)
        qsort(sorted, global, sizeof *sorted, compare_functions);
    for (size_t i = 0, taken = 0; i + 1 < global; i++) {
        if (strcmp(sorted[taken]->name, sorted[i + 1]->name) != 0) {
            taken = i + 1;
            continue;
        }
        free(sorted[i + 1]->name);
        sorted[i + 1]->name = NULL;
        /* Names are compared with the taken one's, which stays. */
    }
    free(sorted);
    size_t kept = 0;
    for (size_t i = 0; i < objects->function_count; i++) {
        if (objects->functions[i].name)
            objects->functions[kept++] = objects->functions[i];
    }
    objects->function_count = kept;
    return 0;
}

int vb_objects_complete(vb_objects *objects, vb_message *message)
{
    int status = make_keys(objects, message);
    return status == 0 ? drop_displaced(objects, message) : status;
}

void vb_objects_free(vb_objects *objects)
{
    if (!objects)
        return;
    for (size_t i = 0; i < objects->object_count; i++) {
        free(objects->objects[i].file);
        free(objects->objects[i].name);
        for (int k = 0; k < VB_DATA_KINDS; k++)
            vb_texts_free(&objects->objects[i].data[k]);
    }
    for (size_t i = 0; i < objects->unit_count; i++) {
        free(objects->units[i].section);
        free(objects->units[i].key);
    }
    for (size_t i = 0; i < objects->function_count; i++)
        free(objects->functions[i].name);
    free(objects->objects);
    free(objects->units);
    free(objects->functions);
    vb_texts_free(&objects->groups);
    *objects = (vb_objects){0};
}
