#define _GNU_SOURCE
#include "runner/loaded_libraries.h"

#include <errno.h>
#include <gelf.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "runner/command.h"
#include "runner/elf_file.h"
#include "runner/needed_libraries.h"
#include "runner/path.h"
#include "runner/shortfall.h"

enum { LIST_BYTES_MAX = 64 << 10 };

/* Copies the path of the dynamic linker that the file asks for. False: for none. */
static bool find_interpreter(Elf *elf, char interpreter[PATH_MAX])
{
    size_t count = 0;
    size_t file_bytes = 0;
    const char *bytes = elf_rawfile(elf, &file_bytes);
    if (!bytes || elf_getphdrnum(elf, &count) != 0)
        return false;
    for (size_t i = 0; i < count && i < INT_MAX; i++) {
        GElf_Phdr header;
        if (!gelf_getphdr(elf, (int)i, &header) || header.p_type != PT_INTERP)
            continue;
        if (header.p_offset > file_bytes || header.p_filesz > file_bytes - header.p_offset ||
            header.p_filesz == 0 || header.p_filesz >= PATH_MAX)
            return false;
        memcpy(interpreter, bytes + header.p_offset, header.p_filesz);
        interpreter[header.p_filesz] = '\0';
        return interpreter[0] == '/';
    }
    return false;
}

/* 1; 0: it asks for none; or -errno. */
static int read_interpreter(const char *path, char interpreter[PATH_MAX])
{
    vb_elf_file file;
    int status = vb_elf_open(path, &file);
    if (status != 0)
        return status;
    bool found = elf_kind(file.elf) == ELF_K_ELF && find_interpreter(file.elf, interpreter);
    status = !found && vb_elf_error() == -ENOMEM ? -ENOMEM : found;
    vb_elf_close(&file);
    return status;
}

static bool is_c_runtime(const char *path)
{
    static const char *const names[] = {"ld-",           "ld.so",    "libc.so", "libm.so",
                                        "libpthread.so", "libdl.so", "librt.so"};
    const char *file = vb_path_name(path);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strncmp(file, names[i], strlen(names[i])) == 0)
            return true;
    }
    return false;
}

/* A failure is noted. */
static void add_library(const char *path, void *context)
{
    vb_texts *libraries = context;
    if (!is_c_runtime(path) && vb_texts_find(libraries, path) == libraries->count)
        vb_texts_add(libraries, "%s", path);
}

/* Lines of "NAME => PATH (ADDRESS)", or of a path alone. */
static void add_listed(char *list, vb_texts *libraries)
{
    char *rest = NULL;
    for (char *line = strtok_r(list, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        char *arrow = strstr(line, " => ");
        char *path = arrow ? arrow + strlen(" => ") : line + strspn(line, " \t");
        char *address = strstr(path, " (0x");
        if (address)
            *address = '\0';
        if (path[0] == '/')
            add_library(path, libraries);
    }
}

int vb_loaded_libraries_add(const char *path, vb_texts *libraries, vb_message *message)
{
    char interpreter[PATH_MAX];
    int status = read_interpreter(path, interpreter);
    if (status < 0)
        return vb_say(message, "%s cannot be read: %s.", path, strerror(-status));
    if (status == 0)
        return 0;
    char *list = malloc(LIST_BYTES_MAX);
    if (!list)
        return vb_say_no_memory(message);
    char *arguments[] = {interpreter, "--list", (char *)path, NULL};
    vb_message why;
    status = vb_command_run(arguments, NULL, list, LIST_BYTES_MAX, &why);
    if (status == 0)
        add_listed(list, libraries);
    else if (status > 0) /* it may be one that has no such flag */
        vb_needed_libraries_visit(path, add_library, libraries);
    else if (status != -EINTR)
        status =
            vb_say(message, "The shared libraries of %s cannot be listed: %s.", path, why.text);
    free(list);
    if (status < 0)
        return status;
    return vb_shortfall() == 0 ? 0 : vb_say_no_memory(message);
}
