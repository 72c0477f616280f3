#include "runner/debug_info.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/path.h"

typedef struct {
    bool without_libvbench;
    bool unreadable; /* something in the file */
    vb_unit_visitor *visit;
    void *context;
} visit_state;

/* Debug information that lies in another file is not looked for: libdwfl might ask a server. */
static int find_no_file(Dwfl_Module *module, void **user_data, const char *name, Dwarf_Addr base,
                        const char *file, const char *link, GElf_Word checksum, char **found)
{
    (void)module;
    (void)user_data;
    (void)name;
    (void)base;
    (void)file;
    (void)link;
    (void)checksum;
    (void)found;
    return -1;
}

static const char *text_of(Dwarf_Die *die, unsigned int name)
{
    Dwarf_Attribute attribute;
    return dwarf_formstring(dwarf_attr(die, name, &attribute));
}

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* The assemblers' own debug information; gas has no language of its own in the standard. */
static bool is_assembler(Dwarf_Die *unit, const char *producer)
{
    return dwarf_srclang(unit) == DW_LANG_Mips_Assembler ||
           (producer && starts_with(producer, "GNU AS "));
}

/* Every source file of libvbench, and no other, defines an external function with its prefix. That
 * holds wherever it was built and installed, which its paths do not. */
static bool is_of_libvbench(Dwarf_Die *unit)
{
    Dwarf_Die die;
    for (int status = dwarf_child(unit, &die); status == 0; status = dwarf_siblingof(&die, &die)) {
        const char *name = dwarf_tag(&die) == DW_TAG_subprogram ? dwarf_diename(&die) : NULL;
        if (name && starts_with(name, "vb_") && dwarf_hasattr(&die, DW_AT_external) &&
            !dwarf_hasattr(&die, DW_AT_declaration))
            return true;
    }
    return false;
}

static void visit_unit(Dwarf_Die *unit, const char *file, const visit_state *state)
{
    const char *producer = text_of(unit, DW_AT_producer);
    const char *source = dwarf_diename(unit);
    if (is_assembler(unit, producer) || (producer && starts_with(producer, "GNU GIMPLE ")) ||
        (state->without_libvbench && is_of_libvbench(unit)))
        return;
    state->visit(vb_path_name(source ? source : file), producer, state->context);
}

/* ---- code without debug information -------------------------------------------------------- */

/* Where the code of compilation units lies: addresses from begin to before end. */
typedef struct {
    Dwarf_Addr begin, end;
} address_range;

typedef struct {
    address_range *items;
    size_t count, capacity;
} address_ranges;

/* False: there is no memory, or the ranges cannot be read. */
static bool add_ranges(address_ranges *ranges, Dwarf_Die *unit, Dwarf_Addr bias)
{
    ptrdiff_t offset = 0;
    Dwarf_Addr base, begin, end;
    while ((offset = dwarf_ranges(unit, offset, &base, &begin, &end)) > 0) {
        if (ranges->count == ranges->capacity) {
            size_t capacity = ranges->capacity ? 2 * ranges->capacity : 64;
            address_range *items = realloc(ranges->items, capacity * sizeof *items);
            if (!items)
                return false;
            ranges->items = items;
            ranges->capacity = capacity;
        }
        ranges->items[ranges->count++] = (address_range){begin + bias, end + bias};
    }
    return offset == 0;
}

static bool is_covered(const address_ranges *ranges, Dwarf_Addr address)
{
    for (size_t i = 0; i < ranges->count; i++) {
        if (ranges->items[i].begin <= address && address < ranges->items[i].end)
            return true;
    }
    return false;
}

/* What every program may get besides suite and subject: libvbench, Google Benchmark, and the C
 * start files and the compiler's own libraries, whose names are reserved. */
