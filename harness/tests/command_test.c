/* Programs that are run to their end: what they say, how they end, and that nothing is left. */
#define _GNU_SOURCE
#include "test_files.h"

#include "runner/command.h"
#include "runner/process.h"
#include "runner/shortfall.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

static vb_message why;
static char output[64];

static int run_with(const vb_command_options *options, const char *body)
{
    char *const arguments[] = {"sh", "-c", (char *)body, NULL};
    why.text[0] = '\0';
    return vb_command_run(arguments, options, output, sizeof output, &why);
}

static int run(const char *body)
{
    return run_with(NULL, body);
}

static char *contents(const char *path, char *text, size_t bytes)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t length = fread(text, 1, bytes - 1, file);
    text[length] = '\0';
    fclose(file);
    return text;
}

static void what_it_prints_is_kept(void **state)
{
    (void)state;
    assert_int_equal(run("echo first; echo of no interest >&2; echo second"), 0);
    assert_string_equal(output, "first\nsecond\n");
}

static void output_that_does_not_fit_is_cut_and_the_rest_read(void **state)
{
    (void)state;
    assert_int_equal(run("yes 1234567 | head -c 1000000"), 0);
    assert_int_equal(strlen(output), sizeof output - 1);
    assert_memory_equal(output, "1234567\n1234567\n", 16);
}

static void output_need_not_be_wanted(void **state)
{
    (void)state;
    char *const quiet[] = {"sh", "-c", "yes | head -c 300000", NULL};
    assert_int_equal(vb_command_run(quiet, NULL, NULL, 0, &why), 0);
}

static void a_command_without_a_word_leaves_an_empty_text(void **state)
{
    (void)state;
    strcpy(output, "of before");
    assert_int_equal(run("true"), 0);
    assert_string_equal(output, "");
}

static void the_exit_code_is_returned(void **state)
{
    (void)state;
    assert_int_equal(run("exit 7"), 7);
    assert_string_equal(why.text, "sh ended with exit code 7");
}

static void the_last_words_are_told(void **state)
{
    (void)state;
    assert_int_equal(run("echo one >&2; echo two >&2; echo three >&2; echo; exit 3"), 3);
    assert_string_equal(why.text, "sh ended with exit code 3: two three");
}

static void the_last_words_of_much_are_told_whole(void **state)
{
    (void)state;
    assert_int_equal(
        run("yes 'line upon line' | head -n 5000 >&2; echo; echo 'the end' >&2; exit 1"), 1);
    assert_string_equal(why.text, "sh ended with exit code 1: line upon line the end");
}

static void who_says_nothing_on_stderr_is_heard_on_stdout(void **state)
{
    (void)state;
    assert_int_equal(run("echo it does not work; exit 1"), 1);
    assert_string_equal(why.text, "sh ended with exit code 1: it does not work");
}

static void a_killed_one_is_told(void **state)
{
    (void)state;
    assert_int_equal(run("kill -9 $$"), -1);
    assert_string_equal(why.text, "sh did not end by itself: Killed");
}

static void a_missing_program_is_told(void **state)
{
    (void)state;
    char *const arguments[] = {"no-such-program-anywhere", NULL};
    assert_int_equal(vb_command_run(arguments, NULL, NULL, 0, &why), -ENOENT);
    assert_string_equal(why.text,
                        "no-such-program-anywhere cannot be started: No such file or directory");
    assert_int_equal(vb_shortfall(), 0);
}

static void it_runs_in_its_folder(void **state)
{
    (void)state;
    char resolved[4096];
    assert_non_null(realpath(test_folder, resolved));
    vb_command_options options = {.folder = test_folder};
    assert_int_equal(run_with(&options, "pwd -P"), 0);
    output[strcspn(output, "\n")] = '\0';
    assert_string_equal(output, resolved);
}

static void a_missing_folder_is_told(void **state)
{
    (void)state;
    vb_command_options options = {.folder = "/no/such/folder"};
    assert_int_equal(run_with(&options, "true"), -ENOENT);
}

