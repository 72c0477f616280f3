/* A comparison on a terminal. */
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include "runner/comparison.h"
#include "runner/grid.h"
#include "runner/table.h"
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

static void fill_allocations(const vb_comparison_row *compared, vb_grid_row *row)
{
    const json_t *old = json_object_get(compared->old, "allocations");
    const vb_allocations *new = &compared->new->allocations;
    if (!new->known)
        return;
    fill_amount(new->count, json_object_get(old, "count_per_iteration"), row->cells[ALLOCATIONS]);
    fill_amount(new->bytes, json_object_get(old, "bytes_per_iteration"), row->cells[ALLOCATED]);
}

static void fill_change(const vb_change *change, vb_grid_row *row)
{
    char a[VB_UNIT_TEXT_MAX], b[VB_UNIT_TEXT_MAX];
    snprintf(row->cells[OLD], VB_GRID_CELL_MAX, "%s", vb_format_time_ns(change->old_ns, a));
    snprintf(row->cells[NEW], VB_GRID_CELL_MAX, "%s", vb_format_time_ns(change->new_ns, a));
    snprintf(row->cells[CHANGE], VB_GRID_CELL_MAX, "%s %%", vb_format_change(change->estimate, a));
    if (!isnan(change->low))
        snprintf(row->cells[INTERVAL], VB_GRID_CELL_MAX, "(%s to %s)",
                 vb_format_change(change->low, a), vb_format_change(change->high, b));
    int length =
        snprintf(row->cells[VERDICT], VB_GRID_CELL_MAX, "%s", vb_verdict_name(change->verdict));
    if (change->verdict == VB_INCONCLUSIVE && isfinite(change->visible))
        snprintf(row->cells[VERDICT] + length, VB_GRID_CELL_MAX - (size_t)length,
                 ", %s %% would show",
                 vb_format_change(change->visible, a) + 1); /* without its sign */
}

static void fill_row(const vb_comparison_row *compared, vb_grid_row *row)
{
    fill_change(&compared->change, row);
    const size_t length = strlen(row->cells[VERDICT]);
    if (compared->paired && compared->paired->benchmark_changed)
        snprintf(row->cells[VERDICT] + length, VB_GRID_CELL_MAX - length, ", benchmark changed");
    fill_allocations(compared, row);
}

/* The lines of a row's latencies: what has changed, and what has not (`all`). */
static void add_quantile(const vb_quantile_change *quantile, const char *name, bool all,
                         vb_grid *grid)
{
    const bool changed = !quantile->reason && quantile->change.verdict <= VB_IMPROVED;
    vb_grid_row *row = changed || all ? vb_grid_add(grid) : NULL;
    if (!row)
        return;
    snprintf(row->cells[NAME], VB_GRID_CELL_MAX, "  %s", name);
    if (quantile->reason)
        snprintf(row->note, sizeof row->note, "%s", quantile->reason);
    else
        fill_change(&quantile->change, row);
}

/* A limit that is kept needs no line. */
static void add_limit(const vb_limit_check *check, bool all, vb_grid *grid)
{
    char low[VB_UNIT_TEXT_MAX], high[VB_UNIT_TEXT_MAX], limit[VB_UNIT_TEXT_MAX];
    vb_grid_row *row = check->verdict != VB_LIMIT_KEPT || all ? vb_grid_add(grid) : NULL;
    if (!row)
        return;
    vb_format_time_ns(check->limit_ns, limit);
    snprintf(row->cells[NAME], VB_GRID_CELL_MAX, "  p99 limit");
    if (isnan(check->low_ns))
        snprintf(row->note, sizeof row->note, "%s undecided: too few %s", limit,
                 isnan(check->p99_ns) ? "samples" : "cycles");
    else
        snprintf(row->note, sizeof row->note, "%s %s: the new p99 is %s to %s", limit,
                 vb_limit_verdict_name(check->verdict), vb_format_time_ns(check->low_ns, low),
                 vb_format_time_ns(check->high_ns, high));
}

static void add_latencies(const vb_comparison_row *compared, bool all, vb_grid *grid)
{
    for (size_t i = 0; compared->has_quantiles && i < VB_QUANTILES; i++)
        add_quantile(&compared->quantiles[i], vb_quantile_names[i], all, grid);
    if (compared->has_limit)
        add_limit(&compared->p99_limit, all, grid);
}

/* "16 layouts a side", as far as all rows have as many. */
static void print_layout_count(FILE *out, const vb_comparison *comparison)
{
    size_t least = SIZE_MAX, most = 0;
    for (size_t i = 0; i < comparison->count; i++) {
        if (comparison->rows[i].status != VB_COMPARED)
            continue;
        size_t count = vb_paired_layout_count(comparison->rows[i].paired);
        least = count < least ? count : least;
        most = count > most ? count : most;
    }
    if (most > 1)
        fprintf(out, ", %s%zu layouts a side", least < most ? "up to " : "", most);
    else if (most == 1)
        fputs(", one layout a side", out);
}

