/*
 * Changes one value of a JSON document, so that the fuzzer gets past the parser and the schema; one
 * time in four, and where the input is no JSON, libFuzzer changes the bytes.
 */
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

size_t LLVMFuzzerMutate(uint8_t *bytes, size_t count, size_t count_max);
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t count, size_t count_max, unsigned seed);

static unsigned below(unsigned *state, size_t limit)
{
    *state = *state * 1664525 + 1013904223; /* Knuth's linear congruential generator */
    return (unsigned)((*state >> 8) % limit);
}

/* A value as the documents have it, or one that they should not have. */
static json_t *any_value(unsigned *state)
{
    static const char *const texts[] = {"",     "ok",     "error", "2024-01-02T03:04:05Z",
                                        "ring", "single", "bulk",  "\x1b[31m\xC3\xA9",
                                        "none", "broken", "fresh", "push/64"};
    static const double reals[] = {0.0,  -0.0,     0.5,  -1.5,    1e300, 1e-300, 1e18,
                                   1e10, 4.9e-324, 99.5, 1.7e308, 100.0, 0.1};
    static const json_int_t integers[] = {0, 1, -1, 2, 9, 1000, INT32_MAX, INT64_MAX, INT64_MIN};
    switch (below(state, 8)) {
    case 0:
        return json_null();
    case 1:
        return json_boolean(below(state, 2));
    case 2:
        return json_object();
    case 3:
        return json_array();
    case 4:
        return json_string(texts[below(state, sizeof texts / sizeof *texts)]);
    case 5:
        return json_integer(integers[below(state, sizeof integers / sizeof *integers)]);
    default:
        return json_real(reals[below(state, sizeof reals / sizeof *reals)]);
    }
}

static const char *any_key(json_t *object, unsigned *state)
{
    void *at = json_object_iter(object);
    for (size_t skip = below(state, json_object_size(object)); skip > 0; skip--)
        at = json_object_iter_next(object, at);
    return json_object_iter_key(at);
}

/* A number near the old one, where it is one; a text of another length; or anything. */
static json_t *other_value(const json_t *old, unsigned *state)
{
    static const double factors[] = {0.5, 0.999, 1.001, 1.05, 2, 1e6, 1e-6, -1};
    if (json_is_real(old) && below(state, 2))
        return json_real(json_real_value(old) *
                         factors[below(state, sizeof factors / sizeof *factors)]);
    if (json_is_integer(old) && below(state, 2))
        return json_integer(json_integer_value(old) / 2 + below(state, 3));
    if (json_is_string(old) && below(state, 4) == 0)
        return json_sprintf("%s%0*d\xC3\xA9", json_string_value(old), 1 + (int)below(state, 600),
                            0);
    return any_value(state);
}

/* Goes down a random way and changes, doubles, adds or removes what it ends at. */
static void change_array(json_t *array, unsigned *state);

static void change_object(json_t *object, unsigned *state)
{
    if (json_object_size(object) == 0 || below(state, 16) == 0) {
        json_object_set_new(object, below(state, 2) ? "error" : "status", any_value(state));
        return;
    }
    const char *key = any_key(object, state);
    json_t *member = json_object_get(object, key);
    if (below(state, 24) == 0)
        json_object_del(object, key);
    else if (json_is_object(member) && below(state, 8))
        change_object(member, state);
    else if (json_is_array(member) && below(state, 8))
        change_array(member, state);
    else
        json_object_set_new(object, key, other_value(member, state));
}

static void change_array(json_t *array, unsigned *state)
{
    size_t count = json_array_size(array);
    if (count == 0) {
        json_array_append_new(array, any_value(state));
        return;
    }
    size_t index = below(state, count);
    json_t *item = json_array_get(array, index);
    if (below(state, 12) == 0)
        json_array_remove(array, index);
    else if (below(state, 12) == 0)
        json_array_append_new(array, json_deep_copy(item));
    else if (json_is_object(item) && below(state, 16))
        change_object(item, state);
    else if (json_is_array(item) && below(state, 16))
        change_array(item, state);
    else
        json_array_set_new(array, index, other_value(item, state));
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t count, size_t count_max, unsigned seed)
{
    json_t *document = json_loadb((const char *)bytes, count, 0, NULL);
    if (!document || below(&seed, 4) == 0 || !json_is_object(document)) {
        json_decref(document);
        return LLVMFuzzerMutate(bytes, count, count_max);
    }
    for (unsigned changes = 1 + below(&seed, 3); changes > 0; changes--)
        change_object(document, &seed);
    char *text = json_dumps(document, JSON_COMPACT);
    size_t length = text ? strlen(text) : 0;
    json_decref(document);
    if (length == 0 || length > count_max) {
        free(text);
        return LLVMFuzzerMutate(bytes, count, count_max);
    }
    memcpy(bytes, text, length);
    free(text);
    return length;
}
