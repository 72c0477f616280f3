#include "runner/checks.h"

#include <math.h>

#include "runner/judge.h"
#include "runner/shortfall.h"
#include "runner/units.h"

void vb_check_p99_limit(vb_benchmark *benchmark)
{
    if (benchmark->p99_limit_ns == 0 || !benchmark->latencies)
        return;
    uint64_t p99_ns = vb_histogram_quantile(benchmark->latencies, VELOX_HISTOGRAM_P99);
    if (p99_ns > benchmark->p99_limit_ns) {
        char measured[VB_UNIT_TEXT_MAX], limit[VB_UNIT_TEXT_MAX];
        vb_message reason;
        vb_say(&reason, "its p99 latency of %s is above its limit of %s",
               vb_format_time_ns((double)p99_ns, measured),
               vb_format_time_ns((double)benchmark->p99_limit_ns, limit));
        vb_benchmark_fail(benchmark, reason.text);
    }
}

void vb_check_block_length(vb_benchmark *benchmark)
{
    enum { SHORT_BLOCK_NS = 50000 };
    double block_ns = benchmark->ns_per_iteration * (double)benchmark->iterations;
    if (benchmark->error || benchmark->iterations == 0 || block_ns >= SHORT_BLOCK_NS)
        return;
    char length[VB_UNIT_TEXT_MAX];
    vb_format_time_ns(block_ns, length);
    if (benchmark->max_iterations > 0 && benchmark->iterations >= benchmark->max_iterations)
        vb_benchmark_warn(benchmark,
                          "max_iterations limits a block to %s, and the timer itself takes up to 1 "
                          "\xC2\xB5s of it; allow more iterations",
                          length);
    else /* as many iterations as the other side of a comparison has */
        vb_benchmark_warn(benchmark,
                          "its blocks last only %s, because the other side is so much slower, and "
                          "the timer itself takes up to 1 \xC2\xB5s of them",
                          length);
}

void vb_check_groups(vb_benchmark *benchmark)
{
    vb_groups groups;
    if (benchmark->error || benchmark->process_count == 0)
        return;
    int status = vb_judge_groups(benchmark, &groups);
    if (status != 0)
        vb_shortfall_note(-status);
    if (status != 0 || groups.lower_count == 0)
        return;
    char lower[VB_UNIT_TEXT_MAX], upper[VB_UNIT_TEXT_MAX];
    vb_benchmark_warn(benchmark, "%zu of %zu processes took about %s and %zu about %s",
                      groups.lower_count, benchmark->process_count,
                      vb_format_time_ns(groups.lower_ns, lower), groups.upper_count,
                      vb_format_time_ns(groups.upper_ns, upper));
}

void vb_check_cpus(vb_benchmark *benchmark, int cpu_count)
{
    if (!benchmark->error && cpu_count > 0 && benchmark->threads > cpu_count)
        vb_benchmark_warn(benchmark, "it has more threads than the %d CPU%s", cpu_count,
                          cpu_count == 1 ? "" : "s");
}

void vb_check_quota(vb_benchmark *benchmark, double cpus, uint64_t stops)
{
    if (!benchmark->error && benchmark->process_count > 0 && !isnan(cpus) && stops > 0)
        vb_benchmark_warn(
            benchmark,
            "a CPU quota of %.3g CPUs struck %llu time%s meanwhile, and the blocks in "
            "which it did took longer",
            cpus, (unsigned long long)stops, stops == 1 ? "" : "s");
}
