/* Text in columns, for a terminal: each as wide as its widest cell, counted in characters. What is
 * cut to the size of a cell must be UTF-8; control characters are printed as blanks. */
#ifndef VBENCH_GRID_H
#define VBENCH_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { VB_GRID_COLUMNS_MAX = 8, VB_GRID_CELL_MAX = 400, VB_GRID_NOTE_MAX = 1600 };

typedef struct {
    const char *title;
    bool left; /* flush left, as words are; else flush right, as numbers are */
} vb_grid_column;

typedef struct {
    char cells[VB_GRID_COLUMNS_MAX][VB_GRID_CELL_MAX];
    char note[VB_GRID_NOTE_MAX]; /* stands in place of the cells after the first */
} vb_grid_row;

typedef struct {
    const vb_grid_column *columns;
    size_t column_count;
    vb_grid_row *rows;
    size_t row_count;
    size_t row_capacity;
} vb_grid;

/* An empty row at the end, to be filled in; NULL if there is no memory. It moves when the next one
 * is added. */
vb_grid_row *vb_grid_add(vb_grid *grid);
/* The titles, then the rows. Columns without a cell in any row are left out. */
void vb_grid_print(FILE *out, const vb_grid *grid);
void vb_grid_free(vb_grid *grid); /* its rows */

#endif
