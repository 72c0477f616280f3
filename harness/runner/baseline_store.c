#define _GNU_SOURCE
#include "runner/baseline_store.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/path.h"
#include "runner/shortfall.h"

enum { NAME_BYTES_MAX = 100 };

static const char suffix[] = ".json";

/* Nothing that could lead elsewhere, hide the file, or be taken for an option. */
static bool is_name(const char *name, size_t length)
{
    bool good = length > 0 && length <= NAME_BYTES_MAX && name[0] != '.' && name[0] != '-';
    for (size_t i = 0; i < length; i++) {
        char c = name[i];
        good = good && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-');
    }
    return good && !(length == strlen("schema") && strncmp(name, "schema", length) == 0);
}

int vb_baseline_check_name(const char *name, vb_message *message)
{
    if (is_name(name, strlen(name)))
        return 0;
    if (strcmp(name, "schema") == 0)
        return vb_say(message, "A baseline cannot be named schema: baselines/schema.json describes "
                               "the format.");
    return vb_say(message,
                  "\"%.120s\" cannot be the name of a baseline: use up to %d letters, digits, "
                  "dots, underscores and dashes, beginning with a letter, a digit or an "
                  "underscore.",
                  name, NAME_BYTES_MAX);
}

static bool ends_in_suffix(const char *name)
{
    size_t length = strlen(name);
    return length >= strlen(suffix) && strcmp(name + length - strlen(suffix), suffix) == 0;
}

char *vb_baseline_path(const char *folder, const char *name, vb_message *message)
{
    char *path = NULL;
    if (asprintf(&path, "%s/%s%s", folder, name, suffix) < 0) {
        vb_say_no_memory(message);
        return NULL;
    }
    return path;
}

int vb_baseline_check_place(const char *path, vb_message *message)
{
    struct stat found;
    if (lstat(path, &found) != 0) {
        if (errno == ENOENT || errno == ENOTDIR) /* making the folder tells about the latter */
            return 0;
        return vb_say(message, "%s cannot be looked at: %s.", path, strerror(errno));
    }
    if (stat(path, &found) != 0)
        return vb_say(message, "%s is a link that cannot be followed: %s.", path, strerror(errno));
    if (!S_ISREG(found.st_mode))
        return vb_say(message, "%s is in the way: it is not a file.", path);
    return 1;
}

static int is_baseline_file(const struct dirent *entry)
{
    return ends_in_suffix(entry->d_name) &&
           is_name(entry->d_name, strlen(entry->d_name) - strlen(suffix));
}

static void free_files(struct dirent **files, int count)
{
    for (int i = 0; i < count; i++)
        free(files[i]);
    free(files);
}

/* The baselines' files in alphabetical order. How many, or -1 with a sentence. */
static int list_files(const char *folder, struct dirent ***files, vb_message *message)
{
    int count = scandir(folder, files, is_baseline_file, alphasort);
    if (count < 0 && errno == ENOENT) {
        *files = NULL;
        return 0;
    }
    if (count < 0)
        return vb_say(message, "The folder of baselines, %s, cannot be read: %s.", folder,
                      strerror(errno));
    return count;
}

int vb_baseline_list(const char *folder, vb_texts *names, vb_message *message)
{
    struct dirent **files;
    int count = list_files(folder, &files, message);
    int status = 0;
    for (int i = 0; i < count && status == 0; i++)
        status = vb_texts_add(names, "%.*s", (int)(strlen(files[i]->d_name) - strlen(suffix)),
                              files[i]->d_name);
    if (count >= 0)
        free_files(files, count);
    if (status != 0)
        return vb_say_no_memory(message);
    return count < 0 ? -1 : 0;
}

static int say_unknown(const char *folder, const char *wanted, vb_message *message)
{
    enum { NAMED_MAX = 20 };
    struct dirent **files;
    char names[NAMED_MAX * 40] = "";
    int count = list_files(folder, &files, message);
    if (count < 0)
        return -1;
    for (int i = 0; i < count; i++) {
        size_t length = strlen(names);
        int bytes = (int)(strlen(files[i]->d_name) - strlen(suffix));
        if (i == NAMED_MAX || length + (size_t)bytes + 32 > sizeof names) {
            snprintf(names + length, sizeof names - length, " and %d more", count - i);
            break;
        }
        snprintf(names + length, sizeof names - length, "%s%.*s", i ? ", " : "", bytes,
                 files[i]->d_name);
    }
    free_files(files, count);
    if (count == 0)
        return vb_say(message, "There is no baseline in %s yet; `vbench save NAME` makes one.",
                      folder);
    return vb_say(message, "There is no baseline \"%s\" in %s, only: %s.", wanted, folder, names);
}

/* The one that was measured last. Files that are no results are named and left out. */
static int open_newest(const char *folder, vb_baseline *newest, vb_message *message)
{
    struct dirent **files;
    int count = list_files(folder, &files, message);
    if (count < 0)
        return -1;
    *newest = (vb_baseline){0};
    for (int i = 0; i < count; i++) {
        vb_baseline found;
        char *name = files[i]->d_name;
        name[strlen(name) - strlen(suffix)] = '\0';
        char *path = vb_baseline_path(folder, name, message);
        if (path && vb_baseline_load(name, path, &found, message) == 0) {
            if (!newest->started || strcmp(found.started, newest->started) > 0) {
                vb_baseline_free(newest);
                *newest = found;
            } else {
                vb_baseline_free(&found);
            }
        } else {
            fprintf(stderr, "vbench: left out: %s\n", message->text);
        }
        free(path);
    }
    free_files(files, count);
    if (vb_shortfall() != 0) { /* the newest may be the one that found no memory */
        vb_baseline_free(newest);
        return vb_say_no_memory(message);
    }
    if (newest->started)
        return 0;
    if (count > 0)
        return vb_say(message, "None of the baselines in %s can be read.", folder);
    return say_unknown(folder, "", message);
}

int vb_baseline_open(const char *folder, const char *wanted, vb_baseline *baseline,
                     vb_message *message)
{
    if (!wanted)
        return open_newest(folder, baseline, message);
    /* With a slash and .json it can be nothing else; with one of them, if there is such a file. */
    int marks = (strchr(wanted, '/') != NULL) + ends_in_suffix(wanted);
    if (marks == 2 || (marks == 1 && access(wanted, F_OK) == 0)) {
        return vb_baseline_load(vb_path_name(wanted), wanted, baseline, message);
    }
    if (vb_baseline_check_name(wanted, message) != 0)
        return -1;
    char *path = vb_baseline_path(folder, wanted, message);
    if (!path)
        return -1;
    struct stat found;
    bool missing = lstat(path, &found) != 0 && (errno == ENOENT || errno == ENOTDIR);
    int status = missing ? say_unknown(folder, wanted, message)
                         : vb_baseline_load(wanted, path, baseline, message);
    free(path);
    return status;
}
