#include "runner/options.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/change.h"
#include "runner/layouts.h"

enum { DOCTOR_BUDGET_S = 20, PROCESSES_MAX = 10000, LAYOUTS_MAX = 1024, MAX_BUDGETS = 4 };

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

static const struct {
    struct option option;
    int commands;
    const char *value;
    const char *help;
} known[] = {
    {{"filter", required_argument, NULL, OPTION_FILTER},
     LIST | MEASURE,
     "RE",
     "only benchmarks whose name matches this POSIX extended regular expression"},
    {{"budget", required_argument, NULL, OPTION_BUDGET},
     MEASURE | DOCTOR,
     "S",
     "seconds of measuring for each benchmark (default 2), of both sides together; doctor: of its "
     "noise test (default 20)"},
    {{"processes", required_argument, NULL, OPTION_PROCESSES},
     MEASURE,
     "N",
     "worker processes of each benchmark (default 9; save: at least 9); side by side the budget "
     "says how many"},
    {{"seed", required_argument, NULL, OPTION_SEED},
     MEASURE,
     "N",
     "of the order in which processes run (default: from the clock; recorded)"},
    {{"time-limit", required_argument, NULL, OPTION_TIME_LIMIT},
     LIST | MEASURE,
     "S",
     "a worker silent for so long hangs (default 10; long blocks get 20 times their length)"},
    {{"json", required_argument, NULL, OPTION_JSON},
     RUN | COMPARE | DOCTOR,
     "FILE",
     "write the result there; - is standard output, and the table goes to standard error"},
    {{"out", required_argument, NULL, OPTION_OUT},
     MEASURE | REPORT,
     "DIR",
     "write the report there: DIR/index.html (report: default reports)"},
    {{"markdown", required_argument, NULL, OPTION_MARKDOWN},
     RUN | COMPARE | REPORT,
     "FILE",
     "write a summary there, for a pull request; - is standard output, and the table goes to "
     "standard error"},
    {{"junit", required_argument, NULL, OPTION_JUNIT},
     RUN | COMPARE | REPORT,
     "FILE",
     "write JUnit XML there, a test case a benchmark, for a CI system"},
    {{"baselines", required_argument, NULL, OPTION_BASELINES},
     SAVE | COMPARE,
     "DIR",
     "the folder of baselines (default baselines)"},
    {{"host-name", no_argument, NULL, OPTION_HOST_NAME},
     MEASURE,
     NULL,
     "record this machine's name in the result"},
    {{"allow-debug", no_argument, NULL, OPTION_ALLOW_DEBUG},
     SAVE,
     NULL,
     "save also what was compiled without optimisation; the result is marked"},
    {{"no-pin", no_argument, NULL, OPTION_NO_PIN},
     MEASURE,
     NULL,
     "leave the workers' threads to the scheduler instead of pinning each to a CPU"},
    {{"allocations", no_argument, NULL, OPTION_ALLOCATIONS},
     MEASURE,
     NULL,
     "count what an iteration allocates, in one more process of each benchmark"},
    {{"rev", required_argument, NULL, OPTION_REVISION},
     COMPARE,
     "REV",
     "the old side is this git revision, built as today's suites were"},
    {{"suite", required_argument, NULL, OPTION_SUITE},
     COMPARE,
     "WHICH",
     "own: each side runs its own benchmarks (default); new: the old subject in the new ones"},
    {{"layouts", required_argument, NULL, OPTION_LAYOUTS},
     COMPARE,
     "N",
     "link each suite N times with its code placed elsewhere, a multiple of 4 (default 32, and 128 "
     "for budgets of 4 s and more or what 32 leave open; 0: as it is)"},
    {{"cache", required_argument, NULL, OPTION_CACHE},
     COMPARE | DOCTOR,
     "DIR",
     "where links and old revisions are kept (default ~/.cache/vbench)"},
    {{"all", no_argument, NULL, OPTION_ALL}, COMPARE, NULL, "print every row, not only changes"},
    {{"max-budget", required_argument, NULL, OPTION_MAX_BUDGET},
     COMPARE,
     "S",
     "seconds for a benchmark that is undecided at its budget (default: four budgets)"},
    {{"time-cap", required_argument, NULL, OPTION_TIME_CAP},
     COMPARE,
     "S",
     "end measuring after so many seconds by the clock, and judge what there is; linking and the "
     "report are not counted"},
    {{"level", required_argument, NULL, OPTION_LEVEL},
     COMPARE,
     "PCT",
     "how often a run of unchanged code may say that any of it has changed (default 1)"},
    {{"min-effect", required_argument, NULL, OPTION_MIN_EFFECT},
     COMPARE,
     "PCT",
     "a smaller change is no regression or improvement, however sure (default 0.25)"},
    {{"tolerance", required_argument, NULL, OPTION_TOLERANCE},
     COMPARE,
     "PCT",
     "what counts as equivalent, where the benchmark does not say (default 1)"},
    {{"fail-above", required_argument, NULL, OPTION_FAIL_ABOVE},
     COMPARE,
     "PCT",
     "a regression counts for the exit code only if it is surely larger than this (default 0)"},
    {{"fail-on", required_argument, NULL, OPTION_FAIL_ON},
     COMPARE,
     "WHAT",
     "exit code 1 also for: inconclusive"},
    {{"no-noise", no_argument, NULL, OPTION_NO_NOISE},
     DOCTOR,
     NULL,
     "only look, without the noise test"},
    {{"help", no_argument, NULL, OPTION_HELP}, ALL, NULL, "print this"},
    {{"version", no_argument, NULL, OPTION_VERSION}, ALL, NULL, "print the version"},
};
enum { KNOWN_COUNT = sizeof known / sizeof *known };