/* What is compared, and how. */
static void print_sides(FILE *out, const vb_comparison *comparison)
{
    char level[VB_UNIT_TEXT_MAX];
    vb_format_number(100 * comparison->rules.level, level);
    if (comparison->paired) {
        print_clean(out, "Old: %s", comparison->old.text);
        print_clean(out, "New: %s", comparison->new.text);
        fputs("Side by side", out);
        print_layout_count(out, comparison);
        fprintf(out, "; if nothing had changed, at most %s %% of runs would name any change.\n",
                level);
    } else {
        print_clean(out, "Against %s.", comparison->old.text);
        fprintf(out,
                "Old and new did NOT run side by side: whatever the machine did in between counts "
                "as change.\nThe intervals allow for %.0f %% of it.\n",
                100 * comparison->rules.drift);
    }
    for (size_t i = 0; comparison->notes && i < comparison->notes->count; i++)
        print_clean(out, "%s", comparison->notes->items[i]);
    fputc('\n', out);
}

/* What is not the code's: how the old side was built, where the new one was built otherwise. */
static void print_builds(FILE *out, const vb_comparison *comparison)
{
    static const struct {
        const char *key, *name;
    } compared[] = {
        {"compiler", "compiler"}, {"compiler_flags", "flags"}, {"build_type", "build type"}};
    size_t i;
    json_t *old;
    json_array_foreach(comparison->old.suites, i, old)
    {
        const char *name = json_string_value(json_object_get(old, "name"));
        const char *optimised = json_string_value(json_object_get(old, "optimised"));
        const vb_suite *new = vb_comparison_suite(comparison, name);
        if (!new)
            continue;
        if (strcmp(optimised, "no") == 0)
            print_clean(out, "warning: in the %s the suite %s was not optimised",
                        comparison->paired ? "old build" : "baseline", name);
        const char *now[] = {new->compiler, new->compiler_flags, new->build_type};
        for (size_t k = 0; k < sizeof compared / sizeof *compared; k++) {
            const char *then = json_string_value(json_object_get(old, compared[k].key));
            if (strcmp(then, now[k]) != 0)
                print_clean(out,
                            "warning: the suite %s was built otherwise: its %s was \"%.120s\", now "
                            "it is \"%.120s\"",
                            name, compared[k].name, then, now[k]);
        }
    }
}

/* Whether a row is named however many there are. */
static bool needs_attention(const vb_comparison_row *row)
{
    return row->status != VB_COMPARED || row->change.verdict <= VB_IMPROVED ||
           vb_comparison_has_quantile(row, VB_REGRESSED) ||
           vb_comparison_has_quantile(row, VB_IMPROVED) || vb_comparison_exceeds_limit(row);
}

/* "; latencies: 2 regressed, 1 improved", where there is anything to say of them. */
static void print_latency_counts(FILE *out, const vb_comparison *comparison)
{
    const size_t slower = comparison->slower_latencies, faster = comparison->faster_latencies;
    const size_t exceeded = comparison->limits_exceeded;
    if (slower + faster + exceeded > 0)
        fprintf(out, "; latencies: %zu regressed, %zu improved", slower, faster);
    if (exceeded > 0)
        fprintf(out, ", %zu above %s p99 limit", exceeded, exceeded == 1 ? "its" : "their");
}

/* The rows that were not shown. */
static void print_hidden(FILE *out, const vb_comparison *comparison)
{
    size_t verdicts[VB_VERDICTS] = {0};
    for (size_t i = 0; i < comparison->count; i++) {
        if (!needs_attention(&comparison->rows[i]))
            verdicts[comparison->rows[i].change.verdict]++;
    }
    fprintf(out, "%zu others: %zu equivalent, %zu inconclusive; --all lists them.\n",
            verdicts[VB_EQUIVALENT] + verdicts[VB_INCONCLUSIVE], verdicts[VB_EQUIVALENT],
            verdicts[VB_INCONCLUSIVE]);
}

