#include "runner/schema.h"

#include <math.h>
#include <regex.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/text.h"
#include "runner/shortfall.h"

enum { PATH_MAX_BYTES = 512 };

/* A check under way. On failure `message` holds the sentence. */
typedef struct {
    const json_t *root; /* the schema's, for $ref */
    char path[PATH_MAX_BYTES];
    vb_message *message;
} checker;

static bool check(checker *at, const json_t *schema, const json_t *value);

/* "`a.b[3]`", or "the whole file". */
static const char *where(const checker *at, char text[PATH_MAX_BYTES + 2])
{
    if (at->path[0] == '\0')
        return "the whole file";
    snprintf(text, PATH_MAX_BYTES + 2, "`%s`", at->path);
    return text;
}

static const char *kind_of(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "an array";
    case JSON_STRING:
        return "a string";
    case JSON_INTEGER:
    case JSON_REAL:
        return "a number";
    case JSON_TRUE:
    case JSON_FALSE:
        return "true or false";
    case JSON_NULL:
        break;
    }
    return "null";
}

static const struct {
    const char *name;
    const char *article;
} types[] = {{"object", "an object"}, {"array", "an array"},
             {"string", "a string"},  {"integer", "a whole number"},
             {"number", "a number"},  {"boolean", "true or false"},
             {"null", "null"}};

static const char *article_of(const char *type)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (strcmp(types[i].name, type) == 0)
            return types[i].article;
    }
    return type;
}

/* Numbers are equal by value, says draft 7: 1.0 is 1. */
static bool is_equal(const json_t *a, const json_t *b)
{
    if (json_is_number(a) && json_is_number(b))
        return json_number_value(a) == json_number_value(b);
    return json_equal(a, b);
}

static bool is_of_type(const json_t *value, const char *type)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return strcmp(type, "object") == 0;
    case JSON_ARRAY:
        return strcmp(type, "array") == 0;
    case JSON_STRING:
        return strcmp(type, "string") == 0;
    case JSON_INTEGER:
        return strcmp(type, "integer") == 0 || strcmp(type, "number") == 0;
    case JSON_REAL: /* 2.0 is an integer, says draft 7 */
        return strcmp(type, "number") == 0 ||
               (strcmp(type, "integer") == 0 &&
                json_real_value(value) == floor(json_real_value(value)));
    case JSON_TRUE:
    case JSON_FALSE:
        return strcmp(type, "boolean") == 0;
    case JSON_NULL:
        return strcmp(type, "null") == 0;
    }
    return false;
}

static bool check_type(checker *at, const json_t *wanted, const json_t *value)
{
    char place[PATH_MAX_BYTES + 2], all[128] = "";
    size_t count = json_is_array(wanted) ? json_array_size(wanted) : 1;
    for (size_t i = 0; i < count; i++) {
        const json_t *one = json_is_array(wanted) ? json_array_get(wanted, i) : wanted;
        const char *type = json_string_value(one);
        if (is_of_type(value, type))
            return true;
        size_t length = strlen(all);
        snprintf(all + length, sizeof all - length, "%s%s", i ? " or " : "", article_of(type));
    }
    vb_say(at->message, "%s is %s, but must be %s.", where(at, place), kind_of(value), all);
    return false;
}

enum { VALUE_BYTES_MAX = 80 };

/* A value as one reads it in the file; of a long one only what kind it is. Returns `text`. */
static const char *print_value(const json_t *value, char text[VALUE_BYTES_MAX])
{
    size_t length = json_dumpb(value, text, VALUE_BYTES_MAX - 1, JSON_ENCODE_ANY | JSON_COMPACT);
    if (length > 0 && length < VALUE_BYTES_MAX)
        text[length] = '\0';
    else
        snprintf(text, VALUE_BYTES_MAX, "%s", kind_of(value));
    return text;
}

