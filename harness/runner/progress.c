#include "runner/progress.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/text.h"
#include "runner/process.h"
#include "runner/units.h"

enum { NAME_MAX_BYTES = 400 };

static const uint64_t plain_interval_ns = 10000000000u;

void vb_progress_begin(vb_progress *progress, size_t steps, const char *unit, double planned_s)
{
    const char *term = getenv("TERM");
    *progress =
        (vb_progress){.terminal = isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0,
                      .steps = steps,
                      .unit = unit,
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

static void show_plainly(vb_progress *progress, const char *left)
{
    uint64_t now = vb_process_now_ns();
    if (now - progress->shown_ns < plain_interval_ns)
        return;
    fprintf(stderr, "%zu of %zu %s done, %s left\n", progress->steps_done, progress->steps,
            progress->unit, left);
    progress->shown_ns = now;
}

/* As much of a name as fits into `width` columns, taking each byte for one; never a part of a
 * character. */
static const char *fit(const char *name, int width, char text[NAME_MAX_BYTES])
{
    size_t bytes = width < 0 ? 1 : width < NAME_MAX_BYTES ? (size_t)width + 1 : NAME_MAX_BYTES;
    snprintf(text, bytes, "%s", name);
    vb_drop_cut_character(text);
    vb_blank_controls(text);
    return text;
}

/* `tail` stands behind the name, which is cut where both do not fit. */
static void show(vb_progress *progress, const char *name, const char *tail, int tail_columns)
{
    enum { BAR = 20, BESIDE = 16 };
    char left[VB_UNIT_TEXT_MAX], shown[NAME_MAX_BYTES];
    char bar[3 * BAR + 1] = "";
    vb_format_duration_s(seconds_left(progress), left);
    if (!progress->terminal) {
        show_plainly(progress, left);
        return;
    }
    size_t full = progress->steps ? BAR * progress->steps_done / progress->steps : BAR;
    for (size_t i = 0; i < BAR; i++)
        strcat(bar, i < full ? "\xE2\x94\x81" : "\xE2\x94\x80"); /* heavy and light line */
    int width = terminal_columns() - (BAR + BESIDE) - 1 - tail_columns;
    fprintf(stderr, "\r\033[K%s %3zu%%  %s left  %s%s", bar,
            progress->steps ? 100 * progress->steps_done / progress->steps : 100, left,
            fit(name, width, shown), tail);
    fflush(stderr);
}

void vb_progress_show(vb_progress *progress, const char *name)
{
    show(progress, name, "", 0);
}

void vb_progress_show_change(vb_progress *progress, const char *name, const vb_change *so_far)
{
    char estimate[VB_UNIT_TEXT_MAX], tail[2 * VB_UNIT_TEXT_MAX];
    int columns = 0;
    tail[0] = '\0';
    if (so_far) {
        columns =
            snprintf(tail, sizeof tail, "  %s %%", vb_format_change(so_far->estimate, estimate));
        double half_percent = 50 * (so_far->high - so_far->low);
        if (isfinite(half_percent))
            columns += snprintf(tail + columns, sizeof tail - (size_t)columns, " \xC2\xB1 %.*f",
                                half_percent < 0.995  ? 2
                                : half_percent < 99.5 ? 1
                                                      : 0,
                                half_percent) -
                       1; /* the sign is two bytes */
    }
    show(progress, name, tail, columns);
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
