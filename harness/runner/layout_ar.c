/* Archives as ar makes them: which files are, and what is in them (layout_objects.h). */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/elf_file.h"
#include "runner/layout_objects.h"
#include "runner/shortfall.h"

int vb_ar_is(const char *path)
{
    static const char magic[] = "!<arch>\n", thin[] = "!<thin>\n";
    char found[sizeof magic - 1];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return -errno;
    ssize_t got = read(fd, found, sizeof found);
    int status = got < 0 ? -errno : 0;
    close(fd);
    if (status != 0 || got != (ssize_t)sizeof found)
        return status;
    return memcmp(found, magic, sizeof found) == 0 || memcmp(found, thin, sizeof found) == 0;
}

static int write_bytes(const char *path, const char *bytes, size_t count)
{
    FILE *file = fopen(path, "we");
    if (!file)
        return -errno;
    int status = fwrite(bytes, 1, count, file) == count ? 0 : -EIO;
    return fclose(file) == 0 || status != 0 ? status : -errno;
}

static int extract(Elf *member, const char *member_name, const char *folder, const char *prefix,
                   vb_texts *files, vb_texts *names, vb_message *message)
{
    size_t bytes = 0;
    const char *contents = elf_rawfile(member, &bytes);
    char *path = NULL;
    if (!contents)
        return vb_say(message, "An archive's member %s cannot be read: %s.", member_name,
                      elf_errmsg(-1));
    if (vb_texts_add(files, "%s-%04zu.o", prefix, files->count) != 0 ||
        vb_texts_add(names, "%s", member_name) != 0 ||
        asprintf(&path, "%s/%s", folder, files->items[files->count - 1]) < 0)
        return vb_say_no_memory(message);
    int status = write_bytes(path, contents, bytes);
    if (status != 0)
        vb_say(message, "%s cannot be written: %s.", path, strerror(-status));
    free(path);
    return status == 0 ? 0 : -1;
}

int vb_ar_extract(const char *path, const vb_texts *listed, const char *folder, const char *prefix,
                  vb_texts *files, vb_texts *names, vb_message *message)
{
    vb_texts done = {0};
    vb_elf_file archive;
    int status = vb_elf_open(path, &archive);
    if (status == -ENOMEM) {
        status = vb_say_no_memory(message);
    } else if (status != 0 || elf_kind(archive.elf) != ELF_K_AR) {
        vb_say(message, "%s is an archive without its members' contents (a thin one), or damaged.",
               path);
        status = VB_CANNOT;
    }
    Elf *member = NULL;
    for (Elf_Cmd command = ELF_C_READ_MMAP;
         status == 0 && (member = elf_begin(archive.fd, command, archive.elf));) {
        const Elf_Arhdr *header = elf_getarhdr(member);
        const char *name = header ? header->ar_name : NULL;
        if (name && vb_texts_find(listed, name) < listed->count) {
            if (vb_texts_find(&done, name) < done.count) {
                vb_say(message,
                       "The archive %s has two members of the name %s, which the linker "
                       "does not tell apart.",
                       path, name);
                status = VB_CANNOT;
            } else if (vb_texts_add(&done, "%s", name) != 0) {
                status = vb_say_no_memory(message);
            } else {
                status = extract(member, name, folder, prefix, files, names, message);
            }
        }
        command = elf_next(member);
        elf_end(member);
    }
    if (status == 0 && done.count < listed->count && vb_elf_error() == -ENOMEM) {
        status = vb_say_no_memory(message);
    } else if (status == 0 && done.count < listed->count) {
        vb_say(message, "Not all members that the linker takes are found in the archive %s.", path);
        status = VB_CANNOT;
    }
    vb_elf_close(&archive);
    vb_texts_free(&done);
    return status;
}
