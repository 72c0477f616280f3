/* The text of --help. */
#include <stdio.h>
#include <string.h>

#include "runner/options_table.h"

void vb_options_help(const char *command)
{
    int bits = VB_TAKEN_BY_ALL;
    if (!command) {
        printf("vbench measures C code: how long it takes, and how sure that is.\n\n"
               "usage: vbench COMMAND [OPTION...]\n\n");
        for (size_t i = 0; i < vb_known_command_count; i++)
            printf("  %-7s %-16s %s\n", vb_known_commands[i].name, vb_known_commands[i].arguments,
                   vb_known_commands[i].help);
        printf(
            "\nA SUITE is an executable made with VB_MAIN; without any, vbench takes those that\n"
            "have a recipe (NAME.link.json) beside vbench itself. OLD and NEW are a baseline's "
            "name, a\n"
            "result file, a suite, a folder of suites, an archive, or the name of a variant; "
            "without\n"
            "OLD the baseline that was measured last, without NEW the suites beside vbench.\n\n"
            "options:\n");
    } else {
        for (size_t i = 0; i < vb_known_command_count; i++) {
            if (strcmp(vb_known_commands[i].name, command) == 0) {
                bits = vb_known_commands[i].bit;
                printf("usage: vbench %s %s%s[OPTION...]\n\n%s\n\noptions:\n", command,
                       vb_known_commands[i].arguments, vb_known_commands[i].arguments[0] ? " " : "",
                       vb_known_commands[i].help);
            }
        }
    }
    for (size_t i = 0; i < vb_known_option_count; i++) {
        char left[64];
        if (!(vb_known_options[i].commands & bits))
            continue;
        snprintf(left, sizeof left, "--%s%s%s", vb_known_options[i].option.name,
                 vb_known_options[i].value ? " " : "",
                 vb_known_options[i].value ? vb_known_options[i].value : "");
        printf("  %-16s %s\n", left, vb_known_options[i].help);
    }
    printf(
        "\nexit codes: 0 done, no regression; 1 a regression (--fail-above), a p99 limit exceeded, "
        "or what --fail-on names; 2 bad usage, bad input, or a benchmark that failed\n");
}
