/* Writing a file: whatever fails, the old one or the new one is there, and nothing beside it. */
#define _GNU_SOURCE
#include "test_files.h"

#include "runner/write_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/wait.h>

/* Which calls go wrong; each counts down to its failure, -1: never. */
static struct {
    int write, fsync, close, rename;
    int error;
    size_t write_at_most; /* bytes of one call; 0: all */
} faults;

ssize_t __real_write(int fd, const void *bytes, size_t count);
int __real_fsync(int fd);
int __real_close(int fd);
int __real_rename(const char *from, const char *to);
ssize_t __wrap_write(int fd, const void *bytes, size_t count);
int __wrap_fsync(int fd);
int __wrap_close(int fd);
int __wrap_rename(const char *from, const char *to);

static bool goes_wrong(int *countdown)
{
    if (*countdown < 0 || (*countdown)-- > 0)
        return false;
    errno = faults.error;
    return true;
}

ssize_t __wrap_write(int fd, const void *bytes, size_t count)
{
    if (goes_wrong(&faults.write))
        return -1;
    if (faults.write_at_most > 0 && count > faults.write_at_most)
        count = faults.write_at_most;
    return __real_write(fd, bytes, count);
}

int __wrap_fsync(int fd)
{
    return goes_wrong(&faults.fsync) ? -1 : __real_fsync(fd);
}

int __wrap_close(int fd)
{
    bool wrong = goes_wrong(&faults.close);
    int status = __real_close(fd); /* also when it reports an error, a descriptor is gone */
    if (wrong)
        errno = faults.error;
    return wrong ? -1 : status;
}

int __wrap_rename(const char *from, const char *to)
{
    return goes_wrong(&faults.rename) ? -1 : __real_rename(from, to);
}

static vb_message message;
static char path[TEST_PATH_MAX];

static int no_faults(void **state)
{
    (void)state;
    memset(&faults, 0, sizeof faults);
    faults.write = faults.fsync = faults.close = faults.rename = -1;
    return 0;
}

static int entries_in(const char *folder)
{
    int entries = 0;
    DIR *opened = opendir(folder);
    assert_non_null(opened);
    for (struct dirent *entry; (entry = readdir(opened));)
        entries += entry->d_name[0] != '.';
    closedir(opened);
    return entries;
}

static void assert_holds(const char *file, const char *text)
{
    char found[256] = "";
    FILE *opened = fopen(file, "r");
    assert_non_null(opened);
    size_t length = fread(found, 1, sizeof found - 1, opened);
    fclose(opened);
    found[length] = '\0';
    assert_string_equal(found, text);
}

/* A folder of its own for each test, so that what is left in it can be counted. */
static const char *in_new_folder(const char *folder, const char *name)
{
    char made[TEST_PATH_MAX];
    assert_int_equal(mkdir(in_test_folder(folder, made), 0755), 0);
    assert_true(snprintf(path, sizeof path, "%s/%s", made, name) < (int)sizeof path);
    return path;
}

static const char *folder_of(const char *file)
{
    static char folder[TEST_PATH_MAX];
    strcpy(folder, file);
    *strrchr(folder, '/') = '\0';
    return folder;
}

/* Permissions do not bind root. */
static void drop_root(void)
{
    enum { NOBODY = 65534 };
    if (getuid() == 0)
        assert_int_equal(seteuid(NOBODY), 0);
}

static void regain_root(void)
{
    if (getuid() == 0)
        assert_int_equal(seteuid(0), 0);
}

static int write_new(const char *file)
{
    return vb_write_file(file, "new text\n", 9, &message);
}

static void new_file_is_written(void **state)
{
    (void)state;
    const char *file = in_new_folder("fresh", "file");
    assert_int_equal(write_new(file), 0);
    assert_holds(file, "new text\n");
    assert_int_equal(entries_in(folder_of(file)), 1);
}

static void old_file_is_replaced_whole(void **state)
{
    (void)state;
    const char *file = in_new_folder("replaced", "file");
    write_text(file, "an old text that is longer than the new one\n", 0644);
    assert_int_equal(write_new(file), 0);
    assert_holds(file, "new text\n");
    assert_int_equal(entries_in(folder_of(file)), 1);
}

static void reader_of_the_old_file_goes_on_reading_it(void **state)
{
    (void)state;
    const char *file = in_new_folder("read", "file");
    write_text(file, "old\n", 0644);
    FILE *reader = fopen(file, "r");
    assert_non_null(reader);
    assert_int_equal(write_new(file), 0);
    char line[16];
    assert_non_null(fgets(line, sizeof line, reader));
    fclose(reader);
    assert_string_equal(line, "old\n");
}

