/* Whether a suite was optimised: found in what compilers write, and in a recipe's flags. */
#define _GNU_SOURCE
#include "test_files.h"

#include "runner/debug_info.h"
#include "runner/needed_libraries.h"
#include "runner/optimisation.h"

#include <stdbool.h>

/* Small sources, compiled once in all the ways that the tests look at. */
static const char build_script[] =
    "set -e\n"
    "cd \"$1\"\n"
    "echo 'int subject(int x); int subject(int x) { return x + 1; }' >subject.c\n"
    "echo 'int subject(int x); int vb_main(int x); int main(int argc, char **argv)"
    " { (void)argv; return vb_main(subject(argc)); }' >suite.c\n"
    "echo 'int vb_main(int x); int vb_main(int x) { return x; }' >library.c\n"
    "printf '.text\\n.globl f\\nf: ret\\n' >assembler.S\n"
    "make_object() { output=$1; shift; \"$@\" -c -o $output.o; }\n"
    "make_object suite gcc -g -O2 suite.c\n"
    "make_object suite_O0 gcc -g suite.c\n"
    "make_object silent_suite gcc -g0 -O2 suite.c\n"
    "make_object library gcc -g -O0 library.c\n"
    "for level in O O0 O1 O2 O3 Os Og Oz Ofast; do make_object $level gcc -g -$level subject.c; "
    "done\n"
    "make_object none gcc -g subject.c\n"
    "make_object O0_then_O2 gcc -g -O0 -O2 subject.c\n"
    "make_object O2_then_O0 gcc -g -O2 -O0 subject.c\n"
    "make_object no_debug gcc -g0 -O0 subject.c\n"
    "make_object no_switches gcc -g -O0 -gno-record-gcc-switches subject.c\n"
    "for dwarf in 4 5; do\n"
    "  make_object dwarf${dwarf}_O2 gcc -g -O2 -gdwarf-$dwarf subject.c\n"
    "  make_object dwarf${dwarf}_O0 gcc -g -O0 -gdwarf-$dwarf subject.c\n"
    "  for kept in kept gone; do for level in O0 O2; do\n"
    "    make_object split${dwarf}_${level}_$kept gcc -$level -g -gdwarf-$dwarf -gsplit-dwarf "
    "subject.c\n"
    "  done; done\n"
    "done\n"
    "rm split?_*_gone.dwo\n"
    "make_object compressed_O0 gcc -g -gz -O0 subject.c\n"
    "make_object lto_O2 gcc -g -O2 -flto subject.c\n"
    "make_object lto_O0 gcc -g -O0 -flto subject.c\n"
    "make_object lto_suite gcc -g -O2 -flto suite.c\n"
    "gcc -g -O2 -flto lto_suite.o lto_O2.o library.o -o lto_program\n"
    "make_object clang_O2 clang -g -O2 subject.c\n"
    "make_object clang_O0 clang -g -O0 subject.c\n"
    "make_object clang_told_O2 clang -g -O2 -grecord-command-line subject.c\n"
    "make_object clang_told_none clang -g -grecord-command-line subject.c\n"
    "make_object clang_lto clang -g -O0 -flto subject.c\n"
    "make_object assembler gcc -g assembler.S\n"
    "make_object clang_assembler clang -g assembler.S\n"
    "make_object address gcc -g -O2 -fsanitize=address subject.c\n"
    "make_object coverage gcc -g -O2 --coverage subject.c\n"
    "make_object profile gcc -g -O2 -pg subject.c\n"
    "make_object functions gcc -g -O2 -finstrument-functions subject.c\n"
    "make_object undone gcc -g -O2 -finstrument-functions -fno-instrument-functions subject.c\n"
    "ar rc O2.a O2.o O3.o\n"
    "ar rc mixed.a O2.o suite_O0.o\n"
    "ar rc with_text.a O2.o subject.c\n"
    "ar rcT thin.a O0.o\n"
    "gcc -shared O0.o -o O0.so\n"
    "gcc suite.o O2.o library.o -o program\n"
    "gcc suite_O0.o O2.o library.o -o program_O0\n"
    "mkdir libraries\n"
    "for kind in O0 O2 benchmark stripped; do\n"
    "  case $kind in O2) options='-g -O2';; stripped) options='-s -O2';; benchmark) options=-O0;; "
    "*) options='-g -O0';; esac\n"
    "  gcc $options -shared -fPIC subject.c -o libraries/lib$kind.so\n"
    "  gcc suite.o library.o -Llibraries -l$kind -Wl,-rpath,'/none:$ORIGIN/libraries' "
    "-o needs_$kind\n"
    "done\n"
    "gcc suite.o library.o -Llibraries -lO0 -Wl,-rpath,'${ORIGIN}/libraries' "
    "-Wl,--disable-new-dtags -o needs_by_rpath\n"
    "gcc suite.o library.o -Llibraries -lO0 -Wl,-rpath,\"$PWD/libraries\" -o needs_by_path\n"
    "gcc suite.o library.o $PWD/libraries/libO0.so -o needs_whole_path\n"
    "gcc suite.o no_debug.o library.o -o program_half\n"
    "make_object silent_library gcc -g0 -O0 library.c\n"
    "gcc suite.o O2.o silent_library.o -o program_silent_library\n"
    "gcc -O2 -g suite.o clang_told_O2.o library.o -ffunction-sections -o program_two\n"
    "gcc -O2 -g suite.c -gsplit-dwarf subject.c library.o -o program_split\n"
    "echo 'namespace benchmark { int f(int x); int f(int x) { return x; } }' >google.cc\n"
    "make_object google g++ -g0 google.cc\n"
    "gcc suite.o O2.o library.o google.o -o program_google\n"
    "gcc suite.o clang_O2.o library.o -o program_clang\n"
    "gcc -s suite.o O2.o library.o -o stripped\n"
    "gcc suite_O0.o O2.o library.o -o linked\n"
    "objcopy --only-keep-debug linked linked.debug\n"
    "objcopy --strip-debug --add-gnu-debuglink=linked.debug linked\n"
    "echo 'no ELF' >text\n"
    ": >empty\n"
    "mkdir folder\n";

