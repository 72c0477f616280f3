/* A child process: its start, its lines, its last words and its sure end. The children are shell
 * scripts; descriptor 3 is their socket. */
#define _GNU_SOURCE
#include "test_files.h"

#include "common/protocol.h"
#include "runner/process.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

static const uint64_t second_ns = 1000000000;
static const uint64_t moment_ns = 50000000;

static vb_process process;
static char line[VB_LINE_MAX];

static void start(const char *body)
{
    char path[TEST_PATH_MAX];
    assert_int_equal(vb_process_start(&process, write_script("child", body, path), "argument"), 0);
}

static int read_line(void)
{
    return vb_process_read_line(&process, 20 * second_ns, line, sizeof line);
}

static void assert_reads(const char *text)
{
    assert_int_equal(read_line(), 1);
    assert_string_equal(line, text);
}

/* Whatever a failed test left. */
static int stop_child(void **state)
{
    (void)state;
    vb_process_stop(&process, 0);
    return 0;
}

static int no_child(void **state)
{
    (void)state;
    memset(&process, 0, sizeof process);
    process.socket = process.output = -1;
    return 0;
}

/* Waits for the process to be gone; true if it is. */
static bool is_gone(pid_t pid)
{
    uint64_t deadline = vb_process_now_ns() + 10 * second_ns;
    while (vb_process_now_ns() < deadline) {
        char path[64], stat[256] = "";
        snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
        FILE *file = fopen(path, "r");
        if (!file)
            return true;
        size_t length = fread(stat, 1, sizeof stat - 1, file);
        stat[length] = '\0';
        fclose(file);
        if (strstr(stat, ") Z ")) /* dead, and it depends on init when it is reaped */
            return true;
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    return false;
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

static void missing_file_cannot_be_started(void **state)
{
    (void)state;
    char path[TEST_PATH_MAX];
    assert_int_equal(vb_process_start(&process, in_test_folder("missing", path), "x"), -ENOENT);
    assert_int_equal(process.pid, 0);
}

static void file_without_execute_permission_cannot_be_started(void **state)
{
    (void)state;
    char path[TEST_PATH_MAX];
    write_text(in_test_folder("plain", path), "#!/bin/sh\n", 0644);
    assert_int_equal(vb_process_start(&process, path, "x"), -EACCES);
    assert_int_equal(process.pid, 0);
}

static void file_that_is_no_program_cannot_be_started(void **state)
{
    (void)state;
    char path[TEST_PATH_MAX];
    write_text(in_test_folder("text", path), "no program\n", 0755);
    assert_int_equal(vb_process_start(&process, path, "x"), -ENOEXEC);
}

static void child_gets_its_argument(void **state)
{
    (void)state;
    start("echo \"$# $1\" >&3");
    assert_reads("1 argument");
}

static void child_answers_what_it_is_sent(void **state)
{
    (void)state;
    start("while read -r word <&3; do echo \"got $word\" >&3; done");
    assert_int_equal(vb_process_send(&process, "first\n"), 0);
    assert_reads("got first");
    assert_int_equal(vb_process_send(&process, "second\n"), 0);
    assert_reads("got second");
}

static void child_inherits_no_descriptor_of_another(void **state)
{
    (void)state;
    char body[128], path[TEST_PATH_MAX];
    vb_process other;
    write_script("other", "exec sleep 100", path);
    assert_int_equal(vb_process_start(&other, path, "x"), 0);
    snprintf(body, sizeof body,
             "for n in %d %d; do [ -e /proc/self/fd/$n ] && echo leaked $n >&3; done; echo end >&3",
             other.socket, other.output);
    start(body);
    int status = read_line();
    vb_process_stop(&other, 0);
    assert_int_equal(status, 1);
    assert_string_equal(line, "end");
}

static void child_that_reads_its_standard_input_finds_it_empty(void **state)
{
    (void)state;
    start("read -r word || echo empty >&3");
    assert_reads("empty");
}

static void lines_of_one_packet_come_one_by_one(void **state)
{
    (void)state;
    start("printf 'one\\ntwo\\n\\nfour\\n' >&3");
    assert_reads("one");
    assert_reads("two");
    assert_reads("");
    assert_reads("four");
    assert_int_equal(read_line(), 0);
}

static void line_split_over_packets_comes_whole(void **state)
{
    (void)state;
    start(
        "printf 'spl' >&3; sleep 0.05; printf 'it li' >&3; sleep 0.05; printf 'ne\\nnext\\n' >&3");
    assert_reads("split line");
    assert_reads("next");
}

static void end_of_the_stream_is_told(void **state)
{
    (void)state;
    start("exit 0");
    assert_int_equal(read_line(), 0);
}

static void unfinished_line_at_the_end_of_the_stream_is_no_line(void **state)
{
    (void)state;
    start("printf 'half' >&3");
    assert_int_equal(read_line(), 0);
}

static void longest_line_is_read_and_a_longer_one_refused(void **state)
{
    (void)state;
    start("printf '%04095d\\n' 7 >&3; printf '%04096d\\n' 7 >&3");
    assert_int_equal(read_line(), 1);
    assert_int_equal(strlen(line), VB_LINE_MAX - 1);
    assert_int_equal(read_line(), -EMSGSIZE);
}

static void line_longer_than_the_caller_has_room_for_is_refused(void **state)
{
    (void)state;
    char small[8];
    start("echo 12345678 >&3");
    assert_int_equal(vb_process_read_line(&process, 20 * second_ns, small, sizeof small),
                     -EMSGSIZE);
}

static void control_characters_are_refused_but_tabs(void **state)
{
    (void)state;
    static const char *const bad[] = {"a\\001b", "a\\000b", "a\\033[31m", "a\\177", "a\\r"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char body[64];
        snprintf(body, sizeof body, "printf '%s\\n' >&3", bad[i]);
        start(body);
        assert_int_equal(read_line(), -EILSEQ);
        vb_process_stop(&process, 0);
    }
    start("printf 'a\\tb\\n' >&3");
    assert_reads("a\tb");
}

static void bytes_beyond_ascii_are_text(void **state)
{
    (void)state;
    start("printf '\\303\\251\\n' >&3");
    assert_reads("\xC3\xA9");
}

static void silence_times_out(void **state)
{
    (void)state;
    start("printf half >&3; exec sleep 30");
    uint64_t begin = vb_process_now_ns();
    assert_int_equal(vb_process_read_line(&process, moment_ns, line, sizeof line), -ETIMEDOUT);
    uint64_t passed_ns = vb_process_now_ns() - begin;
    assert_in_range(passed_ns, moment_ns, 10 * second_ns);
}

static void longest_timeout_does_not_overflow(void **state)
{
    (void)state;
    start("sleep 0.05; echo late >&3");
    assert_int_equal(vb_process_read_line(&process, UINT64_MAX, line, sizeof line), 1);
}

static void output_without_end_does_not_stop_the_clock(void **state)
{
    (void)state;
    start("yes one & yes two & yes three & exec yes four");
    assert_int_equal(vb_process_read_line(&process, moment_ns, line, sizeof line), -ETIMEDOUT);
    uint64_t begin = vb_process_now_ns();
    vb_process_stop(&process, moment_ns);
    assert_true(vb_process_now_ns() - begin < 10 * second_ns);
}

static void last_line_of_output_is_kept(void **state)
{
    (void)state;
    start("echo first; echo 'the last words' >&2; echo; exit 1");
    assert_int_equal(read_line(), 0);
    vb_process_stop(&process, second_ns);
    assert_string_equal(process.last_words, "the last words");
}

static void unterminated_last_line_is_kept(void **state)
{
    (void)state;
    start("echo first; printf unfinished");
    assert_int_equal(read_line(), 0);
    vb_process_stop(&process, second_ns);
    assert_string_equal(process.last_words, "unfinished");
}

static void long_last_line_is_cut(void **state)
{
    (void)state;
    start("printf 'begin%0400d\\n' 7");
    assert_int_equal(read_line(), 0);
    vb_process_stop(&process, second_ns);
    assert_int_equal(strlen(process.last_words), VB_LAST_WORDS_MAX - 1);
    assert_memory_equal(process.last_words, "begin0000", 9);
}

static void megabytes_of_output_block_nobody(void **state)
{
    (void)state;
    start("head -c 4000000 /dev/zero | tr '\\0' 'x'; echo; echo done; echo answer >&3; exec 3>&-; "
          "head -c 4000000 /dev/zero | tr '\\0' 'y'; echo; echo 'last words'");
    assert_reads("answer");
    assert_int_equal(read_line(), 0);
    int status = vb_process_stop(&process, 20 * second_ns); /* while it prints on */
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_string_equal(process.last_words, "last words");
}

static void sending_to_a_child_that_is_gone_is_an_error(void **state)
{
    (void)state;
    start("exit 0");
    assert_int_equal(read_line(), 0);
    assert_int_equal(vb_process_send(&process, "hello\n"), -EPIPE);
}

static void exit_code_is_returned(void **state)
{
    (void)state;
    start("exit 7");
    int status = vb_process_stop(&process, 20 * second_ns);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 7);
    assert_false(process.was_killed);
}

static void child_that_ignores_signals_is_killed(void **state)
{
    (void)state;
    start("trap '' TERM INT HUP; echo ready >&3; while :; do sleep 1; done");
    assert_reads("ready");
    int status = vb_process_stop(&process, moment_ns);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGKILL);
    assert_true(process.was_killed);
}

