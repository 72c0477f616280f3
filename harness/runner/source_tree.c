#define _GNU_SOURCE
#include "runner/source_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/process.h"
#include "runner/shortfall.h"

/* A hook's git, for one, leaves these behind: they name its repository, not the suite's. */
static const char *const repository_variables[] = {
    "GIT_DIR",    "GIT_WORK_TREE",  "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_NAMESPACE",  "GIT_ALTERNATE_OBJECT_DIRECTORIES",
};

/* Runs git in `folder`; puts the beginning of what it prints into `output`. False unless it
 * succeeded. No shell: the folder's name may hold anything. */
static bool run_git(const char *folder, char *const arguments[], char *output, size_t output_bytes)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        vb_shortfall_note(errno);
        return false;
    }
    pid_t parent = getpid();
    pid_t child = fork();
    if (child < 0)
        vb_shortfall_note(errno);
    if (child == 0) {
        vb_process_become_helper(parent);
        for (size_t i = 0; i < sizeof repository_variables / sizeof *repository_variables; i++)
            unsetenv(repository_variables[i]);
        int null = open("/dev/null", O_RDWR);
        if (chdir(folder) == 0 && null >= 0 && dup2(null, STDIN_FILENO) >= 0 &&
            dup2(null, STDERR_FILENO) >= 0 && dup2(ends[1], STDOUT_FILENO) >= 0)
            execvp(arguments[0], arguments);
        _exit(127);
    }
    close(ends[1]);
    size_t filled = 0;
    char rest[4096];
    ssize_t got = 0;
    while (child > 0 &&
           ((got = read(ends[0], rest, sizeof rest)) > 0 || (got < 0 && errno == EINTR))) {
        for (ssize_t i = 0; i < got && filled + 1 < output_bytes; i++)
            output[filled++] = rest[i];
    }
    output[filled] = '\0';
    if (child > 0 && got < 0)
        vb_shortfall_note(errno);
    close(ends[0]);
    int status = child > 0 ? vb_process_wait(child) : -1;
    if (child > 0 && status == -1)
        vb_shortfall_note(errno);
    return status != -1 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

json_t *vb_source_tree_describe(const char *path)
{
    char folder[4096];
    char top[4096];
    char commit[128];
    char changes[16];
    bool known = false;

    const char *slash = strrchr(path, '/');
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
    if (folder[0] == '\0')
        strcpy(folder, "/");
    char *const find_top[] = {"git", "rev-parse", "--show-toplevel", NULL};
    char *const find_commit[] = {"git", "rev-parse", "HEAD", NULL};
    char *const find_changes[] = {
        "git", "--no-optional-locks", "status", "--porcelain", "--untracked-files=normal", "--",
        ".",   ":!baselines",         NULL};
    if (run_git(folder, find_top, top, sizeof top)) {
        top[strcspn(top, "\n")] = '\0';
        known = run_git(top, find_commit, commit, sizeof commit) &&
                run_git(top, find_changes, changes, sizeof changes);
        commit[strcspn(commit, "\n")] = '\0';
    }
    return known ? json_pack("{s:s, s:b}", "commit", commit, "dirty", changes[0] != '\0')
                 : json_pack("{s:n, s:n}", "commit", "dirty");
}