/* What is built, the recipe, and what must be found. */
typedef struct {
    const char *claim;
    const char *executable;
    const char *suite;   /* the recipe's suite_objects; NULL: no recipe */
    const char *subject; /* its subject_objects, separated by blanks */
    const char *shared;
    const char *needed; /* its needed_objects */
    const char *build_type;
    const char *flags;
    vb_optimisation state;
    const char *evidence;
} scenario;

#define YES     .state = VB_OPTIMISED_YES, .evidence
#define NO      .state = VB_OPTIMISED_NO, .evidence
#define UNKNOWN .state = VB_OPTIMISED_UNKNOWN, .evidence
/* A recipe of an optimised suite with this subject. */
#define OF(object) .suite = "suite.o", .subject = object

static const scenario scenarios[] = {
    {"a_lone_O_is_optimised", OF("O.o"), YES = "DWARF of 2 source files says -O2, -O"},
    {"O1_is_optimised", OF("O1.o"), YES = "DWARF of 2 source files says -O2, -O1"},
    {"O2_is_optimised", OF("O2.o"), YES = "DWARF of 2 source files says -O2"},
    {"O3_is_optimised", OF("O3.o"), YES = "-O3"},
    {"Os_is_optimised", OF("Os.o"), YES = "-Os"},
    {"Oz_is_optimised", OF("Oz.o"), YES = "-Oz"},
    {"Ofast_is_optimised", OF("Ofast.o"), YES = "-Ofast"},
    {"O0_is_not_optimised", OF("O0.o"), NO = "DWARF of subject.c says -O0"},
    {"Og_is_not_optimised", OF("Og.o"), NO = "DWARF of subject.c says -Og"},
    {"no_level_is_not_optimised", OF("none.o"), NO = "DWARF of subject.c says no -O flag"},
    {"the_last_level_counts_when_it_is_O2", OF("O0_then_O2.o"), YES = "-O2"},
    {"the_last_level_counts_when_it_is_O0", OF("O2_then_O0.o"), NO = "-O0"},
    {"one_file_of_several_that_is_not_optimised_is_named", OF("O2.o O0.o"),
     NO = "of subject.c says -O0"},
    {"an_unoptimised_suite_of_an_optimised_subject_is_named", .suite = "suite_O0.o",
     .subject = "O2.o", NO = "DWARF of suite.c says no -O flag"},
    {"a_suite_without_subject_is_judged_alone", .suite = "suite.o",
     YES = "DWARF of suite.c says -O2"},
    {"DWARF_4_is_read", OF("dwarf4_O2.o"), YES = "-O2"},
    {"DWARF_4_tells_O0", OF("dwarf4_O0.o"), NO = "-O0"},
    {"DWARF_5_is_read", OF("dwarf5_O2.o"), YES = "-O2"},
    {"DWARF_5_tells_O0", OF("dwarf5_O0.o"), NO = "-O0"},
    {"compressed_DWARF_is_read", OF("compressed_O0.o"), NO = "-O0"},
    {"split_DWARF_4_is_read", OF("split4_O2_kept.o"), YES = "2 source files says -O2"},
    {"split_DWARF_4_tells_O0", OF("split4_O0_kept.o"), NO = "of subject.c says -O0"},
    {"split_DWARF_5_is_read", OF("split5_O2_kept.o"), YES = "2 source files says -O2"},
    {"split_DWARF_5_tells_O0", OF("split5_O0_kept.o"), NO = "of subject.c says -O0"},
    {"split_DWARF_4_that_is_gone_says_nothing", OF("split4_O2_gone.o"),
     UNKNOWN = "split4_O2_gone.o"},
    {"split_DWARF_5_that_is_gone_says_nothing", OF("split5_O2_gone.o"),
     UNKNOWN = "split5_O2_gone.o"},
    {"flags_decide_where_split_DWARF_is_gone", OF("split5_O0_gone.o"), .flags = "-g -O0",
     NO = "CMake's flags of program say -O0"},
    {"objects_for_link_time_optimisation_are_read", OF("lto_O2.o"),
     YES = "2 source files says -O2"},
    {"objects_for_link_time_optimisation_tell_O0", OF("lto_O0.o"), NO = "of subject.c says -O0"},
    {"clang_says_nothing_of_its_own_accord", OF("clang_O2.o"),
     UNKNOWN = "neither its recipe nor DWARF says how subject.c was compiled"},
    {"flags_decide_for_clang_O2", OF("clang_O2.o"), .flags = "-g -O2",
     YES = "CMake's flags say -O2"},
    {"flags_decide_for_clang_O0", OF("clang_O0.o"), .flags = "-g", .build_type = "",
     NO = "CMake's flags of program say no -O flag"},
    {"clang_that_records_its_command_line_is_read", OF("clang_told_O2.o"),
     YES = "2 source files says -O2"},
    {"clang_that_records_no_level_is_not_optimised", OF("clang_told_none.o"),
     NO = "of subject.c says no -O flag"},
    {"bitcode_leaves_it_to_the_flags", OF("clang_lto.o"), .executable = "stripped", .flags = "-O0",
     NO = "CMake's flags of stripped say -O0"},
    {"gcc_without_recorded_switches_says_nothing", OF("no_switches.o"),
     UNKNOWN = "how subject.c was compiled"},
    {"an_assembler_file_does_not_count", OF("O2.o assembler.o"), YES = "2 source files says -O2"},
    {"an_assembler_file_of_clang_does_not_count", OF("O2.o clang_assembler.o"),
     YES = "2 source files"},
    {"an_address_sanitizer_is_no_optimised_build", OF("address.o"),
     NO = "of subject.c says -fsanitize=address"},
    {"coverage_is_no_optimised_build", OF("coverage.o"), NO = "of subject.c says -fprofile-arcs"},
    {"profiling_is_no_optimised_build", OF("profile.o"), NO = "of subject.c says -p"},
    {"instrumented_functions_are_no_optimised_build", OF("functions.o"),
     NO = "says -finstrument-functions"},
    {"instrumentation_that_is_undone_does_not_count", OF("undone.o"),
     YES = "2 source files says -O2"},
    {"all_members_of_an_archive_are_read", OF("O2.a"),
     YES = "DWARF of 3 source files says -O2, -O3"},
    {"one_unoptimised_member_of_an_archive_is_named", OF("mixed.a"),
     NO = "DWARF of suite.c says no -O flag"},
    {"a_shared_subject_is_read", OF(""), .shared = "O0.so", NO = "DWARF of subject.c says -O0"},
    {"what_a_subject_needs_is_read", OF("O2.o"), .needed = "O3.o O0.o",
     NO = "DWARF of subject.c says -O0"},
    {"what_a_subject_needs_may_say_nothing", OF("O2.o"), .needed = "no_debug.o",
     UNKNOWN = "no_debug.o"},

    /* where DWARF says nothing */
    {"no_debug_information_leaves_it_to_the_flags", .suite = "silent_suite.o",
     .subject = "no_debug.o", .flags = "-O2", YES = "CMake's flags say -O2"},
    {"the_last_flag_counts", OF("no_debug.o"), .flags = "-O2 -Og", NO = "say -Og"},
    {"a_flag_among_others_for_the_shell_is_found", OF("no_debug.o"), .flags = "SHELL:-O3 -DA",
     YES = "CMake's flags say -O3"},
    {"flags_may_stand_any_blanks_apart", OF("no_debug.o"), .flags = " -g\t-O2 SHELL: -Os\n",
     YES = "CMake's flags say -Os"},
    {"a_word_that_only_begins_like_a_level_is_none", OF("no_debug.o"), .flags = "-Option -O2x",
     NO = "no -O flag"},
    {"flags_without_a_level_are_not_optimised", OF("no_debug.o"), .flags = "-g",
     .build_type = "Release", NO = "CMake's flags of program say no -O flag"},
    {"no_flags_and_no_debug_information_are_unknown", OF("no_debug.o"),
     UNKNOWN = "neither its recipe nor DWARF says how no_debug.o was compiled"},
    {"DWARF_counts_more_than_the_flags", OF("O2.o"), .flags = "-O0", YES = "DWARF of 2"},
    {"unoptimised_DWARF_counts_more_than_the_flags", OF("O0.o"), .flags = "-O2", NO = "DWARF of"},

    /* what the recipe says however DWARF is */
    {"the_build_type_Debug_is_no_optimised_build", OF("O2.o"), .build_type = "Debug",
     .flags = "-O2", NO = "built with CMake's build type Debug"},
    {"build_types_have_no_case", OF("O2.o"), .build_type = "DEBUG", NO = "build type Debug"},
    {"a_sanitizer_among_the_flags_counts", OF("O2.o"), .flags = "-O2 -fsanitize=thread",
     NO = "CMake's flags of program say -fsanitize=thread"},
    {"a_sanitizer_that_is_undone_does_not", OF("O2.o"),
     .flags = "-fsanitize=thread -O2 -fno-sanitize=all", YES = "DWARF of 2 source files says -O2"},
    {"profile_use_is_no_instrumentation", OF("no_debug.o"), .flags = "-O2 -pipe -fprofile-use",
     YES = "CMake's flags say -O2"},

    /* without what the recipe names, or without a recipe */
    {"an_executable_speaks_for_objects_that_are_gone", .executable = "program_O0", OF("gone.o"),
     NO = "DWARF of suite.c says no -O flag"},
    {"an_executable_speaks_for_a_suite_object_that_is_gone", .suite = "gone.o", .subject = "O2.o",
     YES = "DWARF of 2 source files says -O2"},
    {"an_executable_speaks_for_a_thin_archive", .executable = "program_O0", OF("thin.a"),
     NO = "suite.c"},
    {"an_executable_speaks_for_what_is_no_object", OF("text"), YES = "DWARF of 2 source files"},
    {"an_executable_speaks_for_an_empty_file", OF("empty"), YES = "DWARF of 2 source files"},
    {"an_executable_speaks_for_a_folder", OF("folder"), YES = "DWARF of 2 source files"},
    {"an_executable_speaks_for_an_archive_with_other_files", .executable = "program_O0",
     OF("with_text.a"), NO = "DWARF of suite.c says no -O flag"},
    {"an_executable_without_recipe_is_read_without_libvbench",
     YES = "DWARF of 2 source files says -O2"},
    {"an_unoptimised_executable_without_recipe_is_found", .executable = "program_O0",
     NO = "DWARF of suite.c says no -O flag"},
    {"an_executable_of_link_time_optimisation_is_read", .executable = "lto_program",
     YES = "DWARF of 2 source files says -O2"},
    {"code_of_an_executable_that_no_DWARF_covers_makes_it_unknown", .executable = "program_half",
     UNKNOWN = "no recipe is beside it, and no DWARF says how the function subject was compiled"},
    {"code_that_no_DWARF_covers_is_left_to_the_flags", .executable = "program_half",
     .suite = "gone.o", .flags = "-O2", YES = "CMake's flags say -O2"},
    {"libvbench_needs_no_debug_information", .executable = "program_silent_library",
     YES = "DWARF of 2 source files says -O2"},
    {"Google_Benchmark_needs_no_debug_information", .executable = "program_google",
     YES = "DWARF of 2 source files says -O2"},
    {"an_executable_of_gcc_and_clang_is_covered", .executable = "program_two",
     YES = "DWARF of 2 source files says -O2"},
    {"split_DWARF_covers_an_executable", .executable = "program_split",
     YES = "DWARF of 2 source files says -O2"},
    {"an_optimised_library_beside_an_executable_is_read", .executable = "needs_O2",
     YES = "DWARF of 2 source files says -O2"},
    {"an_unoptimised_library_beside_an_executable_is_found", .executable = "needs_O0",
     NO = "DWARF of subject.c says -O0"},
    {"a_library_by_RPATH_is_found", .executable = "needs_by_rpath",
     NO = "DWARF of subject.c says -O0"},
    {"a_library_by_a_fixed_folder_is_found", .executable = "needs_by_path",
     NO = "DWARF of subject.c says -O0"},
    {"a_library_by_its_path_is_found", .executable = "needs_whole_path",
     NO = "DWARF of subject.c says -O0"},
    {"a_library_without_debug_information_makes_it_unknown", .executable = "needs_stripped",
     UNKNOWN = "no recipe is beside it, and no DWARF says how libstripped.so was compiled"},
    {"Google_Benchmarks_own_library_does_not_count", .executable = "needs_benchmark",
     YES = "DWARF of suite.c says -O2"},
    {"one_silent_file_of_an_executable_makes_it_unknown", .executable = "program_clang",
     UNKNOWN = "no recipe is beside it, and no DWARF says how subject.c was compiled"},
    {"a_stripped_executable_without_recipe_is_unknown", .executable = "stripped",
     UNKNOWN = "no recipe beside it and no debug information in it"},
    {"debug_information_in_another_file_is_not_looked_for", .executable = "linked",
     UNKNOWN = "no recipe beside it and no debug information in it"},
    {"an_executable_that_is_no_ELF_file_is_unknown", .executable = "text",
     UNKNOWN = "no recipe beside it and no debug information in it"},
};

