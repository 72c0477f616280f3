/*
 * Archives of baselines. In BASELINES/.archive/NAME lie
 *
 *   DIGEST             an archive, complete
 *   DIGEST.PID.tmp     a process is saving that archive, or removing it. The folder stays until
 *                      the JSON is written, so that another process, which only sees an archive
 *                      that is not of the present JSON, does not remove it before
 */
#define _GNU_SOURCE
#include "runner/archive.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/baseline_store.h"
#include "runner/cache.h"
#include "runner/digest.h"
#include "runner/path.h"
#include "runner/shortfall.h"
#include "runner/write_file.h"

enum {
    NAME_DIGITS = 16, /* of the JSON's digest: 64 bits tell any two apart */
    TRIES = 100,
};

/* The folder of one name's archives; malloc'd, NULL if there is no memory. */
static char *folder_of(const char *baselines, const char *name)
{
    char *folder = NULL;
    return asprintf(&folder, "%s/.archive/%s", baselines, name) < 0 ? NULL : folder;
}

/* Whether a name is a digest, with what stands behind it. */
static bool is_archive(const char *name, const char **rest)
{
    *rest = name + strspn(name, "0123456789abcdef");
    return *rest - name == NAME_DIGITS && (**rest == '\0' || **rest == '.');
}

/* The process of DIGEST.PID.tmp; 0: it is no such name. */
static pid_t saver_of(const char *name)
{
    const char *rest;
    char *end;
    if (!is_archive(name, &rest) || *rest != '.' || !isdigit((unsigned char)rest[1]))
        return 0;
    errno = 0;
    long pid = strtol(rest + 1, &end, 10);
    return errno == 0 && pid > 0 && pid <= INT_MAX && strcmp(end, ".tmp") == 0 ? (pid_t)pid : 0;
}

/* Of another process: what has our own number is ours and over, or a former process's. */
static bool is_alive(pid_t pid)
{
    return pid != getpid() && (kill(pid, 0) == 0 || errno != ESRCH);
}

static void remove_entry(const char *folder, const char *name)
{
    char *path = NULL;
    if (asprintf(&path, "%s/%s", folder, name) >= 0) {
        vb_remove_folder(path);
        free(path);
    }
}

/* Under its own name a half removed archive could be taken for a whole one. What a comparison has
 * open stays for the next one that tidies. */
static void remove_archive(const char *folder, const char *name)
{
    char *path = NULL;
    char *dying = NULL;
    if (asprintf(&path, "%s/%s", folder, name) < 0)
        return;
    int lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool in_use = lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    if (!in_use && asprintf(&dying, "%s.%ld.tmp", path, (long)getpid()) >= 0) {
        if (rename(path, dying) == 0)
            vb_remove_folder(dying);
        free(dying);
    }
    if (lock >= 0)
        close(lock);
    free(path);
}

static int is_entry(const struct dirent *entry)
{
    const char *rest;
    return is_archive(entry->d_name, &rest) && (*rest == '\0' || saver_of(entry->d_name) > 0);
}

/* Whether a living process is saving this archive. */
static bool is_claimed(const char *name, struct dirent **entries, int count)
{
    for (int i = 0; i < count; i++) {
        pid_t saver = saver_of(entries[i]->d_name);
        if (saver > 0 && strncmp(entries[i]->d_name, name, NAME_DIGITS) == 0 && is_alive(saver))
            return true;
    }
    return false;
}

static void free_entries(struct dirent **entries, int count)
{
    for (int i = 0; i < count; i++)
        free(entries[i]);
    free(entries);
}

/* What nobody is saving any longer: this process's own, and those of dead ones. */
static void remove_claims(const char *folder)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_entry, alphasort);
    for (int i = 0; i < count; i++) {
        pid_t saver = saver_of(entries[i]->d_name);
        if (saver > 0 && !is_alive(saver))
            remove_entry(folder, entries[i]->d_name);
    }
    free_entries(entries, count);
}

/* Archives of another JSON that nobody is saving. */
static void remove_archives(const char *folder, const char *json)
{
    struct dirent **entries = NULL;
    char digest[VB_DIGEST_TEXT] = "";
    /* The JSON is read after the folder: an archive seen without its saver has its JSON by then. */
    int count = scandir(folder, &entries, is_entry, alphasort);
    int status = count > 0 ? vb_digest_of_file(json, digest) : 0;
    for (int i = 0; i < count && (status == 0 || status == -ENOENT); i++) {
        const char *entry = entries[i]->d_name;
        if (saver_of(entry) == 0 && strncmp(entry, digest, NAME_DIGITS) != 0 &&
            !is_claimed(entry, entries, count))
            remove_archive(folder, entry);
    }
    free_entries(entries, count);
}

