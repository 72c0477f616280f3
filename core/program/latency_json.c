/* Figures of histograms as JSON. */
#include "latency_json.h"

json_t *velox_integer_json(uint64_t value)
{
    return json_integer((json_int_t)value);
}

json_t *velox_latency_json(const velox_histogram *from)
{
    velox_histogram snapshot;
    velox_histogram_snapshot(&snapshot, from);
    const velox_histogram *histogram = &snapshot;
    return json_pack(
        "{s:o, s:f, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "count",
        velox_integer_json(velox_histogram_count(histogram)), "mean_ns",
        velox_histogram_mean(histogram), "min_ns",
        velox_integer_json(velox_histogram_min(histogram)), "max_ns",
        velox_integer_json(velox_histogram_max(histogram)), "p50_ns",
        velox_integer_json(velox_histogram_quantile(histogram, VELOX_HISTOGRAM_P50)), "p90_ns",
        velox_integer_json(velox_histogram_quantile(histogram, VELOX_HISTOGRAM_P90)), "p95_ns",
        velox_integer_json(velox_histogram_quantile(histogram, VELOX_HISTOGRAM_P95)), "p99_ns",
        velox_integer_json(velox_histogram_quantile(histogram, VELOX_HISTOGRAM_P99)), "p99_9_ns",
        velox_integer_json(velox_histogram_quantile(histogram, VELOX_HISTOGRAM_P99_9)), "p99_99_ns",
        velox_integer_json(velox_histogram_quantile(histogram, VELOX_HISTOGRAM_P99_99)));
}

json_t *velox_parts_json(const velox_pipeline *pipeline)
{
    if (velox_pipeline_part(pipeline, 0) == NULL)
        return json_null();
    json_t *parts = json_array();
    for (size_t i = 0; i < VELOX_PARTS; i++) {
        json_t *part = json_pack("{s:s, s:o}", "part", velox_pipeline_part_name(i), "latency",
                                 velox_latency_json(velox_pipeline_part(pipeline, i)));
        if (json_array_append_new(parts, part) != 0) {
            json_decref(parts);
            return NULL;
        }
    }
    return parts;
}
