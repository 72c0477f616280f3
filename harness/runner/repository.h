/* git, as far as building an old revision needs it: what it is, and a worktree with it. */
#ifndef VBENCH_REPOSITORY_H
#define VBENCH_REPOSITORY_H

#include <stddef.h>

#include "runner/message.h"

enum { VB_COMMIT_MAX = 65 };

typedef struct {
    char top[4096];    /* its folder, absolute */
    char prefix[4096]; /* of the sources in it: "", or a folder with its slash */
} vb_repository;

/* The repository that holds the folder. 0; -EINTR; or -1 with a sentence. */
int vb_repository_find(const char *folder, vb_repository *repository, vb_message *message);
/* Which commit a revision is, in full. 0; -EINTR; or -1 with a sentence. */
int vb_repository_commit(const vb_repository *repository, const char *revision,
                         char commit[VB_COMMIT_MAX], vb_message *message);
/* The beginning of a commit's subject; "" if git does not say. */
void vb_repository_subject(const vb_repository *repository, const char *commit, char *subject,
                           size_t subject_bytes);

/* A worktree with the commit and its submodules, in a folder that is not there yet. What git says
 * is appended to the log. 0; -EINTR; or -1 with a sentence. Remove it in any case. */
int vb_worktree_add(const vb_repository *repository, const char *commit, const char *path,
                    const char *log, vb_message *message);
/* With all that is in it, also after an interrupt. */
void vb_worktree_remove(const vb_repository *repository, const char *path);
/*
 * The repository goes on listing the worktree of a vbench that was killed when its folder is gone.
 * Forgets those whose paths begin with `prefix` and lay in a folder that is gone. Not git worktree
 * prune: that would forget the user's own, too, on a disk that is not mounted. 0; -EINTR; or -1
 * with a sentence.
 */
int vb_worktree_forget_lost(const vb_repository *repository, const char *prefix,
                            vb_message *message);

#endif
