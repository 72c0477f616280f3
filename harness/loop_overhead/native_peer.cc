// Lets Google Benchmark's own loop run inside a vb_bench: it needs the State behind the vb_run.
#include "worker/session.h"

#include <benchmark/benchmark.h>

extern "C" void native_loop_under_test(benchmark::State &state);
extern "C" void native_peer(vb_run *run);

extern "C" void native_peer(vb_run *run)
{
    native_loop_under_test(*static_cast<benchmark::State *>(run->state));
    run->loop = VB_LOOP_LEFT;
}
