/*
 * What vbench says of result files: for each file a line, "good" or the sentence. The paths come on
 * standard input, one a line, so that thousands are checked in one process. Exit code 0.
 */
#include <stdio.h>
#include <string.h>

#include "runner/baseline.h"

int main(void)
{
    char path[4096];
    while (fgets(path, sizeof path, stdin)) {
        vb_baseline baseline;
        vb_message message;
        path[strcspn(path, "\n")] = '\0';
        if (vb_baseline_load("checked", path, &baseline, &message) == 0) {
            puts("good");
            vb_baseline_free(&baseline);
        } else {
            puts(message.text);
        }
    }
    return 0;
}
