#define _GNU_SOURCE
#include "runner/recipe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/json.h"
#include "runner/read_file.h"
#include "runner/shortfall.h"

static const size_t bytes_max = (size_t)16 << 20;

static const char *text_of(const json_t *document, const char *key)
{
    return json_string_value(json_object_get(document, key));
}

/* The folder of a path, with its slash: "" for a bare name. Returns its bytes. */
static int folder_bytes(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (int)(slash - path) + 1 : 0;
}

/* A flag stays, a path becomes absolute; NULL if there is no memory, which is noted. */
static json_t *absolute(const json_t *path, const char *recipe_path)
{
    const char *text = json_string_value(path);
    char *whole = NULL;
    if (!text || text[0] == '/' || text[0] == '-')
        return json_deep_copy(path);
    if (asprintf(&whole, "%.*s%s", folder_bytes(recipe_path), recipe_path, text) < 0)
        whole = NULL;
    json_t *made = whole ? vb_json_string(whole) : NULL;
    free(whole);
    if (!made)
        vb_shortfall_note(ENOMEM);
    return made;
}

/* Makes the paths of the document absolute, in place. */
static void make_absolute(json_t *document, const char *recipe_path)
{
    static const char *const lists[] = {"suite_objects", "subject_objects", "subject_shared",
                                        "needed_objects", "libraries"};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        json_t *list = json_object_get(document, lists[i]);
        for (size_t k = 0; k < json_array_size(list); k++)
            json_array_set_new(list, k, absolute(json_array_get(list, k), recipe_path));
    }
    const json_t *harness = json_object_get(document, "harness");
    if (harness)
        json_object_set_new(document, "harness", absolute(harness, recipe_path));
}

/* Splits flags as a shell would, but expands nothing: blanks separate, quotes and backslashes
 * protect. 0 or -ENOMEM. */
static int add_words(vb_texts *texts, const char *flags)
{
    char *word = malloc(strlen(flags) + 1);
    if (!word)
        return -ENOMEM;
    int status = 0;
    size_t length = 0;
    bool begun = false;
    char quote = '\0';
    for (const char *c = flags; status == 0; c++) {
        bool blank = strchr(" \t\n", *c) != NULL; /* and the end */
        if (*c == '\0' || (blank && !quote)) {
            word[length] = '\0';
            if (begun)
                status = vb_texts_add(texts, "%s", word);
            begun = false;
            length = 0;
            if (*c == '\0')
                break;
            continue;
        }
        begun = true;
        if (*c == quote)
            quote = '\0';
        else if (!quote && (*c == '"' || *c == '\''))
            quote = *c;
        else if (*c == '\\' && quote != '\'' && c[1] != '\0')
            word[length++] = *++c;
        else
            word[length++] = *c;
    }
    free(word);
    return status;
}

static int fill(const char *path, vb_recipe *recipe, vb_message *message)
{
    const json_t *document = recipe->document;
    const json_t *version = json_object_get(document, "recipe_version");
    if (json_integer_value(version) > VB_RECIPE_VERSION)
        return vb_say(message,
                      "The recipe %s was made by a newer vbench: it has version %lld, and this one "
                      "reads %d; use the vbench that it was built with.",
                      path, (long long)json_integer_value(version), VB_RECIPE_VERSION);
    make_absolute(recipe->document, path);
    const char *linker = text_of(document, "linker");
    const char *flags = text_of(document, "linker_flags");
    const char *harness = text_of(document, "harness");
    const char *suite = text_of(document, "suite");
    const char *reason = text_of(document, "layout_reason");
    const char *subject = text_of(document, "subject");
    int status = 0;
    if (linker)
        status = vb_texts_add(&recipe->link, "%s", linker);
    if (status == 0 && flags)
        status = add_words(&recipe->link, flags);
    if (status == 0)
        status =
            vb_json_add_texts(json_object_get(document, "suite_objects"), &recipe->suite_objects);
    if (status == 0)
        status = vb_json_add_texts(json_object_get(document, "subject_objects"),
                                   &recipe->subject_objects);
    if (status == 0)
        status = vb_json_add_texts(json_object_get(document, "libraries"), &recipe->libraries);
    recipe->harness = vb_copy_text(harness);
    recipe->suite = vb_copy_text(suite ? suite : "");
    recipe->subject = vb_copy_text(subject ? subject : "");
    recipe->build_folder = vb_copy_text(text_of(document, "build_folder"));
    const char *why = reason;
    if (!why && (!linker || !harness || recipe->suite_objects.count == 0))
        why = "The recipe does not say how the suite is linked.";
    recipe->fixed_layout = vb_copy_text(why);
    bool complete = recipe->suite && recipe->subject && (recipe->fixed_layout || !why) &&
                    (recipe->harness || !harness);
    return status == 0 && complete && vb_shortfall() == 0 ? 0 : vb_say_no_memory(message);
}

int vb_recipe_read(const char *path, vb_recipe *recipe, vb_message *message)
{
    char *bytes = NULL;
    size_t count = 0;
    json_error_t error;
    *recipe = (vb_recipe){0};
    if (vb_read_file(path, bytes_max, &bytes, &count, message) != 0)
        return -1;
    recipe->document = vb_json_parse(bytes, count, &error);
    free(bytes);
    if (!recipe->document)
        return vb_say(message, "The recipe %s cannot be read: %s (line %d).", path, error.text,
                      error.line);
    int status = fill(path, recipe, message);
    if (status != 0)
        vb_recipe_free(recipe);
    return status;
}

int vb_recipe_check_object(const char *object, const char *executable, vb_message *message)
{
    struct stat made, linked;
    if (stat(object, &made) != 0 || access(object, R_OK) != 0) {
        int error = errno;
        vb_say(message, "%s cannot be read: %s.", object, strerror(error));
        return error == ENOENT || error == ENOTDIR || error == EACCES ? 1 : -1;
    }
    if (stat(executable, &linked) != 0)
        return vb_say(message, "%s cannot be read: %s.", executable, strerror(errno));
    bool newer = made.st_mtim.tv_sec > linked.st_mtim.tv_sec ||
                 (made.st_mtim.tv_sec == linked.st_mtim.tv_sec &&
                  made.st_mtim.tv_nsec > linked.st_mtim.tv_nsec);
    if (newer)
        vb_say(message, "%s was compiled after the suite had been linked.", object);
    return newer;
}

int vb_recipe_check(const vb_recipe *recipe, const char *executable, vb_message *message)
{
    const vb_texts *const lists[] = {&recipe->suite_objects, &recipe->subject_objects};
    int status = vb_recipe_check_object(recipe->harness, executable, message);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        for (size_t k = 0; k < lists[i]->count && status == 0; k++)
            status = vb_recipe_check_object(lists[i]->items[k], executable, message);
    }
    return status;
}

void vb_recipe_free(vb_recipe *recipe)
{
    if (!recipe)
        return;
    json_decref(recipe->document);
    free(recipe->suite);
    free(recipe->subject);
    free(recipe->build_folder);
    free(recipe->harness);
    free(recipe->fixed_layout);
    vb_texts_free(&recipe->link);
    vb_texts_free(&recipe->suite_objects);
    vb_texts_free(&recipe->subject_objects);
    vb_texts_free(&recipe->libraries);
    *recipe = (vb_recipe){0};
}
