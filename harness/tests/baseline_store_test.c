/* The folder of baselines: names, paths, and which one is meant. */
#define _GNU_SOURCE
#include "test_cmocka.h"

#include "runner/baseline_store.h"
#include "test_files.h"
#include "test_memory.h"
#include "test_results.h"

#include <fcntl.h>
#include <stdarg.h>
#include <time.h>

static bool path_fails;
int __wrap_asprintf(char **text, const char *format, ...) __attribute__((format(printf, 2, 3)));

int __wrap_asprintf(char **text, const char *format, ...)
{
    va_list arguments;
    if (path_fails)
        return -1;
    va_start(arguments, format);
    int length = vasprintf(text, format, arguments);
    va_end(arguments);
    return length;
}

/* A good result measured at `started`, in FOLDER/NAME. */
static void save(const char *folder, const char *name, time_t started)
{
    char path[2 * TEST_PATH_MAX];
    vb_benchmark_list list = {0};
    add_constant(&list, "push", 1);
    char *text = result_text(&list, started, NULL);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    write_text(path, text, 0644);
    free(text);
    vb_benchmark_list_free(&list);
}

static const char *new_folder(const char *name, char folder[TEST_PATH_MAX])
{
    assert_int_equal(mkdir(in_test_folder(name, folder), 0755), 0);
    return folder;
}

/* The name of the baseline that is opened, in `message`, or the sentence why there is none. */
static const char *opened(const char *folder, const char *wanted, vb_message *message)
{
    vb_baseline baseline = {0};
    if (vb_baseline_open(folder, wanted, &baseline, message) == 0)
        snprintf(message->text, sizeof message->text, "%s", baseline.name);
    vb_baseline_free(&baseline);
    return message->text;
}

static void names_are_file_names_that_lead_nowhere_else(void **state)
{
    (void)state;
    static const char *const good[] = {"a",      "release-1.2", "_x",     "2024-01-02", "A..b",
                                       "a.json", "schema2",     "Schema", "schema.json"};
    static const char *const bad[] = {"",    ".",   "..", ".hidden",  "-x",   "a/b", "../a",
                                      "a b", "a\n", "a*", "\xC3\xA4", "a\\b", "~",   "$x"};
    vb_message message;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_int_equal(vb_baseline_check_name(good[i], &message), 0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(vb_baseline_check_name(bad[i], &message), -1);
        assert_non_null(strstr(message.text, " cannot be the name of a baseline: use up to 100 "));
    }
    assert_int_equal(vb_baseline_check_name("schema", &message), -1);
    assert_string_equal(message.text, "A baseline cannot be named schema: baselines/schema.json "
                                      "describes the format.");
}

static void names_have_up_to_100_characters(void **state)
{
    (void)state;
    char name[102];
    vb_message message;
    memset(name, 'a', sizeof name);
    name[101] = '\0';
    assert_int_equal(vb_baseline_check_name(name, &message), -1);
    name[100] = '\0';
    assert_int_equal(vb_baseline_check_name(name, &message), 0);
}

static void path_is_the_name_in_the_folder(void **state)
{
    (void)state;
    vb_message message;
    char *path = vb_baseline_path("baselines", "old", &message);
    assert_string_equal(path, "baselines/old.json");
    free(path);
}

static void baseline_is_opened_by_name_or_path(void **state)
{
    (void)state;
    char folder[TEST_PATH_MAX], path[TEST_PATH_MAX];
    vb_message message;
    new_folder("by_name", folder);
    save(folder, "first.json", TEST_STARTED);
    save(folder, "first.json.json", TEST_STARTED);
    save(test_folder, "elsewhere.json", TEST_STARTED);
    assert_string_equal(opened(folder, "first", &message), "first");
    /* a name that ends in .json, where no such file is at hand */
    assert_string_equal(opened(folder, "first.json", &message), "first.json");
    assert_string_equal(opened(folder, in_test_folder("elsewhere.json", path), &message),
                        "elsewhere.json");
    assert_int_equal(chdir(test_folder), 0);
    assert_string_equal(opened(folder, "elsewhere.json", &message), "elsewhere.json");
    assert_string_equal(opened(folder, "./elsewhere.json", &message), "elsewhere.json");
    assert_string_equal(opened(folder, "none/else.json", &message),
                        "none/else.json cannot be read: No such file or directory.");
    assert_non_null(strstr(opened(folder, "../elsewhere", &message), "cannot be the name"));
    assert_int_equal(rename("elsewhere.json", "elsewhere"), 0);
    assert_string_equal(opened(folder, "./elsewhere", &message), "elsewhere");
}

static void unknown_name_lists_those_that_there_are(void **state)
{
    (void)state;
    char folder[TEST_PATH_MAX], path[2 * TEST_PATH_MAX], sentence[3 * TEST_PATH_MAX];
    vb_message message;
    snprintf(sentence, sizeof sentence,
             "There is no baseline in %s yet; `vbench save NAME` makes one.",
             in_test_folder("missing", folder));
    assert_string_equal(opened(folder, "x", &message), sentence);
    assert_string_equal(opened(folder, NULL, &message), sentence);

    new_folder("unknown", folder);
    snprintf(sentence, sizeof sentence,
             "There is no baseline in %s yet; `vbench save NAME` makes one.", folder);
    static const char *const no_baselines[] = {"schema.json", ".hidden.json", "notes.txt",
                                               "a b.json", ".json"};
    for (size_t i = 0; i < sizeof no_baselines / sizeof *no_baselines; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, no_baselines[i]);
        write_text(path, "{}", 0644);
    }
    assert_string_equal(opened(folder, "x", &message), sentence);
    assert_string_equal(opened(folder, NULL, &message), sentence);

    save(folder, "b.json", TEST_STARTED);
    save(folder, "a.json", TEST_STARTED);
    snprintf(sentence, sizeof sentence, "There is no baseline \"x\" in %s, only: a, b.", folder);
    assert_string_equal(opened(folder, "x", &message), sentence);

    snprintf(path, sizeof path, "%s/a.json", folder);
    snprintf(sentence, sizeof sentence,
             "The folder of baselines, %s, cannot be read: Not a directory.", path);
    assert_string_equal(opened(path, "x", &message), sentence);
}

