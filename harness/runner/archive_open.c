#define _GNU_SOURCE
#include "runner/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "common/protocol.h"
#include "runner/digest.h"
#include "runner/json.h"
#include "runner/read_file.h"
#include "runner/shortfall.h"

static const size_t document_bytes_max = (size_t)16 << 20;

typedef struct {
    const char *folder; /* as the user knows it */
    const char *commit; /* NULL: nothing is offered instead */
    json_t *document;
    vb_message *message;
} opening;

static int refuse(const opening *archive, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static int refuse(const opening *archive, const char *format, ...)
{
    vb_message why;
    va_list arguments;
    va_start(arguments, format);
    vb_say_list(&why, format, arguments);
    va_end(arguments);
    if (!archive->commit)
        return vb_say(archive->message, "The archive %s cannot be used: %.500s.", archive->folder,
                      why.text);
    return vb_say(archive->message,
                  "The archive %s cannot be used: %.500s; `vbench compare --rev %s` builds that "
                  "revision instead.",
                  archive->folder, why.text, archive->commit);
}

static int read_document(opening *archive)
{
    vb_message why;
    json_error_t error;
    char *path = NULL;
    char *bytes = NULL;
    size_t count = 0;
    if (asprintf(&path, "%s/%s", archive->folder, VB_ARCHIVE_DOCUMENT) < 0)
        return vb_say_no_memory(archive->message);
    int status = 0;
    if (access(path, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR))
        status = refuse(archive, "it has no %s", VB_ARCHIVE_DOCUMENT);
    else if (vb_read_file(path, document_bytes_max, &bytes, &count, &why) != 0)
        status = refuse(archive, "%.*s", (int)strlen(why.text) - 1, why.text); /* its period */
    free(path);
    if (status == 0) {
        archive->document = vb_json_parse(bytes, count, &error);
        if (!archive->document)
            status = refuse(archive, "its %s is not JSON: %s (line %d)", VB_ARCHIVE_DOCUMENT,
                            error.text, error.line);
    }
    free(bytes);
    return status;
}

/* A whole number of archive.json; 0: it has none. */
static long long number(const opening *archive, const char *key)
{
    return json_integer_value(json_object_get(archive->document, key));
}

static int check_versions(const opening *archive)
{
    struct utsname machine;
    const char *architecture =
        json_string_value(json_object_get(archive->document, "architecture"));
    long long version = number(archive, "archive_version");
    if (version > VB_ARCHIVE_VERSION)
        return refuse(archive,
                      "it was made by a newer vbench, in version %lld of the format, and this one "
                      "reads %d",
                      version, VB_ARCHIVE_VERSION);
    if (version != VB_ARCHIVE_VERSION)
        return refuse(archive, "its %s does not have an archive_version that this vbench knows",
                      VB_ARCHIVE_DOCUMENT);
    if (number(archive, "protocol_version") != VB_PROTOCOL_VERSION)
        return refuse(archive,
                      "its suites speak version %lld of the worker protocol, and this vbench %d",
                      number(archive, "protocol_version"), VB_PROTOCOL_VERSION);
    if (number(archive, "api_version") != VB_API_VERSION)
        return refuse(archive,
                      "its suites are written for version %lld of vbench.h, and this vbench has %d",
                      number(archive, "api_version"), VB_API_VERSION);
    if (!architecture || (uname(&machine) == 0 && strcmp(architecture, machine.machine) != 0))
        return refuse(archive, "it is of another architecture, %.60s",
                      architecture ? architecture : "which it does not name");
    return 0;
}

/* Whether a name from archive.json stays in the archive. */
static bool is_inside(const char *name)
{
    return name[0] != '\0' && name[0] != '/' && strncmp(name, "../", 3) != 0 &&
           !strstr(name, "/../");
}

static int check_files(const opening *archive)
{
    const char *name;
    json_t *recorded;
    json_t *files = json_object_get(archive->document, "files");
    if (json_object_size(files) == 0)
        return refuse(archive, "its %s lists no files", VB_ARCHIVE_DOCUMENT);
    json_object_foreach(files, name, recorded)
    {
        char digest[VB_DIGEST_TEXT];
        char *path = NULL;
        const char *expected = json_string_value(recorded);
        if (!is_inside(name) || !expected)
            return refuse(archive, "its %s lists %.200s, which is no file of it",
                          VB_ARCHIVE_DOCUMENT, name);
        if (asprintf(&path, "%s/%s", archive->folder, name) < 0)
            return vb_say_no_memory(archive->message);
        int status = vb_digest_of_file(path, digest);
        free(path);
        if (status == -ENOENT || status == -ENOTDIR)
            return refuse(archive, "its file %.200s is gone", name);
        if (status != 0)
            return refuse(archive, "its file %.200s cannot be read: %s", name, strerror(-status));
        if (strcmp(digest, expected) != 0)
            return refuse(archive, "its file %.200s was changed since", name);
    }
    return 0;
}

static int check_libraries(const opening *archive, vb_texts *notes)
{
    const char *path;
    json_t *library;
    json_object_foreach(json_object_get(archive->document, "libraries"), path, library)
    {
        char digest[VB_DIGEST_TEXT];
        const char *expected = json_string_value(json_object_get(library, "sha256"));
        if (!expected)
            return refuse(archive, "its %s has no digest of the shared library %.200s",
                          VB_ARCHIVE_DOCUMENT, path);
        int status = vb_digest_of_file(path, digest);
        if (status == -ENOENT || status == -ENOTDIR)
            return refuse(archive, "the shared library %.200s that its suites load is gone", path);
        if (status != 0)
            return refuse(archive,
                          "the shared library %.200s that its suites load cannot be read: %s", path,
                          strerror(-status));
        if (strcmp(digest, expected) == 0)
            continue;
        if (json_is_true(json_object_get(library, "measured"))) /* the old side would be the new */
            return refuse(archive,
                          "the shared library %.200s that its suites load was built again since",
                          path);
        if (vb_texts_add(notes,
                         "The shared library %s was updated since %s was made; old and new both "
                         "load today's.",
                         path, archive->folder) != 0)
            return vb_say_no_memory(archive->message);
    }
    return 0;
}

/* Their paths, absolute: recipes beside them begin there. */
static int add_executables(const opening *archive, vb_texts *executables)
{
    size_t i;
    json_t *suite;
    json_t *suites = json_object_get(archive->document, "suites");
    json_t *files = json_object_get(archive->document, "files");
    char *folder = realpath(archive->folder, NULL);
    if (!folder)
        return refuse(archive, "%s", strerror(errno));
    int status = 0;
    if (json_array_size(suites) == 0)
        status = refuse(archive, "it has no suite");
    json_array_foreach(suites, i, suite)
    {
        const char *name = json_string_value(suite);
        if (status == 0 && (!name || !json_object_get(files, name)))
            status = refuse(archive, "its %s names a suite that is not among its files",
                            VB_ARCHIVE_DOCUMENT);
        if (status == 0 && vb_texts_add(executables, "%s/%s", folder, name) != 0)
            status = vb_say_no_memory(archive->message);
        if (status == 0 && access(executables->items[executables->count - 1], X_OK) != 0)
            status = refuse(archive, "its suite %.200s cannot be run: %s", name, strerror(errno));
    }
    free(folder);
    return status;
}

int vb_archive_open(const char *folder, const char *commit, vb_texts *executables, vb_texts *notes,
                    vb_message *message)
{
    opening archive = {.folder = folder, .commit = commit, .message = message};
    *executables = (vb_texts){0};
    /* Until this process ends no `save` takes it away; where files cannot be locked, it is not
     * there. */
    int lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lock >= 0)
        flock(lock, LOCK_SH | LOCK_NB);
    int status = read_document(&archive);
    if (status == 0)
        status = check_versions(&archive);
    if (status == 0)
        status = check_files(&archive);
    if (status == 0)
        status = check_libraries(&archive, notes);
    if (status == 0)
        status = add_executables(&archive, executables);
    if (status != 0) {
        vb_texts_free(executables);
        if (lock >= 0)
            close(lock);
    }
    json_decref(archive.document);
    return status;
}
