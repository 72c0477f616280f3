#define _GNU_SOURCE
#include "runner/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "common/protocol.h"
#include "runner/digest.h"
#include "runner/json.h"
#include "runner/loaded_libraries.h"
#include "runner/needed_libraries.h"
#include "runner/path.h"
#include "runner/shortfall.h"
#include "runner/write_file.h"

enum { KEY_DIGITS = 16 }; /* of a digest, in the name of an object's folder */

static const char objects_folder[] = ".objects";
/* The recipe's lists of files that are linked from or looked into. */
static const char *const object_lists[] = {"suite_objects", "subject_objects", "needed_objects"};
enum { OBJECT_LISTS = sizeof object_lists / sizeof *object_lists };

/* A suite on its way into the archive. */
typedef struct {
    const vb_suite *suite;
    const char *folder;
    json_t *files;     /* {path in the archive: digest} */
    json_t *libraries; /* {path: {"sha256", "measured"}} */
    vb_message *message;
} packing;

static int say_failed(const packing *pack, const char *path, int error)
{
    return vb_say(pack->message, "%s cannot be copied into the archive %s: %s.", path, pack->folder,
                  strerror(error));
}

/* The bytes of one open file into another, and their digest. 0 or -errno. */
static int copy_bytes(int from, int to, char digest[VB_DIGEST_TEXT])
{
    char bytes[65536];
    vb_digest state;
    int status = 0;
    ssize_t got = 0;
    vb_digest_begin(&state);
    while (status == 0 &&
           ((got = read(from, bytes, sizeof bytes)) > 0 || (got < 0 && errno == EINTR))) {
        if (got <= 0)
            continue;
        vb_digest_bytes(&state, bytes, (size_t)got);
        status = vb_write_all(to, bytes, (size_t)got);
    }
    if (status == 0 && got < 0)
        status = -errno;
    vb_digest_end(&state, digest);
    return status;
}

