/* The commands and options there are: what options.c takes and options_help.c prints. */
#ifndef VBENCH_OPTIONS_TABLE_H
#define VBENCH_OPTIONS_TABLE_H

#include <getopt.h>
#include <stddef.h>

#include "runner/options.h"

enum {
    VB_OPTION_FILTER = 256,
    VB_OPTION_BUDGET,
    VB_OPTION_PROCESSES,
    VB_OPTION_SEED,
    VB_OPTION_TIME_LIMIT,
    VB_OPTION_JSON,
    VB_OPTION_OUT,
    VB_OPTION_MARKDOWN,
    VB_OPTION_JUNIT,
    VB_OPTION_CSV,
    VB_OPTION_SINGLE,
    VB_OPTION_TERMINAL,
    VB_OPTION_AGAINST,
    VB_OPTION_DOCTOR,
    VB_OPTION_SELFTEST,
    VB_OPTION_BASELINES,
    VB_OPTION_HOST_NAME,
    VB_OPTION_ALLOW_DEBUG,
    VB_OPTION_NO_PIN,
    VB_OPTION_ALLOCATIONS,
    VB_OPTION_REVISION,
    VB_OPTION_SUITE,
    VB_OPTION_LAYOUTS,
    VB_OPTION_CACHE,
    VB_OPTION_ALL,
    VB_OPTION_MAX_BUDGET,
    VB_OPTION_TIME_CAP,
    VB_OPTION_LEVEL,
    VB_OPTION_MIN_EFFECT,
    VB_OPTION_TOLERANCE,
    VB_OPTION_FAIL_ABOVE,
    VB_OPTION_FAIL_ON,
    VB_OPTION_NO_NOISE,
    VB_OPTION_HELP,
    VB_OPTION_VERSION,
};

/* Which commands take an option, as bits. */
enum {
    VB_TAKEN_BY_LIST = 1,
    VB_TAKEN_BY_RUN = 2,
    VB_TAKEN_BY_SAVE = 4,
    VB_TAKEN_BY_COMPARE = 8,
    VB_TAKEN_BY_REPORT = 16,
    VB_TAKEN_BY_DOCTOR = 32,
    VB_TAKEN_BY_MEASURE = VB_TAKEN_BY_RUN | VB_TAKEN_BY_SAVE | VB_TAKEN_BY_COMPARE,
    VB_TAKEN_BY_ALL = 63
};

typedef struct {
    struct option option;
    int commands; /* that take it */
    int recorded; /* of these, where it decides what is measured, how, or what is said of it */
    const char *value;
    const char *help;
} vb_known_option;
extern const vb_known_option vb_known_options[];
extern const size_t vb_known_option_count;

typedef struct {
    const char *name;
    vb_command command;
    int bit;
    const char *arguments;
    const char *help;
} vb_known_command;
extern const vb_known_command vb_known_commands[];
extern const size_t vb_known_command_count;

#endif
