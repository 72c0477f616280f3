#include "runner/cpu_quota.h"

#include <math.h>

#include "runner/control_group.h"

double vb_cpu_quota(const char *root)
{
    return vb_control_group_limits(root).cpus;
}

uint64_t vb_cpu_quota_stops(const char *root)
{
    return vb_control_group_limits(root).stops;
}

uint64_t vb_cpu_quota_stops_since(const char *root, uint64_t before)
{
    const uint64_t stops = vb_cpu_quota_stops(root); /* fewer: in another group meanwhile */
    return stops > before ? stops - before : 0;
}

int vb_cpu_quota_tell(const char *root, uint64_t stops_before, vb_texts *notes)
{
    const double cpus = vb_cpu_quota(root);
    const uint64_t stops = vb_cpu_quota_stops_since(root, stops_before);
    if (isnan(cpus))
        return 0;
    if (stops == 0)
        return vb_texts_add(notes, "There is a CPU quota of %.3g CPUs: it never struck.", cpus);
    return vb_texts_add(notes,
                        "There is a CPU quota of %.3g CPUs: it struck %llu time%s, on old and new "
                        "alike, so that intervals may be wider than on a machine of its own.",
                        cpus, (unsigned long long)stops, stops == 1 ? "" : "s");
}