static bool check_const(checker *at, const json_t *wanted, const json_t *value)
{
    char place[PATH_MAX_BYTES + 2], is[VALUE_BYTES_MAX], must[VALUE_BYTES_MAX];
    if (is_equal(wanted, value))
        return true;
    vb_say(at->message, "%s is %s, but must be %s.", where(at, place), print_value(value, is),
           print_value(wanted, must));
    return false;
}

static bool check_enum(checker *at, const json_t *wanted, const json_t *value)
{
    char place[PATH_MAX_BYTES + 2], is[VALUE_BYTES_MAX], all[256] = "";
    size_t i;
    json_t *one;
    json_array_foreach((json_t *)wanted, i, one)
    {
        char text[VALUE_BYTES_MAX];
        if (is_equal(one, value))
            return true;
        size_t length = strlen(all);
        snprintf(all + length, sizeof all - length, "%s%s", i ? ", " : "", print_value(one, text));
    }
    vb_say(at->message, "%s is %s, but must be one of %s.", where(at, place),
           print_value(value, is), all);
    return false;
}

static bool check_limits(checker *at, const json_t *schema, const json_t *value)
{
    static const struct {
        const char *keyword;
        const char *words;
    } limits[] = {{"minimum", "at least"},
                  {"maximum", "at most"},
                  {"exclusiveMinimum", "more than"},
                  {"exclusiveMaximum", "less than"}};
    char place[PATH_MAX_BYTES + 2];
    if (!json_is_number(value))
        return true;
    double number = json_number_value(value);
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        const json_t *limit = json_object_get(schema, limits[i].keyword);
        if (!limit)
            continue;
        double bound = json_number_value(limit);
        bool good = i == 0   ? number >= bound
                    : i == 1 ? number <= bound
                    : i == 2 ? number > bound
                             : number < bound;
        if (!good) {
            vb_say(at->message, "%s is %.10g, but must be %s %.10g.", where(at, place), number,
                   limits[i].words, bound);
            return false;
        }
    }
    return true;
}

static bool check_text(checker *at, const json_t *schema, const json_t *value)
{
    char place[PATH_MAX_BYTES + 2];
    if (!json_is_string(value))
        return true;
    const json_t *least = json_object_get(schema, "minLength");
    if (least && json_string_length(value) < (size_t)json_integer_value(least)) {
        vb_say(at->message, "%s is too short.", where(at, place));
        return false;
    }
    const json_t *pattern = json_object_get(schema, "pattern");
    if (!pattern)
        return true;
    regex_t compiled;
    if (regcomp(&compiled, json_string_value(pattern), REG_EXTENDED | REG_NOSUB) != 0) {
        vb_say_no_memory(at->message);
        return false;
    }
    int status = regexec(&compiled, json_string_value(value), 0, NULL, 0);
    bool good = status == 0;
    regfree(&compiled);
    if (status != 0 && status != REG_NOMATCH) {
        vb_say_no_memory(at->message);
    } else if (!good) {
        char is[VALUE_BYTES_MAX];
        vb_say(at->message, "%s is %s, which is not written as it must be.", where(at, place),
               print_value(value, is));
    }
    return good;
}

/* Goes one step down: ".name" or "[index]" is appended to the path while `value` is checked. */
static bool check_member(checker *at, const json_t *schema, const json_t *value, const char *name,
                         size_t index)
{
    size_t length = strlen(at->path);
    if (name)
        snprintf(at->path + length, PATH_MAX_BYTES - length, "%s%.80s", length ? "." : "", name);
    else
        snprintf(at->path + length, PATH_MAX_BYTES - length, "[%zu]", index);
    vb_drop_cut_character(at->path);
    bool good = check(at, schema, value);
    at->path[length] = '\0';
    return good;
}

