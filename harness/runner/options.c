#include "runner/options.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/change.h"
#include "runner/layouts.h"
#include "runner/options_table.h"

enum { DOCTOR_BUDGET_S = 20, PROCESSES_MAX = 10000, LAYOUTS_MAX = 1024, MAX_BUDGETS = 4 };

static int take_seconds(const char *option, const char *text, double *seconds, vb_message *message)
{
    char *end;
    errno = 0;
    double value = strtod(text, &end);
    if (end == text || *end != '\0' || errno != 0 || !isfinite(value) || value <= 0 || value > 1e6)
        return vb_say(message,
                      "--%s takes a number of seconds above 0 and up to 1000000, not \"%s\".",
                      option, text);
    *seconds = value;
    return 0;
}

/* A share, told in percent: from `min` to `max` percent. */
static int take_percent(const char *option, const char *text, double min, double max, double *share,
                        vb_message *message)
{
    char *end;
    errno = 0;
    double value = strtod(text, &end);
    if (end == text || *end != '\0' || errno != 0 || !(value >= min && value <= max))
        return vb_say(message, "--%s takes a number of percent from %g to %g, not \"%s\".", option,
                      min, max, text);
    *share = value / 100;
    return 0;
}

static int take_count(const char *option, const char *text, uint64_t max, uint64_t *count,
                      vb_message *message)
{
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || value > max)
        return vb_say(message, "--%s takes a whole number up to %llu, not \"%s\".", option,
                      (unsigned long long)max, text);
    *count = value;
    return 0;
}

static int take_path(const char *option, const char *text, const char **path, vb_message *message)
{
    if (text[0] == '\0')
        return vb_say(message, "--%s takes a name, not an empty one.", option);
    *path = text;
    return 0;
}