static void nothing_at_all_can_be_written(void **state)
{
    (void)state;
    const char *file = in_new_folder("empty", "file");
    assert_int_equal(vb_write_file(file, "", 0, &message), 0);
    assert_holds(file, "");
}

static void bare_name_is_written_in_the_current_folder(void **state)
{
    (void)state;
    char before[4096];
    in_new_folder("current", "bare");
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(folder_of(path)), 0);
    int status = write_new("bare");
    assert_int_equal(chdir(before), 0);
    assert_int_equal(status, 0);
    assert_holds(path, "new text\n");
}

static void text_that_is_written_in_pieces_arrives_whole(void **state)
{
    (void)state;
    const char *file = in_new_folder("pieces", "file");
    faults.write_at_most = 2;
    faults.write = 2; /* and the third call is interrupted */
    faults.error = EINTR;
    assert_int_equal(write_new(file), 0);
    assert_holds(file, "new text\n");
}

static void symbolic_link_stays_and_its_file_is_replaced(void **state)
{
    (void)state;
    struct stat found;
    char target[TEST_PATH_MAX + 8];
    const char *file = in_new_folder("linked", "link");
    snprintf(target, sizeof target, "%s/target", folder_of(file));
    write_text(target, "old\n", 0644);
    assert_int_equal(symlink("target", file), 0);
    assert_int_equal(write_new(file), 0);
    assert_int_equal(lstat(file, &found), 0);
    assert_true(S_ISLNK(found.st_mode));
    assert_holds(target, "new text\n");
    assert_int_equal(entries_in(folder_of(file)), 2);
}

static void pipe_is_written_into_and_stays(void **state)
{
    (void)state;
    struct stat found;
    char text[16] = "";
    const char *file = in_new_folder("pipe", "fifo");
    assert_int_equal(mkfifo(file, 0600), 0);
    int reader = open(file, O_RDONLY | O_NONBLOCK);
    assert_true(reader >= 0);
    int status = write_new(file);
    ssize_t got = read(reader, text, sizeof text - 1);
    close(reader);
    assert_int_equal(status, 0);
    assert_int_equal(got, 9);
    assert_string_equal(text, "new text\n");
    assert_int_equal(lstat(file, &found), 0);
    assert_true(S_ISFIFO(found.st_mode));
}

static void full_device_is_told(void **state)
{
    (void)state;
    struct stat found;
    if (stat("/dev/full", &found) != 0 || !S_ISCHR(found.st_mode)) {
        print_message("there is no /dev/full\n");
        skip();
    }
    drop_root(); /* who could put a file in its place */
    int status = write_new("/dev/full");
    regain_root();
    assert_int_equal(status, -1);
    assert_string_equal(message.text, "/dev/full cannot be written: No space left on device.");
}

static void missing_folder_is_told(void **state)
{
    (void)state;
    char sentence[2 * TEST_PATH_MAX];
    const char *file = in_test_folder("nowhere/file", path);
    assert_int_equal(write_new(file), -1);
    snprintf(sentence, sizeof sentence, "%s cannot be written: No such file or directory.", file);
    assert_string_equal(message.text, sentence);
}

static void folder_in_the_place_of_the_file_stays(void **state)
{
    (void)state;
    struct stat found;
    const char *file = in_new_folder("taken", "file");
    assert_int_equal(mkdir(file, 0755), 0);
    assert_int_equal(write_new(file), -1);
    assert_int_equal(stat(file, &found), 0);
    assert_true(S_ISDIR(found.st_mode));
    assert_int_equal(entries_in(folder_of(file)), 1);
}

static void read_only_folder_keeps_the_old_file(void **state)
{
    (void)state;
    const char *file = in_new_folder("read_only", "file");
    write_text(file, "old\n", 0644);
    assert_int_equal(chmod(test_folder, 0755), 0);
    assert_int_equal(chmod(folder_of(file), 0555), 0);
    drop_root();
    int status = write_new(file);
    regain_root();
    assert_int_equal(chmod(folder_of(file), 0755), 0);
    assert_int_equal(status, -1);
    assert_non_null(strstr(message.text, "file cannot be written: Permission denied."));
    assert_holds(file, "old\n");
    assert_int_equal(entries_in(folder_of(file)), 1);
}

