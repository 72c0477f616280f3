/*
 * What is made once and kept for later: links in other layouts, old revisions. Each entry is a
 * folder named after the digest of all that it was made from, so it never is out of date, and it
 * appears under its name only when it is complete: a folder that a killed process left unfinished
 * has another name and is removed by the next one that comes.
 *
 * Any number of processes may share a cache. What a process has found or is making is locked until
 * it ends, and nobody removes it. One thread only.
 */
#ifndef VBENCH_CACHE_H
#define VBENCH_CACHE_H

#include <stdint.h>

#include "runner/message.h"

#define VB_CACHE_BYTES_MAX ((uint64_t)4 << 30)

/* Which folder vb_cache_open takes; it need not be there. malloc'd. 0, or -1 with a sentence. */
int vb_cache_place(const char *named, char **folder, vb_message *message);
/* The folder for all entries, made where it is missing and tidied (VB_CACHE_BYTES_MAX). `named` is
 * the user's choice; NULL: $XDG_CACHE_HOME/vbench, or ~/.cache/vbench. malloc'd, absolute. 0, or -1
 * with a sentence. */
int vb_cache_open(const char *named, char **cache, vb_message *message);

/* Removes what was left unfinished, and the entries unused for longest while all of them take more
 * than bytes_max. What cannot be removed stays. It touches only what has the names of entries: the
 * folder may hold other things. */
void vb_cache_tidy(const char *cache, uint64_t bytes_max);

/* Looks for an entry. 1: it is there, `folder` is its path (malloc'd), and it counts as used now.
 * 0: it is not, `folder` is an empty folder to make it in, for vb_cache_keep or vb_cache_drop. -1
 * with a sentence. `kind` and `key` are made of letters, digits and dashes. */
int vb_cache_find(const char *cache, const char *kind, const char *key, char **folder,
                  vb_message *message);
/* The entry is complete: syncs and renames it; `folder` becomes its path. If another process was
 * faster, theirs is taken. 0, or -1 with a sentence; it then still is to be dropped. */
int vb_cache_keep(const char *cache, const char *kind, const char *key, char **folder,
                  vb_message *message);
/* It could not be made, or what was found is damaged: removes the folder and frees its name.
 * NULL-safe. */
void vb_cache_drop(char **folder);

/* Whether an entry is as it was made: takes from it what is needed. 0, or -1 with a sentence, and
 * nothing is taken then. */
typedef int vb_cache_sound(const char *folder, void *context, vb_message *message);
/* Makes an entry in an empty folder, which is not yet its last one. 0; or anything else, with a
 * sentence. */
typedef int vb_cache_make(const char *folder, void *context, vb_message *message);

/* All together: finds an entry, or makes it; a damaged one is made anew. The last to be asked
 * whether it is sound is the entry that is returned, whoever has made it. `folder` becomes its path
 * (malloc'd). 0; or what `make` returned; or -1 with a sentence. `folder` is NULL then. */
int vb_cache_get(const char *cache, const char *kind, const char *key, vb_cache_sound *is_sound,
                 vb_cache_make *make, void *context, char **folder, vb_message *message);

/* Removes a folder with all that is in it; links in it are removed, not followed. 0 or -errno; a
 * missing one is no error. */
int vb_remove_folder(const char *path);

#endif
