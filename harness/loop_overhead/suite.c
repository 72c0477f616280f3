/* The two loops as benchmarks; each tells at which offset its function lies. */
#include <vbench/vbench.h>

void vb_loop_under_test(vb_run *run);
void native_loop_under_test(void *state);
void native_peer(vb_run *run);

static void tell_vb_offset(vb_run *run)
{
    vb_counter(run, "offset", (double)((uintptr_t)vb_loop_under_test % 64), VB_MEAN);
}

static void tell_native_offset(vb_run *run)
{
    vb_counter(run, "offset", (double)((uintptr_t)native_loop_under_test % 64), VB_MEAN);
}

static const vb_bench table[] = {
    {.name = "loop/vb", .fn = vb_loop_under_test, .finish = tell_vb_offset},
    {.name = "loop/native", .fn = native_peer, .finish = tell_native_offset},
};

VB_MAIN(table)