static const struct {
    const char *name;
    vb_command command;
    int bit;
    const char *arguments;
    const char *help;
} commands[] = {
    {"list", VB_COMMAND_LIST, LIST, "[SUITE...]", "print the benchmarks' names, one a line"},
    {"run", VB_COMMAND_RUN, RUN, "[SUITE...]", "measure, and print a table"},
    {"save", VB_COMMAND_SAVE, SAVE, "NAME [SUITE...]",
     "measure, and keep the result as a baseline"},
    {"compare", VB_COMMAND_COMPARE, COMPARE, "[OLD [NEW...]]",
     "measure old and new side by side, and judge what has changed"},
    {"report", VB_COMMAND_REPORT, REPORT, "FILE", "make the HTML report of a result"},
    {"doctor", VB_COMMAND_DOCTOR, DOCTOR, "",
     "say what on this machine disturbs measurements, and how to mend it"},
};
enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

void vb_options_help(const char *command)
{
    int bits = ALL;
    if (!command) {
        printf("vbench measures C code: how long it takes, and how sure that is.\n\n"
               "usage: vbench COMMAND [OPTION...]\n\n");
        for (int i = 0; i < COMMAND_COUNT; i++)
            printf("  %-7s %-16s %s\n", commands[i].name, commands[i].arguments, commands[i].help);
        printf(
            "\nA SUITE is an executable made with VB_MAIN; without any, vbench takes those that\n"
            "have a recipe (NAME.link.json) beside vbench itself. OLD and NEW are a baseline's "
            "name, a\n"
            "result file, a suite, a folder of suites, an archive, or the name of a variant; "
            "without\n"
            "OLD the baseline that was measured last, without NEW the suites beside vbench.\n\n"
            "options:\n");
    } else {
        for (int i = 0; i < COMMAND_COUNT; i++) {
            if (strcmp(commands[i].name, command) == 0) {
                bits = commands[i].bit;
                printf("usage: vbench %s %s%s[OPTION...]\n\n%s\n\noptions:\n", command,
                       commands[i].arguments, commands[i].arguments[0] ? " " : "",
                       commands[i].help);
            }
        }
    }
    for (int i = 0; i < KNOWN_COUNT; i++) {
        char left[64];
        if (!(known[i].commands & bits))
            continue;
        snprintf(left, sizeof left, "--%s%s%s", known[i].option.name, known[i].value ? " " : "",
                 known[i].value ? known[i].value : "");
        printf("  %-16s %s\n", left, known[i].help);
    }
    printf(
        "\nexit codes: 0 done, no regression; 1 a regression (--fail-above), a p99 limit exceeded, "
        "or what --fail-on names; 2 bad usage, bad input, or a benchmark that failed\n");
}

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