static void grandchildren_die_with_the_child(void **state)
{
    (void)state;
    start("(trap '' TERM; exec sleep 100) & echo $! >&3; wait");
    assert_int_equal(read_line(), 1);
    pid_t grandchild = (pid_t)atol(line);
    assert_true(grandchild > 0);
    vb_process_stop(&process, 0);
    assert_true(is_gone(grandchild));
}

static void grandchildren_die_after_a_child_that_ended_by_itself(void **state)
{
    (void)state;
    start("sleep 100 & echo $! >&3");
    assert_int_equal(read_line(), 1);
    pid_t grandchild = (pid_t)atol(line);
    assert_true(grandchild > 0);
    vb_process_stop(&process, 20 * second_ns);
    assert_true(is_gone(grandchild));
}

static void stopping_twice_is_harmless(void **state)
{
    (void)state;
    start("exit 3");
    assert_int_not_equal(vb_process_stop(&process, 20 * second_ns), -1);
    assert_int_equal(vb_process_stop(&process, 20 * second_ns), -1);
}

static void stopping_what_never_started_is_harmless(void **state)
{
    (void)state;
    assert_int_not_equal(vb_process_start(&process, "/nonexistent/program", "x"), 0);
    assert_int_equal(vb_process_stop(&process, second_ns), -1);
}

