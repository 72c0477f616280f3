/* Quantiles of latencies for paired cases, made up. */
#ifndef VBENCH_TEST_QUANTILES_H
#define VBENCH_TEST_QUANTILES_H

#include "test_pairs.h"

#include "runner/quantile_judge.h"

/* What each process of a side has; effects are of logarithms. 0 ns: too few samples. */
typedef struct {
    double old_ns[VB_QUANTILES];
    double change[VB_QUANTILES];
    double noise; /* of each process and quantile */
} simulated_latencies;

/* Gives the pairs their quantiles, and both benchmarks latencies, whatever they are. */
static inline void add_quantiles(vb_paired_case *paired, vb_benchmark *old, vb_benchmark *new,
                                 const simulated_latencies *how, uint64_t *random)
{
    for (size_t i = 0; i < paired->pairs.count; i++) {
        for (size_t k = 0; k < VB_QUANTILES; k++) {
            double *old_ns = &paired->pairs.items[i].quantiles_ns[VB_OLD][k];
            double *new_ns = &paired->pairs.items[i].quantiles_ns[VB_NEW][k];
            *old_ns = how->old_ns[k] * exp(how->noise * random_normal(random));
            *new_ns = how->old_ns[k] * exp(how->change[k] + how->noise * random_normal(random));
        }
    }
    vb_benchmark *const both[] = {old, new};
    for (int side = 0; side < VB_SIDES; side++) {
        assert_int_equal(vb_histogram_create(&both[side]->latencies), 0);
        vb_histogram_record(both[side]->latencies, 100);
    }
}

#endif
