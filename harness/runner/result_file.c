#include "runner/result_file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/baseline_store.h"
#include "runner/foreign_file.h"
#include "runner/gbench_import.h"
#include "runner/json.h"
#include "runner/path.h"
#include "runner/read_file.h"
#include "runner/shortfall.h"

/* The bytes of a number that JSON does not have, as Google Benchmark writes it; 0: here is none. */
static size_t no_number_bytes(const char *bytes, size_t count)
{
    static const char *const words[] = {"NaN", "Infinity", "-NaN", "-Infinity"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const size_t length = strlen(words[i]);
        if (count >= length && memcmp(bytes, words[i], length) == 0)
            return length;
    }
    return 0;
}

/* A copy with null in place of each such number, which takes no more than a byte more. NULL: there
 * is none, or no memory, which is noted. */
static char *without_no_numbers(const char *bytes, size_t count, size_t *copied)
{
    static const char null[] = "null";
    size_t found = 0;
    bool in_text = false;
    char *copy = malloc(count + count / 3 + 1);
    if (!copy) {
        vb_shortfall_note(ENOMEM);
        return NULL;
    }
    *copied = 0;
    for (size_t i = 0; i < count;) {
        const size_t length = in_text ? 0 : no_number_bytes(bytes + i, count - i);
        if (length > 0) {
            memcpy(copy + *copied, null, strlen(null));
            *copied += strlen(null);
            i += length;
            found++;
            continue;
        }
        if (in_text && bytes[i] == '\\' && i + 1 < count)
            copy[(*copied)++] = bytes[i++];
        else if (bytes[i] == '"')
            in_text = !in_text;
        copy[(*copied)++] = bytes[i++];
    }
    if (found > 0)
        return copy;
    free(copy);
    return NULL;
}

/* What Google Benchmark writes is not always JSON: counters may be no numbers. `error` is that of
 * what is wrong beside them, if anything is. */
static json_t *parse_lenient(const char *bytes, size_t count, json_error_t *error)
{
    json_error_t other;
    size_t copied;
    char *copy = without_no_numbers(bytes, count, &copied);
    json_t *read = copy ? vb_json_parse(copy, copied, &other) : NULL;
    if (copy && !read)
        *error = other;
    free(copy);
    if (read && !vb_gbench_is_one(read)) {
        json_decref(read);
        read = NULL;
    }
    return read;
}

static bool holds(const char *bytes, size_t count, const char *text)
{
    for (size_t i = 0; i + strlen(text) <= count; i++) {
        if (memcmp(bytes + i, text, strlen(text)) == 0)
            return true;
    }
    return false;
}

static json_t *parse(const char *path, const char *bytes, size_t count, vb_message *message)
{
    enum { BEGINNING = 4096 };
    json_error_t error;
    json_t *read = vb_json_parse(bytes, count, &error);
    if (!read && !vb_shortfall())
        read = parse_lenient(bytes, count, &error);
    if (read)
        return read;
    if (vb_shortfall())
        vb_say(message, "%s cannot be read: there is not enough memory.", path);
    else if (holds(bytes, count < BEGINNING ? count : BEGINNING, "name,iterations,real_time"))
        vb_say(message,
               "%s is Google Benchmark's CSV, which lacks what a report needs; measure with "
               "--benchmark_out_format=json.",
               path);
    else
        vb_say(
            message,
            "%s is not JSON: %s (line %d, column %d); vbench report takes a result of vbench, or "
            "JSON of Google Benchmark.",
            path, error.text, error.line, error.column);
    return NULL;
}

static int say_foreign(const char *path, const json_t *read, vb_message *message)
{
    const char *name = vb_foreign_file_name(read);
    return vb_say(message,
                  "%s is %s; vbench report takes a result of vbench (run --json, save, compare "
                  "--json), or JSON of Google Benchmark (--benchmark_out_format=json).",
                  path, name ? name : "no result that is known here");
}

int vb_result_file_load(const char *path, vb_baseline *result, vb_message *message)
{
    char *bytes = NULL;
    size_t count = 0;
    *result = (vb_baseline){0};
    if (vb_read_file(path, VB_RESULT_BYTES_MAX, &bytes, &count, message) != 0)
        return -1;
    json_t *read = parse(path, bytes, count, message);
    free(bytes);
    if (!read)
        return -1;
    json_t *document = NULL;
    const bool imported = vb_gbench_is_one(read);
    int status = 0;
    if (imported)
        status = vb_gbench_import(path, read, &document, message);
    else if (json_object_get(read, "vbench"))
        document = json_incref(read);
    else
        status = say_foreign(path, read, message);
    json_decref(read);
    if (status == 0)
        status = vb_baseline_take(vb_path_name(path), path, document, result, message);
    result->imported = status == 0 && imported;
    return status;
}

static bool is_file(const char *path)
{
    struct stat found;
    return stat(path, &found) == 0 && !S_ISDIR(found.st_mode);
}

/* With a slash and .json it can be nothing else; without both a baseline comes first. */
static int is_path(const char *folder, const char *wanted, bool *path, vb_message *message)
{
    const size_t length = strlen(wanted);
    const int marks =
        (strchr(wanted, '/') != NULL) + (length >= 5 && strcmp(wanted + length - 5, ".json") == 0);
    *path = marks == 2 || (marks == 1 && is_file(wanted));
    if (marks > 0 || !is_file(wanted))
        return 0;
    char *baseline = vb_baseline_path(folder, wanted, message);
    if (!baseline)
        return -1;
    *path = !is_file(baseline);
    free(baseline);
    return 0;
}

int vb_result_file_find(const char *folder, const char *wanted, vb_baseline *result,
                        vb_message *message)
{
    bool path;
    if (is_path(folder, wanted, &path, message) != 0)
        return -1;
    return path ? vb_result_file_load(wanted, result, message)
                : vb_baseline_open(folder, wanted, result, message);
}