static void what_a_hook_leaves_behind_is_taken_away(void **state)
{
    (void)state;
    setenv("GIT_DIR", "/elsewhere", 1);
    vb_command_options options = {.without_repository = true};
    assert_int_equal(run_with(&options, "echo \"<$GIT_DIR>\""), 0);
    assert_string_equal(output, "<>\n");
    assert_int_equal(run("echo \"<$GIT_DIR>\""), 0);
    assert_string_equal(output, "</elsewhere>\n");
    unsetenv("GIT_DIR");
}

static void what_a_make_leaves_behind_is_taken_away(void **state)
{
    (void)state;
    setenv("MAKEFLAGS", " -j2 --jobserver-auth=8,9", 1);
    assert_int_equal(run("echo \"<$MAKEFLAGS>\""), 0);
    assert_string_equal(output, "<>\n");
    assert_non_null(getenv("MAKEFLAGS"));
    unsetenv("MAKEFLAGS");
}

static void all_that_it_says_is_appended_to_the_log(void **state)
{
    (void)state;
    char path[TEST_PATH_MAX], text[64];
    write_text(in_test_folder("log", path), "before\n", 0644);
    vb_command_options options = {.log = path};
    assert_int_equal(run_with(&options, "echo said; sleep 0.1; echo complained >&2"), 0);
    assert_string_equal(contents(path, text, sizeof text), "before\nsaid\ncomplained\n");
}

static void a_log_that_cannot_be_written_is_told(void **state)
{
    (void)state;
    vb_command_options options = {.log = "/no/such/folder/log"};
    assert_int_equal(run_with(&options, "true"), -ENOENT);
    vb_shortfall_forget();
}

static void nothing_is_to_be_read_on_its_stdin(void **state)
{
    (void)state;
    assert_int_equal(run("cat; echo end"), 0);
    assert_string_equal(output, "end\n");
}

static void it_has_no_terminal_to_ask_a_question_on(void **state)
{
    (void)state;
    assert_int_not_equal(run("exec </dev/tty"), 0);
}

/* What the test's own caller left open aside. ls has one more, to read the folder with. */
static void the_child_has_no_descriptor_but_the_three(void **state)
{
    (void)state;
    char path[TEST_PATH_MAX];
    vb_command_options options = {.log = in_test_folder("descriptors", path)};
    for (int fd = 3; fd < 1024; fd++)
        fcntl(fd, F_SETFD, FD_CLOEXEC);
    assert_int_equal(run_with(&options, "exec ls /proc/self/fd"), 0);
    assert_string_equal(output, "0\n1\n2\n3\n");
}

static int open_descriptors(void)
{
    int count = 0;
    DIR *opened = opendir("/proc/self/fd");
    assert_non_null(opened);
    while (readdir(opened))
        count++;
    closedir(opened);
    return count;
}