static int take_option(size_t index, const char *value, vb_options *options, vb_message *message)
{
    const char *name = vb_known_options[index].option.name;
    uint64_t count = 0;
    switch (vb_known_options[index].option.val) {
    case VB_OPTION_FILTER:
        options->filter = value;
        return 0;
    case VB_OPTION_BUDGET:
        return take_seconds(name, value, &options->budget_s, message);
    case VB_OPTION_PROCESSES:
        if (take_count(name, value, PROCESSES_MAX, &count, message) != 0)
            return -1;
        if (count == 0)
            return vb_say(message, "--processes takes at least 1.");
        options->processes = (int)count;
        return 0;
    case VB_OPTION_SEED:
        options->seed_given = true;
        /* JSON's integers are signed. */
        return take_count(name, value, INT64_MAX, &options->seed, message);
    case VB_OPTION_TIME_LIMIT:
        return take_seconds(name, value, &options->time_limit_s, message);
    case VB_OPTION_JSON:
        return take_path(name, value, &options->json, message);
    case VB_OPTION_OUT:
        return take_path(name, value, &options->out, message);
    case VB_OPTION_MARKDOWN:
        return take_path(name, value, &options->markdown, message);
    case VB_OPTION_JUNIT:
        return take_path(name, value, &options->junit, message);
    case VB_OPTION_CSV:
        return take_path(name, value, &options->csv, message);
    case VB_OPTION_SINGLE:
        options->single = true;
        return 0;
    case VB_OPTION_TERMINAL:
        options->terminal = true;
        return 0;
    case VB_OPTION_AGAINST:
        return take_path(name, value, &options->against, message);
    case VB_OPTION_DOCTOR:
        return take_path(name, value, &options->doctor_file, message);
    case VB_OPTION_SELFTEST:
        return take_path(name, value, &options->selftest_file, message);
    case VB_OPTION_BASELINES:
        return take_path(name, value, &options->baselines, message);
    case VB_OPTION_HOST_NAME:
        options->host_name = true;
        return 0;
    case VB_OPTION_ALLOW_DEBUG:
        options->allow_debug = true;
        return 0;
    case VB_OPTION_NO_PIN:
        options->pin = false;
        return 0;
    case VB_OPTION_ALLOCATIONS:
        options->allocations = true;
        return 0;
    case VB_OPTION_REVISION:
        return take_path(name, value, &options->revision, message);
    case VB_OPTION_SUITE:
        options->suite_new = strcmp(value, "new") == 0;
        if (!options->suite_new && strcmp(value, "own") != 0)
            return vb_say(message, "--suite takes own or new, not \"%s\".", value);
        return 0;
    case VB_OPTION_LAYOUTS:
        if (take_count(name, value, LAYOUTS_MAX, &count, message) != 0)
            return -1;
        if (count % VB_LAYOUT_CYCLE != 0)
            return vb_say(message, "--layouts takes a multiple of %d, not %llu.", VB_LAYOUT_CYCLE,
                          (unsigned long long)count);
        options->layouts = (size_t)count;
        options->layouts_given = true;
        return 0;
    case VB_OPTION_CACHE:
        return take_path(name, value, &options->cache, message);
    case VB_OPTION_ALL:
        options->all = true;
        return 0;
    case VB_OPTION_MAX_BUDGET:
        return take_seconds(name, value, &options->max_budget_s, message);
    case VB_OPTION_TIME_CAP:
        return take_seconds(name, value, &options->time_cap_s, message);
    case VB_OPTION_LEVEL:
        return take_percent(name, value, 1e-6, 50, &options->level, message);
    case VB_OPTION_MIN_EFFECT:
        return take_percent(name, value, 0, 1000, &options->min_effect, message);
    case VB_OPTION_TOLERANCE:
        return take_percent(name, value, 1e-6, 1000, &options->tolerance, message);
    case VB_OPTION_FAIL_ABOVE:
        return take_percent(name, value, 0, 100000, &options->fail_above, message);
    case VB_OPTION_FAIL_ON:
        options->fail_on_inconclusive = strcmp(value, "inconclusive") == 0;
        if (!options->fail_on_inconclusive)
            return vb_say(message, "--fail-on takes inconclusive, not \"%s\".", value);
        return 0;
    case VB_OPTION_NO_NOISE:
        options->noise = false;
        return 0;
    case VB_OPTION_HELP:
        options->command = VB_COMMAND_HELP;
        return 0;
    default:
        options->command = VB_COMMAND_VERSION;
        return 0;
    }
}

static int take_options(int argc, char **argv, int command, vb_options *options,
                        vb_message *message)
{
    struct option list[VB_OPTION_VERSION - VB_OPTION_FILTER + 2];
    int filled = 0;
    memset(list, 0, sizeof list);
    for (size_t i = 0; i < vb_known_option_count; i++) {
        if (vb_known_options[i].commands & vb_known_commands[command].bit)
            list[filled++] = vb_known_options[i].option;
    }
    opterr = 0;
    optind = 0; /* glibc: begin anew, whatever was parsed before */
    int found;
    while ((found = getopt_long(argc, argv, ":", list, NULL)) != -1) {
        const char *word = argv[optind - 1];
        if (found == ':')
            return vb_say(message, "%s needs a value; see `vbench %s --help`.", word,
                          vb_known_commands[command].name);
        if (found == '?' && optopt > UCHAR_MAX) /* the value of a long option that exists */
            return vb_say(message,
                          "\"%s\" gives a value to an option that takes none; see `vbench %s "
                          "--help`.",
                          word, vb_known_commands[command].name);
        if (found == '?' && optopt != 0) /* one letter, perhaps of several in a word */
            return vb_say(message, "vbench %s has no option \"-%c\"; see `vbench %s --help`.",
                          vb_known_commands[command].name, optopt, vb_known_commands[command].name);
        if (found == '?')
            return vb_say(message, "vbench %s has no option \"%s\"; see `vbench %s --help`.",
                          vb_known_commands[command].name, word, vb_known_commands[command].name);
        for (size_t i = 0; i < vb_known_option_count; i++) {
            if (vb_known_options[i].option.val == found &&
                take_option(i, optarg, options, message) != 0)
                return -1;
        }
        if (options->command == VB_COMMAND_HELP || options->command == VB_COMMAND_VERSION) {
            options->help_for = vb_known_commands[command].name;
            return 0;
        }
    }
    return 0;
}

