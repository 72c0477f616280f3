#include "worker/cases.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"

enum { GRID_MAX = 100000 }; /* more points than anyone measures: a mistake in the table */

/* What is wrong with an axis, or NULL. An unused axis (count 0) is fine. */
static const char *axis_fault(const vb_axis *axis)
{
    if (axis->count == 0)
        return NULL;
    if (axis->count < 0 || !axis->values || !axis->name || axis->name[0] == '\0')
        return "an axis needs a name and values (use VB_VALUES)";
    if (axis->hidden && axis->count != 1)
        return "an axis that does not show in the name must have one value";
    if (vb_has_control(axis->name))
        return "an axis name holds a control character";
    if (!vb_is_utf8(axis->name))
        return "an axis name is not UTF-8";
    for (int i = 0; i < axis->count; i++) {
        for (int j = 0; j < i; j++) {
            if (axis->values[i] == axis->values[j])
                return "an axis holds a value twice";
        }
    }
    return NULL;
}

static const char *bench_fault(const vb_bench *bench)
{
    if (!bench->name || bench->name[0] == '\0')
        return "it has no name";
    if (strlen(bench->name) > VB_NAME_MAX)
        return "its name is longer than 300 bytes";
    if (vb_has_control(bench->name))
        return "its name holds a control character";
    if (!vb_is_utf8(bench->name))
        return "its name is not UTF-8";
    if (!bench->fn)
        return "it has no function (.fn)";
    int unused = 0;
    for (int i = 0; i < VB_AXES_MAX; i++) {
        const char *fault = axis_fault(&bench->axes[i]);
        if (fault)
            return fault;
        if (bench->axes[i].count == 0)
            unused = 1;
        else if (unused)
            return "an axis follows an empty one";
        for (int k = 0; k < i && bench->axes[i].count > 0; k++) {
            if (strcmp(bench->axes[k].name, bench->axes[i].name) == 0)
                return "two axes have one name";
        }
    }
    const char *fault = axis_fault(&bench->threads);
    if (fault)
        return fault;
    for (int i = 0; i < bench->threads.count; i++) {
        if (bench->threads.values[i] < 1 || bench->threads.values[i] > VB_THREADS_MAX)
            return "a thread count is not between 1 and 1024";
    }
    return NULL;
}

/* The number of points, or 0 where there are too many. */
static size_t grid_size(const vb_bench *bench)
{
    size_t points = bench->threads.count > 0 ? (size_t)bench->threads.count : 1;
    for (int i = 0; i < VB_AXES_MAX && bench->axes[i].count > 0; i++) {
        points *= (size_t)bench->axes[i].count;
        if (points > GRID_MAX)
            return 0;
    }
    return points;
}

/* Point number `point` of the grid; the last axis varies fastest, and threads faster still. */
static int case_at(const vb_bench *bench, size_t point, vb_case *out)
{
    char name[VB_NAME_MAX + 1];
    char suffix[32];

    out->bench = bench;
    out->threads = 1;
    if (bench->threads.count > 0) {
        out->threads = (int)bench->threads.values[point % (size_t)bench->threads.count];
        point /= (size_t)bench->threads.count;
    }
    out->param_count = 0;
    while (out->param_count < VB_AXES_MAX && bench->axes[out->param_count].count > 0)
        out->param_count++;
    for (int i = out->param_count; i-- > 0;) {
        const vb_axis *axis = &bench->axes[i];
        out->params[i] = axis->values[point % (size_t)axis->count];
        point /= (size_t)axis->count;
    }

    size_t length = (size_t)snprintf(name, sizeof name, "%s", bench->name);
    for (int i = 0; i <= out->param_count; i++) {
        const vb_axis *axis = i < out->param_count ? &bench->axes[i] : &bench->threads;
        if (axis->count == 0 || axis->hidden)
            continue;
        if (axis == &bench->threads)
            snprintf(suffix, sizeof suffix, "/%d_threads", out->threads);
        else
            snprintf(suffix, sizeof suffix, "/%" PRId64, out->params[i]);
        if (length + strlen(suffix) > VB_NAME_MAX)
            return -EINVAL;
        strcpy(name + length, suffix);
        length += strlen(suffix);
    }
    out->name = strdup(name);
    return out->name ? 0 : -ENOMEM;
}

static int by_name(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

/* Two cases of one name could not be told apart. Returns such a name, NULL if there is none. */
static int find_duplicate(const vb_case *cases, size_t count, const char **duplicate)
{
    *duplicate = NULL;
    char **names = malloc((count ? count : 1) * sizeof *names);
    if (!names)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++)
        names[i] = cases[i].name;
    qsort(names, count, sizeof *names, by_name);
    for (size_t i = 1; i < count && !*duplicate; i++) {
        if (strcmp(names[i - 1], names[i]) == 0)
            *duplicate = names[i];
    }
    free(names);
    return 0;
}

/* "entry 2 of the suite's table (NAME) is wrong: FAULT", with what a terminal can show of a name
 * that may itself be the fault. */
static void say_fault(char *error, size_t error_bytes, size_t index, const char *name,
                      const char *fault)
{
    snprintf(error, error_bytes, "entry %zu of the suite's table (%.100s) is wrong: %s", index + 1,
             name ? name : "no name", fault);
    vb_blank_controls(error);
}

int vb_cases_create(const vb_bench *table, size_t table_count, char *error, size_t error_bytes,
                    vb_case **cases, size_t *count)
{
    size_t total = 0;
    for (size_t i = 0; i < table_count; i++) {
        const char *fault = bench_fault(&table[i]);
        size_t points = fault ? 0 : grid_size(&table[i]);
        if (!fault && points == 0)
            fault = "its grid has more than 100000 points";
        if (fault) {
            say_fault(error, error_bytes, i, table[i].name, fault);
            return -EINVAL;
        }
        total += points;
    }

    vb_case *made = calloc(total ? total : 1, sizeof *made);
    size_t filled = 0;
    int status = made ? 0 : -ENOMEM;
    for (size_t i = 0; i < table_count && status == 0; i++) {
        size_t points = grid_size(&table[i]);
        for (size_t point = 0; point < points && status == 0; point++) {
            status = case_at(&table[i], point, &made[filled]);
            if (status == 0)
                filled++;
            else if (status == -EINVAL)
                say_fault(error, error_bytes, i, table[i].name,
                          "with its grid values the name is longer than 300 bytes");
        }
    }
    const char *duplicate = NULL;
    if (status == 0)
        status = find_duplicate(made, filled, &duplicate);
    if (duplicate) {
        snprintf(error, error_bytes, "two benchmarks of the suite have the name %s", duplicate);
        status = -EINVAL;
    }
    if (status != 0) {
        if (status == -ENOMEM)
            snprintf(error, error_bytes, "there is not enough memory for the suite's table");
        vb_cases_free(made, filled);
        return status;
    }
    *cases = made;
    *count = filled;
    return 0;
}

void vb_cases_free(vb_case *cases, size_t count)
{
    if (!cases)
        return;
    for (size_t i = 0; i < count; i++)
        free(cases[i].name);
    free(cases);
}