static int build(void **state)
{
    char script[TEST_PATH_MAX];
    char command[2 * TEST_PATH_MAX];
    if (make_test_folder(state) != 0)
        return -1;
    write_text(in_test_folder("build.sh", script), build_script, 0755);
    snprintf(command, sizeof command, "sh %s %s", script, test_folder);
    return system(command);
}

/* Paths in the test folder from names that are separated by blanks. */
static json_t *paths_of(const char *names)
{
    json_t *paths = json_array();
    char copy[TEST_PATH_MAX];
    char path[TEST_PATH_MAX];
    char *rest = copy;
    snprintf(copy, sizeof copy, "%s", names ? names : "");
    for (char *name; (name = strsep(&rest, " "));) {
        if (*name)
            json_array_append_new(paths, json_string(in_test_folder(name, path)));
    }
    return paths;
}

static void set_text(json_t *recipe, const char *key, const char *text)
{
    if (text)
        json_object_set_new(recipe, key, json_string(text));
}

static vb_suite suite_named(const char *name, char path[TEST_PATH_MAX])
{
    vb_suite suite = {.name = (char *)name};
    in_test_folder(name, path);
    suite.path = path;
    return suite;
}

static void is_found(void **state)
{
    const scenario *given = *state;
    char path[TEST_PATH_MAX];
    vb_suite suite = suite_named(given->executable ? given->executable : "program", path);
    json_t *recipe = NULL;
    if (given->suite) {
        recipe = json_object();
        json_object_set_new(recipe, "suite_objects", paths_of(given->suite));
        json_object_set_new(recipe, "subject_objects", paths_of(given->subject));
        if (given->shared)
            json_object_set_new(recipe, "subject_shared", paths_of(given->shared));
        if (given->needed)
            json_object_set_new(recipe, "needed_objects", paths_of(given->needed));
        set_text(recipe, "build_type", given->build_type);
        set_text(recipe, "compiler_flags", given->flags);
    }
    vb_optimisation_find(&suite, recipe);
    json_decref(recipe);
    if (!strstr(suite.optimisation_evidence, given->evidence))
        fail_msg("the evidence is \"%s\"", suite.optimisation_evidence);
    assert_int_equal(suite.optimised, given->state);
}