/* `hidden`: only those that need attention were shown. */
static void print_counts(FILE *out, const vb_comparison *comparison, bool hidden)
{
    const size_t *verdicts = comparison->verdicts;
    fprintf(out, "\n%zu regressed, %zu improved", verdicts[VB_REGRESSED], verdicts[VB_IMPROVED]);
    if (!hidden)
        fprintf(out, ", %zu equivalent, %zu inconclusive", verdicts[VB_EQUIVALENT],
                verdicts[VB_INCONCLUSIVE]);
    if (comparison->uncompared > 0)
        fprintf(out, ", %zu not compared", comparison->uncompared);
    print_latency_counts(out, comparison);
    fputs(".\n", out);
    if (hidden)
        print_hidden(out, comparison);
    if (vb_comparison_moved(comparison)) {
        char number[VB_UNIT_TEXT_MAX];
        fprintf(out, "warning: the %zu benchmarks together have moved by %s %% (median): %s\n",
                comparison->count - comparison->uncompared,
                vb_format_change(comparison->common, number),
                comparison->paired ? "something that they share has changed"
                                   : "the machine has, or what they share");
    }
}

/* So many lines of one kind about single rows. */
enum { SENTENCES_MAX = 5 };

/* How much it is worth to be told what placement does to a row: what would have misled, before what
 * is slow or fast on both sides alike. 0: nothing. */
static double layout_weight(const vb_comparison_row *row)
{
    enum { BEFORE_ALL_EXCESSES = 1000 };
    const vb_layout_effect *layout = &row->layout;
    if (row->status != VB_COMPARED || !row->paired)
        return 0;
    if (layout->misleading)
        return BEFORE_ALL_EXCESSES + fabs(log1p(layout->change) - log1p(row->change.estimate));
    return layout->off_average ? fabs(log1p(layout->new_excess)) : 0;
}

static void print_layout_effect(FILE *out, const vb_comparison_row *row)
{
    char natural[VB_UNIT_TEXT_MAX], average[VB_UNIT_TEXT_MAX], excess[VB_UNIT_TEXT_MAX];
    const vb_layout_effect *layout = &row->layout;
    vb_message misled = {""}, off = {""};
    if (layout->misleading)
        vb_say(&misled,
               "the two builds as they are differ by %s %%, over %zu layouts by %s %%: the rest is "
               "luck of placement",
               vb_format_change(layout->change, natural), vb_paired_layout_count(row->paired),
               vb_format_change(row->change.estimate, average));
    if (layout->off_average)
        vb_say(&off, "the build at hand is %s %% %s than its average layout",
               vb_format_change(layout->new_excess, excess) + 1, /* without its sign */
               layout->new_excess > 0 ? "slower" : "faster");
    print_clean(out, "%s: %s%s%s", row->name, misled.text,
                misled.text[0] && off.text[0] ? "; " : "", off.text);
}

/* The row that placement does the most to among those behind `before` (NULL: all); NULL: none. Of
 * equal ones the first is first. */
static const vb_comparison_row *next_placed(const vb_comparison *comparison,
                                            const vb_comparison_row *before)
{
    const vb_comparison_row *found = NULL;
    for (size_t i = 0; i < comparison->count; i++) {
        const vb_comparison_row *row = &comparison->rows[i];
        double weight = layout_weight(row);
        bool behind = !before || weight < layout_weight(before) ||
                      (weight == layout_weight(before) && row > before);
        if (weight > 0 && behind && (!found || weight > layout_weight(found)))
            found = row;
    }
    return found;
}

/* Where the placement of the code, not the code, makes a difference: the most of it first. */
static void print_layout_effects(FILE *out, const vb_comparison *comparison)
{
    size_t told = 0;
    const vb_comparison_row *row = next_placed(comparison, NULL);
    for (; row; row = next_placed(comparison, row)) {
        if (told++ < SENTENCES_MAX)
            print_layout_effect(out, row);
    }
    if (told > SENTENCES_MAX)
        fprintf(out, "Placement matters to %zu more; the result and the report have them.\n",
                told - SENTENCES_MAX);
}

/* Why a row has one layout only; NULL: it has several, or there was no choice of it. */
static const char *one_layout_reason(const vb_comparison_row *row)
{
    if (row->status != VB_COMPARED || !row->paired || vb_paired_layout_count(row->paired) > 1)
        return NULL;
    const char *reason = vb_comparison_layout_reason(row->paired);
    return reason ? reason : "";
}

/* The rows from `first` on that have one layout for the same reason as it; none if an earlier row
 * has told. */
static void print_one_layout(FILE *out, const vb_comparison *comparison, size_t first)
{
    const char *reason = one_layout_reason(&comparison->rows[first]);
    vb_warning_line line = {.out = out};
    vb_message text;
    for (size_t i = 0; i < comparison->count; i++) {
        const char *other = one_layout_reason(&comparison->rows[i]);
        if (!other || strcmp(reason, other) != 0)
            continue;
        if (i < first)
            return;
        vb_warning_line_add(&line, comparison->rows[i].name);
    }
    vb_say(&text, "one layout only, so luck of placement counts as change%s%s",
           reason[0] ? ": " : "", reason);
    vb_warning_line_end(&line, text.text);
}

