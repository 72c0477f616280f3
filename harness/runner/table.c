#include "runner/table.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "runner/grid.h"
#include "runner/judge.h"
#include "runner/shortfall.h"
#include "runner/units.h"

enum { NAME, TIME, INTERVAL, PER_ITEM, THROUGHPUT, ALLOCATIONS, ALLOCATED, COLUMNS };

static const vb_grid_column columns[COLUMNS] = {
    {"benchmark", true},   {"time", false},      {"", true},          {"per item", false},
    {"throughput", false}, {"allocs/op", false}, {"bytes/op", false},
};

static void fill_allocations(const vb_allocations *allocations, vb_grid_row *row)
{
    char number[VB_UNIT_TEXT_MAX];
    if (!allocations->known)
        return;
    snprintf(row->cells[ALLOCATIONS], VB_GRID_CELL_MAX, "%s",
             vb_format_number(allocations->count, number));
    snprintf(row->cells[ALLOCATED], VB_GRID_CELL_MAX, "%s",
             vb_format_number(allocations->bytes, number));
}

static void fill_row(const vb_estimate *estimate, vb_grid_row *row)
{
    char number[VB_UNIT_TEXT_MAX];
    const vb_interval *time = &estimate->time;
    snprintf(row->cells[TIME], VB_GRID_CELL_MAX, "%s", vb_format_time_ns(time->estimate, number));
    if (!isnan(vb_interval_relative(time)))
        snprintf(row->cells[INTERVAL], VB_GRID_CELL_MAX, "\xC2\xB1 %.1f %%",
                 100 * vb_interval_relative(time));
    if (estimate->items_per_iteration > 1)
        snprintf(row->cells[PER_ITEM], VB_GRID_CELL_MAX, "%s",
                 vb_format_time_ns(estimate->item_ns, number));
    if (estimate->items_per_sec > 0)
        snprintf(row->cells[THROUGHPUT], VB_GRID_CELL_MAX, "%s",
                 vb_format_rate(estimate->items_per_sec, " items/s", number));
    else if (estimate->bytes_per_sec > 0)
        snprintf(row->cells[THROUGHPUT], VB_GRID_CELL_MAX, "%s",
                 vb_format_rate(estimate->bytes_per_sec, "B/s", number));
}

/* Whether an earlier benchmark of the list has had this text printed for both. */
static bool was_printed(const vb_benchmark_list *list, size_t before, const char *text)
{
    for (size_t i = 0; i < before; i++) {
        for (int k = 0; !list->items[i].error && k < list->items[i].warning_count; k++) {
            if (strcmp(list->items[i].warnings[k], text) == 0)
                return true;
        }
    }
    return false;
}

/* Names come from outside, too. */
static void print_clean(FILE *out, const char *text)
{
    vb_message clean;
    vb_say(&clean, "%s", text);
    fputs(clean.text, out);
}

enum { NAMED_MAX = 2 };

void vb_warning_line_add(vb_warning_line *line, const char *name)
{
    if (line->names++ >= NAMED_MAX)
        return;
    fputs(line->names == 1 ? "warning: " : ", ", line->out);
    print_clean(line->out, name);
}

void vb_warning_line_end(const vb_warning_line *line, const char *text)
{
    if (line->names == 0)
        return;
    if (line->names > NAMED_MAX)
        fprintf(line->out, " and %zu more", line->names - NAMED_MAX);
    fputs(": ", line->out);
    print_clean(line->out, text);
    fputc('\n', line->out);
}

/* The benchmarks from `first` on that have this warning: the first of them by name. */
static void print_warned(FILE *out, const vb_benchmark_list *list, size_t first, const char *text)
{
    vb_warning_line line = {.out = out};
    for (size_t i = first; i < list->count; i++) {
        for (int k = 0; !list->items[i].error && k < list->items[i].warning_count; k++) {
            if (strcmp(list->items[i].warnings[k], text) == 0)
                vb_warning_line_add(&line, list->items[i].name);
        }
    }
    vb_warning_line_end(&line, text);
}

void vb_table_print_warnings(FILE *out, const vb_benchmark_list *list)
{
    enum { LINES_MAX = 12 };
    size_t lines = 0;
    for (size_t i = 0; i < list->count; i++) {
        /* A failed row has said why already. */
        for (int k = 0; !list->items[i].error && k < list->items[i].warning_count; k++) {
            const char *text = list->items[i].warnings[k];
            if (was_printed(list, i, text))
                continue;
            if (lines++ < LINES_MAX)
                print_warned(out, list, i, text);
        }
    }
    if (lines > LINES_MAX)
        fprintf(out, "%zu more warnings are in the result and the report.\n", lines - LINES_MAX);
}

void vb_table_print(FILE *out, const vb_benchmark_list *list)
{
    vb_grid grid = {.columns = columns, .column_count = COLUMNS};
    for (size_t i = 0; i < list->count; i++) {
        const vb_benchmark *benchmark = &list->items[i];
        vb_grid_row *row = vb_grid_add(&grid);
        vb_estimate estimate;
        if (!row)
            break; /* the result will say that there is no memory */
        snprintf(row->cells[NAME], VB_GRID_CELL_MAX, "%s", benchmark->name);
        if (benchmark->error)
            snprintf(row->note, sizeof row->note, "FAILED: %s", benchmark->error);
        else if (vb_judge_benchmark(benchmark, VB_RUN_CONFIDENCE, &estimate) == 0)
            fill_row(&estimate, row);
        else
            vb_shortfall_note(ENOMEM);
        if (!benchmark->error)
            fill_allocations(&benchmark->allocations, row);
    }
    vb_grid_print(out, &grid);
    vb_grid_free(&grid);
    vb_table_print_warnings(out, list);
}
