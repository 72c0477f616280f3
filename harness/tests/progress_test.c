/* The progress line, on a terminal of its own and in a pipe. */
#define _GNU_SOURCE
#include "test_cmocka.h"

#include "common/text.h"
#include "runner/process.h"
#include "runner/progress.h"

#include <fcntl.h>
#include <math.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Standard error leads somewhere else meanwhile. */
typedef struct {
    int kept, reading;
    char text[8192];
} capture;

static void lead_to(capture *to, int writing)
{
    fflush(stderr);
    to->kept = dup(STDERR_FILENO);
    assert_true(to->kept >= 0 && dup2(writing, STDERR_FILENO) >= 0);
    close(writing);
    assert_true(fcntl(to->reading, F_SETFL, O_NONBLOCK) == 0);
}

static void to_terminal(capture *to, unsigned short columns)
{
    int writing;
    struct winsize size = {.ws_row = 24, .ws_col = columns};
    assert_int_equal(openpty(&to->reading, &writing, NULL, NULL, &size), 0);
    lead_to(to, writing);
    setenv("TERM", "xterm", 1);
}

static void to_pipe(capture *to)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    to->reading = ends[0];
    lead_to(to, ends[1]);
}

/* What has been written since. */
static const char *seen(capture *of)
{
    fflush(stderr);
    ssize_t bytes = read(of->reading, of->text, sizeof of->text - 1);
    of->text[bytes > 0 ? bytes : 0] = '\0';
    return of->text;
}

static void lead_back(capture *of)
{
    fflush(stderr);
    dup2(of->kept, STDERR_FILENO);
    close(of->kept);
    close(of->reading);
}

static int columns_of(const char *text)
{
    int columns = 0;
    for (; *text; text++)
        columns += ((unsigned char)*text & 0xC0) != 0x80;
    return columns;
}

/* The line that stands on the terminal: what follows the last return to its begin. */
static const char *line_of(const char *text)
{
    static const char begin[] = "\r\033[K";
    const char *line = strstr(text, begin);
    assert_non_null(line);
    assert_null(strstr(line + 1, begin));
    return line + strlen(begin);
}

static void assert_ends(const char *text, const char *end)
{
    if (strlen(text) < strlen(end) || strcmp(text + strlen(text) - strlen(end), end) != 0)
        fail_msg("\"%s\" does not end in \"%s\"", text, end);
}

static vb_change change(double estimate, double low, double high)
{
    return (vb_change){.estimate = estimate, .low = low, .high = high};
}

static void terminal_shows_the_name_and_the_change_so_far(void **state)
{
    (void)state;
    static const struct {
        double estimate, low, high;
        const char *tail;
    } expected[] = {
        {-0.389, -0.401, -0.377, "push_pop/64  -38.9 % \xC2\xB1 1.2"},
        {0.0012, -0.0018, 0.0042, "push_pop/64  +0.12 % \xC2\xB1 0.30"},
        {3, 1, 5, "push_pop/64  +300 % \xC2\xB1 200"},
        {0.05, NAN, NAN, "push_pop/64  +5.00 %"},
        {0.05, -1, INFINITY, "push_pop/64  +5.00 %"},
    };
    capture to;
    to_terminal(&to, 120);
    vb_progress progress;
    vb_progress_begin(&progress, 4, "cycles", 60);
    vb_progress_advance(&progress);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        vb_change so_far = change(expected[i].estimate, expected[i].low, expected[i].high);
        vb_progress_show_change(&progress, "push_pop/64", &so_far);
        const char *line = line_of(seen(&to));
        assert_non_null(strstr(line, "  25%  "));
        assert_ends(line, expected[i].tail);
    }
    vb_progress_show_change(&progress, "push_pop/64", NULL);
    assert_ends(line_of(seen(&to)), " left  push_pop/64");
    vb_progress_show(&progress, "push_pop/4096");
    assert_ends(line_of(seen(&to)), " left  push_pop/4096");
    vb_progress_end(&progress);
    assert_string_equal(line_of(seen(&to)), "");
    lead_back(&to);
}

static void long_name_is_cut_in_whole_characters_and_the_change_stays(void **state)
{
    (void)state;
    char name[600] = "";
    const vb_change so_far = change(0.25, 0.2, 0.3);
    while (strlen(name) < 590)
        strcat(name, "\xC3\xA4");
    for (unsigned short columns = 24; columns <= 130; columns++) {
        capture to;
        vb_progress progress;
        to_terminal(&to, columns);
        vb_progress_begin(&progress, 4, "cycles", 60);
        vb_progress_show_change(&progress, name, &so_far);
        const char *line = line_of(seen(&to));
        assert_true(vb_is_utf8(line));
        assert_ends(line, "  +25.0 % \xC2\xB1 5.0");
        if (columns >= 60)
            assert_true(columns_of(line) < columns);
        lead_back(&to);
    }
}

static void pipe_gets_a_plain_line_every_ten_seconds_in_the_unit_of_the_steps(void **state)
{
    (void)state;
    static const char *const units[] = {"processes", "cycles"};
    for (size_t i = 0; i < 2; i++) {
        char expected[100];
        const vb_change so_far = change(0.25, 0.2, 0.3);
        capture to;
        vb_progress progress;
        to_pipe(&to);
        vb_progress_begin(&progress, 4, units[i], 60);
        vb_progress_advance(&progress);
        vb_progress_show_change(&progress, "a", &so_far);
        assert_string_equal(seen(&to), "");
        progress.shown_ns -= 10000000000u; /* as if they had passed */
        vb_progress_show_change(&progress, "a", &so_far);
        snprintf(expected, sizeof expected, "1 of 4 %s done, ", units[i]);
        const char *line = seen(&to);
        if (strncmp(line, expected, strlen(expected)) != 0)
            fail_msg("\"%s\" does not begin with \"%s\"", line, expected);
        assert_ends(line, " left\n");
        vb_progress_show(&progress, "a");
        vb_progress_end(&progress);
        assert_string_equal(seen(&to), "");
        lead_back(&to);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(terminal_shows_the_name_and_the_change_so_far),
        cmocka_unit_test(long_name_is_cut_in_whole_characters_and_the_change_stays),
        cmocka_unit_test(pipe_gets_a_plain_line_every_ten_seconds_in_the_unit_of_the_steps),
    };
    return cmocka_run_group_tests_name("progress", tests, NULL, NULL);
}
