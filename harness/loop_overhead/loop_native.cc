// The same loop as Google Benchmark's documentation writes it.
#include "loop_body.h"

#include <benchmark/benchmark.h>

extern "C" void native_loop_under_test(benchmark::State &state);

extern "C" void native_loop_under_test(benchmark::State &state)
{
    uint64_t x = static_cast<uint64_t>(state.max_iterations);
    for (auto _ : state)
        LOOP_BODY(x);
}