static bool check_object(checker *at, const json_t *schema, const json_t *value)
{
    size_t i;
    json_t *item;
    if (!json_is_object(value))
        return true;
    const json_t *required = json_object_get(schema, "required");
    json_array_foreach((json_t *)required, i, item)
    {
        if (!json_object_get(value, json_string_value(item))) {
            vb_say(at->message, "`%s%s%s` is missing.", at->path, at->path[0] ? "." : "",
                   json_string_value(item));
            return false;
        }
    }
    const json_t *properties = json_object_get(schema, "properties");
    const json_t *additional = json_object_get(schema, "additionalProperties");
    const char *name;
    json_object_foreach((json_t *)value, name, item)
    {
        const json_t *of_member = json_object_get(properties, name);
        if (!of_member)
            of_member = additional;
        if (of_member && !check_member(at, of_member, item, name, 0))
            return false;
    }
    return true;
}

/* What a reference leads to, or the schema itself; NULL: it leads nowhere. */
static const json_t *resolve(const json_t *root, const json_t *schema)
{
    static const char prefix[] = "#/definitions/";
    const char *reference = json_string_value(json_object_get(schema, "$ref"));
    if (!reference)
        return schema;
    if (strncmp(reference, prefix, sizeof prefix - 1) != 0)
        return NULL;
    return resolve(
        root, json_object_get(json_object_get(root, "definitions"), reference + sizeof prefix - 1));
}

/* Whether all items are numbers as they must be, where nothing but a type and a minimum is asked of
 * them. Most of a file is such: this is the quick look, and finds no words for what is wrong. */
static bool are_good_numbers(const checker *at, const json_t *of_items, const json_t *value)
{
    const json_t *schema = resolve(at->root, of_items);
    const char *type = json_string_value(json_object_get(schema, "type"));
    const json_t *minimum = json_object_get(schema, "minimum");
    const size_t keys = 1 + (minimum != NULL) + (json_object_get(schema, "description") != NULL);
    if (!type || json_object_size(schema) != keys ||
        (strcmp(type, "integer") != 0 && strcmp(type, "number") != 0))
        return false;
    const double least = minimum ? json_number_value(minimum) : -INFINITY;
    for (size_t i = 0; i < json_array_size(value); i++) {
        const json_t *item = json_array_get(value, i);
        if (!is_of_type(item, type) || !(json_number_value(item) >= least))
            return false;
    }
    return true;
}

static bool check_array(checker *at, const json_t *schema, const json_t *value)
{
    char place[PATH_MAX_BYTES + 2];
    if (!json_is_array(value))
        return true;
    const json_t *least = json_object_get(schema, "minItems");
    const json_t *most = json_object_get(schema, "maxItems");
    size_t count = json_array_size(value);
    if (least && count < (size_t)json_integer_value(least)) {
        vb_say(at->message, "%s is too short.", where(at, place));
        return false;
    }
    if (most && count > (size_t)json_integer_value(most)) {
        vb_say(at->message, "%s is too long.", where(at, place));
        return false;
    }
    const json_t *of_items = json_object_get(schema, "items");
    if (!of_items || are_good_numbers(at, of_items, value))
        return true;
    for (size_t i = 0; i < count; i++) {
        if (!check_member(at, of_items, json_array_get(value, i), NULL, i))
            return false;
    }
    return true;
}

/* The member by whose const `value` says that it is of another kind; NULL: none does. */
static const char *other_kind(const checker *at, const json_t *kind, const json_t *value)
{
    const char *name;
    json_t *member;
    json_t *properties = json_object_get(resolve(at->root, kind), "properties");
    json_object_foreach(properties, name, member)
    {
        const json_t *wanted = json_object_get(member, "const");
        const json_t *found = json_object_get(value, name);
        if (wanted && found && !is_equal(wanted, found))
            return name;
    }
    return NULL;
}

/* One of several kinds of object, told apart by a const: the sentence is that of the kind that the
 * value says to be, though others may lack more. */
static bool check_one_of(checker *at, const json_t *kinds, const json_t *value)
{
    const char *told_by = NULL;
    size_t chosen = 0, fitting = 0;
    size_t i;
    json_t *kind;
    json_array_foreach((json_t *)kinds, i, kind)
    {
        const char *other = other_kind(at, kind, value);
        if (other) {
            told_by = other;
            continue;
        }
        chosen++;
        fitting += check(at, kind, value);
    }
    if (fitting == 1)
        return true;
    char place[PATH_MAX_BYTES + 2], is[VALUE_BYTES_MAX];
    if (fitting > 1)
        vb_say(at->message, "%s is of two kinds at once.", where(at, place));
    else if (chosen == 0)
        vb_say(at->message, "%s is of an unknown kind: its %s is %s.", where(at, place), told_by,
               print_value(json_object_get(value, told_by), is));
    return false;
}