/* What the same code differs by from itself. */
static void print_floor(FILE *out, const vb_noise_floor *floor)
{
    char estimate[VB_UNIT_TEXT_MAX], low[VB_UNIT_TEXT_MAX], high[VB_UNIT_TEXT_MAX];
    if (isnan(floor->low)) {
        if (floor->pairs > 0)
            fprintf(out, "Noise floor: unknown; %zu %s of old against itself tell%s too little.\n",
                    floor->pairs, floor->pairs == 1 ? "pair" : "pairs",
                    floor->pairs == 1 ? "s" : "");
        return;
    }
    fprintf(out, "Noise floor: old differs from itself by %s %% (%s to %s), in %zu pairs.\n",
            vb_format_change(floor->estimate, estimate), vb_format_change(floor->low, low),
            vb_format_change(floor->high, high), floor->pairs);
    if (floor->exceeded)
        fputs("warning: so something other than the code favours one side, and no verdict of this "
              "run counts; run `vbench doctor`, and compare again\n",
              out);
}

/* Of how many benchmarks too little was measured because the run's time was up. */
static void print_time_cap(FILE *out, const vb_comparison *comparison)
{
    size_t paired = 0, capped = 0;
    for (size_t i = 0; i < comparison->count; i++) {
        const vb_paired_case *measured = comparison->rows[i].paired;
        paired += measured != NULL;
        capped += measured && measured->stop == VB_STOP_TIME_CAP;
    }
    if (capped > 0)
        fprintf(out,
                "warning: the time cap ended %zu of %zu benchmarks undecided; give the run more "
                "time (--time-cap), or compare fewer of them (--filter)\n",
                capped, paired);
}

static void print_paired_warnings(FILE *out, const vb_comparison *comparison)
{
    char number[VB_UNIT_TEXT_MAX];
    size_t sharing = 0;
    for (size_t i = 0; i < comparison->count; i++) {
        if (one_layout_reason(&comparison->rows[i]))
            print_one_layout(out, comparison, i);
    }
    for (size_t i = 0; i < comparison->count; i++) {
        const vb_comparison_row *row = &comparison->rows[i];
        if (row->status != VB_COMPARED || !row->paired || !(row->paired->cache_shared > 0))
            continue;
        if (sharing++ < SENTENCES_MAX)
            print_clean(out, "warning: %s: alternating costs %s %%: old and new share the cache",
                        row->name, vb_format_change(row->paired->cache_shared, number));
    }
    if (sharing > SENTENCES_MAX)
        fprintf(out, "warning: %zu more share the cache\n", sharing - SENTENCES_MAX);
}

/* No title alone where every row is hidden. `all`: the lines of all latencies, too. */
static void print_rows(FILE *out, const vb_comparison *comparison, bool hidden, bool all)
{
    vb_grid grid = {.columns = columns, .column_count = COLUMNS};
    for (size_t i = 0; i < comparison->count; i++) {
        const vb_comparison_row *compared = &comparison->rows[i];
        if (hidden && !needs_attention(compared))
            continue;
        vb_grid_row *row = vb_grid_add(&grid);
        if (!row)
            break; /* the result will say that there is no memory */
        snprintf(row->cells[NAME], VB_GRID_CELL_MAX, "%s", compared->name);
        if (compared->status == VB_COMPARED) {
            fill_row(compared, row);
            add_latencies(compared, all, &grid);
        } else {
            snprintf(row->note, sizeof row->note, "%s%s",
                     compared->status == VB_FAILED_NOW ? "FAILED: " : "", compared->reason);
        }
    }
    if (grid.row_count > 0 || !hidden)
        vb_grid_print(out, &grid);
    else
        fputs(comparison->verdicts[VB_EQUIVALENT] > 0
                  ? "Nothing has changed as far as can be seen.\n"
                  : "No change could be told, and none be ruled out.\n",
              out);
    vb_grid_free(&grid);
}

void vb_comparison_print(FILE *out, const vb_comparison *comparison, bool all)
{
    const size_t *verdicts = comparison->verdicts;
    const bool hidden = !all && comparison->count > VB_ROWS_MAX &&
                        verdicts[VB_EQUIVALENT] + verdicts[VB_INCONCLUSIVE] > 0;
    print_sides(out, comparison);
    print_rows(out, comparison, hidden, all);
    print_counts(out, comparison, hidden);
    if (comparison->paired) {
        print_floor(out, &comparison->floor);
        print_time_cap(out, comparison);
    }
    print_layout_effects(out, comparison);
    print_paired_warnings(out, comparison);
    print_builds(out, comparison);
}
