#define _GNU_SOURCE
#include "runner/relink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/cache.h"
#include "runner/command.h"
#include "runner/json.h"
#include "runner/link_command.h"
#include "runner/shortfall.h"
#include "runner/write_file.h"

static const char kind[] = "relinked";

/* The suite's and the new subject's, in the linker's order. */
static int list_objects(const vb_recipe *suite, const vb_texts *subject_objects, vb_texts *objects)
{
    int status = vb_texts_add_all(objects, &suite->suite_objects);
    return status == 0 ? vb_texts_add_all(objects, subject_objects) : status;
}

static int make_key(const vb_recipe *suite, const vb_texts *objects, char key[VB_DIGEST_TEXT],
                    vb_message *message)
{
    vb_digest digest;
    vb_digest_begin(&digest);
    vb_digest_text(&digest, suite->suite);
    /* The recipe in the entry names the objects, so it is of these files, not only of their like.
     */
    for (size_t i = 0; i < objects->count; i++)
        vb_digest_text(&digest, objects->items[i]);
    vb_digest_text(&digest, suite->harness);
    char *document = json_dumps(suite->document, JSON_COMPACT | JSON_SORT_KEYS);
    if (!document || vb_shortfall() != 0) {
        free(document);
        return vb_say_no_memory(message);
    }
    vb_digest_text(&digest, document);
    free(document);
    int status = vb_link_digest(&digest, suite, objects, message);
    vb_digest_end(&digest, key);
    return status == 0 ? 0 : -1;
}

/* The suite's recipe with the other subject. */
static int write_recipe(const vb_recipe *suite, const vb_texts *subject_objects,
                        const char *executable, vb_message *message)
{
    char *path = NULL, *text = NULL;
    json_t *document = json_deep_copy(suite->document);
    json_t *objects = json_array();
    for (size_t i = 0; i < subject_objects->count; i++) {
        const char *object = subject_objects->items[i];
        json_array_append_new(objects, vb_json_string(object));
    }
    json_object_set_new(document, "subject_objects", objects);
    if (document)
        text = json_dumps(document, JSON_INDENT(2));
    json_decref(document);
    int status = -1;
    if (!text || vb_shortfall() != 0 || asprintf(&path, "%s" VB_RECIPE_SUFFIX, executable) < 0) {
        vb_say_no_memory(message);
        path = NULL;
    } else {
        status = vb_write_file(path, text, strlen(text), message);
    }
    free(path);
    free(text);
    return status;
}

static int link_it(const vb_recipe *suite, const vb_texts *objects, const char *executable,
                   vb_message *message)
{
    vb_texts words = {0};
    vb_message said;
    int status = vb_link_command(suite, objects, executable, &words);
    if (status != 0) {
        status = vb_say_no_memory(message);
    } else {
        status = vb_command_run(words.items, NULL, NULL, 0, &said);
        if (status != 0 && status != -EINTR)
            status = vb_say(message, "The suite %s cannot be linked to the other subject: %s.",
                            suite->suite, said.text);
    }
    vb_texts_free(&words);
    return status;
}

/* What an entry of the cache is made from, and what is taken from it. */
typedef struct {
    const vb_recipe *suite;
    const vb_texts *objects, *subject_objects;
    char *executable;
} wanted;

static char *executable_in(const char *folder, const wanted *entry)
{
    char *path = NULL;
    return asprintf(&path, "%s/%s", folder, entry->suite->suite) < 0 ? NULL : path;
}

static int make(const char *folder, void *context, vb_message *message)
{
    const wanted *entry = context;
    char *executable = executable_in(folder, entry);
    int status = executable ? link_it(entry->suite, entry->objects, executable, message)
                            : vb_say_no_memory(message);
    if (status == 0)
        status = write_recipe(entry->suite, entry->subject_objects, executable, message);
    free(executable);
    return status;
}

/* Whether it holds what it should: whoever removes one of its files damages it. */
static int is_whole(const char *folder, void *context, vb_message *message)
{
    wanted *entry = context;
    char *recipe = NULL;
    char *executable = executable_in(folder, entry);
    if (!executable || asprintf(&recipe, "%s" VB_RECIPE_SUFFIX, executable) < 0) {
        free(executable);
        return vb_say_no_memory(message);
    }
    bool whole = access(executable, X_OK) == 0 && access(recipe, R_OK) == 0;
    free(recipe);
    if (whole) {
        entry->executable = executable;
        return 0;
    }
    free(executable);
    return vb_say(message, "%s is damaged; remove it.", folder);
}

int vb_relink(const vb_recipe *suite, const vb_texts *subject_objects, const char *cache,
              char **executable, vb_message *message)
{
    char key[VB_DIGEST_TEXT];
    char *folder = NULL;
    vb_texts objects = {0};
    wanted entry = {.suite = suite, .objects = &objects, .subject_objects = subject_objects};
    *executable = NULL;
    if (suite->link.count == 0 || !suite->harness || suite->suite_objects.count == 0)
        return vb_say(message, "The recipe of the suite %s does not say how it is linked.",
                      suite->suite);
    int status = list_objects(suite, subject_objects, &objects);
    status = status == 0 ? make_key(suite, &objects, key, message) : vb_say_no_memory(message);
    if (status == 0)
        status = vb_cache_get(cache, kind, key, is_whole, make, &entry, &folder, message);
    /* It is a link of these objects, whenever it was made: no link of older ones. */
    if (entry.executable)
        utimensat(AT_FDCWD, entry.executable, NULL, 0);
    *executable = entry.executable;
    free(folder);
    vb_texts_free(&objects);
    return status;
}