void vb_archive_tidy(const char *baselines, const char *name)
{
    vb_message ignored;
    char *folder = folder_of(baselines, name);
    char *json = vb_baseline_path(baselines, name, &ignored);
    if (folder && json) {
        /* Another one that tidies keeps what is claimed here. So it is looked at once more after
         * that, by the last of those that save at once at the latest. */
        remove_claims(folder);
        remove_archives(folder, json);
    }
    if (folder && rmdir(folder) == 0) { /* it was empty, and now the one above may be */
        *strrchr(folder, '/') = '\0';
        rmdir(folder);
    }
    free(folder);
    free(json);
}

/* Makes FOLDER/DIGEST.PID.tmp. 0, or -1 with a sentence. */
static int claim(const char *folder, const char *path, vb_message *message)
{
    int status = -1;
    for (int i = 0; i < TRIES && status != 0;
         i++) { /* another's tidying may take the folder away */
        if (vb_make_folder(folder, message) != 0)
            return -1;
        status = mkdir(path, 0755) == 0 ? 0 : -errno;
        if (status == -EEXIST) /* of a former process with our number */
            vb_remove_folder(path);
        else if (status != -ENOENT)
            break;
    }
    if (status != 0)
        return vb_say(message, "The folder %s cannot be made: %s.", path, strerror(-status));
    return 0;
}

/* Gives a complete archive its name, for good. 0, or -1 with a sentence. */
static int publish(const char *folder, const char *packed, const char *path, vb_message *message)
{
    if (rename(packed, path) != 0 && errno != EEXIST && errno != ENOTEMPTY) /* the same, then */
        return vb_say(message, "%s cannot be made: %s.", path, strerror(errno));
    vb_sync_folder(
        folder); /* if it fails, a loss of power may leave the baseline without an archive */
    return 0;
}

int vb_archive_save(const char *baselines, const char *name, const char *json,
                    const vb_suite_list *suites, vb_texts *notes, vb_message *message)
{
    vb_digest state;
    char digest[VB_DIGEST_TEXT];
    vb_archive_tidy(baselines, name); /* what killed ones left may take the place that is needed */
    vb_digest_begin(&state);
    vb_digest_bytes(&state, json, strlen(json));
    vb_digest_end(&state, digest);

    char *folder = folder_of(baselines, name);
    char *path = NULL;
    char *unfinished = NULL;
    char *packed = NULL;
    if (!folder || asprintf(&path, "%s/%.*s", folder, NAME_DIGITS, digest) < 0)
        path = NULL;
    if (path && asprintf(&unfinished, "%s.%ld.tmp", path, (long)getpid()) < 0)
        unfinished = NULL;
    if (unfinished && asprintf(&packed, "%s/packed", unfinished) < 0)
        packed = NULL;
    int status = packed ? 0 : vb_say_no_memory(message);
    if (status == 0)
        status = claim(folder, unfinished, message);
    if (status == 0 && mkdir(packed, 0755) != 0)
        status = vb_say(message, "The folder %s cannot be made: %s.", packed, strerror(errno));
    if (status == 0)
        status = vb_archive_pack(suites, digest, packed, notes, message);
    if (status == 0)
        status = publish(folder, packed, path, message);
    free(packed);
    free(unfinished);
    free(path);
    free(folder);
    return status;
}

int vb_archive_find(const char *baseline_path, char **folder, vb_message *message)
{
    static const char suffix[] = ".json";
    struct stat found;
    char digest[VB_DIGEST_TEXT];
    const char *name = vb_path_name(baseline_path);
    size_t bytes = strlen(name);
    *folder = NULL;
    if (bytes > strlen(suffix) && strcmp(name + bytes - strlen(suffix), suffix) == 0)
        bytes -= strlen(suffix);
    if (stat(baseline_path, &found) != 0)
        return vb_say(message, "%s cannot be read: %s.", baseline_path, strerror(errno));
    if (!S_ISREG(found.st_mode))
        return 0;
    int status = vb_digest_of_file(baseline_path, digest);
    if (status != 0)
        return vb_say(message, "%s cannot be read: %s.", baseline_path, strerror(-status));
    if (asprintf(folder, "%.*s.archive/%.*s/%.*s", (int)(name - baseline_path), baseline_path,
                 (int)bytes, name, NAME_DIGITS, digest) < 0) {
        *folder = NULL;
        return vb_say_no_memory(message);
    }
    int error = stat(*folder, &found) == 0 ? 0 : errno;
    if (error == 0 && S_ISDIR(found.st_mode))
        return 1;
    free(*folder);
    *folder = NULL;
    if (error == 0 || error == ENOENT || error == ENOTDIR)
        return 0;
    return vb_say(message, "The archive of %s cannot be looked for: %s.", baseline_path,
                  strerror(error));
}
