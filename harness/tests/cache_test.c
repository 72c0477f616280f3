/* The cache: only what is complete is found, what nobody finished or uses goes, nothing else does.
 */
#define _GNU_SOURCE
#include "test_files.h"

#include "runner/cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <time.h>

int __real_fsync(int fd);
int __wrap_fsync(int fd);
static int fsync_error;

int __wrap_fsync(int fd)
{
    errno = fsync_error;
    return fsync_error ? -1 : __real_fsync(fd);
}

static vb_message message;
static char cache[TEST_PATH_MAX];

static char *opened(const char *name)
{
    char *found = NULL;
    if (vb_cache_open(in_test_folder(name, cache), &found, &message) != 0)
        fail_msg("%s", message.text);
    return found;
}

static int entries_in(const char *folder)
{
    int entries = 0;
    DIR *listed = opendir(folder);
    assert_non_null(listed);
    for (struct dirent *entry; (entry = readdir(listed));)
        entries += entry->d_name[0] != '.';
    closedir(listed);
    return entries;
}

static void fill(const char *folder, const char *text)
{
    char path[2 * TEST_PATH_MAX];
    assert_true(snprintf(path, sizeof path, "%s/text", folder) < (int)sizeof path);
    write_text(path, text, 0644);
}

static void assert_filled(const char *folder, const char *text)
{
    char path[2 * TEST_PATH_MAX], found[64] = "";
    assert_true(snprintf(path, sizeof path, "%s/text", folder) < (int)sizeof path);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(found, sizeof found, file));
    fclose(file);
    assert_int_equal(strncmp(found, text, sizeof found - 1), 0); /* of a long text its beginning */
}

static void make_entry(const char *where, const char *key, const char *text)
{
    char *folder;
    assert_int_equal(vb_cache_find(where, "kind", key, &folder, &message), 0);
    fill(folder, text);
    assert_int_equal(vb_cache_keep(where, "kind", key, &folder, &message), 0);
    assert_filled(folder, text);
    free(folder);
}

/* In another process, which ends: what it locked is free again. */
static void make_entry_elsewhere(const char *where, const char *key, const char *text)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        make_entry(where, key, text);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void assert_there(const char *where, const char *key, int there)
{
    char path[2 * TEST_PATH_MAX];
    assert_true(snprintf(path, sizeof path, "%s/kind-%s.entry", where, key) < (int)sizeof path);
    assert_int_equal(access(path, F_OK) == 0, there);
}

static void entry_is_found_once_it_is_complete(void **state)
{
    (void)state;
    char *where = opened("complete"), *making, *other;
    assert_int_equal(vb_cache_find(where, "kind", "a", &making, &message), 0);
    assert_int_equal(entries_in(making), 0);
    fill(making, "a");
    assert_int_equal(vb_cache_find(where, "kind", "a", &other, &message), 0); /* not yet */
    assert_string_not_equal(making, other);
    assert_int_equal(vb_cache_keep(where, "kind", "a", &making, &message), 0);
    vb_cache_drop(&other);
    assert_null(other);
    assert_int_equal(vb_cache_find(where, "kind", "a", &other, &message), 1);
    assert_string_equal(making, other);
    assert_filled(other, "a");
    assert_int_equal(entries_in(where), 1);
    free(making);
    free(other);
    free(where);
}

static void keys_and_kinds_have_entries_of_their_own(void **state)
{
    (void)state;
    char *where = opened("kinds"), *folder;
    make_entry(where, "a", "a");
    assert_int_equal(vb_cache_find(where, "kind", "b", &folder, &message), 0);
    vb_cache_drop(&folder);
    assert_int_equal(vb_cache_find(where, "other", "a", &folder, &message), 0);
    vb_cache_drop(&folder);
    vb_cache_drop(&folder); /* NULL-safe */
    vb_cache_drop(NULL);
    assert_int_equal(entries_in(where), 1);
    free(where);
}

static void damaged_entry_can_be_dropped_and_made_again(void **state)
{
    (void)state;
    char *where = opened("damaged"), *folder;
    make_entry(where, "a", "damaged");
    assert_int_equal(vb_cache_find(where, "kind", "a", &folder, &message), 1);
    vb_cache_drop(&folder);
    assert_int_equal(entries_in(where), 0);
    make_entry(where, "a", "whole");
    free(where);
}

