#define _GNU_SOURCE
#include "runner/suites.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/optimisation.h"
#include "runner/own_folder.h"
#include "runner/path.h"
#include "runner/shortfall.h"

static char *text_of(const json_t *recipe, const char *key)
{
    const char *text = json_string_value(json_object_get(recipe, key));
    return strdup(text ? text : "unknown");
}

uint64_t vb_suite_file(const char *path)
{
    struct stat found;
    if (stat(path, &found) != 0)
        return 0;
    return (uint64_t)found.st_ino * 1000003u + (uint64_t)found.st_size;
}

/* A suite without a recipe can be measured all the same; what it was built with is unknown. */
static int fill_suite(const char *path, vb_suite *suite, vb_message *message)
{
    char *recipe_path = NULL;
    const json_t *recipe = NULL;
    memset(suite, 0, sizeof *suite);

    suite->file = vb_suite_file(path);
    if (access(path, X_OK) != 0)
        return vb_say(message, "The suite %s cannot be run: %s.", path, strerror(errno));
    if (asprintf(&recipe_path, "%s" VB_RECIPE_SUFFIX, path) < 0)
        return vb_say_no_memory(message);
    if (access(recipe_path, F_OK) == 0 || errno != ENOENT) {
        vb_recipe read;
        if (vb_recipe_read(recipe_path, &read, message) != 0) {
            free(recipe_path);
            return -1;
        }
        suite->recipe = malloc(sizeof read);
        if (!suite->recipe) {
            vb_recipe_free(&read);
            free(recipe_path);
            return vb_say_no_memory(message);
        }
        *suite->recipe = read;
        recipe = read.document;
    }
    free(recipe_path);

    suite->name = strdup(vb_path_name(path));
    /* execv looks up a bare name in no folder but the current one; say so. */
    if (strchr(path, '/'))
        suite->path = strdup(path);
    else if (asprintf(&suite->path, "./%s", path) < 0)
        suite->path = NULL;
    suite->compiler_flags = text_of(recipe, "compiler_flags");
    suite->build_type = text_of(recipe, "build_type");
    strcpy(suite->google_benchmark, "unknown");
    const char *compiler = json_string_value(json_object_get(recipe, "compiler"));
    snprintf(suite->compiler, sizeof suite->compiler, "%s", compiler ? compiler : "unknown");
    strcpy(suite->c_library, "unknown");
    if (suite->path && suite->name)
        vb_optimisation_find(suite, recipe);
    if (!suite->name || !suite->path || !suite->compiler_flags || !suite->build_type)
        return vb_say_no_memory(message);
    return 0;
}

static int is_recipe(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);
    return length > strlen(VB_RECIPE_SUFFIX) && entry->d_name[0] != '.' &&
           strcmp(entry->d_name + length - strlen(VB_RECIPE_SUFFIX), VB_RECIPE_SUFFIX) == 0;
}

static int fill_all(char *const *paths, size_t count, vb_suite_list *suites, vb_message *message)
{
    suites->items = calloc(count ? count : 1, sizeof *suites->items);
    if (!suites->items)
        return vb_say_no_memory(message);
    for (size_t i = 0; i < count; i++) {
        suites->count = i + 1;
        if (fill_suite(paths[i], &suites->items[i], message) != 0)
            return -1;
    }
    return 0;
}

int vb_suites_in_folder(const char *folder, vb_texts *executables, vb_message *message)
{
    struct dirent **files;
    int count = scandir(folder, &files, is_recipe, alphasort);
    if (count < 0 && errno == ENOENT)
        return 0;
    if (count < 0)
        return vb_say(message, "The folder %s cannot be read: %s.", folder, strerror(errno));
    int status = 0;
    for (int i = 0; i < count; i++) {
        int bytes = (int)(strlen(files[i]->d_name) - strlen(VB_RECIPE_SUFFIX));
        if (status == 0)
            status = vb_texts_add(executables, "%s/%.*s", folder, bytes, files[i]->d_name);
        free(files[i]);
    }
    free(files);
    return status == 0 ? 0 : vb_say_no_memory(message);
}

int vb_suites_say_none(const char *folder, vb_message *message)
{
    return vb_say(message,
                  "There is no suite in %s (no *" VB_RECIPE_SUFFIX
                  "); build one with vbench_add_suite, or name the "
                  "suites' executables.",
                  folder);
}

int vb_suites_beside(vb_texts *executables, vb_message *message)
{
    char folder[4096];
    if (vb_beside_program("", folder, sizeof folder) != 0)
        return vb_say(message, "This program's own folder cannot be found; name the suites' "
                               "executables.");
    folder[strlen(folder) - 1] = '\0'; /* its slash */
    int status = vb_suites_in_folder(folder, executables, message);
    return status == 0 && executables->count == 0 ? vb_suites_say_none(folder, message) : status;
}

int vb_suites_find(char *const *paths, size_t path_count, vb_suite_list *suites,
                   vb_message *message)
{
    vb_texts beside = {0};
    int status = 0;
    memset(suites, 0, sizeof *suites);
    if (path_count == 0)
        status = vb_suites_beside(&beside, message);
    if (status == 0)
        status = path_count > 0 ? fill_all(paths, path_count, suites, message)
                                : fill_all(beside.items, beside.count, suites, message);
    vb_texts_free(&beside);
    if (status != 0)
        vb_suites_free(suites);
    return status;
}

void vb_suites_free(vb_suite_list *suites)
{
    if (!suites)
        return;
    for (size_t i = 0; i < suites->count; i++) {
        free(suites->items[i].path);
        free(suites->items[i].name);
        free(suites->items[i].compiler_flags);
        free(suites->items[i].build_type);
        vb_recipe_free(suites->items[i].recipe);
        free(suites->items[i].recipe);
    }
    free(suites->items);
    memset(suites, 0, sizeof *suites);
}