/* A copy with the times and the mode of the file, synced. 0 or -errno. */
static int copy_file(const char *path, const char *copy, char digest[VB_DIGEST_TEXT])
{
    struct stat found;
    int from = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO would block */
    if (from < 0)
        return -errno;
    int status = fstat(from, &found) == 0 ? 0 : -errno;
    if (status == 0 && !S_ISREG(found.st_mode))
        status = -EINVAL;
    int to = -1;
    if (status == 0) {
        to = open(copy, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        status = to < 0 ? -errno : copy_bytes(from, to, digest);
    }
    if (status == 0) {
        const struct timespec times[] = {found.st_atim, found.st_mtim};
        mode_t mode = (found.st_mode & 0755) | 0600; /* to be read and removed in any case */
        if (fchmod(to, mode) != 0 || futimens(to, times) != 0 || fsync(to) != 0)
            status = -errno;
    }
    if (to >= 0 && close(to) != 0 && status == 0)
        status = -errno;
    close(from);
    return status;
}

/* Notes the digest of a file under its name in the archive. */
static int note_file(packing *pack, const char *name, const char *digest)
{
    if (json_object_set_new(pack->files, name, json_string(digest)) == 0)
        return 0;
    if (vb_shortfall() != 0)
        return vb_say_no_memory(pack->message);
    return vb_say(pack->message, "The suite %s cannot be archived: the name %s is not UTF-8.",
                  pack->suite->path, name);
}

/* Puts a copy of an object at `copy`, in a folder of its own. */
static int copy_object(packing *pack, const char *path, char *copy, const char *expected)
{
    char digest[VB_DIGEST_TEXT];
    char *slash = strrchr(copy, '/');
    *slash = '\0';
    int status = mkdir(copy, 0755) == 0 || errno == EEXIST ? 0 : -errno;
    *slash = '/';
    if (status == 0)
        status = copy_file(path, copy, digest);
    *slash = '\0';
    if (status == 0)
        status = vb_sync_folder(copy);
    *slash = '/';
    if (status != 0)
        return say_failed(pack, path, -status);
    if (strcmp(digest, expected) != 0)
        return vb_say(pack->message,
                      "The suite %s cannot be archived: %s is being written to; save it when its "
                      "build is over.",
                      pack->suite->path, path);
    return 0;
}

/* Archives an object file, once for equal ones. `archived` is its name in the archive. */
static int add_object(packing *pack, const char *path, json_t **archived)
{
    char digest[VB_DIGEST_TEXT];
    char *copy = NULL;
    int status = vb_digest_of_file(path, digest);
    if (status != 0)
        return say_failed(pack, path, -status);
    if (asprintf(&copy, "%s/%s/%.*s/%s", pack->folder, objects_folder, KEY_DIGITS, digest,
                 vb_path_name(path)) < 0)
        return vb_say_no_memory(pack->message);
    const char *name = copy + strlen(pack->folder) + 1;
    if (!json_object_get(pack->files, name)) {
        status = copy_object(pack, path, copy, digest);
        if (status == 0)
            status = note_file(pack, name, digest);
    }
    *archived = status == 0 ? vb_json_string(name) : NULL;
    if (status == 0 && !*archived)
        status = vb_say_no_memory(pack->message);
    free(copy);
    return status;
}

/* Of the libraries that are linked, those that become part of the executable. */
static bool is_static(const char *path)
{
    size_t length = strlen(path);
    return path[0] == '/' && length > 2 &&
           (strcmp(path + length - 2, ".a") == 0 || strcmp(path + length - 2, ".o") == 0);
}

/* Calls `visit` for each file of the recipe that is linked into the executable, or came of one that
 * is, until one returns other than 0. What it leaves in `replaced` takes the path's place. */
typedef int object_visitor(packing *pack, const char *path, json_t **replaced);

static int visit_list(packing *pack, json_t *list, bool only_static, object_visitor *visit)
{
    int status = 0;
    for (size_t i = 0; i < json_array_size(list) && status == 0; i++) {
        const char *path = json_string_value(json_array_get(list, i));
        json_t *replaced = NULL;
        if (!path || (only_static && !is_static(path)))
            continue;
        status = visit(pack, path, &replaced);
        if (replaced && json_array_set_new(list, i, replaced) != 0)
            status = vb_say_no_memory(pack->message);
    }
    return status;
}

static int visit_objects(packing *pack, json_t *recipe, object_visitor *visit)
{
    int status = 0;
    for (size_t i = 0; i < OBJECT_LISTS && status == 0; i++)
        status = visit_list(pack, json_object_get(recipe, object_lists[i]), false, visit);
    if (status == 0)
        status = visit_list(pack, json_object_get(recipe, "libraries"), true, visit);
    const char *harness = json_string_value(json_object_get(recipe, "harness"));
    if (status == 0 && harness) {
        json_t *replaced = NULL;
        status = visit(pack, harness, &replaced);
        if (replaced && json_object_set_new(recipe, "harness", replaced) != 0)
            status = vb_say_no_memory(pack->message);
    }
    return status;
}

/* 1 with a sentence if the suite cannot be linked from this file any longer. */
static int check_object(packing *pack, const char *path, json_t **replaced)
{
    (void)replaced;
    return vb_recipe_check_object(path, pack->suite->path, pack->message);
}

/* Nothing is to be linked from it: the objects of today's build are not those of the suite. */
static int fix_recipe(json_t *recipe, const char *reason)
{
    int status = json_object_set_new(recipe, "harness", json_null());
    for (size_t i = 0; i < OBJECT_LISTS; i++)
        status |= json_object_set_new(recipe, object_lists[i], json_array());
    status |= json_object_set_new(recipe, "libraries", json_array());
    status |= json_object_set_new(recipe, "layout", json_string("fixed"));
    status |= json_object_set_new(recipe, "layout_reason", json_string(reason));
    return status;
}

/* Writes a document into the archive; NAME in FOLDER, and its digest if it shall be noted. */
static int write_document(packing *pack, json_t *document, const char *name, bool noted)
{
    char digest_text[VB_DIGEST_TEXT];
    vb_digest digest;
    char *path = NULL;
    char *text = json_dumps(document, JSON_INDENT(2));
    int status = -1;
    if (text && vb_shortfall() == 0 && asprintf(&path, "%s/%s", pack->folder, name) < 0)
        path = NULL;
    if (!path) {
        vb_say_no_memory(pack->message);
    } else {
        vb_digest_begin(&digest);
        vb_digest_bytes(&digest, text, strlen(text));
        vb_digest_end(&digest, digest_text);
        status = vb_write_file(path, text, strlen(text), pack->message);
    }
    if (status == 0 && noted)
        status = note_file(pack, name, digest_text);
    free(path);
    free(text);
    return status;
}

/* The recipe, and what it links. */
static int pack_recipe(packing *pack, vb_texts *notes)
{
    const vb_suite *suite = pack->suite;
    char *name = NULL;
    json_t *recipe = json_deep_copy(suite->recipe->document);
    if (!recipe || asprintf(&name, "%s" VB_RECIPE_SUFFIX, suite->name) < 0) {
        json_decref(recipe);
        return vb_say_no_memory(pack->message);
    }
    int status = visit_objects(pack, recipe, check_object);
    if (status == 0) {
        status = visit_objects(pack, recipe, add_object);
    } else if (status > 0) {
        status = vb_texts_add(notes,
                              "The suite %s is archived without its objects, so it will be "
                              "compared as it is, in one layout: %s",
                              suite->path, pack->message->text);
        if (status != 0 || fix_recipe(recipe, pack->message->text) != 0)
            status = vb_say_no_memory(pack->message);
    }
    if (status == 0)
        status = write_document(pack, recipe, name, true);
    free(name);
    json_decref(recipe);
    return status;
}

static int pack_executable(packing *pack)
{
    char digest[VB_DIGEST_TEXT];
    char *copy = NULL;
    if (asprintf(&copy, "%s/%s", pack->folder, pack->suite->name) < 0)
        return vb_say_no_memory(pack->message);
    int status = copy_file(pack->suite->path, copy, digest);
    free(copy);
    if (status != 0)
        return say_failed(pack, pack->suite->path, -status);
    return note_file(pack, pack->suite->name, digest);
}

/* Whether what is measured may lie in a shared library: the suite brings it along or has it as its
 * subject. */
static bool is_measured(const vb_suite *suite, const char *real_path)
{
    const json_t *shared =
        suite->recipe ? json_object_get(suite->recipe->document, "subject_shared") : NULL;
    bool measured = vb_library_comes_with_suite(real_path);
    for (size_t i = 0; i < json_array_size(shared) && !measured; i++) {
        char real[PATH_MAX];
        const char *path = json_string_value(json_array_get(shared, i));
        measured = path && realpath(path, real) && strcmp(real, real_path) == 0;
    }
    return measured;
}

/* Notes a library once. */
static int note_library(packing *pack, const char *path)
{
    char digest[VB_DIGEST_TEXT];
    char real[PATH_MAX];
    int status = realpath(path, real) ? vb_digest_of_file(path, digest) : -errno;
    if (status != 0)
        return vb_say(pack->message, "%s, which the suite %s loads, cannot be read: %s.", path,
                      pack->suite->path, strerror(-status));
    bool measured = is_measured(pack->suite, real);
    json_t *noted = json_object_get(pack->libraries, path);
    measured = measured || json_is_true(json_object_get(noted, "measured"));
    noted = json_pack("{s:s, s:b}", "sha256", digest, "measured", measured);
    if (!noted || json_object_set_new(pack->libraries, path, noted) != 0)
        return vb_say_no_memory(pack->message);
    return 0;
}

static int note_libraries(packing *pack)
{
    vb_texts loaded = {0};
    int status = vb_loaded_libraries_add(pack->suite->path, &loaded, pack->message);
    for (size_t i = 0; i < loaded.count && status == 0; i++)
        status = note_library(pack, loaded.items[i]);
    vb_texts_free(&loaded);
    return status;
}

static int pack_suite(packing *pack, vb_texts *notes)
{
    int status = pack_executable(pack);
    if (status == 0)
        status = note_libraries(pack);
    if (status == 0 && pack->suite->recipe)
        status = pack_recipe(pack, notes);
    else if (status == 0 && vb_texts_add(notes,
                                         "The suite %s is archived without its objects, so it will "
                                         "be compared as it is, in one layout: it has no recipe.",
                                         pack->suite->path) != 0)
        status = vb_say_no_memory(pack->message);
    return status;
}

/* archive.json, which is written last. */
static int finish(packing *pack, const char *baseline, json_t *names)
{
    struct utsname machine;
    if (uname(&machine) != 0)
        return vb_say(pack->message, "This machine cannot be described: %s.", strerror(errno));
    json_t *document = json_pack(
        "{s:i, s:i, s:i, s:s, s:s, s:s?, s:O, s:O, s:O}", "archive_version", VB_ARCHIVE_VERSION,
        "protocol_version", VB_PROTOCOL_VERSION, "api_version", VB_API_VERSION, "architecture",
        machine.machine, "vbench_version", VB_VERSION, "baseline", baseline, "suites", names,
        "files", pack->files, "libraries", pack->libraries);
    int status = document ? 0 : vb_say_no_memory(pack->message);
    if (status == 0)
        status = write_document(pack, document, VB_ARCHIVE_DOCUMENT, false);
    json_decref(document);
    return status;
}

static int pack_all(packing *pack, const vb_suite_list *suites, const char *baseline,
                    vb_texts *notes)
{
    char *objects = NULL;
    json_t *names = json_array();
    int status = 0;
    if (!names || !pack->files || !pack->libraries ||
        asprintf(&objects, "%s/%s", pack->folder, objects_folder) < 0) {
        json_decref(names);
        return vb_say_no_memory(pack->message);
    }
    if (mkdir(objects, 0755) != 0)
        status = vb_say(pack->message, "%s cannot be made: %s.", objects, strerror(errno));
    for (size_t i = 0; i < suites->count && status == 0; i++) {
        pack->suite = &suites->items[i];
        status = pack_suite(pack, notes);
        if (json_array_append_new(names, vb_json_string(pack->suite->name)) != 0 && status == 0)
            status = vb_say_no_memory(pack->message);
    }
    int synced = status == 0 ? vb_sync_folder(objects) : 0;
    if (synced != 0)
        status = vb_say(pack->message, "%s cannot be written: %s.", objects, strerror(-synced));
    if (status == 0)
        status = finish(pack, baseline, names);
    free(objects);
    json_decref(names);
    return status;
}

int vb_archive_pack(const vb_suite_list *suites, const char *baseline, const char *folder,
                    vb_texts *notes, vb_message *message)
{
    packing pack = {
        .folder = folder, .files = json_object(), .libraries = json_object(), .message = message};
    int status = pack_all(&pack, suites, baseline, notes);
    json_decref(pack.files);
    json_decref(pack.libraries);
    if (status == 0 && vb_shortfall() != 0) /* jansson drops what it has no memory for */
        status = vb_say_no_memory(message);
    return status;
}
