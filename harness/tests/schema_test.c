/* The check of a document against a schema: every keyword, every sentence. */
#include "test_cmocka.h"

#include "common/text.h"
#include "runner/schema.h"

#include <stdio.h>
#include <string.h>

extern const char vb_result_schema[];

static json_t *parse(const char *text)
{
    json_error_t error;
    json_t *value = json_loads(text, JSON_DECODE_ANY, &error);
    if (!value)
        fail_msg("%s is not JSON: %s", text, error.text);
    return value;
}

/* What the check says; "" if all is well. */
static const char *check(const char *schema_text, const char *document_text, vb_message *message)
{
    json_t *schema = parse(schema_text), *document = parse(document_text);
    message->text[0] = '\0';
    int status = vb_schema_check(schema, document, message);
    assert_int_equal(status, message->text[0] == '\0' ? 0 : -1);
    json_decref(schema);
    json_decref(document);
    return message->text;
}

typedef struct {
    const char *schema;
    const char *document;
    const char *sentence; /* "": it fits */
} example;

static void check_examples(const example *examples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        vb_message message;
        const char *said = check(examples[i].schema, examples[i].document, &message);
        if (strcmp(said, examples[i].sentence) != 0)
            fail_msg("%s against %s: said \"%s\", not \"%s\"", examples[i].document,
                     examples[i].schema, said, examples[i].sentence);
    }
}

#define CHECK_EXAMPLES(examples) check_examples(examples, sizeof(examples) / sizeof *(examples))

static void type_is_checked_and_named(void **state)
{
    (void)state;
    static const example examples[] = {
        {"{\"type\":\"object\"}", "{}", ""},
        {"{\"type\":\"object\"}", "[]", "the whole file is an array, but must be an object."},
        {"{\"type\":\"array\"}", "[]", ""},
        {"{\"type\":\"array\"}", "\"\"", "the whole file is a string, but must be an array."},
        {"{\"type\":\"string\"}", "\"\"", ""},
        {"{\"type\":\"string\"}", "1", "the whole file is a number, but must be a string."},
        {"{\"type\":\"boolean\"}", "true", ""},
        {"{\"type\":\"boolean\"}", "false", ""},
        {"{\"type\":\"boolean\"}", "0", "the whole file is a number, but must be true or false."},
        {"{\"type\":\"null\"}", "null", ""},
        {"{\"type\":\"null\"}", "false", "the whole file is true or false, but must be null."},
        {"{\"type\":\"number\"}", "1", ""},
        {"{\"type\":\"number\"}", "1.5", ""},
        {"{\"type\":\"number\"}", "null", "the whole file is null, but must be a number."},
        {"{\"type\":\"integer\"}", "\"1\"",
         "the whole file is a string, but must be a whole number."},
        {"{\"type\":[\"string\",\"null\"]}", "null", ""},
        {"{\"type\":[\"string\",\"null\"]}", "\"a\"", ""},
        {"{\"type\":[\"string\",\"null\"]}", "{}",
         "the whole file is an object, but must be a string or null."},
        {"{}", "[1, null]", ""},
    };
    CHECK_EXAMPLES(examples);
}

static void whole_numbers_may_be_written_with_a_point(void **state)
{
    (void)state;
    static const example examples[] = {
        {"{\"type\":\"integer\"}", "2.0", ""},
        {"{\"type\":\"integer\"}", "-0.0", ""},
        {"{\"type\":\"integer\"}", "1e300", ""},
        {"{\"type\":\"integer\"}", "9223372036854775807", ""},
        {"{\"type\":\"integer\"}", "2.5",
         "the whole file is a number, but must be a whole number."},
        {"{\"const\":1}", "1.0", ""},
        {"{\"enum\":[1, 2]}", "2.0", ""},
        {"{\"const\":1}", "true", "the whole file is true, but must be 1."},
        {"{\"const\":true}", "1", "the whole file is 1, but must be true."},
    };
    CHECK_EXAMPLES(examples);
}

static void limits_hold_on_both_sides(void **state)
{
    (void)state;
    static const example examples[] = {
        {"{\"minimum\":0}", "0", ""},
        {"{\"minimum\":0}", "-0.0", ""},
        {"{\"minimum\":0}", "-1", "the whole file is -1, but must be at least 0."},
        {"{\"minimum\":0}", "-9223372036854775807",
         "the whole file is -9.223372037e+18, but must be at least 0."},
        {"{\"maximum\":2.5}", "2.5", ""},
        {"{\"maximum\":2.5}", "2.6", "the whole file is 2.6, but must be at most 2.5."},
        {"{\"exclusiveMinimum\":0}", "4.9e-324", ""},
        {"{\"exclusiveMinimum\":0}", "0", "the whole file is 0, but must be more than 0."},
        {"{\"exclusiveMaximum\":1}", "0.5", ""},
        {"{\"exclusiveMaximum\":1}", "1.0", "the whole file is 1, but must be less than 1."},
        {"{\"minimum\":0, \"maximum\":1}", "2", "the whole file is 2, but must be at most 1."},
        {"{\"minimum\":0}", "\"-1\"", ""}, /* limits are about numbers, types are type's */
        {"{\"minimum\":0}", "null", ""},
    };
    CHECK_EXAMPLES(examples);
}

