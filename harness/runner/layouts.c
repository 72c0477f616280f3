#define _GNU_SOURCE
#include "runner/layouts.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/cache.h"
#include "runner/command.h"
#include "runner/json.h"
#include "runner/layout_functions.h"
#include "runner/layout_links.h"
#include "runner/layout_plan.h"
#include "runner/link_command.h"
#include "runner/path.h"
#include "runner/read_file.h"
#include "runner/shortfall.h"
#include "runner/write_file.h"

static const char kind[] = "layouts";
static const char placements_name[] = "placements.json";
static const size_t placements_bytes_max = (size_t)256 << 20;

/* 1, 0, or -EINTR. */
static int is_gnu_ld(const char *program)
{
    char version[64];
    vb_message said;
    char *const words[] = {(char *)program, "-v", NULL};
    int status = vb_command_run(words, NULL, version, sizeof version, &said);
    return status == -EINTR ? status : status == 0 && strncmp(version, "GNU ld ", 7) == 0;
}

/* 0; VB_CANNOT; -EINTR. */
static int find_gnu_ld(char **program, vb_message *message)
{
    static const char *const names[] = {"ld.bfd", "ld"};
    int found = 0;
    *program = NULL;
    for (size_t i = 0; i < sizeof names / sizeof *names && found == 0; i++) {
        *program = vb_program_find(names[i]);
        found = *program ? is_gnu_ld(*program) : 0;
        if (found != 1) {
            free(*program);
            *program = NULL;
        }
    }
    if (found != 0)
        return found == 1 ? 0 : found;
    vb_say(message, "Code is placed with GNU ld, and PATH has neither ld.bfd nor an ld that is it; "
                    "install binutils.");
    return VB_CANNOT;
}

static int make_key(const vb_recipe *recipe, size_t count, char key[VB_DIGEST_TEXT],
                    vb_message *message)
{
    vb_digest digest;
    vb_texts objects = {0};
    const size_t numbers[] = {VB_LAYOUT_PLAN_VERSION, count};
    vb_digest_begin(&digest);
    vb_digest_bytes(&digest, numbers, sizeof numbers);
    int status = vb_texts_add_all(&objects, &recipe->suite_objects);
    if (status == 0)
        status = vb_texts_add_all(&objects, &recipe->subject_objects);
    status = status == 0 ? vb_link_digest(&digest, recipe, &objects, message)
                         : vb_say_no_memory(message);
    vb_digest_end(&digest, key);
    vb_texts_free(&objects);
    return status;
}

/* Its name; with its object's where another function has the same. */
static json_t *function_name(const vb_objects *objects, size_t index)
{
    const vb_function *function = &objects->functions[index];
    bool shared = false;
    for (size_t i = 0; i < objects->function_count && !shared; i++)
        shared = i != index && strcmp(objects->functions[i].name, function->name) == 0;
    char *name = NULL;
    if (asprintf(&name, "%s%s%s%s", function->name, shared ? " (" : "",
                 shared ? objects->objects[function->object].name : "", shared ? ")" : "") < 0) {
        vb_shortfall_note(ENOMEM);
        return NULL;
    }
    json_t *text = vb_json_string(name);
    free(name);
    return text;
}

/* Its offset in each layout; NULL where one is not known, or without memory, which is noted. */
static json_t *function_offsets(const vb_layout_links *at, size_t index, bool *stays)
{
    json_t *offsets = json_array();
    *stays = true;
    for (size_t i = 0; i < at->count; i++) {
        int offset = at->offsets[i * at->inputs.objects.function_count + index];
        if (offset == VB_UNKNOWN_OFFSET) {
            json_decref(offsets);
            return NULL;
        }
        *stays = *stays && offset == at->offsets[index];
        json_array_append_new(offsets, json_integer(offset));
    }
    return offsets;
}

static int say_what_stays(size_t aligned, size_t elsewhere, size_t all, char **reason)
{
    char *why = NULL;
    *reason = NULL;
    if (aligned + elsewhere == 0)
        return 0;
    int length;
    if (aligned > 0 && elsewhere > 0)
        length = asprintf(&why,
                          "%zu are aligned to %d bytes or more (as by -falign-functions), and %zu "
                          "are in a section of another name than .text",
                          aligned, VB_LAYOUT_LINE, elsewhere);
    else if (aligned > 0)
        length = asprintf(&why, "they are aligned to %d bytes or more (as by -falign-functions)",
                          VB_LAYOUT_LINE);
    else
        length = asprintf(&why, "they are in a section of another name than .text");
    if (length >= 0)
        length = asprintf(reason, "%zu of %zu functions stay at one offset: %s.",
                          aligned + elsewhere, all, why);
    if (length < 0)
        *reason = NULL;
    free(why);
    return *reason ? 0 : -ENOMEM;
}