/* What the callbacks of vb_cache_get are to do, and what they did. */
typedef struct {
    const char *where;
    const char *text;      /* that a sound entry has; "" makes damaged ones */
    const char *meanwhile; /* made by another process while this one makes; NULL: nothing */
    int fails;             /* what making returns */
    int checked, made;
} getting;

static int is_sound(const char *folder, void *context, vb_message *why)
{
    getting *get = context;
    char path[2 * TEST_PATH_MAX], found[64] = "";
    get->checked++;
    assert_true(snprintf(path, sizeof path, "%s/text", folder) < (int)sizeof path);
    FILE *file = fopen(path, "r");
    bool read = file && fgets(found, sizeof found, file);
    if (file)
        fclose(file);
    return read && strcmp(found, "whole") == 0 ? 0 : vb_say(why, "It is damaged.");
}

static int make(const char *folder, void *context, vb_message *why)
{
    getting *get = context;
    get->made++;
    fill(folder, get->text);
    if (get->meanwhile)
        make_entry_elsewhere(get->where, "a", get->meanwhile);
    if (get->fails)
        vb_say(why, "It cannot be made.");
    return get->fails;
}

static void assert_got(getting *get, int checked, int made)
{
    char *folder;
    int status = vb_cache_get(get->where, "kind", "a", is_sound, make, get, &folder, &message);
    if (status != 0)
        fail_msg("%s", message.text);
    assert_filled(folder, "whole");
    assert_int_equal(get->checked, checked);
    assert_int_equal(get->made, made);
    assert_int_equal(entries_in(get->where), 1);
    free(folder);
}

static void entry_is_got_found_or_made(void **state)
{
    (void)state;
    char *where = opened("got");
    getting first = {.where = where, .text = "whole"}, second = first;
    assert_got(&first, 1, 1);
    assert_got(&second, 1, 0);
    free(where);
}

static void damaged_entry_is_got_made_anew(void **state)
{
    (void)state;
    char *where = opened("got_damaged");
    getting get = {.where = where, .text = "whole"};
    make_entry(where, "a", "half");
    assert_got(&get, 2, 1);
    free(where);
}

/* What the other one made is asked whether it is sound, too: its contents are taken then. */
static void entry_that_another_process_made_meanwhile_is_got(void **state)
{
    (void)state;
    char *where = opened("got_meanwhile");
    getting get = {.where = where, .text = "ours", .meanwhile = "whole"};
    assert_got(&get, 1, 1);
    free(where);
}

static void what_cannot_be_made_is_not_got_and_leaves_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int fails, status;
        const char *told;
    } cases[] = {{"whole", 1, 1, "It cannot be made."},
                 {"whole", -EINTR, -EINTR, "It cannot be made."},
                 {"half", 0, -1, "It is damaged."}};
    char *where = opened("not_got"), *folder;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        getting get = {.where = where, .text = cases[i].text, .fails = cases[i].fails};
        assert_int_equal(vb_cache_get(where, "kind", "a", is_sound, make, &get, &folder, &message),
                         cases[i].status);
        assert_string_equal(message.text, cases[i].told);
        assert_int_equal(get.made, 1);
        assert_null(folder);
        assert_int_equal(entries_in(where), 0);
    }
    free(where);
}

