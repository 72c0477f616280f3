#define _GNU_SOURCE
#include "runner/optimisation.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/text.h"
#include "runner/debug_info.h"
#include "runner/needed_libraries.h"
#include "runner/process.h"
#include "runner/shortfall.h"

enum { WORD_SHOWN_MAX = 60 }; /* bytes of an option or a name in the evidence */

/* What one compiler's options come to, and the option that decides. */
typedef struct {
    vb_optimisation state;
    bool instrumented;
    char option[WORD_SHOWN_MAX];
} verdict;

/* What the units of all files say. */
typedef struct {
    vb_suite *suite; /* gets the first fault */
    size_t optimised;
    size_t silent;
    char levels[WORD_SHOWN_MAX]; /* each that occurs, followed by ", " */
    char source[WORD_SHOWN_MAX]; /* of the last optimised one */
    char silent_source[WORD_SHOWN_MAX];
} survey;

static void decide(vb_suite *suite, vb_optimisation state, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void decide(vb_suite *suite, vb_optimisation state, const char *format, ...)
{
    vb_message evidence;
    va_list arguments;
    va_start(arguments, format);
    vb_say_list(&evidence, format, arguments);
    va_end(arguments);
    snprintf(suite->optimisation_evidence, sizeof suite->optimisation_evidence, "%.*s",
             VB_INFO_MAX - 1, evidence.text);
    vb_drop_cut_character(suite->optimisation_evidence);
    suite->optimised = state;
}

/* ---- options ------------------------------------------------------------------------------- */

static const char blanks[] = " \t\n";

/* The next word of a line of options; its length, 0 at the end. CMake's "SHELL:" is no part. */
static size_t next_word(const char **text)
{
    static const char shell[] = "SHELL:";
    *text += strspn(*text, blanks);
    if (strncmp(*text, shell, strlen(shell)) == 0) {
        *text += strlen(shell);
        *text += strspn(*text, blanks);
    }
    return strcspn(*text, blanks);
}

static bool is_word(const char *word, size_t bytes, const char *expected)
{
    return bytes == strlen(expected) && memcmp(word, expected, bytes) == 0;
}

static bool begins(const char *word, size_t bytes, const char *prefix)
{
    return bytes >= strlen(prefix) && memcmp(word, prefix, strlen(prefix)) == 0;
}

/* -O, -O and a number, -Os, -Oz, -Og, -Ofast. */
static bool is_level(const char *word, size_t bytes)
{
    if (is_word(word, bytes, "-O") || is_word(word, bytes, "-Os") || is_word(word, bytes, "-Oz") ||
        is_word(word, bytes, "-Og") || is_word(word, bytes, "-Ofast"))
        return true;
    if (!begins(word, bytes, "-O"))
        return false;
    for (size_t i = 2; i < bytes; i++) {
        if (!isdigit((unsigned char)word[i]))
            return false;
    }
    return true;
}

static bool is_instrumentation(const char *word, size_t bytes)
{
    static const char *const whole[] = {"--coverage", "-coverage", "-fprofile-arcs", "-p", "-pg"};
    static const char *const beginnings[] = {"-fsanitize=", "-finstrument-functions",
                                             "-fprofile-generate", "-fprofile-instr-generate"};
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
        if (is_word(word, bytes, whole[i]))
            return true;
    }
    for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++) {
        if (begins(word, bytes, beginnings[i]))
            return true;
    }
    return false;
}

/* Whether a later -fno-X undoes this -fX. */
static bool is_undone(const char *word, size_t bytes, const char *rest)
{
    for (size_t count; (count = next_word(&rest)) > 0; rest += count) {
        if (begins(word, bytes, "-fsanitize=") && is_word(rest, count, "-fno-sanitize=all"))
            return true;
        if (begins(rest, count, "-fno-") && count == bytes + 3 && bytes > 2 &&
            memcmp(rest + 5, word + 2, bytes - 2) == 0)
            return true;
    }
    return false;
}

static void keep(char text[WORD_SHOWN_MAX], const char *word, size_t bytes)
{
    bytes = bytes < WORD_SHOWN_MAX ? bytes : WORD_SHOWN_MAX - 1;
    memcpy(text, word, bytes);
    text[bytes] = '\0';
}