static bool check_all_of(checker *at, const json_t *parts, const json_t *value)
{
    size_t i;
    json_t *part;
    json_array_foreach((json_t *)parts, i, part)
    {
        if (!check(at, part, value))
            return false;
    }
    return true;
}

static bool check(checker *at, const json_t *unresolved, const json_t *value)
{
    const json_t *schema = resolve(at->root, unresolved);
    if (!schema) {
        vb_say(at->message, "The schema has no %s.",
               json_string_value(json_object_get(unresolved, "$ref")));
        return false;
    }
    const json_t *type = json_object_get(schema, "type");
    const json_t *constant = json_object_get(schema, "const");
    const json_t *choices = json_object_get(schema, "enum");
    const json_t *parts = json_object_get(schema, "allOf");
    const json_t *kinds = json_object_get(schema, "oneOf");
    return (!type || check_type(at, type, value)) &&
           (!constant || check_const(at, constant, value)) &&
           (!choices || check_enum(at, choices, value)) &&
           (!parts || check_all_of(at, parts, value)) && check_limits(at, schema, value) &&
           check_text(at, schema, value) && check_object(at, schema, value) &&
           check_array(at, schema, value) && (!kinds || check_one_of(at, kinds, value));
}

int vb_schema_check(const json_t *schema, const json_t *document, vb_message *message)
{
    checker at = {.root = schema, .message = message};
    return check(&at, schema, document) ? 0 : -1;
}

/* Whether a keyword is checked, in the form that it has here. */
static bool is_supported(const json_t *root, const json_t *schema, const char *keyword,
                         const json_t *value)
{
    static const char *const known[] = {
        "type",     "const",     "enum",    "required", "properties",       "minItems",
        "maxItems", "minLength", "minimum", "maximum",  "exclusiveMinimum", "exclusiveMaximum",
        "allOf",    "oneOf",     "title",   "$schema",  "definitions",      "description",
    };
    if (strcmp(keyword, "$ref") == 0)
        return resolve(root, schema) != NULL;
    if (strcmp(keyword, "items") == 0 || strcmp(keyword, "additionalProperties") == 0)
        return json_is_object(value); /* not true or false, not one schema an item */
    if (strcmp(keyword, "pattern") == 0) {
        regex_t compiled;
        bool good = regcomp(&compiled, json_string_value(value), REG_EXTENDED | REG_NOSUB) == 0;
        if (good)
            regfree(&compiled);
        return good;
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(known[i], keyword) == 0)
            return true;
    }
    return false;
}

/* The first keyword that is not supported, or NULL. Walks schemas; `names`: those are the names
 * under properties or definitions. */
static const char *unsupported(const json_t *root, const json_t *schema, bool names)
{
    const char *name;
    json_t *member;
    json_object_foreach((json_t *)schema, name, member)
    {
        if (!names && !is_supported(root, schema, name, member))
            return name;
        bool of_names =
            !names && (strcmp(name, "properties") == 0 || strcmp(name, "definitions") == 0);
        const char *inside = json_is_object(member) ? unsupported(root, member, of_names) : NULL;
        bool of_schemas = strcmp(name, "allOf") == 0 || strcmp(name, "oneOf") == 0;
        for (size_t i = 0; of_schemas && !inside && i < json_array_size(member); i++)
            inside = unsupported(root, json_array_get(member, i), false);
        if (inside)
            return inside;
    }
    return NULL;
}

int vb_schema_supported(const json_t *schema, vb_message *message)
{
    const char *name = unsupported(schema, schema, false);
    return name ? vb_say(message, "The schema's %s is not supported.", name) : 0;
}