/* One call goes wrong: the old file is whole, and no other is there. */
static void assert_old_file_survives(const char *folder, int *fault, int after, int error)
{
    char sentence[2 * TEST_PATH_MAX];
    const char *file = in_new_folder(folder, "file");
    write_text(file, "old\n", 0644);
    *fault = after;
    faults.error = error;
    int status = write_new(file);
    no_faults(NULL);
    assert_int_equal(status, -1);
    assert_holds(file, "old\n");
    assert_int_equal(entries_in(folder_of(file)), 1);
    assert_int_equal(write_new(file), 0); /* and the next time it works */
    snprintf(sentence, sizeof sentence, "%s cannot be written: %s.", file, strerror(error));
    assert_string_equal(message.text, sentence);
}

static void write_that_fails_keeps_the_old_file(void **state)
{
    (void)state;
    assert_old_file_survives("write", &faults.write, 0, EIO);
}

static void disk_that_fills_up_keeps_the_old_file(void **state)
{
    (void)state;
    faults.write_at_most = 4;
    assert_old_file_survives("full", &faults.write, 1, ENOSPC);
}

static void sync_that_fails_keeps_the_old_file(void **state)
{
    (void)state;
    assert_old_file_survives("sync", &faults.fsync, 0, EIO);
}

static void close_that_fails_keeps_the_old_file(void **state)
{
    (void)state;
    assert_old_file_survives("close", &faults.close, 0, EDQUOT);
}

static void rename_that_fails_keeps_the_old_file(void **state)
{
    (void)state;
    assert_old_file_survives("rename", &faults.rename, 0, EXDEV);
}

static void file_system_that_cannot_sync_a_folder_is_no_error(void **state)
{
    (void)state;
    const char *file = in_new_folder("folder_sync", "file");
    faults.fsync = 1; /* the file's succeeds, the folder's does not */
    faults.error = EINVAL;
    assert_int_equal(write_new(file), 0);
    assert_holds(file, "new text\n");
}

static void folder_that_fails_to_sync_does_not_undo_the_new_file(void **state)
{
    (void)state;
    const char *file = in_new_folder("folder_io", "file");
    write_text(file, "old\n", 0644);
    faults.fsync = 1;
    faults.error = EIO;
    assert_int_equal(write_new(file), 0); /* it is there for all to see: that is no failure */
    assert_holds(file, "new text\n");
    assert_int_equal(entries_in(folder_of(file)), 1);
}

/* A process that has been waited for: its number names nobody. */
static pid_t dead_process(void)
{
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    return child;
}

static void lay(const char *folder, const char *name, long pid, const char *end)
{
    char place[TEST_PATH_MAX + 64];
    snprintf(place, sizeof place, "%s/%s.%ld%s", folder, name, pid, end);
    write_text(place, "half of", 0644);
}

static void temporary_files_of_dead_writers_are_removed(void **state)
{
    (void)state;
    const char *file = in_new_folder("stale", "file");
    lay(folder_of(file), "file", (long)dead_process(), ".tmp");
    lay(folder_of(file), "file", (long)getpid(), ".tmp"); /* a former process of our number */
    assert_int_equal(write_new(file), 0);
    assert_holds(file, "new text\n");
    assert_int_equal(entries_in(folder_of(file)), 1);
}

static void other_files_are_not_taken_for_temporary_ones(void **state)
{
    (void)state;
    const char *file = in_new_folder("not_stale", "file");
    const char *folder = folder_of(file);
    long dead = (long)dead_process();
    lay(folder, "file", (long)getppid(), ".tmp"); /* alive */
    lay(folder, "other", dead, ".tmp");
    lay(folder, "file", dead, ".old");
    lay(folder, "file", dead, ".tmp.tmp");
    lay(folder, "a.file", dead, ".tmp");
    lay(folder, "file", -dead, ".tmp");
    lay(folder, "file.", dead, ".tmp");
    assert_int_equal(write_new(file), 0);
    assert_int_equal(entries_in(folder_of(file)), 8);
}

static void link_in_the_place_of_the_temporary_file_is_not_followed(void **state)
{
    (void)state;
    char place[TEST_PATH_MAX + 64], victim[TEST_PATH_MAX];
    const char *file = in_new_folder("trap", "file");
    write_text(in_test_folder("victim", victim), "victim\n", 0644);
    snprintf(place, sizeof place, "%s.%ld.tmp", file, (long)getpid());
    assert_int_equal(symlink(victim, place), 0);
    assert_int_equal(write_new(file), 0);
    assert_holds(victim, "victim\n");
    assert_holds(file, "new text\n");
}

