#include "runner/report_extras.h"

#include <stdlib.h>
#include <string.h>

#include "runner/json.h"
#include "runner/read_file.h"
#include "runner/result_schema.h"
#include "runner/schema.h"
#include "runner/shortfall.h"

static const size_t bytes_max = (size_t)16 << 20;

/* A schema that may use the definitions of the result's; NULL: there is no memory. */
static json_t *schema_of(const char *text)
{
    json_error_t error;
    json_t *whole = vb_json_parse(vb_result_schema, strlen(vb_result_schema), &error);
    json_t *schema = vb_json_parse(text, strlen(text), &error);
    if (whole && schema)
        json_object_set(schema, "definitions", json_object_get(whole, "definitions"));
    json_decref(whole);
    return schema;
}

/* The file's document, if it is as `schema` says. `what` ends the sentence else. 0, or -1 with
 * one. */
static int load(const char *path, const char *schema_text, const char *what, json_t **document,
                vb_message *message)
{
    char *bytes = NULL;
    size_t count = 0;
    json_error_t error;
    vb_message wrong;
    if (vb_read_file(path, bytes_max, &bytes, &count, message) != 0)
        return -1;
    *document = vb_json_parse(bytes, count, &error);
    free(bytes);
    json_t *schema = schema_of(schema_text);
    int status = 0;
    if (!*document && !vb_shortfall())
        status = vb_say(message, "%s is not JSON: %s (line %d, column %d); it should be %s.", path,
                        error.text, error.line, error.column, what);
    else if (*document && schema && vb_schema_check(schema, *document, &wrong) != 0)
        status = vb_say(message, "%s is not %s: %s", path, what, wrong.text);
    if (vb_shortfall())
        status = vb_say_no_memory(message);
    json_decref(schema);
    if (status != 0) {
        json_decref(*document);
        *document = NULL;
    }
    return status;
}

static int load_doctor(const char *path, json_t **doctor, vb_message *message)
{
    static const char schema[] =
        "{\"type\": \"object\", \"required\": [\"doctor_version\", \"findings\"], \"properties\": "
        "{\"doctor_version\": {\"const\": 1}, \"findings\": {\"type\": \"array\", \"items\": "
        "{\"$ref\": \"#/definitions/finding\"}}}}";
    return load(path, schema, "what vbench doctor --json writes", doctor, message);
}

/* The members of an object that are named. */
static json_t *only(const json_t *object, const char *const keys[])
{
    json_t *kept = json_object();
    for (size_t i = 0; keys[i]; i++)
        json_object_set(kept, keys[i], json_object_get(object, keys[i]));
    return kept;
}

static int load_selftest(const char *path, json_t **selftest, vb_message *message)
{
    static const char schema[] = "{\"type\": \"object\", \"allOf\": [{\"$ref\": "
                                 "\"#/definitions/selftest\"}]}";
    static const char *const keys[] = {"mode", "load", "took_s", "machine", "bars", NULL};
    static const char *const bar_keys[] = {"text", "count", "of", "low", "high", "state", NULL};
    json_t *document, *bar;
    size_t i;
    if (load(path, schema, "what make bench-selftest writes", &document, message) != 0)
        return -1;
    json_t *bars = json_array();
    json_array_foreach(json_object_get(document, "bars"), i, bar)
    {
        json_array_append_new(bars, only(bar, bar_keys));
    }
    *selftest = only(document, keys);
    json_object_set_new(*selftest, "bars", bars);
    json_decref(document);
    return vb_shortfall() ? vb_say_no_memory(message) : 0;
}

int vb_report_extras_load(const vb_options *options, json_t **doctor, json_t **selftest,
                          vb_message *message)
{
    int status = 0;
    *doctor = *selftest = json_null();
    if (options->doctor_file)
        status = load_doctor(options->doctor_file, doctor, message);
    if (status == 0 && options->selftest_file)
        status = load_selftest(options->selftest_file, selftest, message);
    if (status != 0) {
        json_decref(*doctor);
        json_decref(*selftest);
        *doctor = *selftest = NULL;
    }
    return status;
}

int vb_report_extras_check(const vb_options *options, vb_message *message)
{
    json_t *doctor, *selftest;
    int status = vb_report_extras_load(options, &doctor, &selftest, message);
    json_decref(doctor);
    json_decref(selftest);
    return status;
}
