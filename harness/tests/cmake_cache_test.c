/* What a build folder was configured with, and the script that says it again. */
#define _GNU_SOURCE
#include "test_files.h"

#include "runner/cmake_cache.h"

static vb_cmake_cache cache;
static char *script;
static vb_message message;

static void read_text(const char *text)
{
    char path[TEST_PATH_MAX];
    write_text(in_test_folder("CMakeCache.txt", path), text, 0644);
    assert_int_equal(vb_cmake_cache_read(test_folder, &cache, &message), 0);
}

/* The script of a cache that has these lines, too. */
static const char *script_of(const char *lines)
{
    char text[2048];
    snprintf(text, sizeof text,
             "CMAKE_HOME_DIRECTORY:INTERNAL=/src\nCMAKE_CACHEFILE_DIR:INTERNAL=/src/build\n%s",
             lines);
    read_text(text);
    script = vb_cmake_cache_script(&cache, "/old");
    assert_non_null(script);
    return script;
}

static int forget(void **state)
{
    (void)state;
    vb_cmake_cache_free(&cache);
    free(script);
    script = NULL;
    return 0;
}

static void assert_set(const char *line, const char *name, const char *value, const char *type)
{
    char expected[512];
    snprintf(expected, sizeof expected,
             "set([======[%s]======] [======[%s]======] CACHE %s \"\")\n", name, value, type);
    assert_string_equal(script_of(line), expected);
}

static void entries_have_values(void **state)
{
    (void)state;
    read_text("# This is the CMakeCache file.\n//Help: with=signs\nA:STRING=b=c:d\n\nEMPTY:BOOL=\n"
              "\"odd:name\":PATH=/x\n");
    assert_int_equal(cache.names.count, 3);
    assert_string_equal(vb_cmake_cache_value(&cache, "A"), "b=c:d");
    assert_string_equal(vb_cmake_cache_value(&cache, "odd:name"), "/x");
    assert_null(vb_cmake_cache_value(&cache, "EMPTY"));
    assert_null(vb_cmake_cache_value(&cache, "MISSING"));
}

static void a_missing_file_is_told(void **state)
{
    (void)state;
    assert_int_equal(vb_cmake_cache_read("/no/such/folder", &cache, &message), -1);
    assert_non_null(strstr(message.text, "/no/such/folder/CMakeCache.txt"));
}

static void what_was_set_is_set_again(void **state)
{
    (void)state;
    assert_set("CMAKE_C_FLAGS:STRING=-O2 -DX=\"a;b\" $ENV{Y}\n", "CMAKE_C_FLAGS",
               "-O2 -DX=\"a;b\" $ENV{Y}", "STRING");
}

static void blanks_at_the_ends_are_kept(void **state)
{
    (void)state;
    assert_set("FLAGS:STRING=' -O2 '\n", "FLAGS", " -O2 ", "STRING");
}

static void an_empty_value_is_set(void **state)
{
    (void)state;
    assert_set("CMAKE_C_FLAGS:STRING=\n", "CMAKE_C_FLAGS", "", "STRING");
}

static void what_has_no_type_is_a_text(void **state)
{
    (void)state;
    assert_set("OPTION:UNINITIALIZED=ON\n", "OPTION", "ON", "STRING");
}

static void what_cmake_found_out_itself_is_not_set(void **state)
{
    (void)state;
    assert_string_equal(script_of("A:INTERNAL=1\nB:STATIC=2\n"), "");
}

static void what_was_not_found_is_looked_for_again(void **state)
{
    (void)state;
    assert_string_equal(script_of("A_DIR:PATH=A_DIR-NOTFOUND\n"), "");
}

static void what_was_made_in_the_build_folder_is_not_set(void **state)
{
    (void)state;
    assert_string_equal(script_of("A:PATH=/src/build/_deps\nB:PATH=/src/build\n"
                                  "C:STRING=-I/usr/include;-I/src/build/include\n"),
                        "");
}

static void what_lies_in_the_sources_is_that_of_the_other_sources(void **state)
{
    (void)state;
    assert_set("A:STRING=-I/src/a -I/src/b;/src\n", "A", "-I/old/a -I/old/b;/old", "STRING");
}

static void a_folder_with_a_longer_name_is_another(void **state)
{
    (void)state;
    assert_set("A:PATH=/srcs/x;/src/builds\n", "A", "/srcs/x;/old/builds", "PATH");
}

static void a_folder_of_this_name_elsewhere_is_another(void **state)
{
    (void)state;
    assert_set("A:STRING=/home/src/x -I/home/src\n", "A", "/home/src/x -I/home/src", "STRING");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(entries_have_values, forget),
        cmocka_unit_test_teardown(a_missing_file_is_told, forget),
        cmocka_unit_test_teardown(what_was_set_is_set_again, forget),
        cmocka_unit_test_teardown(blanks_at_the_ends_are_kept, forget),
        cmocka_unit_test_teardown(an_empty_value_is_set, forget),
        cmocka_unit_test_teardown(what_has_no_type_is_a_text, forget),
        cmocka_unit_test_teardown(what_cmake_found_out_itself_is_not_set, forget),
        cmocka_unit_test_teardown(what_was_not_found_is_looked_for_again, forget),
        cmocka_unit_test_teardown(what_was_made_in_the_build_folder_is_not_set, forget),
        cmocka_unit_test_teardown(what_lies_in_the_sources_is_that_of_the_other_sources, forget),
        cmocka_unit_test_teardown(a_folder_with_a_longer_name_is_another, forget),
        cmocka_unit_test_teardown(a_folder_of_this_name_elsewhere_is_another, forget),
    };
    return cmocka_run_group_tests_name("cmake_cache", tests, make_test_folder, remove_test_folder);
}
