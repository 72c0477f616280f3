/* What a comparison says, for tests: its rows, its table, its JSON. Includes test_memory.h, so a
 * program needs its --wrap. */
#ifndef VBENCH_TEST_COMPARISON_H
#define VBENCH_TEST_COMPARISON_H

#include "test_cmocka.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/comparison.h"
#include "runner/json.h"
#include "runner/result_schema.h"
#include "runner/schema.h"
#include "runner/shortfall.h"
#include "test_memory.h"
#include "test_results.h"

static inline const vb_comparison_row *find_row(const vb_comparison *comparison, const char *name)
{
    for (size_t i = 0; i < comparison->count; i++) {
        if (strcmp(comparison->rows[i].name, name) == 0)
            return &comparison->rows[i];
    }
    fail_msg("there is no row %s", name);
    return NULL;
}

/* The table as text, malloc'd. */
static inline char *table_of(const vb_comparison *comparison, bool all)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    assert_non_null(out);
    vb_comparison_print(out, comparison, all);
    assert_int_equal(fclose(out), 0);
    return text;
}

static inline void assert_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is not in:\n%s", part, text);
}

static inline void assert_lacks(const char *text, const char *part)
{
    if (strstr(text, part))
        fail_msg("\"%s\" is in:\n%s", part, text);
}

static inline size_t count_of(const char *text, const char *part)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, part)); at += strlen(part))
        count++;
    return count;
}

/* The result of `measured` written with its comparison, and that read back. Fails if the schema
 * does not allow it. */
static inline json_t *written_and_read(const vb_comparison *made, const vb_benchmark_list *measured)
{
    vb_message message;
    json_t *schema = json_loads(vb_result_schema, 0, NULL);
    json_t *comparison = vb_comparison_json(made, &test_gate);
    char *text = result_text(measured, TEST_STARTED + 60, comparison);
    json_t *document = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(document);
    if (vb_schema_check(schema, document, &message) != 0)
        fail_msg("%s", message.text);
    free(text);
    json_decref(comparison);
    json_decref(schema);
    json_t *found = json_incref(json_object_get(json_object_get(document, "vbench"), "comparison"));
    json_decref(document);
    return found;
}

static inline const json_t *row_named(const json_t *comparison, const char *name)
{
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(comparison, "rows"), i, row)
    {
        if (strcmp(json_string_value(json_object_get(row, "name")), name) == 0)
            return row;
    }
    fail_msg("there is no row %s", name);
    return NULL;
}

static inline double number_at(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

static inline const char *text_at(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* Whichever allocation fails: the JSON has all, or what it lacks was noted. */
static inline void assert_json_is_whole_or_its_lack_noted(const vb_comparison *comparison)
{
    bool failed = true;
    json_t *whole = vb_comparison_json(comparison, &test_gate);
    for (long allowed = 0; failed; allowed++) {
        vb_json_watch();
        fail_allocation_after(allowed);
        json_t *object = vb_comparison_json(comparison, &test_gate);
        failed = allocation_has_failed();
        assert_int_equal(vb_shortfall() != 0, failed);
        if (!failed)
            assert_true(json_equal(object, whole));
        json_decref(object);
    }
    json_decref(whole);
    vb_json_watch();
}

#endif
