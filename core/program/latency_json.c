#include "latency_json.h"

static json_t *integer(uint64_t value)
{
    return json_integer((json_int_t)value);
}

json_t *velox_latency_json(const velox_histogram *from)
{
    velox_histogram snapshot;
    velox_histogram_init(&snapshot);
    velox_histogram_merge(&snapshot, from);
    const velox_histogram *histogram = &snapshot;
    return json_pack(
        "{s:o, s:f, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "count",
        integer(velox_histogram_count(histogram)), "mean_ns", velox_histogram_mean(histogram),
        "min_ns", integer(velox_histogram_min(histogram)), "max_ns",
        integer(velox_histogram_max(histogram)), "p50_ns",
        integer(velox_histogram_quantile(histogram, VELOX_HISTOGRAM_P50)), "p90_ns",
        integer(velox_histogram_quantile(histogram, VELOX_HISTOGRAM_P90)), "p95_ns",
        integer(velox_histogram_quantile(histogram, VELOX_HISTOGRAM_P95)), "p99_ns",
        integer(velox_histogram_quantile(histogram, VELOX_HISTOGRAM_P99)), "p99_9_ns",
        integer(velox_histogram_quantile(histogram, VELOX_HISTOGRAM_P99_9)), "p99_99_ns",
        integer(velox_histogram_quantile(histogram, VELOX_HISTOGRAM_P99_99)));
}