static void killed_writers_leftovers_are_removed(void **state)
{
    (void)state;
    char *where = opened("killed"), *again;
    pid_t child = fork();
    if (child == 0) {
        char *folder, inner[2 * TEST_PATH_MAX];
        if (vb_cache_find(where, "kind", "a", &folder, &message) != 0)
            _exit(1);
        fill(folder, "half of");
        snprintf(inner, sizeof inner, "%s/inner", folder);
        mkdir(inner, 0755);
        fill(inner, "half of");
        raise(SIGKILL);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(entries_in(where), 1);
    assert_there(where, "a", 0);
    again = opened("killed");
    assert_string_equal(again, where);
    assert_int_equal(entries_in(where), 0);
    free(again);
    free(where);
}

static void what_a_living_process_makes_stays(void **state)
{
    (void)state;
    char *where = opened("alive"), *again;
    int told[2], done[2];
    char byte;
    assert_int_equal(pipe(told), 0);
    assert_int_equal(pipe(done), 0);
    pid_t child = fork();
    if (child == 0) {
        char *folder;
        close(done[1]);
        int found = vb_cache_find(where, "kind", "a", &folder, &message);
        _exit(found == 0 && write(told[1], "x", 1) == 1 && read(done[0], &byte, 1) == 0 &&
                      vb_cache_keep(where, "kind", "a", &folder, &message) == 0
                  ? 0
                  : 1);
    }
    close(done[0]);
    assert_int_equal(read(told[0], &byte, 1), 1);
    again = opened("alive");
    assert_int_equal(entries_in(where), 1);
    close(done[1]);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_there(where, "a", 1);
    close(told[0]);
    close(told[1]);
    free(again);
    free(where);
}

static void set_used(const char *where, const char *key, time_t seconds_ago)
{
    char path[2 * TEST_PATH_MAX];
    const struct timespec used = {.tv_sec = time(NULL) - seconds_ago};
    const struct timespec times[2] = {used, used};
    assert_true(snprintf(path, sizeof path, "%s/kind-%s.entry", where, key) < (int)sizeof path);
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void entries_unused_for_longest_go_first(void **state)
{
    (void)state;
    enum { EACH = 64 << 10 };
    static char text[EACH + 1];
    memset(text, 'x', EACH);
    char *where = opened("evicted"), *folder;
    const char *keys[] = {"a", "b", "c", "d"};
    for (int i = 0; i < 4; i++)
        make_entry_elsewhere(where, keys[i], text);
    vb_cache_tidy(where, 8 * EACH); /* all have room */
    assert_int_equal(entries_in(where), 4);
    for (int i = 0; i < 4; i++)
        set_used(where, keys[i], 400 - 100 * i);
    pid_t child = fork();
    if (child == 0) /* the oldest is used again */
        _exit(vb_cache_find(where, "kind", "a", &folder, &message) == 1 ? 0 : 1);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    vb_cache_tidy(where, 2 * EACH + EACH / 2);
    assert_there(where, "a", 1);
    assert_there(where, "b", 0);
    assert_there(where, "c", 0);
    assert_there(where, "d", 1);
    assert_int_equal(entries_in(where), 2);
    free(where);
}

static void entries_in_use_are_not_evicted(void **state)
{
    (void)state;
    char *where = opened("used");
    make_entry(where, "a", "used"); /* by this process */
    make_entry_elsewhere(where, "b", "unused");
    set_used(where, "a", 1000);
    vb_cache_tidy(where, 0);
    assert_there(where, "a", 1);
    assert_there(where, "b", 0);
    free(where);
}

static void nothing_but_entries_is_touched(void **state)
{
    (void)state;
    char path[2 * TEST_PATH_MAX];
    char *where = opened("foreign");
    snprintf(path, sizeof path, "%s/precious", where);
    assert_int_equal(mkdir(path, 0755), 0);
    fill(path, "precious");
    fill(where, "precious");
    vb_cache_tidy(where, 0);
    assert_filled(path, "precious");
    assert_filled(where, "precious");
    free(where);
}

static void processes_that_make_the_same_entry_share_the_first(void **state)
{
    (void)state;
    enum { RACERS = 8 };
    char *where = opened("race");
    pid_t racers[RACERS];
    for (int i = 0; i < RACERS; i++) {
        racers[i] = fork();
        if (racers[i] != 0)
            continue;
        char *mine = opened("race"), *folder; /* tidies while others make */
        for (int round = 0; round < 50; round++) {
            char key[16];
            snprintf(key, sizeof key, "%d", round);
            int found = vb_cache_find(mine, "kind", key, &folder, &message);
            if (found < 0)
                _exit(1);
            if (found == 0) {
                fill(folder, "the same");
                if (vb_cache_keep(mine, "kind", key, &folder, &message) != 0)
                    _exit(2);
            }
            assert_filled(folder, "the same");
            free(folder);
            vb_cache_tidy(mine, UINT64_MAX);
        }
        free(mine);
        _exit(0);
    }
    for (int i = 0; i < RACERS; i++) {
        int status;
        assert_int_equal(waitpid(racers[i], &status, 0), racers[i]);
        assert_int_equal(status, 0);
    }
    assert_int_equal(entries_in(where), 50);
    free(where);
}

static void disk_that_fails_keeps_no_entry(void **state)
{
    (void)state;
    char *where = opened("broken"), *folder;
    assert_int_equal(vb_cache_find(where, "kind", "a", &folder, &message), 0);
    fill(folder, "a");
    fsync_error = EIO;
    int status = vb_cache_keep(where, "kind", "a", &folder, &message);
    fsync_error = 0;
    assert_int_equal(status, -1);
    assert_non_null(strstr(message.text, "cannot be kept in"));
    assert_there(where, "a", 0);
    vb_cache_drop(&folder);
    assert_int_equal(entries_in(where), 0);
    free(where);
}

static void folder_is_chosen_by_name_then_xdg_then_home(void **state)
{
    (void)state;
    char path[TEST_PATH_MAX], *found;
    setenv("XDG_CACHE_HOME", in_test_folder("xdg", path), 1);
    setenv("HOME", in_test_folder("home", path), 1);
    assert_int_equal(vb_cache_open(in_test_folder("named", path), &found, &message), 0);
    assert_non_null(strstr(found, "/named"));
    free(found);
    assert_int_equal(vb_cache_open(NULL, &found, &message), 0);
    assert_non_null(strstr(found, "/xdg/vbench"));
    free(found);
    setenv("XDG_CACHE_HOME", "relative", 1); /* counts as none */
    assert_int_equal(vb_cache_open(NULL, &found, &message), 0);
    assert_non_null(strstr(found, "/home/.cache/vbench"));
    free(found);
    unsetenv("XDG_CACHE_HOME");
    unsetenv("HOME");
    assert_int_equal(vb_cache_open(NULL, &found, &message), -1);
    assert_null(found);
    assert_non_null(strstr(message.text, "XDG_CACHE_HOME nor HOME"));
    write_text(in_test_folder("file", path), "", 0644);
    assert_int_equal(vb_cache_open(path, &found, &message), -1);
    assert_non_null(strstr(message.text, "file"));
}

static void folder_is_removed_with_all_in_it_and_links_are_not_followed(void **state)
{
    (void)state;
    char *where = opened("removed");
    char outside[TEST_PATH_MAX], inner[2 * TEST_PATH_MAX], path[3 * TEST_PATH_MAX];
    assert_int_equal(mkdir(in_test_folder("outside", outside), 0755), 0);
    fill(outside, "outside");
    snprintf(inner, sizeof inner, "%s/inner", where);
    assert_int_equal(mkdir(inner, 0755), 0);
    fill(inner, "inside");
    snprintf(path, sizeof path, "%s/link", inner);
    assert_int_equal(symlink(outside, path), 0);
    assert_int_equal(vb_remove_folder(where), 0);
    assert_int_equal(access(where, F_OK), -1);
    assert_filled(outside, "outside");
    assert_int_equal(vb_remove_folder(where), 0); /* a missing one is no error */
    free(where);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entry_is_found_once_it_is_complete),
        cmocka_unit_test(keys_and_kinds_have_entries_of_their_own),
        cmocka_unit_test(damaged_entry_can_be_dropped_and_made_again),
        cmocka_unit_test(entry_is_got_found_or_made),
        cmocka_unit_test(damaged_entry_is_got_made_anew),
        cmocka_unit_test(entry_that_another_process_made_meanwhile_is_got),
        cmocka_unit_test(what_cannot_be_made_is_not_got_and_leaves_nothing),
        cmocka_unit_test(killed_writers_leftovers_are_removed),
        cmocka_unit_test(what_a_living_process_makes_stays),
        cmocka_unit_test(entries_unused_for_longest_go_first),
        cmocka_unit_test(entries_in_use_are_not_evicted),
        cmocka_unit_test(nothing_but_entries_is_touched),
        cmocka_unit_test(processes_that_make_the_same_entry_share_the_first),
        cmocka_unit_test(disk_that_fails_keeps_no_entry),
        cmocka_unit_test(folder_is_chosen_by_name_then_xdg_then_home),
        cmocka_unit_test(folder_is_removed_with_all_in_it_and_links_are_not_followed),
    };
    return cmocka_run_group_tests_name("cache", tests, make_test_folder, remove_test_folder);
}