/* What only a page needs, without one. A page is what a report is unless it is told otherwise. */
static int check_report(vb_options *options, vb_message *message)
{
    if (options->command == VB_COMMAND_REPORT && !options->out && !options->markdown &&
        !options->junit && !options->csv && !options->terminal)
        options->out = "reports";
    if (options->single && !options->out)
        return vb_say(message, "--single is about the page, and none is made; give --out DIR.");
    return 0;
}

int vb_options_parse(int argc, char **argv, vb_options *options, vb_message *message)
{
    *options = (vb_options){.budget_s = 2,
                            .processes = 9,
                            .time_limit_s = 10,
                            .baselines = "baselines",
                            .layouts = VB_LAYOUTS_DEFAULT,
                            .level = vb_paired_rules.level,
                            .min_effect = vb_paired_rules.min_effect,
                            .tolerance = vb_paired_rules.tolerance,
                            .pin = true,
                            .noise = true};
    if (argc < 2)
        return vb_say(message, "a command is missing: list, run, save, compare, report or doctor; "
                               "see `vbench --help`.");
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0)
        return 0; /* VB_COMMAND_HELP */
    if (strcmp(argv[1], "--version") == 0) {
        options->command = VB_COMMAND_VERSION;
        return 0;
    }
    int command = 0;
    while (command < (int)vb_known_command_count &&
           strcmp(argv[1], vb_known_commands[command].name) != 0)
        command++;
    if (command == (int)vb_known_command_count)
        return vb_say(
            message,
            "there is no command \"%s\", only list, run, save, compare, report and doctor; "
            "see `vbench --help`.",
            argv[1]);
    options->command = vb_known_commands[command].command;
    if (options->command == VB_COMMAND_DOCTOR)
        options->budget_s = DOCTOR_BUDGET_S;

    argc--;
    argv++;
    if (take_options(argc, argv, command, options, message) != 0)
        return -1;
    if (options->command == VB_COMMAND_HELP || options->command == VB_COMMAND_VERSION)
        return 0;

    options->operands = argv + optind; /* getopt has put the options before them */
    options->operand_count = (size_t)(argc - optind);
    options->option_words = argv + 1;
    options->option_word_count = (size_t)(optind - 1);
    options->command_name = vb_known_commands[command].name;

    bool wants_target =
        options->command == VB_COMMAND_SAVE || options->command == VB_COMMAND_REPORT;
    if (wants_target && optind == argc)
        return vb_say(
            message, "%s needs %s; see `vbench %s --help`.", vb_known_commands[command].name,
            options->command == VB_COMMAND_SAVE ? "a name for the baseline" : "a result file",
            vb_known_commands[command].name);
    if (wants_target)
        options->target = argv[optind++];
    else if (options->command == VB_COMMAND_COMPARE && !options->revision && optind < argc)
        options->target = argv[optind++];
    if (options->command == VB_COMMAND_REPORT && optind < argc)
        return vb_say(message, "vbench report takes one result file, \"%s\" is one too many.",
                      argv[optind]);
    if (options->max_budget_s == 0)
        options->max_budget_s = MAX_BUDGETS * options->budget_s;
    if (options->max_budget_s < options->budget_s)
        return vb_say(message,
                      "--max-budget is less than --budget, %g s; leave it out, or say more.",
                      options->budget_s);
    if (options->command == VB_COMMAND_DOCTOR && optind < argc)
        return vb_say(message, "vbench doctor takes options only, not \"%s\".", argv[optind]);
    options->suites = argv + optind;
    options->suite_count = (size_t)(argc - optind);
    return check_report(options, message);
}