/* What is known of all layouts, from what was read back. */
static int describe(const vb_layout_links *at, vb_layouts *layouts, vb_message *message)
{
    const vb_objects *objects = &at->inputs.objects;
    size_t aligned = 0, elsewhere = 0;
    layouts->functions = json_array();
    for (size_t i = 0; i < objects->function_count; i++) {
        bool stays;
        json_t *offsets = function_offsets(at, i, &stays);
        if (!offsets)
            continue;
        if (stays && objects->functions[i].unit == VB_NO_UNIT)
            elsewhere++;
        else if (stays)
            aligned++;
        json_t *function = json_object();
        json_object_set_new(function, "name", function_name(objects, i));
        json_object_set_new(function, "offsets", offsets);
        json_array_append_new(layouts->functions, function);
    }
    layouts->fixed_count = aligned + elsewhere;
    int status =
        say_what_stays(aligned, elsewhere, json_array_size(layouts->functions), &layouts->reason);
    return status == 0 && vb_shortfall() == 0 ? 0 : vb_say_no_memory(message);
}

static int list_executables(const char *folder, size_t count, vb_layouts *layouts)
{
    int status = 0;
    for (size_t i = 0; i < count && status == 0; i++) {
        char *path = vb_layout_executable(folder, i);
        status = path ? vb_texts_add(&layouts->executables, "%s", path) : -ENOMEM;
        free(path);
    }
    return status;
}

/* Beside the executables, with their digests: by them a damaged entry is known. */
static int write_placements(const vb_layout_links *at, const vb_layouts *layouts,
                            vb_message *message)
{
    char *path = NULL, *text = NULL;
    json_t *digests = json_array();
    int status = 0;
    for (size_t i = 0; i < at->count && status == 0; i++) {
        char digest[VB_DIGEST_TEXT];
        char *executable = vb_layout_executable(at->folder, i);
        status = executable ? vb_digest_of_file(executable, digest) : -ENOMEM;
        free(executable);
        json_array_append_new(digests, json_string(digest));
    }
    json_t *document = json_object();
    json_object_set_new(document, "reason",
                        layouts->reason ? json_string(layouts->reason) : json_null());
    json_object_set_new(document, "fixed_count", json_integer((json_int_t)layouts->fixed_count));
    json_object_set(document, "functions", layouts->functions);
    json_object_set_new(document, "digests", digests);
    if (status == 0)
        text = json_dumps(document, JSON_COMPACT);
    json_decref(document);
    if (!text || vb_shortfall() != 0 || asprintf(&path, "%s/%s", at->folder, placements_name) < 0) {
        path = NULL;
        status = status == 0 || status == -ENOMEM
                     ? vb_say_no_memory(message)
                     : vb_say(message, "A program in %s cannot be read back: %s.", at->folder,
                              strerror(-status));
    } else {
        status = vb_write_file(path, text, strlen(text), message);
    }
    free(path);
    free(text);
    return status;
}

static int make_all(vb_layout_links *at, vb_message *message)
{
    vb_layouts layouts = {0};
    int status = vb_layout_inputs_lay(at->recipe, at->gnu_ld, at->scratch, &at->inputs, message);
    if (status != 0)
        return status;
    status = vb_layout_links_make(at, message);
    if (status == 0)
        status = describe(at, &layouts, message);
    if (status == 0)
        status = write_placements(at, &layouts, message);
    vb_layouts_free(&layouts);
    return status;
}

/* What an entry of the cache is made from, and what is taken from it. */
typedef struct {
    const vb_recipe *recipe;
    size_t count;
    const char *gnu_ld;
    vb_layouts *layouts;
} wanted;

static int make_entry(const char *folder, void *context, vb_message *message)
{
    const wanted *entry = context;
    char *scratch = NULL;
    if (asprintf(&scratch, "%s/scratch", folder) < 0)
        return vb_say_no_memory(message);
    vb_layout_links at = {.recipe = entry->recipe,
                          .count = entry->count,
                          .gnu_ld = entry->gnu_ld,
                          .folder = folder,
                          .scratch = scratch};
    int status = vb_make_folder(scratch, message);
    if (status == 0)
        status = make_all(&at, message);
    int removed = vb_remove_folder(scratch);
    if (status == 0 && removed != 0)
        status = vb_say(message, "%s cannot be removed: %s.", scratch, strerror(-removed));
    vb_layout_links_free(&at);
    free(scratch);
    return status;
}

