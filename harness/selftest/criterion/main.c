/* The workloads measured by Criterion: PROGRAM BENCHMARK save|compare WARM_UP_S MEASURING_S. It
 * keeps what it saves in the folder $CRITERION_HOME. */
#include "workloads.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* lib.rs */
void criterion_measure(const char *name, void (*call)(void *fixture), void *fixture, int compares,
                       double warm_up_s, double measuring_s);

static void *make_chase_1024(void)
{
    return workload_make_chase(1024);
}
static void *make_chase_4096(void)
{
    return workload_make_chase(4096);
}
static void *make_chase_16384(void)
{
    return workload_make_chase(16384);
}

static const struct {
    const char *name;
    void *(*make)(void);
    void (*call)(void *fixture);
} benchmarks[] = {
    {"hash", workload_make_hash, workload_hash},
    {"chase/1024", make_chase_1024, workload_chase},
    {"chase/4096", make_chase_4096, workload_chase},
    {"chase/16384", make_chase_16384, workload_chase},
    {"ring", workload_make_ring, workload_ring},
    {"sort", workload_make_sort, workload_sort},
    {"latencies", workload_make_requests, workload_request},
};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc == 5 && i < sizeof benchmarks / sizeof *benchmarks; i++) {
        if (strcmp(argv[1], benchmarks[i].name) != 0)
            continue;
        void *fixture = benchmarks[i].make();
        if (!fixture) {
            fputs("There is no memory for the fixture.\n", stderr);
            return 2;
        }
        criterion_measure(benchmarks[i].name, benchmarks[i].call, fixture,
                          strcmp(argv[2], "compare") == 0, atof(argv[3]), atof(argv[4]));
        free(fixture);
        return 0;
    }
    fputs("usage: PROGRAM BENCHMARK save|compare WARM_UP_S MEASURING_S\n", stderr);
    return 2;
}
