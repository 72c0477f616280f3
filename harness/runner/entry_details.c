#include "runner/entry_details.h"

#include <errno.h>
#include <math.h>

#include "runner/json.h"
#include "runner/line.h"
#include "runner/outliers.h"
#include "runner/spread.h"

/* jansson passes over what it cannot store; here that is told. */
static int set(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new(object, key, value) == 0 ? 0 : -ENOMEM;
}

static int set_interval(json_t *object, const char *key, const vb_interval *interval)
{
    json_t *estimated = json_object();
    int status = set(object, key, estimated);
    if (status == 0)
        status = vb_json_set_number(estimated, "estimate", interval->estimate);
    if (status == 0)
        status = vb_json_set_number(estimated, "low", interval->low);
    if (status == 0)
        status = vb_json_set_number(estimated, "high", interval->high);
    return status;
}

static int add_spread(json_t *entry, const vb_block_times *times)
{
    static const char *const keys[VB_SPREAD_FIGURES] = {
        [VB_SPREAD_MEAN] = "mean_ns",
        [VB_SPREAD_MEDIAN] = "median_ns",
        [VB_SPREAD_STANDARD_DEVIATION] = "standard_deviation_ns",
        [VB_SPREAD_MEDIAN_ABSOLUTE_DEVIATION] = "median_absolute_deviation_ns",
        [VB_SPREAD_PERCENTILES] = "p1_ns",
        "p5_ns",
        "p10_ns",
        "p25_ns",
        "p75_ns",
        "p90_ns",
        "p95_ns",
        "p99_ns"};
    vb_spread spread;
    json_t *object = json_object(), *figures = NULL;
    int status = set(entry, "spread", object);
    if (status == 0)
        status = vb_json_set_number(object, "confidence", VB_RUN_CONFIDENCE);
    if (status == 0)
        status =
            set(object, "method",
                json_string("grouped jackknife over processes, Student's t interval; of quantiles "
                            "by the share of blocks at or below (Woodruff)"));
    if (status == 0)
        status = set(object, "figures", figures = json_object());
    if (status == 0)
        status = vb_spread_find(times, &spread);
    for (size_t i = 0; i < VB_SPREAD_FIGURES && status == 0; i++) {
        if (!isnan(spread.figures[i].estimate))
            status = set_interval(figures, keys[i], &spread.figures[i]);
    }
    return status;
}

static int add_outliers(json_t *entry, const vb_block_times *times)
{
    static const char *const counts[VB_OUTLIER_CLASSES] = {"low_severe", "low_mild", "high_mild",
                                                           "high_severe"};
    static const char *const fences[VB_OUTLIER_CLASSES] = {"low_severe_ns", "low_mild_ns",
                                                           "high_mild_ns", "high_severe_ns"};
    vb_outliers outliers;
    json_t *object = json_object();
    int status = set(entry, "outliers", object);
    if (status != 0)
        return status;
    vb_outliers_find(times, &outliers);
    for (size_t i = 0; i < VB_OUTLIER_CLASSES && status == 0; i++)
        status = set(object, counts[i], json_integer((json_int_t)outliers.counts[i]));
    for (size_t i = 0; i < VB_OUTLIER_CLASSES && status == 0; i++)
        status = vb_json_set_number(object, fences[i], outliers.fences_ns[i]);
    return status;
}

static int add_points(json_t *object, const vb_line_points *points)
{
    json_t *array = json_array();
    int status = set(object, "points", array);
    for (size_t i = 0; i < points->count && status == 0; i++) {
        json_t *point = json_pack("[I, I]", (json_int_t)points->items[i].iterations,
                                  (json_int_t)points->items[i].ns);
        status = json_array_append_new(array, point) == 0 ? 0 : -ENOMEM;
    }
    return status;
}

static int add_line(json_t *entry, const vb_line_points *points)
{
    vb_line line;
    if (!vb_line_fit(points, &line))
        return set(entry, "linear", json_null());
    json_t *object = json_object();
    int status = set(entry, "linear", object);
    if (status == 0)
        status = add_points(object, points);
    if (status == 0)
        status = vb_json_set_number(object, "confidence", VB_RUN_CONFIDENCE);
    if (status == 0)
        status = set(object, "method",
                     json_string("least squares through the origin; grouped jackknife over "
                                 "processes, Student's t interval"));
    if (status == 0)
        status = set_interval(object, "slope_ns", &line.slope_ns);
    if (status == 0)
        status = set_interval(object, "r_squared", &line.r_squared);
    return status;
}

static int add_details(json_t *entry, const vb_block_times *times, const vb_line_points *points)
{
    int status = 0;
    if (times->count == 0)
        return 0;
    if (!json_object_get(entry, "spread"))
        status = add_spread(entry, times);
    if (status == 0 && !json_object_get(entry, "outliers"))
        status = add_outliers(entry, times);
    if (status == 0 && !json_object_get(entry, "linear"))
        status = add_line(entry, points);
    return status;
}

int vb_entry_add_measured_details(json_t *entry, const vb_benchmark *benchmark)
{
    vb_line_points points = {0};
    vb_block_times times = {0};
    int status = vb_block_times_take(benchmark, &times);
    if (status == 0)
        status = vb_line_points_take(benchmark, &points);
    if (status == 0)
        status = add_details(entry, &times, &points);
    vb_line_points_free(&points);
    vb_block_times_free(&times);
    return status;
}

int vb_entry_complete(json_t *entry)
{
    vb_line_points points = {0};
    vb_block_times times = {0};
    if (json_object_get(entry, "spread") && json_object_get(entry, "outliers") &&
        json_object_get(entry, "linear"))
        return 0;
    int status = vb_block_times_read(entry, &times);
    if (status == 0)
        status = vb_line_points_read(entry, &points);
    if (status == 0)
        status = add_details(entry, &times, &points);
    vb_line_points_free(&points);
    vb_block_times_free(&times);
    return status;
}

int vb_entry_add_rate_intervals(json_t *entry)
{
    static const struct {
        const char *rate, *low, *high;
    } rates[] = {{"items_per_sec", "items_per_sec_low", "items_per_sec_high"},
                 {"bytes_per_sec", "bytes_per_sec_low", "bytes_per_sec_high"}};
    const json_t *time = json_object_get(entry, "time");
    const double estimate_ns = json_number_value(json_object_get(time, "estimate_ns"));
    const double low_ns = json_number_value(json_object_get(time, "low_ns"));
    const double high_ns = json_number_value(json_object_get(time, "high_ns"));
    int status = 0;
    for (size_t i = 0; i < sizeof rates / sizeof *rates && status == 0; i++) {
        const double rate = json_number_value(json_object_get(entry, rates[i].rate));
        const double low = rate * estimate_ns / high_ns; /* the slowest time is the lowest rate */
        const double high = rate * estimate_ns / low_ns;
        if (!(rate > 0) || !(low_ns > 0) || !isfinite(low) || !isfinite(high) ||
            json_object_get(entry, rates[i].low))
            continue;
        status = vb_json_set_number(entry, rates[i].low, low);
        if (status == 0)
            status = vb_json_set_number(entry, rates[i].high, high);
    }
    return status;
}
