/* The command line of vbench, as values. */
#ifndef VBENCH_OPTIONS_H
#define VBENCH_OPTIONS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runner/message.h"

typedef enum {
    VB_COMMAND_HELP, /* for the command in `help_for`, or for all */
    VB_COMMAND_VERSION,
    VB_COMMAND_LIST,
    VB_COMMAND_RUN,
    VB_COMMAND_SAVE,
    VB_COMMAND_COMPARE,
    VB_COMMAND_REPORT,
    VB_COMMAND_DOCTOR,
} vb_command;

typedef struct {
    vb_command command;
    const char *help_for; /* NULL: all */
    const char *target;   /* save: the baseline's name; compare: the old side, NULL: the newest
                             baseline; report: the result file */
    char *const *suites;  /* executables, compare: the new side; none: those beside vbench */
    size_t suite_count;
    const char *filter; /* NULL: all */
    double budget_s;
    int processes;
    uint64_t seed;
    bool seed_given;
    double time_limit_s;
    const char *json;          /* NULL: none; "-": stdout */
    const char *out;           /* NULL: no report (report: the default folder) */
    const char *markdown;      /* NULL: none; "-": stdout */
    const char *junit;         /* NULL: none */
    const char *csv;           /* NULL: none; "-": stdout */
    bool single;               /* the page as one file */
    const char *doctor_file;   /* what vbench doctor --json wrote, for a report; NULL: none */
    const char *selftest_file; /* the same of make bench-selftest */
    const char *baselines;
    bool host_name;
    bool allow_debug; /* save: also what is not optimised */
    bool pin;
    bool allocations;
    /* compare only */
    double max_budget_s; /* for a benchmark that is undecided at its budget; 0: four times that */
    double time_cap_s;   /* of the clock, for measuring; 0: none */
    double level;        /* like the next ones a share, not percent */
    double min_effect;
    double tolerance;
    double fail_above;
    bool fail_on_inconclusive;
    const char *revision; /* the old side is this revision; NULL: target says what it is */
    const char *cache;    /* NULL: the user's own */
    size_t layouts;       /* links of each suite with its code placed elsewhere; 0: none */
    bool layouts_given;   /* otherwise these at least */
    bool suite_new;       /* the old subject in the new suites */
    bool all;             /* print every row */
    bool noise;           /* doctor only: measure the machine's noise, budget_s in all */
    /* report only */
    const char *against; /* the old side, a result file or a baseline's name; NULL: none */
    bool terminal;
    /* the words themselves, for vb_options_words */
    const char *command_name;
    char *const *operands;
    size_t operand_count;
    char *const *option_words;
    size_t option_word_count;
} vb_options;

/* 0, or -1 with a sentence. May reorder argv; `options` points into it. */
int vb_options_parse(int argc, char **argv, vb_options *options, vb_message *message);
/* The command as an array of texts: "vbench", the command, its operands, then the options that
 * decide what is measured and how, as they were given. Operands of which one begins with a dash
 * stand at the end, behind "--". NULL if there is no memory, which is noted. */
json_t *vb_options_words(const vb_options *options);
/* The text of --help. */
void vb_options_help(const char *command);

#endif
