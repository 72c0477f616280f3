#include "runner/source_tree.h"

#include <stdbool.h>
#include <string.h>

#include "runner/command.h"
#include "runner/path.h"

/* Asks git in `folder`; puts the beginning of what it prints into `output`. False unless it
 * succeeded. */
static bool run_git(const char *folder, char *const arguments[], char *output, size_t output_bytes)
{
    vb_message why;
    vb_command_options options = {.folder = folder, .without_repository = true};
    return vb_command_run(arguments, &options, output, output_bytes, &why) == 0;
}

json_t *vb_source_tree_describe(const char *path)
{
    char folder[4096];
    char top[4096];
    char commit[128];
    char changes[16];
    bool known = false;

    vb_path_folder(path, folder, sizeof folder);
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