/* ---- recipes ------------------------------------------------------------------------------- */

static vb_suite judge_recipe_text(const char *text)
{
    static char path[TEST_PATH_MAX];
    vb_suite suite = suite_named("stripped", path);
    json_t *recipe = json_loads(text, JSON_DECODE_ANY, NULL);
    assert_non_null(recipe);
    vb_optimisation_find(&suite, recipe);
    json_decref(recipe);
    return suite;
}

static void each_target_is_judged_by_its_own_flags(void **state)
{
    (void)state;
    vb_suite suite = judge_recipe_text("{\"compiler_flags\": \"-O0 -O2\", \"target_flags\": "
                                       "{\"core\": \"-O2 -O0\", \"suite\": \"-O2\"}}");
    assert_int_equal(suite.optimised, VB_OPTIMISED_NO);
    assert_string_equal(suite.optimisation_evidence, "CMake's flags of core say -O0");
}

static void all_targets_must_be_optimised(void **state)
{
    (void)state;
    vb_suite suite =
        judge_recipe_text("{\"target_flags\": {\"core\": \"-O2\", \"suite\": \"-O2\"}}");
    assert_int_equal(suite.optimised, VB_OPTIMISED_YES);
    assert_string_equal(suite.optimisation_evidence, "CMake's flags say -O2");
}

