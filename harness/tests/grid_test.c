/* Text in columns. */
#include "test_cmocka.h"

#include "runner/grid.h"
#include "test_memory.h"

#include <stdlib.h>
#include <string.h>

/* A row as a test writes it: cells, and a note in place of those after the first. */
typedef struct {
    const char *cells[4];
    const char *note;
} row;

static const vb_grid_column columns[] = {
    {"name", true}, {"time", false}, {"", true}, {"word", true}};

static vb_grid grid_of(const row *rows, size_t count)
{
    vb_grid grid = {.columns = columns, .column_count = 4};
    for (size_t i = 0; i < count; i++) {
        vb_grid_row *added = vb_grid_add(&grid);
        assert_non_null(added);
        for (size_t k = 0; k < 4; k++)
            snprintf(added->cells[k], VB_GRID_CELL_MAX, "%s",
                     rows[i].cells[k] ? rows[i].cells[k] : "");
        snprintf(added->note, sizeof added->note, "%s", rows[i].note ? rows[i].note : "");
    }
    return grid;
}

static char *printed(const vb_grid *grid)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    assert_non_null(out);
    vb_grid_print(out, grid);
    assert_int_equal(fclose(out), 0);
    return text;
}

static void assert_prints(const row *rows, size_t count, const char *expected)
{
    vb_grid grid = grid_of(rows, count);
    char *text = printed(&grid);
    assert_string_equal(text, expected);
    free(text);
    vb_grid_free(&grid);
}

static void words_are_flush_left_and_numbers_flush_right(void **state)
{
    (void)state;
    static const row rows[] = {{{"a", "1 ns", "x", "good"}, NULL},
                               {{"longer", "1000 ns", "yy", "bad"}, NULL}};
    assert_prints(rows, 2,
                  "name       time      word\n"
                  "a          1 ns  x   good\n"
                  "longer  1000 ns  yy  bad\n");
}

static void column_without_a_cell_is_left_out_with_its_title(void **state)
{
    (void)state;
    static const row rows[] = {{{"a", "", "", "good"}, NULL}, {{"b", "", "", ""}, NULL}};
    assert_prints(rows, 2,
                  "name  word\n"
                  "a     good\n"
                  "b\n");
}

static void note_stands_in_place_of_the_cells_after_the_first(void **state)
{
    (void)state;
    static const row rows[] = {{{"a", "1", "", ""}, NULL},
                               {{"longer", "", "", ""}, "it failed, at length"},
                               {{"", "", "", ""}, "a note alone"}};
    assert_prints(rows, 3,
                  "name    time\n"
                  "a          1\n"
                  "longer  it failed, at length\n"
                  "        a note alone\n");
}

static void notes_are_printed_where_no_row_has_a_cell(void **state)
{
    (void)state;
    static const row rows[] = {{{"a"}, "failed"}, {{"longer"}, "failed as well"}};
    assert_prints(rows, 2,
                  "name\n"
                  "a       failed\n"
                  "longer  failed as well\n");
}

static void width_is_counted_in_characters(void **state)
{
    (void)state;
    static const row rows[] = {{{"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80z", "1 \xC2\xB5s"}, NULL},
                               {{"abcde", "1.00 ms"}, NULL}};
    assert_prints(rows, 2,
                  "name      time\n"
                  "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80z      1 \xC2\xB5s\n"
                  "abcde  1.00 ms\n");
}

static void no_line_ends_in_a_blank(void **state)
{
    (void)state;
    static const row rows[] = {{{"a", "1", "x", ""}, NULL}, {{"b", "", "", "good"}, NULL}};
    assert_prints(rows, 2,
                  "name  time     word\n"
                  "a        1  x\n"
                  "b              good\n");
}

static void grid_without_rows_is_the_first_title(void **state)
{
    (void)state;
    assert_prints(NULL, 0, "name\n");
}

static void control_characters_are_printed_as_blanks(void **state)
{
    (void)state;
    static const row rows[] = {{{"a\tb\x1b[2Jc", "1\n"}, NULL}, {{"d", ""}, "two\nlines\x7f."}};
    assert_prints(rows, 2,
                  "name      time\n"
                  "a b [2Jc    1 \n"
                  "d         two lines .\n");
}

static void character_that_the_cell_cuts_is_dropped(void **state)
{
    (void)state;
    char name[VB_GRID_CELL_MAX + 10] = "";
    memset(name, 'x', VB_GRID_CELL_MAX - 2); /* room for one of the two bytes that follow */
    strcat(name, "\xC3\xA4 and more");
    const row rows[] = {{{name}, NULL}};
    vb_grid grid = grid_of(rows, 1);
    char *text = printed(&grid);
    name[VB_GRID_CELL_MAX - 2] = '\0';
    assert_string_equal(strchr(text, '\n') + 1, strcat(name, "\n"));
    free(text);
    vb_grid_free(&grid);
}

static void rows_are_added_without_end_and_begin_empty(void **state)
{
    (void)state;
    vb_grid grid = {.columns = columns, .column_count = 4};
    for (int i = 0; i < 1000; i++) {
        vb_grid_row *added = vb_grid_add(&grid);
        assert_non_null(added);
        for (size_t k = 0; k < VB_GRID_COLUMNS_MAX; k++)
            assert_int_equal(added->cells[k][0], '\0');
        assert_int_equal(added->note[0], '\0');
        snprintf(added->cells[0], VB_GRID_CELL_MAX, "%d", i);
        snprintf(added->note, sizeof added->note, "note");
    }
    for (int i = 0; i < 1000; i++)
        assert_int_equal(atoi(grid.rows[i].cells[0]), i);
    vb_grid_free(&grid);
    assert_int_equal(grid.row_count, 0);
    vb_grid_free(&grid); /* a second time */
}

static void row_without_memory_is_none_and_the_others_stay(void **state)
{
    (void)state;
    vb_grid grid = {.columns = columns, .column_count = 4};
    fail_allocation_after(0);
    assert_null(vb_grid_add(&grid));
    assert_true(allocation_has_failed());
    for (int i = 0; i < 16; i++)
        snprintf(vb_grid_add(&grid)->cells[0], VB_GRID_CELL_MAX, "%d", i);
    fail_allocation_after(0);
    assert_null(vb_grid_add(&grid));
    assert_true(allocation_has_failed());
    assert_int_equal(grid.row_count, 16);
    assert_string_equal(grid.rows[15].cells[0], "15");
    vb_grid_free(&grid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_flush_left_and_numbers_flush_right),
        cmocka_unit_test(column_without_a_cell_is_left_out_with_its_title),
        cmocka_unit_test(note_stands_in_place_of_the_cells_after_the_first),
        cmocka_unit_test(notes_are_printed_where_no_row_has_a_cell),
        cmocka_unit_test(width_is_counted_in_characters),
        cmocka_unit_test(no_line_ends_in_a_blank),
        cmocka_unit_test(grid_without_rows_is_the_first_title),
        cmocka_unit_test(control_characters_are_printed_as_blanks),
        cmocka_unit_test(character_that_the_cell_cuts_is_dropped),
        cmocka_unit_test(rows_are_added_without_end_and_begin_empty),
        cmocka_unit_test(row_without_memory_is_none_and_the_others_stay),
    };
    return cmocka_run_group_tests_name("grid", tests, NULL, NULL);
}
