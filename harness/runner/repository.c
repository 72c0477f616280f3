#define _GNU_SOURCE
#include "runner/repository.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/command.h"
#include "runner/shortfall.h"

/* Asks git for one line. */
static int ask(const char *folder, char *const arguments[], char *line, size_t line_bytes,
               vb_message *why)
{
    vb_command_options options = {.folder = folder, .without_repository = true};
    int status = vb_command_run(arguments, &options, line, line_bytes, why);
    line[status == 0 ? strcspn(line, "\n") : 0] = '\0';
    return status;
}

int vb_repository_find(const char *folder, vb_repository *repository, vb_message *message)
{
    vb_message why;
    char *const find_top[] = {"git", "rev-parse", "--show-toplevel", NULL};
    char *const find_prefix[] = {"git", "rev-parse", "--show-prefix", NULL};
    int status = ask(folder, find_top, repository->top, sizeof repository->top, &why);
    if (status == 0)
        status = ask(folder, find_prefix, repository->prefix, sizeof repository->prefix, &why);
    if (status == 0 || status == -EINTR)
        return status;
    return vb_say(message, "git knows no revisions of the sources in %s: %.600s.", folder,
                  why.text);
}

int vb_repository_commit(const vb_repository *repository, const char *revision,
                         char commit[VB_COMMIT_MAX], vb_message *message)
{
    vb_message why;
    char shallow[16] = "";
    char *asked = NULL;
    if (asprintf(&asked, "%s^{commit}", revision) < 0)
        return vb_say_no_memory(message);
    char *const find[] = {"git", "rev-parse", "--verify", "--quiet", "--end-of-options",
                          asked, NULL};
    char *const find_shallow[] = {"git", "rev-parse", "--is-shallow-repository", NULL};
    int status = ask(repository->top, find, commit, VB_COMMIT_MAX, &why);
    if (status != 0 && status != -EINTR)
        ask(repository->top, find_shallow, shallow, sizeof shallow, &why);
    free(asked);
    if (status == 0 || status == -EINTR)
        return status;
    return vb_say(message, "The repository %s has no revision %s%s.", repository->top, revision,
                  strcmp(shallow, "true") == 0
                      ? "; it is a shallow clone: get the rest with `git fetch --unshallow`"
                      : "");
}

void vb_repository_subject(const vb_repository *repository, const char *commit, char *subject,
                           size_t subject_bytes)
{
    vb_message why;
    char *const arguments[] = {"git", "log", "-1", "--format=%<(60,trunc)%s", (char *)commit, NULL};
    ask(repository->top, arguments, subject, subject_bytes, &why);
    size_t length = strlen(subject);
    while (length > 0 && subject[length - 1] == ' ')
        subject[--length] = '\0';
}

int vb_worktree_add(const vb_repository *repository, const char *commit, const char *path,
                    const char *log, vb_message *message)
{
    vb_message why;
    char *modules = NULL;
    if (asprintf(&modules, "%s/.gitmodules", path) < 0)
        return vb_say_no_memory(message);
    /* The user's hooks are for the user's worktrees. */
    char *const add[] = {"git",        "-c",           "core.hooksPath=/dev/null",
                         "worktree",   "add",          "--detach",
                         (char *)path, (char *)commit, NULL};
    char *const fetch[] = {"git", "submodule", "update", "--init", "--recursive", NULL};
    vb_command_options options = {
        .folder = repository->top, .without_repository = true, .log = log};
    int status = vb_command_run(add, &options, NULL, 0, &why);
    if (status == 0 && access(modules, F_OK) == 0) {
        options.folder = path;
        status = vb_command_run(fetch, &options, NULL, 0, &why);
    }
    free(modules);
    if (status == 0 || status == -EINTR)
        return status;
    return vb_say(message, "The revision %.10s cannot be checked out: %.600s.", commit, why.text);
}

void vb_worktree_remove(const vb_repository *repository, const char *path)
{
    vb_message why;
    /* Twice --force: also one that git was still making when it was killed, and so left locked. */
    char *const arguments[] = {"git",     "worktree",   "remove", "--force",
                               "--force", (char *)path, NULL};
    vb_command_options options = {
        .folder = repository->top, .without_repository = true, .to_the_end = true};
    vb_command_run(arguments, &options, NULL, 0, &why);
}

int vb_worktree_forget_lost(const vb_repository *repository, const char *prefix,
                            vb_message *message)
{
    enum { LIST_BYTES = 1 << 20 };
    static const char word[] = "worktree ";
    vb_message why;
    char *list = malloc(LIST_BYTES);
    if (!list)
        return vb_say_no_memory(message);
    char *const arguments[] = {"git", "worktree", "list", "--porcelain", NULL};
    vb_command_options options = {.folder = repository->top, .without_repository = true};
    int status = vb_command_run(arguments, &options, list, LIST_BYTES, &why);
    char *rest = list;
    for (char *line; status == 0 && (line = strsep(&rest, "\n"));) {
        char *path = line + sizeof word - 1;
        char *slash = strrchr(line, '/');
        if (!slash || strncmp(line, word, sizeof word - 1) != 0 ||
            strncmp(path, prefix, strlen(prefix)) != 0)
            continue;
        *slash = '\0'; /* the worktree itself may be about to be made by another vbench */
        bool lost = access(path, F_OK) != 0;
        *slash = '/';
        if (lost)
            vb_worktree_remove(repository, path);
    }
    free(list);
    if (status == 0 || status == -EINTR)
        return status;
    return vb_say(message, "The worktrees of %s cannot be listed: %.600s.", repository->top,
                  why.text);
}