static void imported_target_whose_flags_nobody_knows_makes_it_unknown(void **state)
{
    (void)state;
    vb_suite suite = judge_recipe_text("{\"target_flags\": {\"core\": null, \"suite\": \"-O2\"}}");
    assert_int_equal(suite.optimised, VB_OPTIMISED_UNKNOWN);
}

static void recipe_of_other_kinds_of_values_is_unknown(void **state)
{
    static const char *const texts[] = {
        "{}",
        "[]",
        "7",
        "{\"suite_objects\": 7, \"subject_objects\": {}, \"build_type\": 1, \"compiler_flags\": "
        "[]}",
        "{\"suite_objects\": [7, null, []], \"target_flags\": {\"a\": 7}}",
        "{\"suite_objects\": [\"\"], \"target_flags\": []}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        vb_suite suite = judge_recipe_text(texts[i]);
        assert_int_equal(suite.optimised, VB_OPTIMISED_UNKNOWN);
        assert_true(suite.optimisation_evidence[0] != '\0');
    }
}

static void evidence_of_long_names_is_cut(void **state)
{
    char text[2000];
    char name[1001] = "";
    (void)state;
    memset(name, 'n', sizeof name - 1);
    snprintf(text, sizeof text, "{\"target_flags\": {\"%s\": \"-fsanitize=%.500s\"}}", name, name);
    vb_suite suite = judge_recipe_text(text);
    assert_int_equal(suite.optimised, VB_OPTIMISED_NO);
    assert_true(strlen(suite.optimisation_evidence) < VB_INFO_MAX - 1);
}

