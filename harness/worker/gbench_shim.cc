// The only C++ of libvbench: what must be said to Google Benchmark in its own language.
#include "worker/gbench_shim.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
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

uint64_t SteadyNowNs() // the clock that Google Benchmark itself reads
{
    return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                     std::chrono::steady_clock::now().time_since_epoch())
                                     .count());
}

// From the first thread's begin to the last one's end. Of several threads, Google Benchmark tells
// the mean of each one's own time up to 1.8, and the sum from 1.9 on: that is too short where
// threads take turns on a CPU, and no throughput follows from it where one thread works longer than
// another.
double SpanOfThreads(const vb_session *session)
{
    uint64_t begin = session->runs[0].begin_ns;
    uint64_t end = session->runs[0].end_ns;
    for (int i = 1; i < session->spec->threads; i++) {
        begin = std::min(begin, session->runs[i].begin_ns);
        end = std::max(end, session->runs[i].end_ns);
    }
    return end > begin ? static_cast<double>(end - begin) : 0;
}

// The last thread that comes to its loop switches counting on: what the others did on their way was
// not yet part of an iteration, and they wait for this one.
void CountFromHere(vb_session *session)
{
    if (__atomic_add_fetch(&session->loops_begun, 1, __ATOMIC_ACQ_REL) == session->spec->threads)
        session->allocations->start();
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
            time.real_ns = run.real_accumulated_time * 1e9; // where there is one thread only
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
    if (state.thread_index() != 0)
        return;
    // Counters are added up already; given on one thread only, they come out as they are.
    vb_counter_value counters[VB_COUNTERS_MAX];
    const int count = vb_session_counters(session, counters, VB_COUNTERS_MAX);
    for (int i = 0; i < count; i++)
        state.counters[counters[i].name] = benchmark::Counter(
            counters[i].value, counters[i].kind == VB_PER_SEC ? benchmark::Counter::kIsRate
                                                              : benchmark::Counter::kDefaults);
    const char *failure = vb_session_failure(session);
    if (failure)
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
    if (run->session->allocations)
        CountFromHere(run->session);
    // Takes all iterations at once: the loop itself counts a local and calls nothing.
    state->KeepRunningBatch(state->max_iterations);
    if (run->session->spec->threads > 1)
        run->begin_ns = SteadyNowNs();
    return run->iterations;
}

void vb_loop_end(vb_run *run)
{
    if (run->loop == VB_LOOP_RUNNING) {
        if (run->session->spec->threads > 1)
            run->end_ns = SteadyNowNs();
        auto *state = static_cast<benchmark::State *>(run->state);
        state->KeepRunningBatch(state->max_iterations);
        // By now every thread has come to the end of its loop, and none has got past this.
        if (run->session->allocations)
            run->session->allocations->stop();
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
    if (threads > 1)
        time->real_ns = SpanOfThreads(session);
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
