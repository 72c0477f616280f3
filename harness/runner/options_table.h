/* The commands and options there are: what options.c takes and options_help.c prints. */
#ifndef VBENCH_OPTIONS_TABLE_H
#define VBENCH_OPTIONS_TABLE_H

#include <getopt.h>
#include <stddef.h>

#include "runner/options.h"

enum {
    OPTION_FILTER = 256,
    OPTION_BUDGET,
    OPTION_PROCESSES,
    OPTION_SEED,
    OPTION_TIME_LIMIT,
    OPTION_JSON,
    OPTION_OUT,
    OPTION_MARKDOWN,
    OPTION_JUNIT,
    OPTION_CSV,
    OPTION_SINGLE,
    OPTION_TERMINAL,
    OPTION_AGAINST,
    OPTION_DOCTOR,
    OPTION_SELFTEST,
    OPTION_BASELINES,
    OPTION_HOST_NAME,
    OPTION_ALLOW_DEBUG,
    OPTION_NO_PIN,
    OPTION_ALLOCATIONS,
    OPTION_REVISION,
    OPTION_SUITE,
    OPTION_LAYOUTS,
    OPTION_CACHE,
    OPTION_ALL,
    OPTION_MAX_BUDGET,
    OPTION_TIME_CAP,
    OPTION_LEVEL,
    OPTION_MIN_EFFECT,
    OPTION_TOLERANCE,
    OPTION_FAIL_ABOVE,
    OPTION_FAIL_ON,
    OPTION_NO_NOISE,
    OPTION_HELP,
    OPTION_VERSION,
};

/* Which commands take an option, as bits. */
enum {
    LIST = 1,
    RUN = 2,
    SAVE = 4,
    COMPARE = 8,
    REPORT = 16,
    DOCTOR = 32,
    MEASURE = RUN | SAVE | COMPARE,
    ALL = 63
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