static void stopping_one_child_leaves_the_others(void **state)
{
    (void)state;
    vb_process other = process;
    start("while read -r word <&3; do echo \"got $word\" >&3; done");
    char path[TEST_PATH_MAX];
    assert_int_equal(vb_process_start(&other, write_script("other", "exec sleep 100", path), "x"),
                     0);
    vb_process_stop(&other, 0);
    assert_int_equal(vb_process_send(&process, "still\n"), 0);
    assert_reads("got still");
}

static void two_hundred_starts_leak_no_descriptor(void **state)
{
    (void)state;
    char path[TEST_PATH_MAX], missing[TEST_PATH_MAX];
    write_script("short", "exit 0", path);
    in_test_folder("missing", missing);
    int before = open_descriptors();
    for (int i = 0; i < 200; i++) {
        assert_int_equal(vb_process_start(&process, path, "x"), 0);
        vb_process_stop(&process, i % 2 ? second_ns : 0);
        assert_int_equal(vb_process_start(&process, missing, "x"), -ENOENT);
    }
    assert_int_equal(open_descriptors(), before);
}

static void running_out_of_descriptors_is_an_error_and_leaks_none(void **state)
{
    (void)state;
    enum { LIMIT = 64, NEEDED = 6 };
    struct rlimit before, tight;
    int taken[LIMIT];
    char path[TEST_PATH_MAX];
    write_script("short", "exit 0", path);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    int open_before = open_descriptors();
    tight = before;
    tight.rlim_cur = LIMIT;
    for (int left = 0; left < NEEDED; left++) {
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
        int count = 0;
        while (count < LIMIT && (taken[count] = dup(STDOUT_FILENO)) >= 0)
            count++;
        for (int i = 0; i < left; i++)
            close(taken[--count]);
        int status = vb_process_start(&process, path, "x");
        while (count > 0)
            close(taken[--count]);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
        vb_process_stop(&process, 0);
        assert_int_equal(status, -EMFILE);
    }
    assert_int_equal(open_descriptors(), open_before);
}

