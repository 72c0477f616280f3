/*
 * One benchmark whose every run takes a moment and whose result has all that a result can have:
 * parameters, items, bytes, a counter of each kind, latencies, and the warning that its blocks are
 * short. For tests that save and compare many times.
 */
#include <vbench/vbench.h>

extern int velox_clock_init(void *clock, int source); /* keeps the broken subject in the program */
int (*const kept_subject)(void *, int) = velox_clock_init;

static void tiny(vb_run *run)
{
    uint64_t total = 0;
    VB_LOOP (run) {
        total += 3;
        VB_KEEP(total);
        vb_latency_ns(run, 100 + total % 2);
    }
    vb_items(run, 2);
    vb_bytes(run, 16);
    vb_counter(run, "sum", 1, VB_SUM);
    vb_counter(run, "rate", 1, VB_PER_SEC);
    vb_counter(run, "mean", 1, VB_MEAN);
}

static const vb_bench table[] = {
    {.name = "tiny/all",
     .fn = tiny,
     .axes = {VB_VALUES("size", 8), VB_FIXED("depth", 4)},
     .max_iterations = 100},
};

VB_MAIN(table)
