/* What vbench_add_variant wrote, read back. */
#define _GNU_SOURCE
#include "test_files.h"

#include "runner/json.h"
#include "runner/variant.h"

static vb_texts objects;
static char *of;
static vb_message message;

static int find(const char *name, const char *text)
{
    char folder[TEST_PATH_MAX], path[TEST_PATH_MAX];
    in_test_folder("", folder);
    if (text)
        write_text(in_test_folder("packed.variant.json", path), text, 0644);
    return vb_variant_find(folder, name, &objects, &of, &message);
}

static int forget(void **state)
{
    (void)state;
    vb_texts_free(&objects);
    free(of);
    of = NULL;
    return 0;
}

static void a_variant_has_objects_and_what_it_stands_in_for(void **state)
{
    (void)state;
    assert_int_equal(find("packed", "{\"variant_version\": 1, \"name\": \"packed\", \"of\": "
                                    "\"core\", \"objects\": [\"/a.o\", \"/b.o\"]}"),
                     1);
    assert_string_equal(of, "core");
    assert_int_equal(objects.count, 2);
    assert_string_equal(objects.items[0], "/a.o");
    assert_string_equal(objects.items[1], "/b.o");
}

static void what_has_no_such_file_is_no_variant(void **state)
{
    (void)state;
    assert_int_equal(find("another", NULL), 0);
    assert_null(of);
}

static void a_path_is_no_variant(void **state)
{
    (void)state;
    assert_int_equal(find("./packed", "{}"), 0);
}

static void assert_refused(const char *text, const char *words)
{
    assert_int_equal(find("packed", text), -1);
    assert_non_null(strstr(message.text, words));
    assert_non_null(strstr(message.text, "/packed.variant.json"));
    assert_int_equal(objects.count, 0);
    assert_null(of);
}

static void one_of_a_newer_vbench_is_refused(void **state)
{
    (void)state;
    assert_refused("{\"variant_version\": 2, \"of\": \"core\", \"objects\": [\"/a.o\"]}",
                   "it has version 2, and this one reads 1");
}

static void one_that_is_no_json_is_refused(void **state)
{
    (void)state;
    assert_refused("{", "cannot be read");
}

static void one_without_objects_is_refused(void **state)
{
    (void)state;
    assert_refused("{\"variant_version\": 1, \"of\": \"core\", \"objects\": []}",
                   "names no objects");
}

static void one_that_stands_in_for_nothing_is_refused(void **state)
{
    (void)state;
    assert_refused("{\"variant_version\": 1, \"objects\": [\"/a.o\"]}", "stands in for");
}

static void one_that_is_no_object_is_refused(void **state)
{
    (void)state;
    assert_refused("[1]", "stands in for");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_variant_has_objects_and_what_it_stands_in_for, forget),
        cmocka_unit_test_teardown(what_has_no_such_file_is_no_variant, forget),
        cmocka_unit_test_teardown(a_path_is_no_variant, forget),
        cmocka_unit_test_teardown(one_of_a_newer_vbench_is_refused, forget),
        cmocka_unit_test_teardown(one_that_is_no_json_is_refused, forget),
        cmocka_unit_test_teardown(one_without_objects_is_refused, forget),
        cmocka_unit_test_teardown(one_that_stands_in_for_nothing_is_refused, forget),
        cmocka_unit_test_teardown(one_that_is_no_object_is_refused, forget),
    };
    vb_json_watch();
    return cmocka_run_group_tests_name("variant", tests, make_test_folder, remove_test_folder);
}
