/* A comparison on a terminal. */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "common/text.h"
#include "runner/comparison.h"
#include "runner/grid.h"
#include "runner/judge.h"
#include "runner/shortfall.h"
#include "runner/units.h"

enum { NAME, OLD, NEW, CHANGE, INTERVAL, VERDICT, ALLOCATIONS, ALLOCATED, COLUMNS };

static const vb_grid_column columns[COLUMNS] = {
    {"benchmark", true}, {"old", false},    {"new", false},       {"change", false},
    {"", true},          {"verdict", true}, {"allocs/op", false}, {"bytes/op", false},
};

/* A line with texts from a file, which must not upset the terminal. */
static void print_clean(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void print_clean(FILE *out, const char *format, ...)
{
    vb_message line;
    va_list arguments;
    va_start(arguments, format);
    vb_say_list(&line, format, arguments);
    va_end(arguments);
    fprintf(out, "%s\n", line.text);
}

/* A signed share as percent: three significant digits, but no more than hundredths, and an exponent
 * where the number would be very long. */
static const char *percent(double share, char text[VB_UNIT_TEXT_MAX])
{
    double value = fabs(share) < 0.00005 ? 0 : 100 * share; /* -0.00 would be odd */
    double size = fabs(value);
    if (size >= 99999.5)
        snprintf(text, VB_UNIT_TEXT_MAX, "%+.2e", value);
    else
        snprintf(text, VB_UNIT_TEXT_MAX, "%+.*f", size < 9.995 ? 2 : size < 99.95 ? 1 : 0, value);
    return text;
}

/* "3 → 2" where it has changed and is known of both sides. */
static void fill_amount(double new, const json_t *old, char cell[VB_GRID_CELL_MAX])
{
    char a[VB_UNIT_TEXT_MAX], b[VB_UNIT_TEXT_MAX];
    vb_format_number(new, a);
    vb_format_number(json_number_value(old), b);
    if (old && strcmp(a, b) != 0)
        snprintf(cell, VB_GRID_CELL_MAX, "%s \xE2\x86\x92 %s", b, a);
    else
        snprintf(cell, VB_GRID_CELL_MAX, "%s", a);
}

static void fill_allocations(const vb_pair *pair, vb_grid_row *row)
{
    const json_t *old = json_object_get(pair->old->entry, "allocations");
    const vb_allocations *new = &pair->new->allocations;
    if (!new->known)
        return;
    fill_amount(new->count, json_object_get(old, "count_per_iteration"), row->cells[ALLOCATIONS]);
    fill_amount(new->bytes, json_object_get(old, "bytes_per_iteration"), row->cells[ALLOCATED]);
}

static void fill_row(const vb_pair *pair, vb_grid_row *row)
{
    char a[VB_UNIT_TEXT_MAX], b[VB_UNIT_TEXT_MAX];
    const vb_change *change = &pair->change;
    snprintf(row->cells[OLD], VB_GRID_CELL_MAX, "%s", vb_format_time_ns(change->old_ns, a));
    snprintf(row->cells[NEW], VB_GRID_CELL_MAX, "%s", vb_format_time_ns(change->new_ns, a));
    snprintf(row->cells[CHANGE], VB_GRID_CELL_MAX, "%s %%", percent(change->estimate, a));
    if (!isnan(change->low))
        snprintf(row->cells[INTERVAL], VB_GRID_CELL_MAX, "(%s to %s)", percent(change->low, a),
                 percent(change->high, b));
    int length =
        snprintf(row->cells[VERDICT], VB_GRID_CELL_MAX, "%s", vb_verdict_name(change->verdict));
    if (change->verdict == VB_INCONCLUSIVE && isfinite(change->visible))
        snprintf(row->cells[VERDICT] + length, VB_GRID_CELL_MAX - (size_t)length,
                 ", %s %% would show", percent(change->visible, a) + 1); /* without its sign */
    fill_allocations(pair, row);
}

static void print_sides(FILE *out, const vb_comparison *comparison)
{
    const vb_baseline *old = comparison->old;
    const char *commit = json_string_value(json_object_get(old->source, "commit"));
    char shown[11];
    snprintf(shown, sizeof shown, "%s", commit ? commit : "");
    vb_drop_cut_character(shown); /* what is in a file need not be a commit */
    vb_blank_controls(shown);
    fprintf(out, "Against %s, measured %.10s %.5s UTC", old->path, old->started, old->started + 11);
    if (commit)
        fprintf(out, " at commit %s%s", shown,
                json_is_true(json_object_get(old->source, "dirty")) ? " with uncommitted changes"
                                                                    : "");
    fprintf(
        out,
        ".\nOld and new did NOT run side by side: whatever the machine did in between counts as "
        "change.\nThe %.0f %% intervals allow for %.0f %% of it.\n\n",
        100 * comparison->rules.confidence, 100 * comparison->rules.drift);
}

/* What is not the code's: how the old side was built, where the new one was built otherwise. */
static void print_builds(FILE *out, const vb_comparison *comparison)
{
    static const char *const compared[] = {"compiler", "compiler_flags", "build_type"};
    size_t i;
    json_t *old;
    json_array_foreach((json_t *)comparison->old->suites, i, old)
    {
        const char *name = json_string_value(json_object_get(old, "name"));
        const char *optimised = json_string_value(json_object_get(old, "optimised"));
        const vb_suite *new = vb_comparison_suite(comparison, name);
        if (!new)
            continue;
        if (strcmp(optimised, "no") == 0)
            print_clean(out, "warning: in the baseline the suite %s was not optimised", name);
        const char *now[] = {new->compiler, new->compiler_flags, new->build_type};
        for (size_t k = 0; k < sizeof compared / sizeof *compared; k++) {
            const char *then = json_string_value(json_object_get(old, compared[k]));
            if (strcmp(then, now[k]) != 0)
                print_clean(out,
                            "warning: the suite %s was built otherwise: its %s was \"%.120s\", now "
                            "it is \"%.120s\"",
                            name,
                            k == 0   ? "compiler"
                            : k == 1 ? "flags"
                                     : "build type",
                            then, now[k]);
        }
    }
}

static void print_counts(FILE *out, const vb_comparison *comparison)
{
    fputc('\n', out);
    for (int verdict = 0; verdict < VB_VERDICTS; verdict++)
        fprintf(out, "%s%zu %s", verdict ? ", " : "", comparison->verdicts[verdict],
                vb_verdict_name((vb_verdict)verdict));
    if (comparison->uncompared > 0)
        fprintf(out, ", %zu not compared", comparison->uncompared);
    fputs(".\n", out);
    if (vb_comparison_moved(comparison)) {
        char number[VB_UNIT_TEXT_MAX];
        fprintf(
            out,
            "warning: the %zu benchmarks together have moved by %s %% (median): the machine has, "
            "or what they share\n",
            comparison->count - comparison->uncompared, percent(comparison->common, number));
    }
}

void vb_comparison_print(FILE *out, const vb_comparison *comparison)
{
    vb_grid grid = {.columns = columns, .column_count = COLUMNS};
    print_sides(out, comparison);
    for (size_t i = 0; i < comparison->count; i++) {
        const vb_pair *pair = &comparison->pairs[i];
        vb_grid_row *row = vb_grid_add(&grid);
        if (!row)
            break; /* the result will say that there is no memory */
        snprintf(row->cells[NAME], VB_GRID_CELL_MAX, "%s", pair->name);
        if (pair->status == VB_COMPARED)
            fill_row(pair, row);
        else
            snprintf(row->note, sizeof row->note, "%s%s",
                     pair->status == VB_FAILED_NOW ? "FAILED: " : "", vb_pair_reason(pair));
    }
    vb_grid_print(out, &grid);
    vb_grid_free(&grid);
    print_counts(out, comparison);
    print_builds(out, comparison);
}