/* In a process of its own, because the signal stays noted. */
static void signal_ends_the_wait_and_is_noted(void **state)
{
    (void)state;
    pid_t tester = fork();
    if (tester == 0) {
        char path[TEST_PATH_MAX];
        bool good = true;
        vb_process_catch_interrupts();
        write_script("child", "exec sleep 100", path);
        good = good && vb_process_interrupted() == 0;
        good = good && vb_process_start(&process, path, "x") == 0;
        raise(SIGTERM); /* blocked, hence not lost before the wait begins */
        good = good && read_line() == -EINTR && vb_process_interrupted() == SIGTERM;
        good = good && WIFSIGNALED(vb_process_stop(&process, 20 * second_ns));
        _exit(good ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(tester, &status, 0), tester);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

#define process_test(name) cmocka_unit_test_setup_teardown(name, no_child, stop_child)

int main(void)
{
    const struct CMUnitTest tests[] = {
        process_test(missing_file_cannot_be_started),
        process_test(file_without_execute_permission_cannot_be_started),
        process_test(file_that_is_no_program_cannot_be_started),
        process_test(child_gets_its_argument),
        process_test(child_answers_what_it_is_sent),
        process_test(child_inherits_no_descriptor_of_another),
        process_test(child_that_reads_its_standard_input_finds_it_empty),
        process_test(lines_of_one_packet_come_one_by_one),
        process_test(line_split_over_packets_comes_whole),
        process_test(end_of_the_stream_is_told),
        process_test(unfinished_line_at_the_end_of_the_stream_is_no_line),
        process_test(longest_line_is_read_and_a_longer_one_refused),
        process_test(line_longer_than_the_caller_has_room_for_is_refused),
        process_test(control_characters_are_refused_but_tabs),
        process_test(bytes_beyond_ascii_are_text),
        process_test(silence_times_out),
        process_test(longest_timeout_does_not_overflow),
        process_test(output_without_end_does_not_stop_the_clock),
        process_test(last_line_of_output_is_kept),
        process_test(unterminated_last_line_is_kept),
        process_test(long_last_line_is_cut),
        process_test(megabytes_of_output_block_nobody),
        process_test(sending_to_a_child_that_is_gone_is_an_error),
        process_test(exit_code_is_returned),
        process_test(child_that_ignores_signals_is_killed),
        process_test(grandchildren_die_with_the_child),
        process_test(grandchildren_die_after_a_child_that_ended_by_itself),
        process_test(stopping_twice_is_harmless),
        process_test(stopping_what_never_started_is_harmless),
        process_test(stopping_one_child_leaves_the_others),
        process_test(two_hundred_starts_leak_no_descriptor),
        process_test(running_out_of_descriptors_is_an_error_and_leaks_none),
        process_test(signal_ends_the_wait_and_is_noted),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests_name("process", tests, make_test_folder, remove_test_folder);
}