static void long_list_of_names_is_cut_and_says_so(void **state)
{
    (void)state;
    char folder[TEST_PATH_MAX], path[2 * TEST_PATH_MAX];
    vb_message message;
    new_folder("many", folder);
    for (int i = 0; i < 30; i++) {
        snprintf(path, sizeof path, "%s/name-%02d.json", folder, i);
        write_text(path, "", 0644);
    }
    opened(folder, "x", &message);
    assert_non_null(strstr(message.text, "only: name-00, name-01, "));
    assert_non_null(strstr(message.text, ", name-19 and 10 more."));
    assert_null(strstr(message.text, "name-20"));

    new_folder("long", folder);
    for (int i = 0; i < 30; i++) {
        char name[97];
        memset(name, 'x', 96);
        name[96] = '\0';
        snprintf(path, sizeof path, "%s/%02d%s.json", folder, i, name);
        write_text(path, "", 0644);
    }
    opened(folder, "x", &message);
    assert_non_null(strstr(message.text, "x and 23 more."));
}

static void newest_is_the_one_measured_last_whatever_the_files_times(void **state)
{
    (void)state;
    char folder[TEST_PATH_MAX], path[2 * TEST_PATH_MAX];
    vb_message message;
    new_folder("newest", folder);
    save(folder, "b.json", TEST_STARTED + 1);
    save(folder, "a.json", TEST_STARTED);
    save(folder, "c.json", TEST_STARTED - 86400 * 400);
    const struct timespec times[] = {{2000000000, 0}, {2000000000, 0}};
    snprintf(path, sizeof path, "%s/c.json", folder);
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    assert_string_equal(opened(folder, NULL, &message), "b");
    save(folder, "d.json", TEST_STARTED + 1); /* a tie: the first by name */
    assert_string_equal(opened(folder, NULL, &message), "b");
    save(folder, "a.json", TEST_STARTED + 1);
    assert_string_equal(opened(folder, NULL, &message), "a");
}

/* What `vb_baseline_open` prints on stderr meanwhile. */
static void opened_with_stderr(const char *folder, vb_message *message, char *printed, size_t bytes)
{
    char path[TEST_PATH_MAX];
    int kept = dup(STDERR_FILENO);
    fflush(stderr);
    int file = open(in_test_folder("stderr", path), O_RDWR | O_CREAT | O_TRUNC, 0600);
    assert_true(kept >= 0 && file >= 0 && dup2(file, STDERR_FILENO) >= 0);
    opened(folder, NULL, message);
    fflush(stderr);
    dup2(kept, STDERR_FILENO);
    close(kept);
    ssize_t got = pread(file, printed, bytes - 1, 0);
    close(file);
    assert_true(got >= 0);
    printed[got] = '\0';
}

static void what_cannot_be_read_is_named_and_left_out(void **state)
{
    (void)state;
    char folder[TEST_PATH_MAX], path[2 * TEST_PATH_MAX], printed[2000], expected[2000];
    vb_message message;
    new_folder("unreadable", folder);
    snprintf(path, sizeof path, "%s/bad.json", folder);
    write_text(path, "{}", 0644);
    snprintf(path, sizeof path, "%s/sub.json", folder);
    assert_int_equal(mkdir(path, 0755), 0);

    opened_with_stderr(folder, &message, printed, sizeof printed);
    snprintf(expected, sizeof expected, "None of the baselines in %s can be read.", folder);
    assert_string_equal(message.text, expected);

    save(folder, "good.json", TEST_STARTED);
    opened_with_stderr(folder, &message, printed, sizeof printed);
    assert_string_equal(message.text, "good");
    snprintf(expected, sizeof expected,
             "vbench: left out: %s/bad.json is not a Velox Bench result: `vbench` is missing.\n"
             "vbench: left out: %s/sub.json is not a file.\n",
             folder, folder);
    assert_string_equal(printed, expected);
}

static void path_without_memory_is_told(void **state)
{
    (void)state;
    vb_message message;
    path_fails = true;
    assert_null(vb_baseline_path("baselines", "old", &message));
    assert_string_equal(message.text, "There is not enough memory.");
    assert_string_equal(opened("baselines", "old", &message), "There is not enough memory.");
    path_fails = false;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_file_names_that_lead_nowhere_else),
        cmocka_unit_test(names_have_up_to_100_characters),
        cmocka_unit_test(path_is_the_name_in_the_folder),
        cmocka_unit_test(baseline_is_opened_by_name_or_path),
        cmocka_unit_test(unknown_name_lists_those_that_there_are),
        cmocka_unit_test(long_list_of_names_is_cut_and_says_so),
        cmocka_unit_test(newest_is_the_one_measured_last_whatever_the_files_times),
        cmocka_unit_test(what_cannot_be_read_is_named_and_left_out),
        cmocka_unit_test(path_without_memory_is_told),
    };
    return cmocka_run_group_tests_name("baseline_store", tests, make_test_folder,
                                       remove_test_folder);
}
