#define _GNU_SOURCE
#include "runner/cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "runner/shortfall.h"
#include "runner/write_file.h"

static const char entry_suffix[] = ".entry";
static const char unfinished_suffix[] = ".unfinished";

enum { ONE_DAY_S = 24 * 60 * 60, TRIES = 8 };

/* A name in an open folder, as unlinkat and openat take it. 0 or -errno. */
typedef int visitor(int folder, const char *name, const struct stat *found, void *context);

/* Calls `visit` for each file and folder of a tree, for a folder after what is in it. 0, also where
 * there is no such tree; or the first failure, its own or of `visit`. (fts_open of glibc 2.36
 * crashes where it finds no memory.) */
static int walk_at(int folder, const char *name, visitor *visit, void *context)
{
    struct stat found;
    int unreadable = 0;
    int status = 0;
    if (fstatat(folder, name, &found, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? 0 : -errno;
    if (S_ISDIR(found.st_mode)) {
        int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        DIR *opened = fd >= 0 ? fdopendir(fd) : NULL;
        unreadable = opened ? 0 : -errno;
        if (!opened && fd >= 0)
            close(fd);
        errno = 0;
        for (struct dirent *entry; opened && status == 0 && (entry = readdir(opened)); errno = 0) {
            if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
                status = walk_at(fd, entry->d_name, visit, context);
        }
        if (opened && status == 0 && errno != 0)
            status = -errno;
        if (opened)
            closedir(opened);
    }
    if (status == 0)
        status = visit(folder, name, &found, context);
    return status != 0 && unreadable != 0 ? unreadable : status;
}

static int walk(const char *path, visitor *visit, void *context)
{
    return walk_at(AT_FDCWD, path, visit, context);
}

static int remove_visited(int folder, const char *name, const struct stat *found, void *context)
{
    (void)context;
    int flags = S_ISDIR(found->st_mode) ? AT_REMOVEDIR : 0;
    return unlinkat(folder, name, flags) == 0 || errno == ENOENT ? 0 : -errno;
}

/* A linker that outlives its runner by a moment may still put a file there. */
int vb_remove_folder(const char *path)
{
    enum { ATTEMPTS = 50, BETWEEN_NS = 10000000 };
    int status = walk(path, remove_visited, NULL);
    for (int i = 1; i < ATTEMPTS && (status == -ENOTEMPTY || status == -EEXIST); i++) {
        nanosleep(&(struct timespec){.tv_nsec = BETWEEN_NS}, NULL);
        status = walk(path, remove_visited, NULL);
    }
    return status;
}

static int sync_visited(int folder, const char *name, const struct stat *found, void *context)
{
    (void)context;
    if (!S_ISREG(found->st_mode) && !S_ISDIR(found->st_mode))
        return 0;
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return -errno;
    int status = fsync(fd) == 0 || errno == EINVAL ? 0 : -errno; /* not all can sync folders */
    close(fd);
    return status;
}

static int add_bytes(int folder, const char *name, const struct stat *found, void *context)
{
    (void)folder;
    (void)name;
    uint64_t *bytes = context;
    *bytes += (uint64_t)found->st_blocks * 512;
    return 0;
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), end_length = strlen(end);
    return length > end_length && strcmp(text + length - end_length, end) == 0;
}

/* Whoever removes a folder locks it and gives it another name: after a lock one must look again. */
static bool still_named(int fd, const char *folder)
{
    struct stat locked, named;
    return fstat(fd, &locked) == 0 && stat(folder, &named) == 0 && locked.st_dev == named.st_dev &&
           locked.st_ino == named.st_ino;
}

/* Locks a folder as in use. The lock is the open descriptor's, which stays until this process ends:
 * the kernel takes it back however that comes about. false: the folder is not there, or on its way
 * out. */
static bool lock_in_use(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool taken = flock(fd, LOCK_SH | LOCK_NB) == 0 || errno != EWOULDBLOCK;
    if (taken && still_named(fd, folder))
        return true;
    close(fd);
    return false;
}

/* Locks a folder for its removal: nobody uses it. A descriptor, or -1. */
static int lock_unused(const char *folder)
{
    struct stat found;
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return -1;
    bool free_to_go = flock(fd, LOCK_EX | LOCK_NB) == 0;
    if (!free_to_go && errno != EWOULDBLOCK) /* not every file system can; then time decides */
        free_to_go = fstat(fd, &found) == 0 && time(NULL) - found.st_mtim.tv_sec > ONE_DAY_S;
    if (free_to_go && still_named(fd, folder))
        return fd;
    close(fd);
    return -1;
}

/* Takes an entry away in one step, so that nobody finds half of it, and then removes it. */
static void remove_entry(const char *path)
{
    char *other = NULL;
    if (asprintf(&other, "%s.%ld%s", path, (long)getpid(), unfinished_suffix) < 0)
        return;
    if (rename(path, other) == 0)
        vb_remove_folder(other);
    free(other);
}

typedef struct {
    char *path;
    struct timespec used;
    uint64_t bytes;
} cached;

static int compare_used(const void *left, const void *right)
{
    const cached *a = left, *b = right;
    if (a->used.tv_sec != b->used.tv_sec)
        return a->used.tv_sec < b->used.tv_sec ? -1 : 1;
    return (a->used.tv_nsec > b->used.tv_nsec) - (a->used.tv_nsec < b->used.tv_nsec);
}

/* Lists the entries and removes what was left unfinished. 0 or -ENOMEM. */
static int list_entries(const char *cache, cached **entries, size_t *count)
{
    size_t capacity = 0;
    DIR *opened = opendir(cache);
    int status = 0;
    for (struct dirent *found; opened && status == 0 && (found = readdir(opened));) {
        bool unfinished = ends_with(found->d_name, unfinished_suffix);
        char *path = NULL;
        struct stat told;
        if (!unfinished && !ends_with(found->d_name, entry_suffix))
            continue;
        if (asprintf(&path, "%s/%s", cache, found->d_name) < 0) {
            status = -ENOMEM;
            continue;
        }
        if (unfinished) {
            int lock = lock_unused(path);
            if (lock >= 0) {
                vb_remove_folder(path);
                close(lock);
            }
        } else if (lstat(path, &told) == 0 && S_ISDIR(told.st_mode)) {
            if (*count == capacity) {
                capacity = capacity ? 2 * capacity : 16;
                cached *grown = realloc(*entries, capacity * sizeof *grown);
                if (!grown) {
                    free(path);
                    status = -ENOMEM;
                    continue;
                }
                *entries = grown;
            }
            (*entries)[*count] = (cached){path, told.st_mtim, 0};
            walk(path, add_bytes, &(*entries)[(*count)++].bytes);
            continue;
        }
        free(path);
    }
    if (opened)
        closedir(opened);
    return status;
}

void vb_cache_tidy(const char *cache, uint64_t bytes_max)
{
    cached *entries = NULL;
    size_t count = 0;
    uint64_t bytes = 0;
    if (list_entries(cache, &entries, &count) == 0 && count > 0)
        qsort(entries, count, sizeof *entries, compare_used);
    for (size_t i = 0; i < count; i++)
        bytes += entries[i].bytes;
    for (size_t i = 0; i < count && bytes > bytes_max; i++) {
        int lock = lock_unused(entries[i].path);
        if (lock < 0)
            continue;
        remove_entry(entries[i].path);
        bytes -= entries[i].bytes;
        close(lock);
    }
    for (size_t i = 0; i < count; i++)
        free(entries[i].path);
    free(entries);
}

int vb_cache_place(const char *named, char **folder, vb_message *message)
{
    const char *base = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    int status;
    *folder = NULL;
    if (named)
        status = asprintf(folder, "%s", named);
    else if (base && base[0] == '/') /* a relative one counts as none, says the XDG specification */
        status = asprintf(folder, "%s/vbench", base);
    else if (home && home[0] == '/')
        status = asprintf(folder, "%s/.cache/vbench", home);
    else
        return vb_say(message, "There is no folder to keep links and builds in: neither "
                               "XDG_CACHE_HOME nor HOME names one; set one of them.");
    if (status < 0) {
        *folder = NULL;
        return vb_say_no_memory(message);
    }
    return 0;
}

int vb_cache_open(const char *named, char **cache, vb_message *message)
{
    char *folder = NULL;
    *cache = NULL;
    int status = vb_cache_place(named, &folder, message);
    if (status != 0)
        return status;
    status = vb_make_folder(folder, message);
    if (status == 0) {
        *cache = realpath(folder, NULL);
        if (!*cache)
            status = vb_say(message, "The folder %s cannot be used: %s.", folder, strerror(errno));
    }
    if (status == 0 && access(*cache, R_OK | W_OK | X_OK) != 0) {
        status =
            vb_say(message, "Nothing can be kept in the folder %s: %s.", *cache, strerror(errno));
        free(*cache);
        *cache = NULL;
    }
    free(folder);
    if (status == 0)
        vb_cache_tidy(*cache, VB_CACHE_BYTES_MAX);
    return status;
}

static char *entry_path(const char *cache, const char *kind, const char *key)
{
    char *path = NULL;
    return asprintf(&path, "%s/%s-%s%s", cache, kind, key, entry_suffix) < 0 ? NULL : path;
}

/* An empty folder that nobody else uses, locked. 0 or -errno. */
static int make_unfinished(const char *cache, const char *kind, const char *key, char **folder)
{
    int status = -EAGAIN;
    /* Between making and locking it, another process may tidy it away. */
    for (int i = 0; i < TRIES && status == -EAGAIN; i++) {
        char *path = NULL;
        if (asprintf(&path, "%s/%s-%s.%ld.%d%s", cache, kind, key, (long)getpid(), i,
                     unfinished_suffix) < 0)
            return -ENOMEM;
        if (mkdir(path, 0777) != 0)
            status = errno == EEXIST ? -EAGAIN : -errno; /* from a former process of our number */
        else if (lock_in_use(path))
            status = 0;
        if (status == 0)
            *folder = path;
        else
            free(path);
    }
    return status;
}

int vb_cache_find(const char *cache, const char *kind, const char *key, char **folder,
                  vb_message *message)
{
    *folder = NULL;
    char *path = entry_path(cache, kind, key);
    if (!path)
        return vb_say_no_memory(message);
    if (lock_in_use(path)) {
        utimensat(AT_FDCWD, path, NULL, 0); /* if it fails, it is only removed earlier */
        *folder = path;
        return 1;
    }
    free(path);
    int status = make_unfinished(cache, kind, key, folder);
    if (status == -ENOMEM)
        return vb_say_no_memory(message);
    if (status != 0)
        return vb_say(message, "No folder can be made in %s: %s.", cache, strerror(-status));
    return 0;
}

int vb_cache_keep(const char *cache, const char *kind, const char *key, char **folder,
                  vb_message *message)
{
    char *path = entry_path(cache, kind, key);
    if (!path)
        return vb_say_no_memory(message);
    int status = walk(*folder, sync_visited, NULL);
    bool kept = false;
    for (int i = 0; i < TRIES && status == 0 && !kept; i++) {
        kept = rename(*folder, path) == 0;
        if (kept) {
            free(*folder);
        } else if (errno != EEXIST && errno != ENOTEMPTY) {
            status = -errno;
        } else if (lock_in_use(path)) { /* another process was faster */
            vb_cache_drop(folder);
            kept = true;
        }
    }
    if (status == 0 && !kept)
        status = -EEXIST;
    if (status != 0) {
        vb_say(message, "What was made cannot be kept in %s: %s.", cache, strerror(-status));
        free(path);
        return -1;
    }
    vb_sync_folder(cache); /* the rename lasts; if it does not, the entry is made again */
    *folder = path;
    return 0;
}

void vb_cache_drop(char **folder)
{
    if (!folder || !*folder)
        return;
    if (ends_with(*folder, entry_suffix))
        remove_entry(*folder);
    else
        vb_remove_folder(*folder);
    free(*folder);
    *folder = NULL;
}

int vb_cache_get(const char *cache, const char *kind, const char *key, vb_cache_sound *is_sound,
                 vb_cache_make *make, void *context, char **folder, vb_message *message)
{
    enum { DAMAGED_MAX = 3 }; /* another process may damage it again, or it cannot be removed */
    for (int damaged = 0; damaged < DAMAGED_MAX; damaged++) {
        int found = vb_cache_find(cache, kind, key, folder, message);
        int status = found < 0 ? -1 : 0;
        if (found == 0) {
            status = make(*folder, context, message);
            if (status == 0)
                status = vb_cache_keep(cache, kind, key, folder, message);
        }
        if (status == 0 && is_sound(*folder, context, message) == 0)
            return 0;
        vb_cache_drop(folder);
        if (found <= 0) /* what was just made would not be better the next time */
            return status != 0 ? status : -1;
    }
    return -1;
}