static void folder_in_the_place_of_the_temporary_file_is_told(void **state)
{
    (void)state;
    char place[TEST_PATH_MAX + 64];
    const char *file = in_new_folder("blocked", "file");
    write_text(file, "old\n", 0644);
    snprintf(place, sizeof place, "%s.%ld.tmp", file, (long)getpid());
    assert_int_equal(mkdir(place, 0755), 0);
    assert_int_equal(write_new(file), -1);
    assert_non_null(strstr(message.text, "cannot be written: File exists."));
    assert_holds(file, "old\n");
}

static void place_for_a_file_is_told_writable_beforehand(void **state)
{
    (void)state;
    const char *file = in_new_folder("beforehand", "file");
    assert_int_equal(vb_check_writable(file, &message), 0);
    assert_int_equal(entries_in(folder_of(file)), 0);
    write_text(file, "old\n", 0444); /* it would be replaced, not written */
    assert_int_equal(vb_check_writable(file, &message), 0);
    assert_int_equal(vb_check_writable("/dev/null", &message), 0);
    assert_holds(file, "old\n");
}

static void place_without_a_folder_is_told_beforehand(void **state)
{
    (void)state;
    assert_int_equal(vb_check_writable(in_test_folder("nowhere/file", path), &message), -1);
    assert_non_null(strstr(message.text, "cannot be written: No such file or directory."));
    assert_int_equal(vb_check_writable(test_folder, &message), -1);
    assert_non_null(strstr(message.text, "cannot be written: Is a directory."));
}

static void folders_are_made_with_those_above(void **state)
{
    (void)state;
    struct stat found;
    in_test_folder("one/two/three", path);
    assert_int_equal(vb_make_folder(path, &message), 0);
    assert_int_equal(stat(path, &found), 0);
    assert_true(S_ISDIR(found.st_mode));
    assert_int_equal(vb_make_folder(path, &message), 0); /* and again */
    strcat(path, "/");
    assert_int_equal(vb_make_folder(path, &message), 0);
}

static void folder_in_the_place_of_a_file_is_refused(void **state)
{
    (void)state;
    write_text(in_test_folder("a_file", path), "", 0644);
    assert_int_equal(vb_make_folder(path, &message), -1);
    assert_non_null(strstr(message.text, "a_file cannot be made: Not a directory."));
    strcat(path, "/below");
    assert_int_equal(vb_make_folder(path, &message), -1);
}

#define write_test(name) cmocka_unit_test_setup(name, no_faults)

int main(void)
{
    const struct CMUnitTest tests[] = {
        write_test(new_file_is_written),
        write_test(old_file_is_replaced_whole),
        write_test(reader_of_the_old_file_goes_on_reading_it),
        write_test(nothing_at_all_can_be_written),
        write_test(bare_name_is_written_in_the_current_folder),
        write_test(text_that_is_written_in_pieces_arrives_whole),
        write_test(symbolic_link_stays_and_its_file_is_replaced),
        write_test(pipe_is_written_into_and_stays),
        write_test(full_device_is_told),
        write_test(missing_folder_is_told),
        write_test(folder_in_the_place_of_the_file_stays),
        write_test(read_only_folder_keeps_the_old_file),
        write_test(write_that_fails_keeps_the_old_file),
        write_test(disk_that_fills_up_keeps_the_old_file),
        write_test(sync_that_fails_keeps_the_old_file),
        write_test(close_that_fails_keeps_the_old_file),
        write_test(rename_that_fails_keeps_the_old_file),
        write_test(file_system_that_cannot_sync_a_folder_is_no_error),
        write_test(folder_that_fails_to_sync_does_not_undo_the_new_file),
        write_test(temporary_files_of_dead_writers_are_removed),
        write_test(other_files_are_not_taken_for_temporary_ones),
        write_test(link_in_the_place_of_the_temporary_file_is_not_followed),
        write_test(folder_in_the_place_of_the_temporary_file_is_told),
        write_test(place_for_a_file_is_told_writable_beforehand),
        write_test(place_without_a_folder_is_told_beforehand),
        write_test(folders_are_made_with_those_above),
        write_test(folder_in_the_place_of_a_file_is_refused),
    };
    no_faults(NULL); /* already for the folder's making */
    return cmocka_run_group_tests_name("write_file", tests, make_test_folder, remove_test_folder);
}
