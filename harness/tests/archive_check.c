/* For each path of a baseline on standard input a line: "none", or its archive with the number of
 * suites in it, or the sentence why it cannot be used. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/archive.h"
#include "runner/json.h"

static void check(const char *path)
{
    vb_message message;
    vb_texts executables = {0};
    vb_texts notes = {0};
    char *folder = NULL;
    int found = vb_archive_find(path, &folder, &message);
    if (found == 1 && vb_archive_open(folder, NULL, &executables, &notes, &message) != 0)
        found = -1;
    if (found == 1)
        printf("%s %zu\n", folder, executables.count);
    else
        printf("%s\n", found == 0 ? "none" : message.text);
    vb_texts_free(&executables);
    vb_texts_free(&notes);
    free(folder);
}

int main(void)
{
    char line[4096];
    vb_json_watch();
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = '\0';
        check(line);
    }
    return 0;
}
