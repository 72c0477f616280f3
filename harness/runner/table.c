#include "runner/table.h"

#include <math.h>
#include <stdlib.h>

#include "runner/judge.h"
#include "runner/units.h"

enum { CELL_MAX = 96 };
enum { TIME, INTERVAL, PER_ITEM, THROUGHPUT, COLUMNS };

typedef struct {
    char cells[COLUMNS][CELL_MAX];
} table_row;

static const char *const titles[COLUMNS] = {"time", "", "per item", "throughput"};

/* What a terminal shows of UTF-8 text: its bytes but the continuation bytes. */
static int columns_of(const char *text)
{
    int columns = 0;
    for (; *text; text++)
        columns += ((unsigned char)*text & 0xC0) != 0x80;
    return columns;
}

static void fill_row(const vb_estimate *estimate, table_row *row)
{
    char number[VB_UNIT_TEXT_MAX];
    const vb_interval *time = &estimate->time;
    snprintf(row->cells[TIME], CELL_MAX, "%s", vb_format_time_ns(time->estimate, number));
    if (!isnan(vb_interval_relative(time)))
        snprintf(row->cells[INTERVAL], CELL_MAX, "\xC2\xB1 %.1f %%",
                 100 * vb_interval_relative(time));
    if (estimate->items_per_iteration > 1)
        snprintf(row->cells[PER_ITEM], CELL_MAX, "%s",
                 vb_format_time_ns(estimate->item_ns, number));
    if (estimate->items_per_sec > 0)
        snprintf(row->cells[THROUGHPUT], CELL_MAX, "%s",
                 vb_format_rate(estimate->items_per_sec, " items/s", number));
    else if (estimate->bytes_per_sec > 0)
        snprintf(row->cells[THROUGHPUT], CELL_MAX, "%s",
                 vb_format_rate(estimate->bytes_per_sec, "B/s", number));
}

/* Prints the cells of the columns that are shown (width 0: not), without blanks at the end. */
static void print_cells(FILE *out, const char *const cells[COLUMNS], const int widths[COLUMNS])
{
    int owed = 0; /* blanks that only a further cell makes necessary */
    for (int k = 0; k < COLUMNS; k++) {
        if (widths[k] == 0)
            continue;
        int padding = widths[k] - columns_of(cells[k]);
        int before = k == INTERVAL ? 0 : padding; /* the interval stands beside its time */
        owed += 2;
        if (cells[k][0] != '\0') {
            fprintf(out, "%*s%s", owed + before, "", cells[k]);
            owed = padding - before;
        } else {
            owed += padding;
        }
    }
    fputc('\n', out);
}

static void print_row(FILE *out, const table_row *row, const int widths[COLUMNS])
{
    const char *cells[COLUMNS];
    for (int k = 0; k < COLUMNS; k++)
        cells[k] = row->cells[k];
    print_cells(out, cells, widths);
}

size_t vb_table_print(FILE *out, const vb_benchmark_list *list)
{
    size_t failed = 0;
    int name_width = columns_of("benchmark");
    int widths[COLUMNS] = {0}; /* of columns that have a cell at all */
    table_row *rows = calloc(list->count ? list->count : 1, sizeof *rows);
    for (size_t i = 0; i < list->count; i++) {
        const vb_benchmark *benchmark = &list->items[i];
        vb_estimate estimate;
        int width = columns_of(benchmark->name);
        name_width = width > name_width ? width : name_width;
        failed += benchmark->error != NULL;
        if (!rows || benchmark->error ||
            vb_judge_benchmark(benchmark, VB_RUN_CONFIDENCE, &estimate) != 0)
            continue;
        fill_row(&estimate, &rows[i]);
        for (int k = 0; k < COLUMNS; k++) {
            width = columns_of(rows[i].cells[k]);
            int least = width > 0 ? columns_of(titles[k]) : 0;
            width = width > least ? width : least;
            widths[k] = width > widths[k] ? width : widths[k];
        }
    }

    fprintf(out, "%-*s", name_width, "benchmark");
    print_cells(out, titles, widths);
    for (size_t i = 0; i < list->count; i++) {
        const vb_benchmark *benchmark = &list->items[i];
        fprintf(out, "%s%*s", benchmark->name, name_width - columns_of(benchmark->name), "");
        if (benchmark->error) {
            fprintf(out, "  FAILED: %s\n", benchmark->error);
            continue;
        }
        if (rows)
            print_row(out, &rows[i], widths);
    }
    for (size_t i = 0; i < list->count; i++) {
        /* A failed row has said why already. */
        for (int k = 0; !list->items[i].error && k < list->items[i].warning_count; k++)
            fprintf(out, "warning: %s: %s\n", list->items[i].name, list->items[i].warnings[k]);
    }
    free(rows);
    return failed;
}
