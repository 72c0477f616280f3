// The only C++ of libvbench: what must be said to Google Benchmark in its own language.
#include "worker/gbench_shim.h"

#include <benchmark/benchmark.h>

#include <cerrno>
#include <cstdio>
#include <mutex>
#include <string>
#include <vector>

// VB_GBENCH_VERSION is 1000000 * major + 1000 * minor + patch, from the build system: the header
// itself does not say its version before 1.8.4.
#ifndef VB_GBENCH_VERSION
#error "the build must define VB_GBENCH_VERSION and VB_GBENCH_VERSION_STRING"
#endif

namespace
{

#if VB_GBENCH_VERSION >= 1008000
bool Failed(const benchmark::BenchmarkReporter::Run &run)
{
    return run.skipped != benchmark::internal::NotSkipped;
}
#else
bool Failed(const benchmark::BenchmarkReporter::Run &run)
{
    return run.error_occurred;
}
#endif

// Up to 1.8 the library divides real time by the number of threads; from 1.9 on it reports the sum
// over threads. CPU time is the sum over threads in all of them.
double RealSecondsOfOneThread(const benchmark::BenchmarkReporter::Run &run, int threads)
{
#if VB_GBENCH_VERSION >= 1009000
    return run.real_accumulated_time / threads;
#else
    (void)threads;
    return run.real_accumulated_time;
#endif
}

// Keeps the one row of a block instead of printing it.
class BlockReporter : public benchmark::BenchmarkReporter
{
  public:
    explicit BlockReporter(int threads) : threads_(threads) {}
    bool ReportContext(const Context &) override { return true; }
    void ReportRuns(const std::vector<Run> &runs) override
    {
        for (const Run &run : runs) {
            if (run.run_type != Run::RT_Iteration || Failed(run))
                continue;
            time.real_ns = RealSecondsOfOneThread(run, threads_) * 1e9;
            time.cpu_ns = run.cpu_accumulated_time / threads_ * 1e9;
            reported = true;
        }
    }
    vb_block_time time = {0, 0};
    bool reported = false;

  private:
    int threads_;
};

// One thread of one block. However fn leaves its loop, Google Benchmark's state is brought to its
// proper end here: it aborts the process otherwise, and other threads would wait for ever.
void RunThread(benchmark::State &state, vb_session *session)
{
    const int thread = state.thread_index();
    if (thread == 0)
        vb_session_begin_block(session, static_cast<uint64_t>(state.max_iterations));
    vb_session_gate(session); // before it the last block's failure is being cleared
    vb_session_pin_thread(session, thread);
    const bool failed = vb_session_gate(session);

    vb_run *run = &session->runs[thread];
    run->state = &state;
    // All threads enter fn or none: they may wait for each other in there.
    if (!failed)
        session->spec->bench->fn(run);
    if (run->loop == VB_LOOP_NOT_ENTERED) {
        vb_fail(run, "it never entered VB_LOOP");
        vb_loop_begin(run);
        vb_loop_end(run);
    } else if (run->loop == VB_LOOP_RUNNING) {
        vb_fail(run, "it left VB_LOOP early");
        vb_loop_end(run);
    }

    vb_session_gate(session);
    if (thread == 0)
        vb_session_finish_block(session);
}

benchmark::Counter::Flags FlagOf(vb_kind kind)
{
    switch (kind) {
    case VB_PER_SEC:
        return benchmark::Counter::kIsRate;
    case VB_MEAN:
        return benchmark::Counter::kAvgThreads;
    case VB_SUM:
        break;
    }
    return benchmark::Counter::kDefaults;
}

// By hand, Google Benchmark adds up the threads and prints: give it what the run left.
void PublishToState(benchmark::State &state, vb_session *session)
{
    const vb_run *run = &session->runs[state.thread_index()];
    if (run->items_per_iteration > 0)
        state.SetItemsProcessed(state.iterations() *
                                static_cast<int64_t>(run->items_per_iteration));
    if (run->bytes_per_iteration > 0)
        state.SetBytesProcessed(state.iterations() *
                                static_cast<int64_t>(run->bytes_per_iteration));
    for (int i = 0; i < run->counter_count; i++) {
        const vb_counter_value &counter = run->counters[i];
        const double value =
            counter.kind == VB_MEAN ? counter.value / counter.calls : counter.value;
        state.counters[counter.name] = benchmark::Counter(value, FlagOf(counter.kind));
    }
    const char *failure = vb_session_failure(session);
    if (state.thread_index() == 0 && failure)
        state.SkipWithError(failure);
}

// By hand, the library calls a case many times and does not say when it is done with it: a session
// is opened at a case's first call and closed when another case begins.
class SessionByHand
{
  public:
    explicit SessionByHand(const vb_case *spec) : spec_(spec) {}