/* ---- notes --------------------------------------------------------------------------------- */

static void each_suite_that_is_not_known_to_be_optimised_has_one_note(void **state)
{
    vb_suite items[] = {
        {.name = "a", .optimised = VB_OPTIMISED_YES, .optimisation_evidence = "DWARF says so"},
        {.name = "b",
         .optimised = VB_OPTIMISED_NO,
         .optimisation_evidence = "CMake's flags say -O0"},
        {.name = "c", .optimisation_evidence = "nobody says"},
    };
    const vb_suite_list suites = {items, 3};
    char *text = NULL;
    size_t bytes;
    FILE *out = open_memstream(&text, &bytes);
    (void)state;
    assert_non_null(out);
    vb_optimisation_print_notes(out, &suites);
    fclose(out);
    assert_string_equal(text,
                        "warning: the suite b is not optimised (CMake's flags say -O0): its "
                        "times say nothing about a release build\n"
                        "warning: whether the suite c is optimised is unknown (nobody says)\n");
    free(text);
}

static void states_have_the_words_of_the_result(void **state)
{
    (void)state;
    assert_string_equal(vb_optimisation_text(VB_OPTIMISED_YES), "yes");
    assert_string_equal(vb_optimisation_text(VB_OPTIMISED_NO), "no");
    assert_string_equal(vb_optimisation_text(VB_OPTIMISED_UNKNOWN), "unknown");
}