static void consts_and_enums_name_what_they_must_be(void **state)
{
    (void)state;
    static const example examples[] = {
        {"{\"const\":\"ns\"}", "\"ns\"", ""},
        {"{\"const\":\"ns\"}", "\"us\"", "the whole file is \"us\", but must be \"ns\"."},
        {"{\"const\":{\"a\":[1]}}", "{\"a\":[1]}", ""},
        {"{\"enum\":[\"sum\",\"mean\"]}", "\"mean\"", ""},
        {"{\"enum\":[\"sum\",\"mean\"]}", "3",
         "the whole file is 3, but must be one of \"sum\", \"mean\"."},
        /* a long value is told by its kind */
        {"{\"const\":1}",
         "\"0123456789012345678901234567890123456789012345678901234567890123456789012345678\"",
         "the whole file is a string, but must be 1."},
        {"{\"const\":1}",
         "\"01234567890123456789012345678901234567890123456789012345678901234567890123456\"",
         "the whole file is "
         "\"01234567890123456789012345678901234567890123456789012345678901234567890123456\", but "
         "must be 1."},
    };
    CHECK_EXAMPLES(examples);
}

static void texts_have_a_length_and_a_pattern(void **state)
{
    (void)state;
    static const example examples[] = {
        {"{\"minLength\":1}", "\"a\"", ""},
        {"{\"minLength\":1}", "\"\"", "the whole file is too short."},
        {"{\"minLength\":1}", "[]", ""},
        {"{\"pattern\":\"^[0-9]+$\"}", "\"12\"", ""},
        {"{\"pattern\":\"^[0-9]+$\"}", "\"1a\"",
         "the whole file is \"1a\", which is not written as it must be."},
        {"{\"pattern\":\"^[0-9]+$\"}", "\"12\\n\"",
         "the whole file is \"12\\n\", which is not written as it must be."},
        {"{\"pattern\":\"b\"}", "\"abc\"", ""}, /* anywhere, if it is not anchored */
        {"{\"pattern\":\"^[0-9]+$\"}", "12", ""},
    };
    CHECK_EXAMPLES(examples);
}

static void objects_have_what_is_required_and_no_wrong_member(void **state)
{
    (void)state;
    static const char schema[] = "{\"required\":[\"a\",\"b\"],"
                                 "\"properties\":{\"a\":{\"type\":\"string\"}},"
                                 "\"additionalProperties\":{\"type\":\"integer\"}}";
    static const example examples[] = {
        {schema, "{\"a\":\"\",\"b\":1,\"c\":2}", ""},
        {schema, "{\"a\":\"\"}", "`b` is missing."},
        {schema, "{\"a\":null,\"b\":1}", "`a` is null, but must be a string."},
        {schema, "{\"a\":\"\",\"b\":\"\"}", "`b` is a string, but must be a whole number."},
        {schema, "[]", ""},
        {"{\"required\":[\"a\"]}", "{\"a\":null}", ""}, /* there, whatever it is */
        {"{\"properties\":{\"a\":{\"type\":\"string\"}}}", "{\"x\":1}", ""},
        {"{\"properties\":{\"a\":{\"properties\":{\"b\":{\"required\":[\"c\"]}}}}}",
         "{\"a\":{\"b\":{}}}", "`a.b.c` is missing."},
    };
    CHECK_EXAMPLES(examples);
}

static void arrays_have_a_length_and_items(void **state)
{
    (void)state;
    static const example examples[] = {
        {"{\"minItems\":2,\"maxItems\":2}", "[1,2]", ""},
        {"{\"minItems\":2}", "[1]", "the whole file is too short."},
        {"{\"maxItems\":2}", "[1,2,3]", "the whole file is too long."},
        {"{\"maxItems\":2}", "\"abc\"", ""},
        {"{\"items\":{\"type\":\"integer\"}}", "[1,2]", ""},
        {"{\"items\":{\"type\":\"integer\"}}", "[]", ""},
        {"{\"items\":{\"type\":\"integer\"}}", "[1,\"2\"]",
         "`[1]` is a string, but must be a whole number."},
        {"{\"properties\":{\"a\":{\"items\":{\"items\":{\"type\":\"null\"}}}}}",
         "{\"a\":[[],[null,3]]}", "`a[1][1]` is a number, but must be null."},
        {"{\"items\":{\"required\":[\"x\"]}}", "[{}]", "`[0].x` is missing."},
    };
    CHECK_EXAMPLES(examples);
}

