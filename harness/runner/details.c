#include "runner/details.h"

#include <string.h>

#include "runner/entry_details.h"
#include "runner/row_details.h"
#include "runner/shortfall.h"

/* 0 or -ENOMEM. */
static int complete_entries(json_t *entries)
{
    int status = 0;
    for (size_t i = 0; i < json_array_size(entries) && status == 0; i++) {
        json_t *entry = json_array_get(entries, i);
        if (json_is_object(entry))
            status = vb_entry_complete(entry);
        if (json_is_object(entry) && status == 0)
            status = vb_entry_add_rate_intervals(entry);
    }
    return status;
}

/* The entry of this name, or NULL. */
static const json_t *find_entry(const json_t *entries, const char *name)
{
    for (size_t i = 0; name && i < json_array_size(entries); i++) {
        const json_t *entry = json_array_get(entries, i);
        const char *its_name = json_string_value(json_object_get(entry, "name"));
        if (its_name && strcmp(its_name, name) == 0)
            return entry;
    }
    return NULL;
}

static int complete_row(json_t *row, const json_t *old, const json_t *new, bool paired)
{
    vb_block_times old_times = {0}, new_times = {0};
    int status = vb_block_times_read(old, &old_times);
    if (status == 0)
        status = vb_block_times_read(new, &new_times);
    if (status == 0)
        status = vb_row_add_block_quantiles(row, &old_times, &new_times, paired);
    vb_block_times_free(&old_times);
    vb_block_times_free(&new_times);
    return status;
}

static int complete_rows(const json_t *ours, const json_t *comparison)
{
    const json_t *rows = json_object_get(comparison, "rows");
    const json_t *old_entries = json_object_get(json_object_get(comparison, "old"), "benchmarks");
    const json_t *new_entries = json_object_get(ours, "benchmarks");
    const bool paired = json_is_true(json_object_get(comparison, "paired"));
    int status = 0;
    for (size_t i = 0; i < json_array_size(rows) && status == 0; i++) {
        json_t *row = json_array_get(rows, i);
        if (!json_is_object(row))
            continue;
        const char *name = json_string_value(json_object_get(row, "name"));
        const json_t *old = find_entry(old_entries, name), *new = find_entry(new_entries, name);
        if (old && new && !json_object_get(row, "block_quantiles"))
            status = complete_row(row, old, new, paired);
        if (old && new &&status == 0)
            status = vb_row_complete(row, old, new);
    }
    return status;
}

int vb_details_complete(json_t *document, vb_message *message)
{
    const json_t *ours = json_object_get(document, "vbench");
    const json_t *comparison = json_object_get(ours, "comparison");
    int status = complete_entries(json_object_get(ours, "benchmarks"));
    if (status == 0)
        status =
            complete_entries(json_object_get(json_object_get(comparison, "old"), "benchmarks"));
    if (status == 0)
        status = complete_rows(ours, comparison);
    return status == 0 ? 0 : vb_say_no_memory(message);
}