    // Whichever thread comes first opens the session for all; NULL where that failed.
    vb_session *Enter()
    {
        std::lock_guard<std::mutex> lock(mutex_);
        if (current_ != this) {
            CloseCurrent();
            vb_session_open(spec_, nullptr, 0, error_, sizeof error_, &session_);
            current_ = this;
        }
        return session_;
    }

    static void CloseCurrent()
    {
        if (current_) {
            vb_session_close(current_->session_);
            current_->session_ = nullptr;
        }
        current_ = nullptr;
    }

    const char *error() const { return error_; }

  private:
    static std::mutex mutex_;
    static SessionByHand *current_;
    const vb_case *spec_;
    vb_session *session_ = nullptr;
    char error_[VB_REASON_MAX + 1] = "";
};

std::mutex SessionByHand::mutex_;
SessionByHand *SessionByHand::current_ = nullptr;

} // namespace

extern "C" {

const char *vb_gbench_version(void)
{
    return VB_GBENCH_VERSION_STRING;
}

uint64_t vb_loop_begin(vb_run *run)
{
    if (run->loop != VB_LOOP_NOT_ENTERED) {
        vb_fail(run, "it entered VB_LOOP twice");
        return 0;
    }
    if (!run->state) {
        vb_fail(run, "VB_LOOP belongs into fn, not into another callback");
        return 0;
    }
    run->loop = VB_LOOP_RUNNING;
    auto *state = static_cast<benchmark::State *>(run->state);
    // Takes all iterations at once: the loop itself counts a local and calls nothing.
    state->KeepRunningBatch(state->max_iterations);
    return run->iterations;
}

void vb_loop_end(vb_run *run)
{
    if (run->loop == VB_LOOP_RUNNING) {
        auto *state = static_cast<benchmark::State *>(run->state);
        state->KeepRunningBatch(state->max_iterations);
        run->loop = VB_LOOP_LEFT;
    }
}

int vb_gbench_block(vb_session *session, uint64_t iterations, vb_block_time *time)
{
    const int threads = session->spec->threads;
    BlockReporter reporter(threads);
    benchmark::RegisterBenchmark(session->spec->name,
                                 [session](benchmark::State &state) { RunThread(state, session); })
        ->Iterations(static_cast<benchmark::IterationCount>(iterations))
        ->Repetitions(1)
        ->Threads(threads)
        ->UseRealTime();
    benchmark::RunSpecifiedBenchmarks(&reporter, ".");
    benchmark::ClearRegisteredBenchmarks();
    if (!vb_session_failure(session) && !reporter.reported)
        vb_fail(&session->runs[0], "Google Benchmark reported no time for a block");
    *time = reporter.time;
    return vb_session_failure(session) ? -ECANCELED : 0;
}

int vb_gbench_main(int argc, char **argv, const vb_case *cases, size_t count)
{
    std::vector<SessionByHand> sessions;
    sessions.reserve(count); // the registered functions keep pointers into it
    for (size_t i = 0; i < count; i++) {
        sessions.emplace_back(&cases[i]);
        SessionByHand *by_hand = &sessions.back();
        auto *registered =
            benchmark::RegisterBenchmark(cases[i].name, [by_hand](benchmark::State &state) {
                vb_session *session = by_hand->Enter();
                if (!session) {
                    state.SkipWithError(by_hand->error());
                    return;
                }
                RunThread(state, session);
                PublishToState(state, session);
            });
        registered->UseRealTime();
        if (cases[i].threads > 1)
            registered->Threads(cases[i].threads);
        if (cases[i].bench->max_iterations > 0)
            registered->Iterations(
                static_cast<benchmark::IterationCount>(cases[i].bench->max_iterations));
    }
    benchmark::AddCustomContext(
        "note", "a DEBUG warning here is about how Google Benchmark's library was built, not this "
                "suite");
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv))
        return 2;
    benchmark::RunSpecifiedBenchmarks();
    SessionByHand::CloseCurrent();
    benchmark::Shutdown();
    return 0;
}
}