/* Whether a document is what write_placements writes. */
static bool is_sound(const json_t *document, size_t count)
{
    const json_t *functions = json_object_get(document, "functions");
    const json_t *function;
    size_t index;
    json_array_foreach(functions, index, function)
    {
        if (!json_is_string(json_object_get(function, "name")) ||
            json_array_size(json_object_get(function, "offsets")) != count)
            return false;
    }
    return json_is_array(functions) && json_is_integer(json_object_get(document, "fixed_count")) &&
           json_array_size(json_object_get(document, "digests")) == count;
}

/* Takes an entry as it lies in the cache. */
static int load(const char *folder, void *context, vb_message *message)
{
    const wanted *entry = context;
    const size_t count = entry->count;
    vb_layouts *layouts = entry->layouts;
    char *path = NULL, *bytes = NULL;
    size_t bytes_count;
    json_error_t error;
    vb_message ignored;
    if (asprintf(&path, "%s/%s", folder, placements_name) < 0)
        return vb_say_no_memory(message);
    json_t *document = NULL;
    if (vb_read_file(path, placements_bytes_max, &bytes, &bytes_count, &ignored) == 0)
        document = vb_json_parse(bytes, bytes_count, &error);
    free(bytes);
    free(path);
    bool sound = is_sound(document, count);
    for (size_t i = 0; i < count && sound; i++) {
        char digest[VB_DIGEST_TEXT];
        const char *known =
            json_string_value(json_array_get(json_object_get(document, "digests"), i));
        char *executable = vb_layout_executable(folder, i);
        sound = known && executable && access(executable, X_OK) == 0 &&
                vb_digest_of_file(executable, digest) == 0 && strcmp(digest, known) == 0;
        free(executable);
    }
    if (sound) {
        const char *reason = json_string_value(json_object_get(document, "reason"));
        layouts->functions = json_incref(json_object_get(document, "functions"));
        layouts->fixed_count = (size_t)json_integer_value(json_object_get(document, "fixed_count"));
        layouts->reason = vb_copy_text(reason);
    }
    json_decref(document);
    return sound ? 0 : vb_say(message, "%s is damaged; remove it.", folder);
}

/* Everything, once it is clear that there may be layouts. */
static int find_or_make(const vb_recipe *recipe, size_t count, const char *cache,
                        vb_layouts *layouts, vb_message *message)
{
    char key[VB_DIGEST_TEXT];
    char *gnu_ld, *folder = NULL;
    int status = find_gnu_ld(&gnu_ld, message);
    if (status == 0)
        status = make_key(recipe, count, key, message);
    wanted entry = {recipe, count, gnu_ld, layouts};
    if (status == 0)
        status = vb_cache_get(cache, kind, key, load, make_entry, &entry, &folder, message);
    if (status == 0 && list_executables(folder, count, layouts) != 0)
        status = vb_say_no_memory(message);
    free(folder);
    free(gnu_ld);
    return status;
}

int vb_layouts_make(const vb_suite *suite, size_t count, const char *cache, vb_layouts *layouts,
                    vb_message *message)
{
    const vb_recipe *recipe = suite->recipe;
    vb_message said;
    int status = VB_CANNOT;
    *layouts = (vb_layouts){0};
    if (!recipe)
        vb_say(&said,
               "No recipe (%s" VB_RECIPE_SUFFIX ") says how the suite is linked; build it with "
               "vbench_add_suite.",
               suite->name);
    else if (recipe->fixed_layout)
        vb_say(&said, "%s", recipe->fixed_layout);
    else if ((status = vb_recipe_check(recipe, suite->path, &said)) == 0)
        status = find_or_make(recipe, count, cache, layouts, &said);
    else if (status > 0)
        status = VB_CANNOT;
    if (status != 0)
        vb_layouts_free(layouts);
    if (status == VB_CANNOT) {
        layouts->functions = json_array();
        layouts->reason = vb_copy_text(said.text);
        status = layouts->functions && layouts->reason ? 0 : vb_say_no_memory(message);
    } else if (status != 0) {
        *message = said;
    }
    return status;
}

void vb_layouts_free(vb_layouts *layouts)
{
    if (!layouts)
        return;
    vb_texts_free(&layouts->executables);
    free(layouts->reason);
    json_decref(layouts->functions);
    *layouts = (vb_layouts){0};
}