static void neither_a_zombie_nor_a_descriptor_is_left(void **state)
{
    (void)state;
    char *const missing[] = {"no-such-program-anywhere", NULL};
    int before = open_descriptors();
    for (int i = 0; i < 5; i++) {
        run("true");
        run("exit 1");
        run("kill -9 $$");
        vb_command_run(missing, NULL, NULL, 0, &why);
    }
    assert_int_equal(open_descriptors(), before);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static void it_does_not_wait_for_what_the_child_leaves_behind(void **state)
{
    (void)state;
    assert_int_equal(run("sleep 1000 & echo $!"), 0);
    pid_t left = (pid_t)atol(output);
    assert_true(left > 0);
    uint64_t deadline = vb_process_now_ns() + 10000000000u;
    char path[64], stat[256] = "";
    do { /* and ends it */
        snprintf(path, sizeof path, "/proc/%ld/stat", (long)left);
    } while (access(path, F_OK) == 0 && !strstr(contents(path, stat, sizeof stat), ") Z ") &&
             vb_process_now_ns() < deadline);
    assert_true(vb_process_now_ns() < deadline);
}

static void without_descriptors_it_is_told_and_noted(void **state)
{
    (void)state;
    struct rlimit before, few;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    few = before;
    few.rlim_cur = 4;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    int status = run("true");
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(status, -EMFILE);
    assert_int_equal(vb_shortfall(), EMFILE);
    vb_shortfall_forget();
}

/* In a process of its own, because an interrupt is noticed once and for all. Exit code 0: all was
 * as it should be. */
static int in_a_process(int (*scene)(void))
{
    int status = -1;
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        vb_process_catch_interrupts();
        _exit(scene());
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int interrupted_scene(void)
{
    char *const arguments[] = {"sh", "-c", "kill -INT $PPID; sleep 1000", NULL};
    int status = vb_command_run(arguments, NULL, NULL, 0, &why);
    return status == -EINTR && waitpid(-1, NULL, WNOHANG) == -1 ? 0 : 1;
}

static void an_interrupt_ends_it(void **state)
{
    (void)state;
    assert_int_equal(in_a_process(interrupted_scene), 0);
}

static int stubborn_scene(void)
{
    char *const arguments[] = {"sh", "-c", "trap '' INT; kill -INT $PPID; sleep 1000; sleep 1000",
                               NULL};
    return vb_command_run(arguments, NULL, NULL, 0, &why) == -EINTR ? 0 : 1;
}

static void an_interrupt_ends_one_that_does_not_care(void **state)
{
    (void)state;
    assert_int_equal(in_a_process(stubborn_scene), 0);
}

static int cleaning_scene(void)
{
    char *const arguments[] = {"sh", "-c", "kill -INT $PPID; sleep 0.2; exit 5", NULL};
    vb_command_options options = {.to_the_end = true};
    if (vb_command_run(arguments, &options, NULL, 0, &why) != 5)
        return 1;
    if (vb_command_run(arguments, NULL, NULL, 0, &why) != -EINTR)
        return 2;
    return vb_command_run(arguments, &options, NULL, 0, &why) == 5 ? 0 : 3;
}

static void what_cleans_up_is_run_to_its_end(void **state)
{
    (void)state;
    assert_int_equal(in_a_process(cleaning_scene), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_it_prints_is_kept),
        cmocka_unit_test(output_that_does_not_fit_is_cut_and_the_rest_read),
        cmocka_unit_test(output_need_not_be_wanted),
        cmocka_unit_test(a_command_without_a_word_leaves_an_empty_text),
        cmocka_unit_test(the_exit_code_is_returned),
        cmocka_unit_test(the_last_words_are_told),
        cmocka_unit_test(the_last_words_of_much_are_told_whole),
        cmocka_unit_test(who_says_nothing_on_stderr_is_heard_on_stdout),
        cmocka_unit_test(a_killed_one_is_told),
        cmocka_unit_test(a_missing_program_is_told),
        cmocka_unit_test(it_runs_in_its_folder),
        cmocka_unit_test(a_missing_folder_is_told),
        cmocka_unit_test(what_a_hook_leaves_behind_is_taken_away),
        cmocka_unit_test(what_a_make_leaves_behind_is_taken_away),
        cmocka_unit_test(all_that_it_says_is_appended_to_the_log),
        cmocka_unit_test(a_log_that_cannot_be_written_is_told),
        cmocka_unit_test(nothing_is_to_be_read_on_its_stdin),
        cmocka_unit_test(it_has_no_terminal_to_ask_a_question_on),
        cmocka_unit_test(the_child_has_no_descriptor_but_the_three),
        cmocka_unit_test(neither_a_zombie_nor_a_descriptor_is_left),
        cmocka_unit_test(it_does_not_wait_for_what_the_child_leaves_behind),
        cmocka_unit_test(without_descriptors_it_is_told_and_noted),
        cmocka_unit_test(an_interrupt_ends_it),
        cmocka_unit_test(an_interrupt_ends_one_that_does_not_care),
        cmocka_unit_test(what_cleans_up_is_run_to_its_end),
    };
    return cmocka_run_group_tests_name("command", tests, make_test_folder, remove_test_folder);
}
