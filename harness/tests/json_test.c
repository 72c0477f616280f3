/* Remembering what jansson could not allocate, and text that may not be UTF-8. */
#include "test_cmocka.h"

#include "runner/json.h"
#include "runner/shortfall.h"
#include "test_memory.h"

#include <string.h>

static void failed_allocation_is_remembered_until_the_next_watch(void **state)
{
    (void)state;
    vb_json_watch();
    json_decref(json_pack("{s:i}", "a", 1));
    assert_false(vb_shortfall());
    fail_allocation_after(0);
    assert_null(json_object());
    assert_true(allocation_has_failed());
    assert_true(vb_shortfall());
    json_decref(json_object()); /* memory is back, but what is lost is lost */
    assert_true(vb_shortfall());
    vb_json_watch();
    assert_false(vb_shortfall());
}

static void key_that_is_dropped_is_remembered(void **state)
{
    (void)state;
    vb_json_watch();
    json_t *object = json_object(), *value = json_integer(1);
    fail_allocation_after(0);
    json_object_set_new(object, "a", value);
    assert_true(allocation_has_failed());
    assert_int_equal(json_object_size(object), 0);
    assert_true(vb_shortfall());
    json_decref(object);
    vb_json_watch();
}

static void text_becomes_utf8(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t count;
        const char *text;
    } expected[] = {
        {"push/64", 7, "push/64"},
        {"push/64", 4, "push"},
        {"push/64", 0, ""},
        {"\xC3\xA4\xE2\x82\xAC", 5, "\xC3\xA4\xE2\x82\xAC"},
        {"\xC3\xA4", 1, "?"}, /* cut in two */
        {"a\xC3\xA4 b\xFF", 6, "a\xC3\xA4 b?"},
        {"\xED\xA0\x80", 3, "???"}, /* a surrogate */
        {"tab\t", 4, "tab\t"},
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        json_t *string = vb_json_text(expected[i].bytes, expected[i].count);
        assert_string_equal(json_string_value(string), expected[i].text);
        json_decref(string);
    }
}

static void text_without_memory_is_remembered(void **state)
{
    (void)state;
    static const char *const texts[] = {"plain", "torn \xC3"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        bool failed = true;
        for (long allowed = 0; failed; allowed++) {
            vb_json_watch();
            fail_allocation_after(allowed);
            json_t *string = vb_json_text(texts[i], strlen(texts[i]));
            failed = allocation_has_failed();
            assert_int_equal(vb_shortfall() != 0, failed);
            assert_true(string || failed);
            json_decref(string);
        }
    }
    vb_json_watch();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failed_allocation_is_remembered_until_the_next_watch),
        cmocka_unit_test(key_that_is_dropped_is_remembered),
        cmocka_unit_test(text_becomes_utf8),
        cmocka_unit_test(text_without_memory_is_remembered),
    };
    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