static void all_parts_must_fit(void **state)
{
    (void)state;
    static const char schema[] =
        "{\"allOf\":[{\"minimum\":1},{\"maximum\":3}],\"type\":\"integer\"}";
    static const example examples[] = {
        {schema, "2", ""},
        {schema, "0", "the whole file is 0, but must be at least 1."},
        {schema, "4", "the whole file is 4, but must be at most 3."},
        {schema, "2.5", "the whole file is a number, but must be a whole number."},
    };
    CHECK_EXAMPLES(examples);
}

static void references_lead_to_definitions(void **state)
{
    (void)state;
#define DEFINITIONS                                                                                \
    "\"definitions\":{\"count\":{\"type\":\"integer\"},\"alias\":{\"$ref\":\"#/definitions/"       \
    "count\"}}"
    static const example examples[] = {
        {"{\"$ref\":\"#/definitions/count\"," DEFINITIONS "}", "1", ""},
        {"{\"$ref\":\"#/definitions/alias\"," DEFINITIONS "}", "\"1\"",
         "the whole file is a string, but must be a whole number."},
        {"{\"properties\":{\"n\":{\"$ref\":\"#/definitions/count\"}}," DEFINITIONS "}",
         "{\"n\":null}", "`n` is null, but must be a whole number."},
        /* a schema that is wrong must not let everything pass */
        {"{\"$ref\":\"#/definitions/none\"," DEFINITIONS "}", "1",
         "The schema has no #/definitions/none."},
        {"{\"$ref\":\"elsewhere.json\"}", "1", "The schema has no elsewhere.json."},
        {"{\"items\":{\"$ref\":\"#/definitions/none\"}}", "[1]",
         "The schema has no #/definitions/none."},
    };
    CHECK_EXAMPLES(examples);
}

static void sentence_is_that_of_the_kind_which_the_value_says_to_be(void **state)
{
    (void)state;
    /* as benchmarks are: measured or failed, told apart by status */
    static const char schema[] =
        "{\"oneOf\":[{\"$ref\":\"#/definitions/measured\"},{\"$ref\":\"#/definitions/failed\"}],"
        "\"definitions\":{"
        "\"identity\":{\"type\":\"object\",\"required\":[\"name\",\"status\"]},"
        "\"measured\":{\"allOf\":[{\"$ref\":\"#/definitions/identity\"}],"
        "\"required\":[\"time\"],\"properties\":{\"status\":{\"const\":\"ok\"}}},"
        "\"failed\":{\"allOf\":[{\"$ref\":\"#/definitions/identity\"}],"
        "\"required\":[\"error\"],\"properties\":{\"status\":{\"const\":\"error\"},"
        "\"error\":{\"minLength\":1}}}}}";
    static const example examples[] = {
        {schema, "{\"name\":\"\",\"status\":\"ok\",\"time\":1}", ""},
        {schema, "{\"name\":\"\",\"status\":\"error\",\"error\":\"hung\"}", ""},
        {schema, "{\"name\":\"\",\"status\":\"ok\"}", "`time` is missing."},
        {schema, "{\"name\":\"\",\"status\":\"error\"}", "`error` is missing."},
        {schema, "{\"name\":\"\",\"status\":\"error\",\"error\":\"\"}", "`error` is too short."},
        {schema, "{\"name\":\"\",\"time\":1}", "`status` is missing."},
        {schema, "{\"name\":\"\",\"status\":\"fine\"}",
         "the whole file is of an unknown kind: its status is \"fine\"."},
        {schema, "[]", "the whole file is an array, but must be an object."},
        {"{\"items\":{\"oneOf\":[{\"minimum\":0},{\"maximum\":9}]}}", "[10,5]",
         "`[1]` is of two kinds at once."},
    };
    CHECK_EXAMPLES(examples);
}

static void deep_paths_are_cut_between_characters(void **state)
{
    (void)state;
    /* 60 steps of 24 bytes each, which is more than the path holds, of characters of two to four
     * bytes; the first step shifts the rest, so that the limit falls on each place of one. */
    enum { DEPTH = 60, SHIFTS = 24 };
    static const char step[] = "\xC3\xA4\xE2\x82\xAC\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80"
                               "\xC3\xA4\xE2\x82\xAC\xC3\xA4\xC3\xA4";
    for (int shift = 1; shift <= SHIFTS; shift++) {
        char first[SHIFTS + 1] = "";
        memset(first, 'x', (size_t)shift);
        json_t *schema = parse("{\"type\":\"string\"}"), *document = json_integer(1);
        for (int i = 0; i < DEPTH; i++) {
            schema = json_pack("{s:o}", "additionalProperties", schema);
            document = json_pack("{s:o}", i < DEPTH - 1 ? step : first, document);
        }
        vb_message message;
        assert_int_equal(vb_schema_check(schema, document, &message), -1);
        assert_true(vb_is_utf8(message.text));
        assert_non_null(strstr(message.text, "` is a number, but must be a string."));
        assert_in_range(strlen(message.text), 400, 600);
        json_decref(schema);
        json_decref(document);
    }
}

