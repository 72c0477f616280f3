#define _GNU_SOURCE
#include "runner/variant.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/json.h"
#include "runner/read_file.h"
#include "runner/shortfall.h"

static const size_t bytes_max = (size_t)1 << 20;

static int fill(const char *path, const json_t *document, vb_texts *objects, char **of,
                vb_message *message)
{
    json_int_t version = json_integer_value(json_object_get(document, "variant_version"));
    const char *target = json_string_value(json_object_get(document, "of"));
    const json_t *list = json_object_get(document, "objects");
    if (version > VB_VARIANT_VERSION)
        return vb_say(message,
                      "The variant %s was described by a newer vbench: it has version %lld, and "
                      "this one reads %d; use the vbench that it was built with.",
                      path, (long long)version, VB_VARIANT_VERSION);
    if (version < 1 || !target || json_array_size(list) == 0)
        return vb_say(message,
                      "%s does not say what it stands in for, or names no objects; configure the "
                      "build again.",
                      path);
    *of = vb_copy_text(target);
    if (*of && vb_json_add_texts(list, objects) == 0)
        return 1;
    free(*of);
    *of = NULL;
    return vb_say_no_memory(message);
}

int vb_variant_find(const char *folder, const char *name, vb_texts *objects, char **of,
                    vb_message *message)
{
    char *path = NULL;
    char *bytes = NULL;
    size_t count = 0;
    *of = NULL;
    if (strchr(name, '/')) /* a path is no target's name */
        return 0;
    if (asprintf(&path, "%s%s.variant.json", folder, name) < 0)
        return vb_say_no_memory(message);
    int status = access(path, F_OK) != 0 && errno == ENOENT ? 0 : 1;
    if (status == 1)
        status = vb_read_file(path, bytes_max, &bytes, &count, message) == 0 ? 1 : -1;
    if (status == 1) {
        json_error_t error;
        json_t *document = vb_json_parse(bytes, count, &error);
        status = document ? fill(path, document, objects, of, message)
                          : vb_say(message, "The variant %s cannot be read: %s (line %d).", path,
                                   error.text, error.line);
        json_decref(document);
    }
    free(bytes);
    free(path);
    return status;
}
