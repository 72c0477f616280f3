#include "runner/grid.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "runner/shortfall.h"

/* What a terminal shows of UTF-8 text: its bytes but the continuation bytes. */
static int columns_of(const char *text)
{
    int columns = 0;
    for (; *text; text++)
        columns += ((unsigned char)*text & 0xC0) != 0x80;
    return columns;
}

vb_grid_row *vb_grid_add(vb_grid *grid)
{
    if (grid->row_count == grid->row_capacity) {
        size_t capacity = grid->row_capacity ? 2 * grid->row_capacity : 16;
        vb_grid_row *rows = realloc(grid->rows, capacity * sizeof *rows);
        if (!rows) {
            vb_shortfall_note(ENOMEM); /* a table that lacks rows is no result */
            return NULL;
        }
        grid->rows = rows;
        grid->row_capacity = capacity;
    }
    vb_grid_row *row = &grid->rows[grid->row_count++];
    memset(row, 0, sizeof *row);
    return row;
}

/* What was cut to its size, or comes from outside, must not upset the terminal. */
static const char *clean(const char *text, char cleaned[VB_GRID_NOTE_MAX])
{
    snprintf(cleaned, VB_GRID_NOTE_MAX, "%s", text);
    vb_drop_cut_character(cleaned);
    vb_blank_controls(cleaned);
    return cleaned;
}

static void widen(int *width, const char *text)
{
    int columns = columns_of(text);
    *width = columns > *width ? columns : *width;
}

/* 0: no row has a cell in this column. */
static int width_of(const vb_grid *grid, size_t column)
{
    int width = 0;
    for (size_t i = 0; i < grid->row_count; i++)
        widen(&width, grid->rows[i].cells[column]);
    if (width > 0 || column == 0)
        widen(&width, grid->columns[column].title);
    return width;
}

/* Blanks are printed only when something follows them, so that no line ends in one. */
static void print_cell(FILE *out, const char *cell, int width, bool left, int *owed)
{
    char cleaned[VB_GRID_NOTE_MAX];
    int padding = width - columns_of(cell);
    if (cell[0] == '\0') {
        *owed += width;
        return;
    }
    fprintf(out, "%*s%s", *owed + (left ? 0 : padding), "", clean(cell, cleaned));
    *owed = left ? padding : 0;
}

void vb_grid_print(FILE *out, const vb_grid *grid)
{
    int widths[VB_GRID_COLUMNS_MAX];
    for (size_t k = 0; k < grid->column_count; k++)
        widths[k] = width_of(grid, k);
    for (size_t i = 0; i <= grid->row_count; i++) {
        const vb_grid_row *row = i > 0 ? &grid->rows[i - 1] : NULL;
        int owed = 0;
        for (size_t k = 0; k < grid->column_count; k++) {
            bool noted = k == 1 && row && row->note[0] != '\0';
            if (widths[k] == 0 && !noted) /* no row has it; a note does without it */
                continue;
            if (k > 0)
                owed += 2;
            if (noted) {
                char cleaned[VB_GRID_NOTE_MAX];
                fprintf(out, "%*s%s", owed, "", clean(row->note, cleaned));
                break;
            }
            print_cell(out, row ? row->cells[k] : grid->columns[k].title, widths[k],
                       grid->columns[k].left, &owed);
        }
        fputc('\n', out);
    }
}

void vb_grid_free(vb_grid *grid)
{
    free(grid->rows);
    grid->rows = NULL;
    grid->row_count = grid->row_capacity = 0;
}