static void long_names_are_cut_and_control_characters_blank(void **state)
{
    (void)state;
    char name[2000], sentence[200];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    vb_message message;
    json_t *schema = parse("{\"additionalProperties\":{\"type\":\"null\"}}");
    json_t *document = json_pack("{s:i}", name, 1);
    assert_int_equal(vb_schema_check(schema, document, &message), -1);
    snprintf(sentence, sizeof sentence, "`%.80s` is a number, but must be null.", name);
    assert_string_equal(message.text, sentence);
    json_decref(document);

    document = json_pack("{s:i}", "\x1b[2J", 1);
    assert_int_equal(vb_schema_check(schema, document, &message), -1);
    assert_string_equal(message.text, "` [2J` is a number, but must be null.");
    json_decref(document);
    json_decref(schema);
}

static void shipped_schema_uses_supported_keywords_only(void **state)
{
    (void)state;
    vb_message message;
    json_t *schema = parse(vb_result_schema);
    if (vb_schema_supported(schema, &message) != 0)
        fail_msg("%s", message.text);
    json_decref(schema);
}

static void unsupported_keyword_is_found_wherever_it_is(void **state)
{
    (void)state;
    static const example schemas[] = {
        {"{\"multipleOf\":2}", NULL, "The schema's multipleOf is not supported."},
        {"{\"properties\":{\"a\":{\"format\":\"date\"}}}", NULL,
         "The schema's format is not supported."},
        {"{\"definitions\":{\"a\":{\"items\":{\"if\":{}}}}}", NULL,
         "The schema's if is not supported."},
        {"{\"allOf\":[{},{\"not\":{}}]}", NULL, "The schema's not is not supported."},
        {"{\"oneOf\":[{\"items\":{\"anyOf\":[]}}]}", NULL, "The schema's anyOf is not supported."},
        {"{\"items\":{\"$ref\":\"#/definitions/none\"}}", NULL,
         "The schema's $ref is not supported."},
        {"{\"additionalProperties\":false}", NULL,
         "The schema's additionalProperties is not supported."},
        {"{\"items\":[{}]}", NULL, "The schema's items is not supported."},
        {"{\"pattern\":\"(\"}", NULL, "The schema's pattern is not supported."},
        /* names of members are no keywords */
        {"{\"properties\":{\"not\":{},\"properties\":{\"properties\":{\"if\":{}}},\"oneOf\":{}}}",
         NULL, ""},
    };
    for (size_t i = 0; i < sizeof schemas / sizeof *schemas; i++) {
        vb_message message = {""};
        json_t *schema = parse(schemas[i].schema);
        int status = vb_schema_supported(schema, &message);
        assert_string_equal(message.text, schemas[i].sentence);
        assert_int_equal(status, message.text[0] ? -1 : 0);
        json_decref(schema);
    }
}

static void no_control_character_gets_into_a_sentence(void **state)
{
    (void)state;
    vb_message said;
    vb_say(&said, "a\x1b[31mb\xC2\x9B"
                  "31mc\xC2\x80\xC2\x9F\xC2\xA0\xC3\x9B\n");
    assert_string_equal(said.text, "a [31mb  31mc    \xC2\xA0\xC3\x9B ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(type_is_checked_and_named),
        cmocka_unit_test(whole_numbers_may_be_written_with_a_point),
        cmocka_unit_test(limits_hold_on_both_sides),
        cmocka_unit_test(consts_and_enums_name_what_they_must_be),
        cmocka_unit_test(texts_have_a_length_and_a_pattern),
        cmocka_unit_test(objects_have_what_is_required_and_no_wrong_member),
        cmocka_unit_test(arrays_have_a_length_and_items),
        cmocka_unit_test(all_parts_must_fit),
        cmocka_unit_test(references_lead_to_definitions),
        cmocka_unit_test(sentence_is_that_of_the_kind_which_the_value_says_to_be),
        cmocka_unit_test(deep_paths_are_cut_between_characters),
        cmocka_unit_test(long_names_are_cut_and_control_characters_blank),
        cmocka_unit_test(shipped_schema_uses_supported_keywords_only),
        cmocka_unit_test(unsupported_keyword_is_found_wherever_it_is),
        cmocka_unit_test(no_control_character_gets_into_a_sentence),
    };
    return cmocka_run_group_tests_name("schema", tests, NULL, NULL);
}