/* The last -O counts, and none is -O0. */
static verdict judge_options(const char *options)
{
    verdict result = {VB_OPTIMISED_NO, false, "no -O flag"};
    for (size_t bytes; (bytes = next_word(&options)) > 0; options += bytes) {
        bool slow = is_word(options, bytes, "-O0") || is_word(options, bytes, "-Og");
        result.instrumented =
            is_instrumentation(options, bytes) && !is_undone(options, bytes, options + bytes);
        if (is_level(options, bytes))
            result.state = slow ? VB_OPTIMISED_NO : VB_OPTIMISED_YES;
        if (is_level(options, bytes) || result.instrumented)
            keep(result.option, options, bytes);
        if (result.instrumented) {
            result.state = VB_OPTIMISED_NO;
            break;
        }
    }
    return result;
}

/* ---- DWARF --------------------------------------------------------------------------------- */

/* Where a producer's options begin; NULL: it has none. gcc records them ("GNU C17 12.2.0
 * -mtune=generic -g -O2"), clang with -grecord-command-line ("clang version 14.0.6
 * /usr/bin/clang -O2 -g"). What others write is not known. */
static const char *options_of(const char *producer)
{
    if (!producer || (strncmp(producer, "GNU ", 4) != 0 && !strstr(producer, "clang version ")))
        return NULL;
    const char *options = strstr(producer, " -");
    return options ? options + 1 : NULL;
}

static void survey_unit(const char *source, const char *producer, void *context)
{
    survey *found = context;
    const char *options = options_of(producer);
    if (!options) {
        found->silent++;
        keep(found->silent_source, source, strlen(source));
        return;
    }
    verdict unit = judge_options(options);
    if (unit.state == VB_OPTIMISED_YES) {
        char word[WORD_SHOWN_MAX + 2];
        size_t length = strlen(found->levels);
        snprintf(word, sizeof word, "%s, ", unit.option);
        if (!strstr(found->levels, word) && length + strlen(word) < sizeof found->levels)
            strcpy(found->levels + length, word);
        keep(found->source, source, strlen(source));
        found->optimised++;
    } else if (found->suite->optimised != VB_OPTIMISED_NO) {
        decide(found->suite, VB_OPTIMISED_NO, "DWARF of %.60s says %s", source, unit.option);
    }
}

/* The files of one key of the recipe: an array, or one text. False if one cannot be read. */
static bool survey_files(const json_t *files, survey *found)
{
    bool readable = true;
    size_t count = json_is_array(files) ? json_array_size(files) : json_is_string(files) ? 1 : 0;
    for (size_t i = 0; i < count; i++) {
        const char *path =
            json_string_value(json_is_array(files) ? json_array_get(files, i) : files);
        readable = path && vb_debug_info_visit(path, false, survey_unit, found) == 0 && readable;
    }
    return readable;
}

/* Of an executable, or of a shared library that comes with it. */
static void survey_linked(const char *path, void *context)
{
    survey *found = context;
    if (vb_debug_info_visit(path, true, survey_unit, found) != 0)
        found->silent++;
}

/* Of what the recipe lists. Where there is no recipe, or what it lists is gone, of the whole
 * executable and the shared libraries that come with it. */
static void survey_suite(const json_t *recipe, survey *found)
{
    static const char *const keys[] = {"suite_objects", "subject_objects", "subject_shared",
                                       "needed_objects"};
    bool readable = json_array_size(json_object_get(recipe, keys[0])) > 0;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        readable = survey_files(json_object_get(recipe, keys[i]), found) && readable;
    if (readable || found->suite->optimised == VB_OPTIMISED_NO)
        return;
    *found = (survey){.suite = found->suite};
    survey_linked(found->suite->path, found);
    vb_needed_libraries_visit(found->suite->path, survey_linked, found);
}

/* ---- CMake --------------------------------------------------------------------------------- */

/* Decides by the flags of each target, or by the older "compiler_flags" of all in one; not at all
 * where one target's are unknown. */
static void judge_recipe(const json_t *recipe, bool only_instrumentation, vb_suite *suite)
{
    json_t *flags = json_incref(json_object_get(recipe, "target_flags"));
    const char *name;
    json_t *options;
    bool all_known = true;
    char level[WORD_SHOWN_MAX] = "";
    if (!json_is_object(flags)) {
        json_decref(flags);
        flags = json_pack("{s:O}", suite->name, json_object_get(recipe, "compiler_flags"));
    }
    json_object_foreach(flags, name, options)
    {
        verdict target;
        if (!json_is_string(options)) {
            all_known = false;
            continue;
        }
        target = judge_options(json_string_value(options));
        if (target.state == VB_OPTIMISED_YES) {
            strcpy(level, target.option);
        } else if (target.instrumented || !only_instrumentation) {
            decide(suite, VB_OPTIMISED_NO, "CMake's flags of %.60s say %s", name, target.option);
            break;
        }
    }
    if (suite->optimised != VB_OPTIMISED_NO && !only_instrumentation && all_known && level[0])
        decide(suite, VB_OPTIMISED_YES, "CMake's flags say %s", level);
    json_decref(flags);
}