/* ---- damaged files ------------------------------------------------------------------------- */

static void count_unit(const char *source, const char *producer, void *context)
{
    assert_non_null(source);
    assert_true(!producer || strlen(producer) < 100000);
    ++*(size_t *)context;
}

static void count_library(const char *path, void *context)
{
    assert_int_equal(path[0], '/');
    ++*(size_t *)context;
}

static size_t read_file(const char *name, char *bytes, size_t capacity)
{
    char path[TEST_PATH_MAX];
    FILE *file = fopen(in_test_folder(name, path), "rb");
    assert_non_null(file);
    size_t count = fread(bytes, 1, capacity, file);
    fclose(file);
    assert_true(count > 0 && count < capacity);
    return count;
}

static void visit_bytes(const char *bytes, size_t count)
{
    char path[TEST_PATH_MAX];
    size_t units = 0;
    FILE *file = fopen(in_test_folder("damaged", path), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, count, file), count);
    assert_int_equal(fclose(file), 0);
    vb_debug_info_visit(path, true, count_unit, &units);
    vb_needed_libraries_visit(path, count_library, &units);
}

static const char *const intact[] = {"O2.o",    "dwarf4_O2.o", "compressed_O0.o",  "lto_O2.o",
                                     "mixed.a", "program",     "split5_O2_kept.o", "needs_O2"};
static char original[1 << 16], damaged[1 << 16];

static void file_that_ends_anywhere_is_survived(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof intact / sizeof *intact; i++) {
        size_t count = read_file(intact[i], original, sizeof original);
        for (size_t end = 0; end < count; end += 1 + count / 67)
            visit_bytes(original, end);
    }
}

static void damaged_bytes_anywhere_are_survived(void **state)
{
    uint64_t random = 20261121;
    (void)state;
    for (size_t i = 0; i < sizeof intact / sizeof *intact; i++) {
        size_t count = read_file(intact[i], original, sizeof original);
        for (int round = 0; round < 100; round++) {
            memcpy(damaged, original, count);
            for (int k = 0; k < 1 + round % 20; k++) {
                random = random * 6364136223846793005U + 1442695040888963407U;
                damaged[(random >> 33) % count] = (char)(random >> 25);
            }
            visit_bytes(damaged, count);
        }
    }
}

int main(void)
{
    enum { SCENARIOS = sizeof scenarios / sizeof *scenarios, OTHERS = 9 };
    struct CMUnitTest tests[OTHERS + SCENARIOS] = {
        cmocka_unit_test(each_target_is_judged_by_its_own_flags),
        cmocka_unit_test(all_targets_must_be_optimised),
        cmocka_unit_test(imported_target_whose_flags_nobody_knows_makes_it_unknown),
        cmocka_unit_test(recipe_of_other_kinds_of_values_is_unknown),
        cmocka_unit_test(evidence_of_long_names_is_cut),
        cmocka_unit_test(each_suite_that_is_not_known_to_be_optimised_has_one_note),
        cmocka_unit_test(states_have_the_words_of_the_result),
        cmocka_unit_test(file_that_ends_anywhere_is_survived),
        cmocka_unit_test(damaged_bytes_anywhere_are_survived),
    };
    for (size_t i = 0; i < SCENARIOS; i++)
        tests[OTHERS + i] =
            (struct CMUnitTest){scenarios[i].claim, is_found, NULL, NULL, (void *)&scenarios[i]};
    return cmocka_run_group_tests_name("optimisation", tests, build, remove_test_folder);
}
