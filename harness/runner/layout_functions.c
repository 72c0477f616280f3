#define _GNU_SOURCE
#include "runner/layout_functions.h"

#include <errno.h>
#include <gelf.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "runner/elf_file.h"
#include "runner/layout_plan.h"
#include "runner/shortfall.h"

typedef struct {
    const char *name;
    uint64_t address;
} symbol;

typedef struct {
    symbol *items; /* sorted */
    size_t count;
} symbol_table;

static int compare_symbols(const void *left, const void *right)
{
    const symbol *a = left, *b = right;
    int order = strcmp(a->name, b->name);
    return order ? order : (a->address > b->address) - (a->address < b->address);
}

static bool is_at(const symbol_table *table, const char *name, uint64_t address)
{
    const symbol sought = {name, address};
    return bsearch(&sought, table->items, table->count, sizeof *table->items, compare_symbols);
}

/* The only function of this name; NULL if there is none, or more. */
static const symbol *only(const symbol_table *table, const char *name)
{
    size_t low = 0, high = table->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(table->items[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    const symbol *found = &table->items[low];
    if (low == table->count || strcmp(found->name, name) != 0)
        return NULL;
    return low + 1 < table->count && strcmp(found[1].name, name) == 0 ? NULL : found;
}

/* Its functions. 0 or -errno. */
static int read_symbols(Elf *elf, symbol_table *table)
{
    GElf_Shdr header;
    Elf_Scn *section = NULL;
    while ((section = elf_nextscn(elf, section))) {
        if (gelf_getshdr(section, &header) && header.sh_type == SHT_SYMTAB)
            break;
    }
    Elf_Data *data = section ? elf_getdata(section, NULL) : NULL;
    size_t entry_bytes = gelf_fsize(elf, ELF_T_SYM, 1, EV_CURRENT);
    if (!data || entry_bytes == 0)
        return vb_elf_error();
    size_t count = data->d_size / entry_bytes;
    table->items = calloc(count + 1, sizeof *table->items);
    if (!table->items)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        GElf_Sym found;
        if (!gelf_getsym(data, (int)i, &found) || GELF_ST_TYPE(found.st_info) != STT_FUNC ||
            found.st_shndx == SHN_UNDEF)
            continue;
        const char *name = elf_strptr(elf, header.sh_link, found.st_name);
        if (name)
            table->items[table->count++] = (symbol){name, found.st_value};
    }
    qsort(table->items, table->count, sizeof *table->items, compare_symbols);
    return 0;
}

/* Where the joined .text lies, by the first function that can be only one. */
static bool find_text(const vb_objects *objects, const uint64_t *starts, const symbol_table *table,
                      uint64_t *text)
{
    for (size_t i = 0; i < objects->function_count; i++) {
        const vb_function *function = &objects->functions[i];
        const symbol *found = NULL;
        if (function->unit != VB_NO_UNIT && function->global && !function->weak)
            found = only(table, function->name);
        if (found) {
            *text = found->address - starts[function->unit] - function->offset_bytes;
            return true;
        }
    }
    return false;
}

static int locate(const vb_objects *objects, const uint64_t *starts, const symbol_table *table,
                  const char *executable, int *offsets, vb_message *message)
{
    uint64_t text;
    if (!find_text(objects, starts, table, &text)) {
        vb_say(message, "The linked program has no symbols that tell where its functions lie; link "
                        "without -s.");
        return VB_CANNOT;
    }
    for (size_t i = 0; i < objects->function_count; i++) {
        const vb_function *function = &objects->functions[i];
        offsets[i] = VB_UNKNOWN_OFFSET;
        if (function->unit == VB_NO_UNIT) {
            const symbol *found = only(table, function->name);
            if (found)
                offsets[i] = (int)(found->address % VB_LAYOUT_LINE);
            continue;
        }
        uint64_t address = text + starts[function->unit] + function->offset_bytes;
        if (is_at(table, function->name, address)) {
            offsets[i] = (int)(address % VB_LAYOUT_LINE);
        } else if (!function->weak) {
            vb_say(message,
                   "The linker did not place the function %s where the layout has it, at "
                   "0x%" PRIx64 " in %s.",
                   function->name, address, executable);
            return VB_CANNOT;
        }
    }
    if (text % VB_LAYOUT_LINE != 0) {
        vb_say(message, "The linker placed the code at 0x%" PRIx64 ", which is no multiple of %d.",
               text, VB_LAYOUT_LINE);
        return VB_CANNOT;
    }
    return 0;
}

int vb_layout_functions_read(const vb_objects *objects, const uint64_t *starts,
                             const char *executable, int *offsets, vb_message *message)
{
    symbol_table table = {0};
    vb_elf_file file;
    int status = vb_elf_open(executable, &file);
    if (status == 0)
        status = read_symbols(file.elf, &table);
    if (status == -ENOMEM)
        status = vb_say_no_memory(message);
    else
        status = locate(objects, starts, &table, executable, offsets, message);
    free(table.items);
    vb_elf_close(&file);
    return status;
}
