#define _GNU_SOURCE
#include "runner/side.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/archive.h"
#include "runner/baseline_store.h"
#include "runner/own_folder.h"
#include "runner/path.h"
#include "runner/relink.h"
#include "runner/revision.h"
#include "runner/shortfall.h"
#include "runner/suites.h"
#include "runner/variant.h"

/* Sets name and text; printf-like. */
static int describe(vb_side *side, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static int describe(vb_side *side, const char *name, const char *format, ...)
{
    vb_message text;
    va_list arguments;
    va_start(arguments, format);
    vb_say_list(&text, format, arguments);
    va_end(arguments);
    free(side->name);
    free(side->text);
    side->name = vb_copy_text(name);
    side->text = vb_copy_text(text.text);
    return side->name && side->text ? 0 : -ENOMEM;
}

static bool is_folder(const char *word)
{
    struct stat found;
    return stat(word, &found) == 0 && S_ISDIR(found.st_mode);
}

/* The path as seen from here, if it lies below. */
static const char *from_here(const char *path)
{
    char here[4096];
    size_t length = getcwd(here, sizeof here) ? strlen(here) : 0;
    bool below = length > 1 && strncmp(path, here, length) == 0 && path[length] == '/';
    return below ? path + length + 1 : path;
}

/* Reads today's suites; there may be none. 0, or -1 with a sentence. */
static int read_today(const vb_side_places *places, vb_message *message)
{
    if (places->today->count > 0)
        return 0;
    if (places->today_count > 0)
        return vb_suites_find(places->today_paths, places->today_count, places->today, message);
    vb_message none;
    if (vb_suites_find(NULL, 0, places->today, &none) != 0 && vb_shortfall())
        return vb_say_no_memory(message);
    return 0;
}

int vb_side_of_suites(char *const *paths, size_t count, vb_side *side, vb_message *message)
{
    side->kind = VB_SIDE_SUITES;
    int status = count > 0 ? 0 : vb_suites_beside(&side->executables, message);
    for (size_t i = 0; i < count && status == 0; i++)
        status =
            vb_texts_add(&side->executables, "%s", paths[i]) == 0 ? 0 : vb_say_no_memory(message);
    if (status != 0)
        return -1;
    const char *first = from_here(side->executables.items[0]);
    char folder[4096];
    vb_path_folder(first, folder, sizeof folder);
    status = side->executables.count == 1
                 ? describe(side, first, "%s", first)
                 : describe(side, folder, "%zu suites in %s", side->executables.count, folder);
    return status == 0 ? 0 : vb_say_no_memory(message);
}

int vb_side_of_revision(const char *revision, const vb_side_places *places, vb_side *side,
                        vb_message *message)
{
    vb_revision built;
    side->kind = VB_SIDE_REVISION;
    if (!places->cache)
        return vb_say(message, "%s", places->no_cache->text);
    int status = read_today(places, message);
    if (status == 0)
        status = vb_revision_build(revision, places->today, places->cache, &built, message);
    if (status != 0)
        return status;
    strcpy(side->commit, built.commit);
    side->executables = built.executables;
    built.executables = (vb_texts){0};
    vb_revision_free(&built);
    bool by_commit = strncmp(side->commit, revision, strlen(revision)) == 0;
    status = by_commit ? describe(side, revision, "commit %.10s, built here", side->commit)
                       : describe(side, revision, "%s (commit %.10s), built here", revision,
                                  side->commit);
    return status == 0 ? 0 : vb_say_no_memory(message);
}

/* ---- archives and baselines ---------------------------------------------------------------- */

/* The commit that a baseline was measured at, if nothing else was in the tree; NULL otherwise. */
static const char *clean_commit(const vb_baseline *baseline)
{
    if (json_is_true(json_object_get(baseline->source, "dirty")))
        return NULL;
    return json_string_value(json_object_get(baseline->source, "commit"));
}

static int describe_baseline(vb_side *side, const char *how)
{
    vb_message text;
    vb_baseline_describe(&side->baseline, how, &text);
    return describe(side, side->baseline.name, "%s", text.text);
}

static int note(vb_side *side, const char *format, ...) __attribute__((format(printf, 2, 3)));
static int note(vb_side *side, const char *format, ...)
{
    vb_message text;
    va_list arguments;
    va_start(arguments, format);
    vb_say_list(&text, format, arguments);
    va_end(arguments);
    return vb_texts_add(&side->notes, "%s", text.text);
}

/* A baseline that is read already: its archive, its commit built anew, or its numbers. */
static int find_what_runs(const vb_side_places *places, vb_side *side, vb_message *message)
{
    const char *path = side->baseline.path;
    const char *commit = clean_commit(&side->baseline);
    char *folder = NULL;
    vb_message why;
    int found = vb_archive_find(path, &folder, message);
    if (found < 0)
        return -1;
    if (found > 0) {
        side->kind = VB_SIDE_ARCHIVE;
        int status = vb_archive_open(folder, commit, &side->executables, &side->notes, message);
        free(folder);
        if (status != 0)
            return status;
        return describe_baseline(side, "archived") == 0 ? 0 : vb_say_no_memory(message);
    }
    if (commit && read_today(places, message) != 0)
        return -1;
    if (commit && places->today->count > 0) {
        int status = vb_side_of_revision(commit, places, side, &why);
        if (status == -EINTR)
            return status;
        if (status == 0)
            status = describe_baseline(side, "measured") == 0 &&
                             note(side, "%s has no archive here: its commit %.10s was built anew.",
                                  path, commit) == 0
                         ? 0
                         : vb_say_no_memory(message);
        else
            status = note(side, "%s has no archive here, and its commit cannot be built: %s", path,
                          why.text) == 0
                         ? 0
                         : vb_say_no_memory(message);
        if (status != 0 || side->executables.count > 0)
            return status;
    } else if (note(side, "%s has no archive here, and %s.", path,
                    commit ? "there are no suites to build its commit like"
                           : "no commit that holds what was measured") != 0) {
        return vb_say_no_memory(message);
    }
    side->kind = VB_SIDE_RESULT;
    return describe_baseline(side, "measured") == 0 ? 0 : vb_say_no_memory(message);
}

static int find_baseline(const char *word, const vb_side_places *places, vb_side *side,
                         vb_message *message)
{
    int status = vb_baseline_open(places->baselines, word, &side->baseline, message);
    return status == 0 ? find_what_runs(places, side, message) : status;
}

static int find_in_folder(const char *word, vb_side *side, vb_message *message)
{
    char *archive = NULL;
    if (asprintf(&archive, "%s/%s", word, VB_ARCHIVE_DOCUMENT) < 0)
        return vb_say_no_memory(message);
    bool is_archive = access(archive, F_OK) == 0;
    free(archive);
    side->kind = is_archive ? VB_SIDE_ARCHIVE : VB_SIDE_SUITES;
    int status = is_archive ? vb_archive_open(word, NULL, &side->executables, &side->notes, message)
                            : vb_suites_in_folder(word, &side->executables, message);
    if (status == 0 && side->executables.count == 0)
        status = vb_suites_say_none(word, message);
    if (status != 0)
        return status;
    status = is_archive ? describe(side, word, "the archive %s", word)
                        : describe(side, word, "%zu suite%s in %s", side->executables.count,
                                   side->executables.count == 1 ? "" : "s", word);
    return status == 0 ? 0 : vb_say_no_memory(message);
}

/* ---- variants ------------------------------------------------------------------------------ */

/* Today's suites that are made for the subject `of`, linked to these objects. */
static int link_variant(const char *name, const char *of, const vb_texts *objects,
                        const vb_side_places *places, vb_side *side, vb_message *message)
{
    int status = 0;
    side->kind = VB_SIDE_VARIANT;
    side->variant_of = vb_copy_text(of);
    if (!side->variant_of)
        return vb_say_no_memory(message);
    status = read_today(places, message);
    for (size_t i = 0; i < places->today->count && status == 0; i++) {
        const vb_suite *suite = &places->today->items[i];
        if (!suite->recipe || strcmp(suite->recipe->subject, of) != 0)
            continue;
        char *executable = NULL;
        if (!places->cache)
            return vb_say(message, "%s", places->no_cache->text);
        status = vb_relink(suite->recipe, objects, places->cache, &executable, message);
        if (status == 0 && vb_texts_add(&side->executables, "%s", executable) != 0)
            status = vb_say_no_memory(message);
        free(executable);
    }
    if (status == 0 && side->executables.count == 0)
        return vb_say(
            message,
            "%s is a variant of %s, which no suite here has as its only subject; make one "
            "with vbench_add_suite(... SUBJECT %s).",
            name, of, of);
    if (status != 0)
        return status;
    status = strcmp(name, of) == 0 ? describe(side, name, "%s as it is", name)
                                   : describe(side, name, "%s, a variant of %s", name, of);
    return status == 0 ? 0 : vb_say_no_memory(message);
}

static bool is_baseline(const char *word, const vb_side_places *places)
{
    vb_message none;
    char *path = vb_baseline_path(places->baselines, word, &none);
    bool there = path && access(path, F_OK) == 0;
    free(path);
    return there;
}

/* The folder of today's suites, with its slash. False: it is not known. */
static bool find_todays_folder(const vb_side_places *places, char *folder, size_t folder_bytes)
{
    if (places->today_count == 0)
        return vb_beside_program("", folder, folder_bytes) == 0;
    vb_path_folder(places->today_paths[0], folder, folder_bytes - 1);
    strcat(folder, "/");
    return true;
}

/* 1: it is a variant, and the side is made. 0: it is none. -EINTR; -1 with a sentence. */
static int find_variant(const char *word, const vb_side_places *places, vb_side *side,
                        vb_message *message)
{
    vb_texts objects = {0};
    char *of = NULL;
    char folder[4096];
    if (!find_todays_folder(places, folder, sizeof folder))
        return 0;
    int found = vb_variant_find(folder, word, &objects, &of, message);
    if (found > 0 && is_baseline(word, places))
        found = vb_say(message,
                       "\"%s\" is both a variant of %s and a baseline; name the file %s/%s.json to "
                       "mean the baseline, or rename one.",
                       word, of, places->baselines, word);
    if (found > 0) {
        int status = link_variant(word, of, &objects, places, side, message);
        found = status == 0 ? 1 : status;
    }
    free(of);
    vb_texts_free(&objects);
    return found;
}

int vb_side_find(const char *word, const vb_side_places *places, vb_side *side, vb_message *message)
{
    if (!word)
        return find_baseline(word, places, side, message);
    const bool bare = strchr(word, '/') == NULL;
    if (!bare && is_folder(word))
        return find_in_folder(word, side, message);
    if (!bare && access(word, F_OK) != 0)
        return vb_say(message, "There is no file or folder %s, and no baseline has such a name.",
                      word);
    if (!bare && vb_path_is_program(word))
        return vb_side_of_suites((char *const[]){(char *)word}, 1, side, message);
    if (bare) {
        int found = find_variant(word, places, side, message);
        if (found != 0)
            return found > 0 ? 0 : found;
        if (word[0] != '.' && is_folder(word) && !is_baseline(word, places))
            return find_in_folder(word, side, message);
    }
    return find_baseline(word, places, side, message);
}

/* ---- the other side's suites ---------------------------------------------------------------- */

int vb_side_take_suites(vb_side *side, const vb_side_places *places, vb_message *message)
{
    vb_suite_list old = {0};
    vb_texts linked = {0};
    if (!places->cache)
        return vb_say(message, "%s", places->no_cache->text);
    if (side->kind == VB_SIDE_RESULT)
        return vb_say(message, "--suite=new links today's suites to the old subject: %s",
                      side->notes.items[side->notes.count - 1]);
    int status = read_today(places, message);
    if (status == 0)
        status = vb_suites_find(side->executables.items, side->executables.count, &old, message);
    for (size_t i = 0; i < old.count && status == 0; i++) {
        const vb_suite *theirs = &old.items[i];
        const vb_suite *ours = vb_suite_list_find(places->today, theirs->name);
        char *executable = NULL;
        if (!ours)
            continue; /* its benchmarks are gone */
        if (!theirs->recipe || !ours->recipe)
            status = vb_say(message,
                            "--suite=new links today's suites to the old subject, and the suite %s "
                            "has no recipe on the %s side.",
                            theirs->name, theirs->recipe ? "new" : "old");
        else
            status = vb_relink(ours->recipe, &theirs->recipe->subject_objects, places->cache,
                               &executable, message);
        if (status == 0 && vb_texts_add(&linked, "%s", executable) != 0)
            status = vb_say_no_memory(message);
        free(executable);
    }
    if (status == 0 && linked.count == 0)
        status = vb_say(message, "--suite=new: old and new have no suite of the same name.");
    if (status == 0 &&
        vb_texts_add(&side->notes, "--suite=new: the old subject is measured by the new suites.") !=
            0)
        status = vb_say_no_memory(message);
    vb_suites_free(&old);
    if (status != 0) {
        vb_texts_free(&linked);
        return status;
    }
    vb_texts_free(&side->executables);
    side->executables = linked;
    side->relinked = true;
    return 0;
}

const char *vb_side_kind_name(vb_side_kind kind)
{
    static const char *const names[] = {
        [VB_SIDE_SUITES] = "suites",     [VB_SIDE_ARCHIVE] = "archive",
        [VB_SIDE_REVISION] = "revision", [VB_SIDE_VARIANT] = "variant",
        [VB_SIDE_RESULT] = "baseline",
    };
    return names[kind];
}

void vb_side_free(vb_side *side)
{
    if (!side)
        return;
    free(side->name);
    free(side->text);
    free(side->variant_of);
    vb_texts_free(&side->executables);
    vb_texts_free(&side->notes);
    vb_baseline_free(&side->baseline);
    *side = (vb_side){0};
}