static int take_option(int index, const char *value, vb_options *options, vb_message *message)
{
    const char *name = known[index].option.name;
    uint64_t count = 0;
    switch (known[index].option.val) {
    case OPTION_FILTER:
        options->filter = value;
        return 0;
    case OPTION_BUDGET:
        return take_seconds(name, value, &options->budget_s, message);
    case OPTION_PROCESSES:
        if (take_count(name, value, PROCESSES_MAX, &count, message) != 0)
            return -1;
        if (count == 0)
            return vb_say(message, "--processes takes at least 1.");
        options->processes = (int)count;
        return 0;
    case OPTION_SEED:
        options->seed_given = true;
        /* JSON's integers are signed. */
        return take_count(name, value, INT64_MAX, &options->seed, message);
    case OPTION_TIME_LIMIT:
        return take_seconds(name, value, &options->time_limit_s, message);
    case OPTION_JSON:
        return take_path(name, value, &options->json, message);
    case OPTION_OUT:
        return take_path(name, value, &options->out, message);
    case OPTION_MARKDOWN:
        return take_path(name, value, &options->markdown, message);
    case OPTION_JUNIT:
        return take_path(name, value, &options->junit, message);
    case OPTION_BASELINES:
        return take_path(name, value, &options->baselines, message);
    case OPTION_HOST_NAME:
        options->host_name = true;
        return 0;
    case OPTION_ALLOW_DEBUG:
        options->allow_debug = true;
        return 0;
    case OPTION_NO_PIN:
        options->pin = false;
        return 0;
    case OPTION_ALLOCATIONS:
        options->allocations = true;
        return 0;
    case OPTION_REVISION:
        return take_path(name, value, &options->revision, message);
    case OPTION_SUITE:
        options->suite_new = strcmp(value, "new") == 0;
        if (!options->suite_new && strcmp(value, "own") != 0)
            return vb_say(message, "--suite takes own or new, not \"%s\".", value);
        return 0;
    case OPTION_LAYOUTS:
        if (take_count(name, value, LAYOUTS_MAX, &count, message) != 0)
            return -1;
        if (count % VB_LAYOUT_CYCLE != 0)
            return vb_say(message, "--layouts takes a multiple of %d, not %llu.", VB_LAYOUT_CYCLE,
                          (unsigned long long)count);
        options->layouts = (size_t)count;
        options->layouts_given = true;
        return 0;
    case OPTION_CACHE:
        return take_path(name, value, &options->cache, message);
    case OPTION_ALL:
        options->all = true;
        return 0;
    case OPTION_MAX_BUDGET:
        return take_seconds(name, value, &options->max_budget_s, message);
    case OPTION_TIME_CAP:
        return take_seconds(name, value, &options->time_cap_s, message);
    case OPTION_LEVEL:
        return take_percent(name, value, 1e-6, 50, &options->level, message);
    case OPTION_MIN_EFFECT:
        return take_percent(name, value, 0, 1000, &options->min_effect, message);
    case OPTION_TOLERANCE:
        return take_percent(name, value, 1e-6, 1000, &options->tolerance, message);
    case OPTION_FAIL_ABOVE:
        return take_percent(name, value, 0, 100000, &options->fail_above, message);
    case OPTION_FAIL_ON:
        options->fail_on_inconclusive = strcmp(value, "inconclusive") == 0;
        if (!options->fail_on_inconclusive)
            return vb_say(message, "--fail-on takes inconclusive, not \"%s\".", value);
        return 0;
    case OPTION_NO_NOISE:
        options->noise = false;
        return 0;
    case OPTION_HELP:
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
    struct option list[KNOWN_COUNT + 1];
    int filled = 0;
    memset(list, 0, sizeof list);
    for (int i = 0; i < KNOWN_COUNT; i++) {
        if (known[i].commands & commands[command].bit)
            list[filled++] = known[i].option;
    }
    opterr = 0;
    optind = 0; /* glibc: begin anew, whatever was parsed before */
    int found;
    while ((found = getopt_long(argc, argv, ":", list, NULL)) != -1) {
        const char *word = argv[optind - 1];
        if (found == ':')
            return vb_say(message, "%s needs a value; see `vbench %s --help`.", word,
                          commands[command].name);
        if (found == '?' && optopt > UCHAR_MAX) /* the value of a long option that exists */
            return vb_say(message,
                          "\"%s\" gives a value to an option that takes none; see `vbench %s "
                          "--help`.",
                          word, commands[command].name);
        if (found == '?' && optopt != 0) /* one letter, perhaps of several in a word */
            return vb_say(message, "vbench %s has no option \"-%c\"; see `vbench %s --help`.",
                          commands[command].name, optopt, commands[command].name);
        if (found == '?')
            return vb_say(message, "vbench %s has no option \"%s\"; see `vbench %s --help`.",
                          commands[command].name, word, commands[command].name);
        for (int i = 0; i < KNOWN_COUNT; i++) {
            if (known[i].option.val == found && take_option(i, optarg, options, message) != 0)
                return -1;
        }
        if (options->command == VB_COMMAND_HELP || options->command == VB_COMMAND_VERSION) {
            options->help_for = commands[command].name;
            return 0;
        }
    }
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
    while (command < COMMAND_COUNT && strcmp(argv[1], commands[command].name) != 0)
        command++;
    if (command == COMMAND_COUNT)
        return vb_say(
            message,
            "there is no command \"%s\", only list, run, save, compare, report and doctor; "
            "see `vbench --help`.",
            argv[1]);
    options->command = commands[command].command;
    if (options->command == VB_COMMAND_DOCTOR)
        options->budget_s = DOCTOR_BUDGET_S;

    argc--;
    argv++;
    if (take_options(argc, argv, command, options, message) != 0)
        return -1;
    if (options->command == VB_COMMAND_HELP || options->command == VB_COMMAND_VERSION)
        return 0;

    bool wants_target =
        options->command == VB_COMMAND_SAVE || options->command == VB_COMMAND_REPORT;
    if (wants_target && optind == argc)
        return vb_say(message, "%s needs %s; see `vbench %s --help`.", commands[command].name,
                      options->command == VB_COMMAND_SAVE ? "a name for the baseline"
                                                          : "a result file",
                      commands[command].name);
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
    return 0;
}
