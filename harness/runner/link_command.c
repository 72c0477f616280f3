#define _GNU_SOURCE
#include "runner/link_command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "runner/command.h"
#include "runner/path.h"
#include "runner/shortfall.h"

int vb_link_command(const vb_recipe *recipe, const vb_texts *objects, const char *output,
                    vb_texts *words)
{
    int status = vb_texts_add_all(words, &recipe->link);
    if (status == 0)
        status = vb_texts_add_all(words, objects);
    if (status == 0)
        status = vb_texts_add(words, "%s", recipe->harness);
    if (status == 0)
        status = vb_texts_add_all(words, &recipe->libraries);
    if (status == 0)
        status = vb_texts_add(words, "-o");
    return status == 0 ? vb_texts_add(words, "%s", output) : status;
}

int vb_link_run(const vb_texts *words, const char *folder, vb_message *message)
{
    const vb_command_options options = {.folder = folder};
    vb_message said;
    int status = vb_command_run(words->items, &options, NULL, 0, &said);
    if (status == 0 || status == -EINTR)
        return status;
    vb_say(message, "The suite cannot be linked in another layout: %s.", said.text);
    return VB_CANNOT;
}

int vb_link_join(const char *gnu_ld, const vb_texts *flags, const vb_texts *files,
                 const char *output, const char *folder, vb_message *message)
{
    vb_texts words = {0};
    const char *const first[] = {gnu_ld, "-r", "-S", "-o", output};
    int status = 0;
    for (size_t i = 0; i < sizeof first / sizeof *first && status == 0; i++)
        status = vb_texts_add(&words, "%s", first[i]);
    if (status == 0)
        status = vb_texts_add_all(&words, flags);
    if (status == 0)
        status = vb_texts_add_all(&words, files);
    status = status == 0 ? vb_link_run(&words, folder, message) : vb_say_no_memory(message);
    vb_texts_free(&words);
    return status;
}

/* A program is not read, for a compiler is large and seldom changes. */
static void add_program(vb_digest *digest, const char *name)
{
    struct stat found;
    char *path = vb_program_find(name);
    vb_digest_text(digest, path ? path : "");
    if (path && stat(path, &found) == 0) {
        const long long facts[] = {found.st_size, found.st_mtim.tv_sec, found.st_mtim.tv_nsec};
        vb_digest_bytes(digest, facts, sizeof facts);
    }
    free(path);
}

/* The digest of a file, so that the end of one and the beginning of the next are told apart. */
static int add_file(vb_digest *digest, const char *path, vb_message *message)
{
    char text[VB_DIGEST_TEXT];
    int status = vb_digest_of_file(path, text);
    if (status != 0) {
        vb_say(message, "%s, which the suite is linked from, cannot be read: %s.", path,
               strerror(-status));
        return VB_CANNOT;
    }
    vb_digest_text(digest, text);
    return 0;
}

int vb_link_digest(vb_digest *digest, const vb_recipe *recipe, const vb_texts *objects,
                   vb_message *message)
{
    static const char *const linkers[] = {"ld", "ld.bfd", "ld.gold", "ld.lld", "ld.mold"};
    char *compiler = vb_program_find(recipe->link.items[0]);
    if (!compiler) {
        vb_say(message, "The suite's linker %s is not there; install it.", recipe->link.items[0]);
        return VB_CANNOT;
    }
    free(compiler);
    add_program(digest, recipe->link.items[0]);
    for (size_t i = 0; i < sizeof linkers / sizeof *linkers; i++)
        add_program(digest, linkers[i]);
    for (size_t i = 0; i < recipe->link.count; i++)
        vb_digest_text(digest, recipe->link.items[i]);
    vb_digest_text(digest, ""); /* here the next list begins */
    int status = 0;
    for (size_t i = 0; i < objects->count && status == 0; i++) {
        vb_digest_text(digest, vb_path_name(objects->items[i]));
        status = add_file(digest, objects->items[i], message);
    }
    vb_digest_text(digest, "");
    if (status == 0)
        status = add_file(digest, recipe->harness, message);
    for (size_t i = 0; i < recipe->libraries.count && status == 0; i++) {
        const char *library = recipe->libraries.items[i];
        vb_digest_text(digest, library);
        if (library[0] == '/')
            status = add_file(digest, library, message);
    }
    return status;
}