static void find_here(vb_suite *suite, const json_t *recipe)
{
    survey found = {.suite = suite};
    const char *build_type = json_string_value(json_object_get(recipe, "build_type"));
    suite->optimised = VB_OPTIMISED_UNKNOWN;
    if (build_type && strcasecmp(build_type, "Debug") == 0) {
        decide(suite, VB_OPTIMISED_NO, "built with CMake's build type Debug");
        return;
    }
    survey_suite(recipe, &found);
    if (suite->optimised == VB_OPTIMISED_NO)
        return;

    size_t levels_end = strlen(found.levels);
    if (levels_end > 0)
        found.levels[levels_end - strlen(", ")] = '\0';
    bool all_say = found.optimised > 0 && found.silent == 0;
    judge_recipe(recipe, all_say, suite);
    if (suite->optimised != VB_OPTIMISED_UNKNOWN)
        return;
    if (all_say && found.optimised == 1)
        decide(suite, VB_OPTIMISED_YES, "DWARF of %s says %s", found.source, found.levels);
    else if (all_say)
        decide(suite, VB_OPTIMISED_YES, "DWARF of %zu source files says %s", found.optimised,
               found.levels);
    else if (!found.silent_source[0] || strcmp(found.silent_source, suite->name) == 0)
        decide(suite, VB_OPTIMISED_UNKNOWN, "%s and no debug information in it",
               recipe ? "no flags in its recipe" : "no recipe beside it");
    else
        decide(suite, VB_OPTIMISED_UNKNOWN, "%s says how %s was compiled",
               recipe ? "neither its recipe nor DWARF" : "no recipe is beside it, and no DWARF",
               found.silent_source);
}

const char *vb_optimisation_text(vb_optimisation state)
{
    return state == VB_OPTIMISED_YES ? "yes" : state == VB_OPTIMISED_NO ? "no" : "unknown";
}

void vb_optimisation_print_notes(FILE *out, const vb_suite_list *suites)
{
    for (size_t i = 0; i < suites->count; i++) {
        const vb_suite *suite = &suites->items[i];
        if (suite->optimised == VB_OPTIMISED_NO)
            fprintf(out,
                    "warning: the suite %s is not optimised (%s): its times say nothing about a "
                    "release build\n",
                    suite->name, suite->optimisation_evidence);
        else if (suite->optimised == VB_OPTIMISED_UNKNOWN)
            fprintf(out, "warning: whether the suite %s is optimised is unknown (%s)\n",
                    suite->name, suite->optimisation_evidence);
    }
}

/* What the child found, as it goes through the pipe. */
typedef struct {
    vb_optimisation state;
    char evidence[VB_INFO_MAX];
} finding;

static bool read_finding(int fd, finding *found)
{
    size_t filled = 0;
    ssize_t got = 1;
    while (filled < sizeof *found && got != 0) {
        got = read(fd, (char *)found + filled, sizeof *found - filled);
        if (got < 0 && errno != EINTR)
            return false;
        filled += got > 0 ? (size_t)got : 0;
    }
    return filled == sizeof *found;
}

/*
 * In a child, because libdw (0.188) may crash where it finds no memory, and then takes nobody
 * along.
 */
void vb_optimisation_find(vb_suite *suite, const json_t *recipe)
{
    int ends[2];
    finding found;
    decide(suite, VB_OPTIMISED_UNKNOWN, "its debug information could not be read");
    if (pipe2(ends, O_CLOEXEC) != 0) {
        vb_shortfall_note(errno);
        return;
    }
    pid_t parent = getpid();
    pid_t child = fork();
    if (child == 0) {
        vb_process_become_helper(parent);
        find_here(suite, recipe);
        found.state = suite->optimised;
        memcpy(found.evidence, suite->optimisation_evidence, sizeof found.evidence);
        ssize_t written = write(ends[1], &found, sizeof found); /* less than a pipe holds */
        _exit(written == (ssize_t)sizeof found ? 0 : 2);
    }
    int error = errno;
    close(ends[1]);
    bool whole = child > 0 && read_finding(ends[0], &found);
    close(ends[0]);
    if (child < 0)
        vb_shortfall_note(error);
    int status = child > 0 ? vb_process_wait(child) : -1;
    if (whole) {
        suite->optimised = found.state;
        memcpy(suite->optimisation_evidence, found.evidence, sizeof found.evidence);
    } else if (child > 0 && WIFEXITED(status)) {
        vb_shortfall_note(ENOMEM);
    }
}
