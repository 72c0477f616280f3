#include "runner/json.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "runner/shortfall.h"

static jmp_buf way_out;
static bool parsing;

static void *allocate(size_t bytes)
{
    void *memory = malloc(bytes);
    if (!memory)
        vb_shortfall_note(ENOMEM);
    if (!memory && parsing)
        longjmp(way_out, 1);
    return memory;
}

void vb_json_watch(void)
{
    json_set_alloc_funcs(allocate, free);
    vb_shortfall_forget();
}

json_t *vb_json_text(const char *bytes, size_t count)
{
    json_t *string = json_stringn(bytes, count);
    char *cleaned = string ? NULL : vb_keep_text(bytes, count);
    if (!cleaned)
        return string;
    vb_mark_what_is_no_utf8(cleaned);
    string = json_string(cleaned);
    free(cleaned);
    return string;
}

json_t *vb_json_string(const char *text)
{
    return vb_json_text(text, strlen(text));
}

json_t *vb_json_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

int vb_json_set_number(json_t *object, const char *key, double value)
{
    return json_object_set_new(object, key, vb_json_number(value)) == 0 ? 0 : -ENOMEM;
}

/* The jump passes over jansson's frames only. */
json_t *vb_json_parse(const char *bytes, size_t count, json_error_t *error)
{
    if (setjmp(way_out) == 0) {
        parsing = true;
        json_t *parsed = json_loadb(bytes, count, JSON_REJECT_DUPLICATES, error);
        parsing = false;
        return parsed;
    }
    parsing = false;
    *error = (json_error_t){.line = -1, .column = -1};
    snprintf(error->text, sizeof error->text, "there is not enough memory");
    return NULL;
}

int vb_json_add_texts(const json_t *array, vb_texts *texts)
{
    int status = 0;
    for (size_t i = 0; i < json_array_size(array) && status == 0; i++) {
        const char *text = json_string_value(json_array_get(array, i));
        if (text)
            status = vb_texts_add(texts, "%s", text);
    }
    return status;
}
