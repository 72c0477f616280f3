#define _GNU_SOURCE
#include "runner/layout_inputs.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/link_command.h"
#include "runner/path.h"
#include "runner/read_file.h"
#include "runner/shortfall.h"

static const size_t map_bytes_max = (size_t)256 << 20;

/* A link to a file under the next number; its name is added to `names`. */
static int lay_link(const char *path, bool archive, const char *folder, vb_texts *names,
                    vb_message *message)
{
    char *link = NULL;
    if (vb_texts_add(names, "%04zu.%c", names->count, archive ? 'a' : 'o') != 0 ||
        asprintf(&link, "%s/%s", folder, names->items[names->count - 1]) < 0)
        return vb_say_no_memory(message);
    int status = symlink(path, link);
    if (status != 0)
        status = vb_say(message, "%s cannot be made: %s.", link, strerror(errno));
    free(link);
    return status;
}

/* Links everything into one object, only to get the map of it. */
static int try(const vb_texts *names, const char *gnu_ld, const char *folder, vb_message *message)
{
    vb_texts flags = {0};
    int status = vb_texts_add(&flags, "-Map=tried.map") == 0
                     ? vb_link_join(gnu_ld, &flags, names, "tried.o", folder, message)
                     : vb_say_no_memory(message);
    vb_texts_free(&flags);
    return status;
}

/* The members of one archive that the map lists. Such a line, and no other, begins with ARCHIVE(,
 * in every language of the linker's: "0002.a(member.o)   0000.o (symbol)", or goes on after a new
 * line where the name is long. */
static int list_members(const char *map, const char *archive, vb_texts *members)
{
    int status = 0;
    size_t length = strlen(archive);
    for (const char *line = map; line && status == 0;) {
        const char *end = strchrnul(line, '\n');
        if (strncmp(line, archive, length) == 0 && line[length] == '(') {
            const char *name = line + length + 1;
            const char *close = name;
            while (close < end && !(*close == ')' && (close + 1 == end || isblank(close[1]))))
                close++;
            status = vb_texts_add(members, "%.*s", (int)(close - name), name);
        }
        line = *end ? end + 1 : NULL;
    }
    return status;
}

/* Adds the members that are taken. `name` is the archive's in the folder, `path` its own. */
static int add_members(const char *map, const char *name, const char *path, const char *folder,
                       vb_layout_inputs *inputs, vb_message *message)
{
    vb_texts listed = {0}, files = {0}, members = {0};
    int status = list_members(map, name, &listed) == 0 ? 0 : vb_say_no_memory(message);
    if (status == 0)
        status = vb_ar_extract(path, &listed, folder, name, &files, &members, message);
    for (size_t i = 0; i < files.count && status == 0; i++) {
        char *extracted = NULL;
        if (vb_texts_add(&inputs->files, "%s", files.items[i]) != 0 ||
            asprintf(&extracted, "%s/%s", folder, files.items[i]) < 0) {
            status = vb_say_no_memory(message);
        } else {
            status = vb_objects_add(&inputs->objects, extracted, files.items[i], members.items[i],
                                    message);
            free(extracted);
        }
    }
    vb_texts_free(&listed);
    vb_texts_free(&files);
    vb_texts_free(&members);
    return status;
}

static int read_map(const char *folder, char **map, vb_message *message)
{
    char *path = NULL;
    size_t count;
    if (asprintf(&path, "%s/tried.map", folder) < 0)
        return vb_say_no_memory(message);
    int status = vb_read_file(path, map_bytes_max, map, &count, message);
    if (status == 0) { /* as a text */
        char *grown = realloc(*map, count + 1);
        if (grown) {
            *map = grown;
            grown[count] = '\0';
        } else {
            status = vb_say_no_memory(message);
        }
    }
    free(path);
    return status;
}

/* With everything linked into the folder as `names`. */
static int add_all(const vb_texts *paths, const vb_texts *names, const char *map,
                   const char *folder, vb_layout_inputs *inputs, vb_message *message)
{
    int status = 0;
    for (size_t i = 0; i < paths->count && status == 0; i++) {
        const char *path = paths->items[i], *name = names->items[i];
        if (name[strlen(name) - 1] == 'a') {
            status = add_members(map, name, path, folder, inputs, message);
            if (status == 0 && vb_texts_add(&inputs->archives, "%s", path) != 0)
                status = vb_say_no_memory(message);
        } else {
            status = vb_objects_add(&inputs->objects, path, name, vb_path_name(path), message);
            if (status == 0 && vb_texts_add(&inputs->files, "%s", name) != 0)
                status = vb_say_no_memory(message);
        }
    }
    return status == 0 ? vb_objects_complete(&inputs->objects, message) : status;
}

int vb_layout_inputs_lay(const vb_recipe *recipe, const char *gnu_ld, const char *folder,
                         vb_layout_inputs *inputs, vb_message *message)
{
    vb_texts paths = {0}, names = {0};
    char *map = NULL;
    bool archives = false;
    int status = vb_texts_add_all(&paths, &recipe->suite_objects);
    if (status == 0)
        status = vb_texts_add_all(&paths, &recipe->subject_objects);
    if (status != 0)
        status = vb_say_no_memory(message);
    for (size_t i = 0; i < paths.count && status == 0; i++) {
        int archive = vb_ar_is(paths.items[i]);
        archives = archives || archive > 0;
        if (archive < 0) {
            vb_say(message, "The object %s cannot be read: %s.", paths.items[i],
                   strerror(-archive));
            status = VB_CANNOT;
        } else {
            status = lay_link(paths.items[i], archive > 0, folder, &names, message);
        }
    }
    if (status == 0 && archives)
        status = try(&names, gnu_ld, folder, message);
    if (status == 0 && archives)
        status = read_map(folder, &map, message);
    if (status == 0)
        status = add_all(&paths, &names, map, folder, inputs, message);
    free(map);
    vb_texts_free(&paths);
    vb_texts_free(&names);
    return status;
}

void vb_layout_inputs_free(vb_layout_inputs *inputs)
{
    if (!inputs)
        return;
    vb_objects_free(&inputs->objects);
    vb_texts_free(&inputs->files);
    vb_texts_free(&inputs->archives);
}
