#include "runner/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "runner/judge.h"
#include "runner/result.h"
#include "runner/units.h"

enum { CELL_MAX = 96, COLUMNS = 4 };

typedef struct {
    char cells[COLUMNS][CELL_MAX]; /* time, interval, time an item, throughput */
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
    snprintf(row->cells[0], CELL_MAX, "%s", vb_format_time_ns(time->estimate, number));
    if (!isnan(time->low) && time->estimate > 0)
        snprintf(row->cells[1], CELL_MAX, "\xC2\xB1 %.1f %%",
                 100 * (time->high - time->estimate) / time->estimate);
    if (estimate->items_per_iteration > 1)
        snprintf(row->cells[2], CELL_MAX, "%s",
                 vb_format_time_ns(time->estimate / estimate->items_per_iteration, number));
    if (estimate->items_per_sec > 0)
        snprintf(row->cells[3], CELL_MAX, "%s",
                 vb_format_rate(estimate->items_per_sec, " items/s", number));
    else if (estimate->bytes_per_sec > 0)
        snprintf(row->cells[3], CELL_MAX, "%s",
                 vb_format_rate(estimate->bytes_per_sec, "B/s", number));
}

static void print_cell(FILE *out, const char *text, int width, int right)
{
    int padding = width - columns_of(text);
    fprintf(out, "  %*s%s%*s", right && padding > 0 ? padding : 0, "", text,
            !right && padding > 0 ? padding : 0, "");
}

size_t vb_table_print(FILE *out, const vb_benchmark_list *list)
{
    size_t failed = 0;
    int name_width = columns_of("benchmark");
    int widths[COLUMNS];
    table_row *rows = calloc(list->count ? list->count : 1, sizeof *rows);
    for (int k = 0; k < COLUMNS; k++)
        widths[k] = columns_of(titles[k]);
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
            widths[k] = width > widths[k] ? width : widths[k];
        }
    }

    fprintf(out, "%-*s", name_width, "benchmark");
    for (int k = 0; k < COLUMNS; k++)
        print_cell(out, titles[k], widths[k], k != 1);
    fputc('\n', out);
    for (size_t i = 0; i < list->count; i++) {
        const vb_benchmark *benchmark = &list->items[i];
        fprintf(out, "%s%*s", benchmark->name, name_width - columns_of(benchmark->name), "");
        if (benchmark->error) {
            fprintf(out, "  FAILED: %s\n", benchmark->error);
            continue;
        }
        for (int k = 0; rows && k < COLUMNS; k++)
            print_cell(out, rows[i].cells[k], widths[k], k != 1);
        fputc('\n', out);
    }
    free(rows);
    return failed;
}
