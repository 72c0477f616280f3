#include "runner/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "runner/process.h"
#include "runner/units.h"

static const uint64_t plain_interval_ns = 10000000000u;

void vb_progress_begin(vb_progress *progress, size_t steps, double planned_s)
{
    const char *term = getenv("TERM");
    *progress =
        (vb_progress){.terminal = isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0,
                      .steps = steps,
                      .planned_s = planned_s,
                      .begin_ns = vb_process_now_ns()};
    progress->shown_ns = progress->begin_ns;
}

/* From what has passed once a tenth is done; before that the plan leads. */
static double seconds_left(const vb_progress *progress)
{
    double passed = (double)(vb_process_now_ns() - progress->begin_ns) / 1e9;
    double share = progress->steps ? (double)progress->steps_done / (double)progress->steps : 1;
    if (share < 0.1)
        return progress->planned_s - passed;
    return passed / share - passed;
}

static int terminal_columns(void)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20)
        return size.ws_col;
    return 80;
}

void vb_progress_show(vb_progress *progress, const char *name)
{
    enum { BAR = 20 };
    char left[VB_UNIT_TEXT_MAX];
    char bar[3 * BAR + 1] = "";
    uint64_t now = vb_process_now_ns();
    vb_format_duration_s(seconds_left(progress), left);
    if (!progress->terminal) {
        if (now - progress->shown_ns >= plain_interval_ns) {
            fprintf(stderr, "%zu of %zu processes done, %s left\n", progress->steps_done,
                    progress->steps, left);
            progress->shown_ns = now;
        }
        return;
    }
    size_t full = progress->steps ? BAR * progress->steps_done / progress->steps : BAR;
    for (size_t i = 0; i < BAR; i++)
        strcat(bar, i < full ? "\xE2\x94\x81" : "\xE2\x94\x80"); /* heavy and light line */
    int used = BAR + 16;
    int width = terminal_columns() - used - 1;
    fprintf(stderr, "\r\033[K%s %3zu%%  %s left  %.*s", bar,
            progress->steps ? 100 * progress->steps_done / progress->steps : 100, left,
            width > 0 ? width : 0, name);
    fflush(stderr);
}

void vb_progress_advance(vb_progress *progress)
{
    progress->steps_done++;
}

void vb_progress_end(vb_progress *progress)
{
    if (progress->terminal) {
        fprintf(stderr, "\r\033[K");
        fflush(stderr);
    }
}
