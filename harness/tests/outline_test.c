/* The text of a result without its samples. */
#include "test_cmocka.h"

#include "runner/outline.h"

#include <stdio.h>
#include <string.h>

static void assert_outline(const char *text, const char *expected)
{
    char bytes[256];
    snprintf(bytes, sizeof bytes, "%s", text);
    size_t left = vb_outline(bytes, strlen(bytes));
    bytes[left] = '\0';
    assert_string_equal(bytes, expected);
}

static void two_numbers_of_an_array_are_left(void **state)
{
    (void)state;
    assert_outline("{\"a\":[1,2,3,4],\"b\":5}", "{\"a\":[1,2],\"b\":5}");
    assert_outline("[ 1.5 , -2e3 ,\n 3 ]", "[ 1.5 , -2e3 ]");
    assert_outline("[1,2]", "[1,2]");
    assert_outline("[7]", "[7]");
    assert_outline("[]", "[]");
}

static void arrays_of_something_else_stay(void **state)
{
    (void)state;
    assert_outline("[1,2,\"3\"]", "[1,2,\"3\"]");
    assert_outline("[[1,2],[3,4],[5,6,7]]", "[[1,2],[3,4],[5,6]]");
    assert_outline("[1,2,null,4]", "[1,2,null,4]");
    assert_outline("[1,2,3,{}]", "[1,2,3,{}]");
}

static void texts_stay(void **state)
{
    (void)state;
    assert_outline("[\"[1,2,3]\"]", "[\"[1,2,3]\"]");
    assert_outline("[\"a\\\"[1,2,3]\",[1,2,3]]", "[\"a\\\"[1,2,3]\",[1,2]]");
    assert_outline("\"\\\\\"[1,2,3]", "\"\\\\\"[1,2]");
}

static void what_is_no_json_stays(void **state)
{
    (void)state;
    assert_outline("[1,2,3", "[1,2,3");
    assert_outline("\"\\", "\"\\");
    assert_outline("", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_numbers_of_an_array_are_left),
        cmocka_unit_test(arrays_of_something_else_stay),
        cmocka_unit_test(texts_stay),
        cmocka_unit_test(what_is_no_json_stays),
    };
    return cmocka_run_group_tests_name("outline", tests, NULL, NULL);
}
