#define _GNU_SOURCE
#include "runner/needed_libraries.h"

#include <gelf.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/elf_file.h"
#include "runner/path.h"

/* The dynamic section, and the strings that it refers to. */
typedef struct {
    Elf *elf;
    Elf_Data *entries;
    size_t strings;
    size_t count;
} dynamic_section;

static bool find_dynamic(Elf *elf, dynamic_section *found)
{
    Elf_Scn *section = NULL;
    GElf_Shdr header;
    while ((section = elf_nextscn(elf, section))) {
        if (!gelf_getshdr(section, &header) || header.sh_type != SHT_DYNAMIC)
            continue;
        *found = (dynamic_section){elf, elf_getdata(section, NULL), header.sh_link, 0};
        size_t entry_bytes = gelf_fsize(elf, ELF_T_DYN, 1, EV_CURRENT);
        if (found->entries && entry_bytes > 0)
            found->count = found->entries->d_size / entry_bytes;
        return found->count > 0;
    }
    return false;
}

/* The text of entry i if it has this tag; NULL otherwise, and past the last one. */
static const char *text_of(const dynamic_section *dynamic, size_t i, GElf_Sxword tag)
{
    GElf_Dyn entry;
    if (i >= dynamic->count || i > INT_MAX || !gelf_getdyn(dynamic->entries, (int)i, &entry) ||
        entry.d_tag != tag)
        return NULL;
    return elf_strptr(dynamic->elf, dynamic->strings, entry.d_un.d_val);
}

static const char *first_text(const dynamic_section *dynamic, GElf_Sxword tag)
{
    const char *text = NULL;
    for (size_t i = 0; i < dynamic->count && !text; i++)
        text = text_of(dynamic, i, tag);
    return text;
}

/* One folder of a search path with the executable's own in the place of $ORIGIN. False: too long.
 */
static bool expand_folder(const char *folder, size_t bytes, const char *origin,
                          char expanded[PATH_MAX])
{
    static const char *const names[] = {"$ORIGIN", "${ORIGIN}"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *place = memmem(folder, bytes, names[i], strlen(names[i]));
        if (place) {
            size_t before = (size_t)(place - folder);
            size_t after = bytes - before - strlen(names[i]);
            return snprintf(expanded, PATH_MAX, "%.*s%s%.*s", (int)before, folder, origin,
                            (int)after, place + strlen(names[i])) < PATH_MAX;
        }
    }
    return snprintf(expanded, PATH_MAX, "%.*s", (int)bytes, folder) < PATH_MAX;
}

/* Looks in each folder of the search path. */
static bool find_library(const char *name, const char *folders, const char *origin,
                         char real[PATH_MAX])
{
    char folder[PATH_MAX];
    char path[2 * PATH_MAX];
    if (strchr(name, '/')) /* as it stands, then */
        return realpath(name, real);
    for (size_t bytes; *folders; folders += bytes + (folders[bytes] == ':')) {
        bytes = strcspn(folders, ":");
        if (bytes >= PATH_MAX || !expand_folder(folders, bytes, origin, folder))
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, name);
        if (realpath(path, real))
            return true;
    }
    return false;
}

static bool is_in_system_folder(const char *path)
{
    static const char *const folders[] = {"/lib", "/usr/lib"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        size_t bytes = strlen(folders[i]);
        if (strncmp(path, folders[i], bytes) == 0 &&
            path[bytes + strspn(path + bytes, "x0123456789")] == '/') /* /lib64, /libx32 */
            return true;
    }
    return false;
}

static bool is_of_others(const char *path)
{
    static const char *const names[] = {"libbenchmark.so", "libstdc++.so", "libc++.so",
                                        "libc++abi.so", "libgcc_s.so"};
    const char *file = vb_path_name(path);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strncmp(file, names[i], strlen(names[i])) == 0)
            return true;
    }
    return false;
}

bool vb_library_comes_with_suite(const char *real_path)
{
    return !is_in_system_folder(real_path) && !is_of_others(real_path);
}

static void visit_needed(const dynamic_section *dynamic, const char *origin,
                         vb_library_visitor *visit, void *context)
{
    const char *folders = first_text(dynamic, DT_RUNPATH);
    if (!folders)
        folders = first_text(dynamic, DT_RPATH);
    for (size_t i = 0; i < dynamic->count; i++) {
        char path[PATH_MAX];
        const char *name = text_of(dynamic, i, DT_NEEDED);
        if (name && find_library(name, folders ? folders : "", origin, path) &&
            vb_library_comes_with_suite(path))
            visit(path, context);
    }
}

int vb_needed_libraries_visit(const char *path, vb_library_visitor *visit, void *context)
{
    char origin[PATH_MAX];
    dynamic_section dynamic;
    vb_elf_file file;
    if (vb_elf_open(path, &file) != 0)
        return -1;
    bool readable = elf_kind(file.elf) == ELF_K_ELF && realpath(path, origin);
    if (readable) {
        strrchr(origin, '/')[0] = '\0';
        if (find_dynamic(file.elf, &dynamic)) /* else it is linked statically */
            visit_needed(&dynamic, origin, visit, context);
    }
    vb_elf_close(&file);
    return readable ? 0 : -1;
}