static bool is_of_others(const char *name)
{
    static const char *const beginnings[] = {"vb_", "__", "_ZN9benchmark", "_ZNK9benchmark"};
    static const char *const whole[] = {"_start", "_init", "_fini", "_dl_relocate_static_pie"};
    for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++) {
        if (starts_with(name, beginnings[i]))
            return true;
    }
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
        if (strcmp(name, whole[i]) == 0)
            return true;
    }
    return false;
}

/* A function that lies in no compilation unit; NULL: there is none. Global ones only: of a local
 * one nothing says whether it is libvbench's, and what a suite measures it calls by a global name.
 */
static const char *uncovered_function(Dwfl_Module *module, const address_ranges *ranges)
{
    int count = dwfl_module_getsymtab(module);
    for (int i = 0; i < count; i++) {
        GElf_Sym symbol;
        GElf_Addr address;
        GElf_Word section;
        const char *name =
            dwfl_module_getsym_info(module, i, &symbol, &address, &section, NULL, NULL);
        if (name && GELF_ST_TYPE(symbol.st_info) == STT_FUNC &&
            GELF_ST_BIND(symbol.st_info) == STB_GLOBAL && section != SHN_UNDEF &&
            !is_of_others(name) && !is_covered(ranges, address))
            return name;
    }
    return NULL;
}

/* ---- files --------------------------------------------------------------------------------- */

/* libdw does not return from this, and its own handler would speak: the child that reads ends. */
static void __attribute__((noreturn)) end_without_memory(void)
{
    _exit(2);
}

/* One object file: libdwfl makes one of each archive member, too. */
static int visit_module(Dwfl_Module *module, void **user_data, const char *name, Dwarf_Addr base,
                        void *argument)
{
    visit_state *state = argument;
    Dwarf_Addr bias;
    Dwarf *dwarf = dwfl_module_getdwarf(module, &bias);
    Dwarf_CU *unit = NULL;
    Dwarf_Die die, split;
    address_ranges ranges = {0};
    uint8_t type;
    int status = 1;
    (void)user_data;
    (void)base;
    if (dwarf)
        dwarf_new_oom_handler(dwarf, end_without_memory);
    else
        state->visit(vb_path_name(name), NULL, state->context);
    while (dwarf &&
           (status = dwarf_get_units(dwarf, unit, &unit, NULL, &type, &die, &split)) == 0) {
        /* -gsplit-dwarf leaves a skeleton in the object; the unit proper may be gone. */
        if (type == DW_UT_skeleton && dwarf_tag(&split) == DW_TAG_compile_unit)
            visit_unit(&split, name, state);
        else if (type == DW_UT_skeleton || dwarf_tag(&die) == DW_TAG_compile_unit)
            visit_unit(&die, name, state);
        if (state->without_libvbench && !add_ranges(&ranges, &die, bias))
            state->unreadable = true;
    }
    if (status < 0)
        state->unreadable = true;
    const char *function =
        dwarf && state->without_libvbench ? uncovered_function(module, &ranges) : NULL;
    if (function) {
        char source[128];
        snprintf(source, sizeof source, "the function %s", function);
        state->visit(source, NULL, state->context);
    }
    free(ranges.items);
    return DWARF_CB_OK;
}

int vb_debug_info_visit(const char *path, bool without_libvbench, vb_unit_visitor *visit,
                        void *context)
{
    static const Dwfl_Callbacks callbacks = {.find_debuginfo = find_no_file,
                                             .section_address = dwfl_offline_section_address};
    visit_state state = {without_libvbench, false, visit, context};
    Dwfl *files = dwfl_begin(&callbacks);
    if (!files)
        return -1;
    /* libdwfl and not libdw alone: it applies the relocations of object files. */
    if (!dwfl_report_offline(files, path, path, -1) || dwfl_report_end(files, NULL, NULL) != 0 ||
        dwfl_getmodules(files, visit_module, &state, 0) != 0)
        state.unreadable = true;
    dwfl_end(files);
    return state.unreadable ? -1 : 0;
}

const char *vb_debug_info_library_version(void)
{
    return dwfl_version(NULL);
}
