/* Link recipes as they are read, and the texts and digests that they are made of. */
#define _GNU_SOURCE
#include "test_files.h"

#include "runner/digest.h"
#include "runner/json.h"
#include "runner/recipe.h"
#include "runner/texts.h"

#include <errno.h>

static vb_recipe recipe;
static vb_message message;
static char path[TEST_PATH_MAX];

static int forget(void **state)
{
    (void)state;
    vb_recipe_free(&recipe);
    return 0;
}

static int read_recipe(const char *text)
{
    write_text(in_test_folder("suite.link.json", path), text, 0644);
    return vb_recipe_read(path, &recipe, &message);
}

static void assert_texts(const vb_texts *texts, const char *const *expected, size_t count)
{
    assert_int_equal(texts->count, count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(texts->items[i], expected[i]);
}

#define assert_words(texts, ...)                                                                   \
    do {                                                                                           \
        static const char *const expected_[] = {__VA_ARGS__};                                      \
        assert_texts(&(texts), expected_, sizeof expected_ / sizeof *expected_);                   \
    } while (0)

#define BEGIN "{\"recipe_version\": 1, \"suite\": \"s\", \"linker\": \"/usr/bin/cc\", "
#define END   "\"suite_objects\": [\"/o/s.o\"], \"harness\": \"/o/libvbench.a\"}"

static void a_recipe_says_how_a_suite_is_linked(void **state)
{
    (void)state;
    assert_int_equal(read_recipe(BEGIN "\"linker_flags\": \"-O2  -pie\", \"subject\": \"core\", "
                                       "\"build_folder\": \"/b\", \"layout_reason\": null, "
                                       "\"subject_objects\": [\"/o/a.o\", \"/o/b.a\"], "
                                       "\"libraries\": [\"-lm\", \"/l/libx.so\"], " END),
                     0);
    assert_string_equal(recipe.suite, "s");
    assert_string_equal(recipe.subject, "core");
    assert_string_equal(recipe.build_folder, "/b");
    assert_string_equal(recipe.harness, "/o/libvbench.a");
    assert_null(recipe.fixed_layout);
    assert_words(recipe.link, "/usr/bin/cc", "-O2", "-pie");
    assert_words(recipe.suite_objects, "/o/s.o");
    assert_words(recipe.subject_objects, "/o/a.o", "/o/b.a");
    assert_words(recipe.libraries, "-lm", "/l/libx.so");
}

static void flags_are_split_as_a_shell_would_and_nothing_is_expanded(void **state)
{
    (void)state;
    assert_int_equal(read_recipe(BEGIN
                                 "\"linker_flags\": \" -DA='a b' \\\"-L x\\\"y \\\\\\\\ "
                                 "-DB=\\\\\\\"q\\\\\\\" '' $HOME `x` 'it'\\\\''s'\\t-z\\n\", " END),
                     0);
    assert_words(recipe.link, "/usr/bin/cc", "-DA=a b", "-L xy", "\\", "-DB=\"q\"", "", "$HOME",
                 "`x`", "it's", "-z");
}

static void relative_paths_begin_at_the_recipe(void **state)
{
    (void)state;
    char expected[2 * TEST_PATH_MAX];
    assert_int_equal(
        read_recipe("{\"recipe_version\": 1, \"suite\": \"s\", \"linker\": \"cc\", "
                    "\"suite_objects\": [\".objects/1/s.o\"], \"harness\": \"../libvbench.a\", "
                    "\"libraries\": [\"-lm\", \"l.so\"]}"),
        0);
    snprintf(expected, sizeof expected, "%s/.objects/1/s.o", test_folder);
    assert_string_equal(recipe.suite_objects.items[0], expected);
    assert_string_equal(
        json_string_value(json_array_get(json_object_get(recipe.document, "suite_objects"), 0)),
        expected);
    snprintf(expected, sizeof expected, "%s/../libvbench.a", test_folder);
    assert_string_equal(recipe.harness, expected);
    snprintf(expected, sizeof expected, "%s/l.so", test_folder);
    assert_string_equal(recipe.libraries.items[1], expected);
    assert_string_equal(recipe.libraries.items[0], "-lm");
    assert_string_equal(recipe.link.items[0], "cc"); /* a program is looked up in PATH */
}

static void code_that_cannot_be_placed_has_the_reason(void **state)
{
    (void)state;
    assert_int_equal(read_recipe(BEGIN "\"layout_reason\": \"It is so.\", " END), 0);
    assert_string_equal(recipe.fixed_layout, "It is so.");
}

static void a_recipe_that_lacks_a_part_cannot_place_code(void **state)
{
    (void)state;
    static const char *const partial[] = {
        "{}",
        "[]",
        "{\"suite\": 3, \"suite_objects\": {}, \"libraries\": 1}",
        "{\"linker\": \"cc\", \"harness\": \"/h.a\", \"suite_objects\": []}",
        "{\"linker\": \"cc\", \"suite_objects\": [\"/a.o\"]}",
        "{\"harness\": \"/h.a\", \"suite_objects\": [\"/a.o\"]}"};
    for (size_t i = 0; i < sizeof partial / sizeof *partial; i++) {
        assert_int_equal(read_recipe(partial[i]), 0);
        assert_string_equal(recipe.fixed_layout,
                            "The recipe does not say how the suite is linked.");
        assert_string_equal(recipe.subject, "");
        vb_recipe_free(&recipe);
    }
}

static void a_newer_recipe_is_refused_with_its_name(void **state)
{
    (void)state;
    assert_int_equal(read_recipe("{\"recipe_version\": 2}"), -1);
    assert_non_null(strstr(message.text, path));
    assert_non_null(strstr(message.text, "was made by a newer vbench: it has version 2"));
}

static void what_is_no_json_is_refused_with_its_name_and_line(void **state)
{
    (void)state;
    static const char *const garbage[] = {"", "{", "\177ELF", "{}{}", "{\"a\": \"\xff\"}"};
    for (size_t i = 0; i < sizeof garbage / sizeof *garbage; i++) {
        assert_int_equal(read_recipe(garbage[i]), -1);
        assert_non_null(strstr(message.text, path));
    }
    assert_int_equal(vb_recipe_read("/missing.link.json", &recipe, &message), -1);
    assert_non_null(strstr(message.text, "/missing.link.json"));
}

static void texts_grow_and_end_in_null(void **state)
{
    (void)state;
    vb_texts texts = {0}, more = {0};
    for (int i = 0; i < 100; i++) {
        assert_int_equal(vb_texts_add(&texts, "%d", i), 0);
        assert_null(texts.items[texts.count]);
    }
    assert_int_equal(vb_texts_add_all(&more, &texts), 0);
    assert_int_equal(vb_texts_add_all(&more, &(vb_texts){0}), 0);
    vb_texts_free(&texts);
    assert_int_equal(more.count, 100);
    assert_string_equal(more.items[99], "99");
    assert_null(more.items[100]);
    vb_texts_free(&more);
    vb_texts_free(&more);
    vb_texts_free(NULL);
}

static void a_digest_is_sha_256_in_lower_case(void **state)
{
    (void)state;
    char text[VB_DIGEST_TEXT];
    write_text(in_test_folder("abc", path), "abc", 0644);
    assert_int_equal(vb_digest_of_file(path, text), 0);
    assert_string_equal(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_int_equal(vb_digest_of_file("/missing", text), -ENOENT);
    assert_int_equal(vb_digest_of_file(test_folder, text), -EISDIR);
}

static void digest_two_texts(const char *first, const char *second, char text[VB_DIGEST_TEXT])
{
    vb_digest digest;
    vb_digest_begin(&digest);
    vb_digest_text(&digest, first);
    vb_digest_text(&digest, second);
    vb_digest_end(&digest, text);
}

static void texts_in_a_digest_are_told_apart_by_their_ends(void **state)
{
    (void)state;
    char a[VB_DIGEST_TEXT], b[VB_DIGEST_TEXT];
    digest_two_texts("ab", "c", a);
    digest_two_texts("a", "bc", b);
    assert_string_not_equal(a, b);
}

#define test(claim) cmocka_unit_test_teardown(claim, forget)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_recipe_says_how_a_suite_is_linked),
        test(flags_are_split_as_a_shell_would_and_nothing_is_expanded),
        test(relative_paths_begin_at_the_recipe),
        test(code_that_cannot_be_placed_has_the_reason),
        test(a_recipe_that_lacks_a_part_cannot_place_code),
        test(a_newer_recipe_is_refused_with_its_name),
        test(what_is_no_json_is_refused_with_its_name_and_line),
        cmocka_unit_test(texts_grow_and_end_in_null),
        cmocka_unit_test(a_digest_is_sha_256_in_lower_case),
        cmocka_unit_test(texts_in_a_digest_are_told_apart_by_their_ends),
    };
    vb_json_watch();
    return cmocka_run_group_tests_name("recipe", tests, make_test_folder, remove_test_folder);
}
