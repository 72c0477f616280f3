#include "runner/worker.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "common/protocol.h"

static const uint64_t quit_grace_ns = 2000000000u;
enum { EXPECTED_FACTOR = 20 };

/* Says how a child died, with its last line of output where there is one. */
static void describe_death(vb_worker *worker, int status)
{
    char how[128];
    if (WIFSIGNALED(status))
        snprintf(how, sizeof how, "it was killed by signal %d (%s)", WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    else
        snprintf(how, sizeof how, "its process ended with exit code %d", WEXITSTATUS(status));
    if (worker->process.last_words[0])
        vb_say(&worker->why, "%s: %s", how, worker->process.last_words);
    else
        vb_say(&worker->why, "%s", how);
}

/* Turns a failed send or read into an outcome; the worker is ended. */
static vb_worker_outcome broken(vb_worker *worker, int status, uint64_t limit_ns)
{
    if (status == -EINTR) {
        vb_process_stop(&worker->process, 0);
        return VB_WORKER_INTERRUPTED;
    }
    if (status == 0 || status == -EPIPE || status == -ECONNRESET) {
        /* The stream ended: give it a moment to die of its own cause before it is killed. */
        describe_death(worker, vb_process_stop(&worker->process, quit_grace_ns));
    } else {
        vb_process_stop(&worker->process, 0);
        if (status == -ETIMEDOUT)
            vb_say(&worker->why, "it hung: no answer within %.3g s", (double)limit_ns / 1e9);
        else if (status == -EILSEQ || status == -EMSGSIZE || status == -EPROTO)
            vb_say(&worker->why, "its process sent garbage to the runner");
        else
            vb_say(&worker->why, "the runner cannot talk to it: %s", strerror(-status));
    }
    return VB_WORKER_BROKEN;
}

static vb_worker_outcome garbage(vb_worker *worker)
{
    return broken(worker, -EPROTO, 0);
}

/* Reads one data line. VB_WORKER_OK with *done at the answer's `end`; REFUSED at `error`. */
static vb_worker_outcome read_answer(vb_worker *worker, uint64_t limit_ns, char line[VB_LINE_MAX],
                                     bool *done)
{
    int status = vb_process_read_line(&worker->process, limit_ns, line, VB_LINE_MAX);
    if (status != 1)
        return broken(worker, status, limit_ns);
    if (strncmp(line, "error ", 6) == 0) {
        vb_say(&worker->why, "%s", line + 6);
        return VB_WORKER_REFUSED;
    }
    *done = strcmp(line, "end") == 0;
    return VB_WORKER_OK;
}

static vb_worker_outcome ask(vb_worker *worker, const char *request)
{
    int status = vb_process_send(&worker->process, request);
    return status == 0 ? VB_WORKER_OK : broken(worker, status, 0);
}

/* Sends a request whose answer holds no data. */
static vb_worker_outcome ask_only(vb_worker *worker, const char *request)
{
    char line[VB_LINE_MAX];
    bool done = false;
    vb_worker_outcome outcome = ask(worker, request);
    if (outcome == VB_WORKER_OK)
        outcome = read_answer(worker, worker->time_limit_ns, line, &done);
    if (outcome == VB_WORKER_OK && !done)
        outcome = garbage(worker);
    return outcome;
}

static void take_info(vb_suite *suite, const char *line)
{
    struct {
        const char *key;
        char *text;
    } known[] = {{"google_benchmark ", suite->google_benchmark},
                 {"compiler ", suite->compiler},
                 {"c_library ", suite->c_library}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        size_t length = strlen(known[i].key);
        if (strncmp(line, known[i].key, length) == 0)
            snprintf(known[i].text, VB_INFO_MAX, "%s", line + length);
    }
}

vb_worker_outcome vb_worker_start(vb_worker *worker, vb_suite *suite, uint64_t time_limit_ns)
{
    char flag[32];
    char line[VB_LINE_MAX];
    memset(worker, 0, sizeof *worker);
    worker->time_limit_ns = time_limit_ns;
    snprintf(flag, sizeof flag, "%s%d", VB_WORKER_FLAG, VB_CHILD_SOCKET);
    int status = vb_process_start(&worker->process, suite->path, flag);
    if (status != 0) {
        vb_say(&worker->why, "%s cannot be started: %s", suite->path, strerror(-status));
        return VB_WORKER_REFUSED;
    }

    bool done = false;
    vb_worker_outcome outcome = read_answer(worker, time_limit_ns, line, &done);
    if (outcome != VB_WORKER_OK)
        return outcome;
    int version = 0;
    if (sscanf(line, "vbench-worker %d", &version) != 1)
        return garbage(worker);
    if (version != VB_PROTOCOL_VERSION) {
        vb_say(&worker->why,
               "%s speaks version %d of the worker protocol, this vbench version %d; build both "
               "from the same vbench",
               suite->path, version, VB_PROTOCOL_VERSION);
        return VB_WORKER_REFUSED;
    }
    while ((outcome = read_answer(worker, time_limit_ns, line, &done)) == VB_WORKER_OK && !done) {
        if (strncmp(line, "info ", 5) != 0)
            return garbage(worker);
        take_info(suite, line + 5);
    }
    return outcome;
}

void vb_worker_stop(vb_worker *worker, bool gently)
{
    char line[VB_LINE_MAX];
    if (gently && worker->process.pid > 0 && vb_process_send(&worker->process, "quit\n") == 0) {
        /* `end` comes after teardown; a teardown that fails has no result left to spoil. */
        vb_process_read_line(&worker->process, worker->time_limit_ns, line, sizeof line);
        vb_process_stop(&worker->process, quit_grace_ns);
    } else {
        vb_process_stop(&worker->process, 0);
    }
}

static int take_case(vb_benchmark_list *list, const vb_suite *suite, const char *line)
{
    int threads, name_at = 0;
    uint64_t max_iterations, p99_limit_ns;
    double tolerance_percent;
    size_t case_bytes;
    if (sscanf(line, "case %d %" SCNu64 " %lf %" SCNu64 " %zu %n", &threads, &max_iterations,
               &tolerance_percent, &p99_limit_ns, &case_bytes, &name_at) != 5 ||
        name_at == 0 || threads < 1 || case_bytes == 0 || case_bytes > strlen(line + name_at))
        return -EPROTO;
    vb_benchmark *added = vb_benchmark_list_add(list);
    if (!added)
        return -ENOMEM;
    added->suite = suite;
    added->threads = threads;
    added->max_iterations = max_iterations;
    added->case_bytes = case_bytes;
    added->name = strdup(line + name_at);
    return added->name ? 0 : -ENOMEM;
}

static int take_parameter(vb_benchmark_list *list, size_t first, const char *line)
{
    int64_t value;
    int name_at = 0;
    if (sscanf(line, "parameter %" SCNd64 " %n", &value, &name_at) != 1 || name_at == 0 ||
        line[name_at] == '\0' || list->count == first)
        return -EPROTO;
    vb_benchmark *benchmark = &list->items[list->count - 1];
    if (benchmark->parameter_count == VB_AXES_MAX)
        return -EPROTO;
    char *name = strdup(line + name_at);
    if (!name)
        return -ENOMEM;
    benchmark->parameters[benchmark->parameter_count++] = (vb_parameter){name, value};
    return 0;
}

vb_worker_outcome vb_worker_list(vb_worker *worker, const vb_suite *suite, vb_benchmark_list *list)
{
    char line[VB_LINE_MAX];
    bool done = false;
    const size_t first = list->count;
    vb_worker_outcome outcome = ask(worker, "list\n");
    while (outcome == VB_WORKER_OK) {
        outcome = read_answer(worker, worker->time_limit_ns, line, &done);
        if (outcome != VB_WORKER_OK || done)
            return outcome;
        int status = strncmp(line, "case ", 5) == 0 ? take_case(list, suite, line)
                                                    : take_parameter(list, first, line);
        if (status != 0)
            return broken(worker, status, 0);
    }
    return outcome;
}

vb_worker_outcome vb_worker_select(vb_worker *worker, const vb_benchmark *benchmark,
                                   const int *cpus, int cpu_count)
{
    char request[VB_LINE_MAX];
    size_t length = (size_t)snprintf(request, sizeof request, "pin");
    for (int i = 0; i < cpu_count && length + 16 < sizeof request; i++)
        length += (size_t)snprintf(request + length, sizeof request - length, " %d", cpus[i]);
    snprintf(request + length, sizeof request - length, "\n");
    vb_worker_outcome outcome = ask_only(worker, request);
    if (outcome != VB_WORKER_OK)
        return outcome;
    snprintf(request, sizeof request, "select %s\n", benchmark->name);
    return ask_only(worker, request);
}

/* Takes one line of a block's answer. 0 or -EPROTO: an unknown line, or a number that is none. */
static int take_block_line(vb_block *block, const char *line)
{
    int name_at = 0;
    int kind;
    double value;
    if (sscanf(line, "time %lf %lf", &block->real_ns, &block->cpu_ns) == 2)
        return isfinite(block->real_ns) && isfinite(block->cpu_ns) && block->real_ns >= 0 &&
                       block->cpu_ns >= 0
                   ? 0
                   : -EPROTO;
    if (sscanf(line, "items %lf", &block->items) == 1)
        return isfinite(block->items) && block->items >= 0 ? 0 : -EPROTO;
    if (sscanf(line, "bytes %lf", &block->bytes) == 1)
        return isfinite(block->bytes) && block->bytes >= 0 ? 0 : -EPROTO;
    if (sscanf(line, "counter %d %lf %n", &kind, &value, &name_at) == 2 && name_at > 0 &&
        line[name_at] != '\0' && isfinite(value) && kind >= VB_SUM && kind <= VB_MEAN &&
        block->counter_count < VB_COUNTERS_MAX) {
        vb_block_counter *counter = &block->counters[block->counter_count++];
        snprintf(counter->name, sizeof counter->name, "%s", line + name_at);
        counter->kind = (vb_kind)kind;
        counter->value = value;
        return 0;
    }
    return -EPROTO;
}

vb_worker_outcome vb_worker_block(vb_worker *worker, uint64_t iterations, uint64_t expected_ns,
                                  vb_block *block)
{
    char line[VB_LINE_MAX];
    char request[64];
    bool done = false;
    bool timed = false;
    uint64_t limit_ns = worker->time_limit_ns;
    if (expected_ns > limit_ns / EXPECTED_FACTOR)
        limit_ns = expected_ns * EXPECTED_FACTOR;

    memset(block, 0, sizeof *block);
    snprintf(request, sizeof request, "block %" PRIu64 "\n", iterations);
    vb_worker_outcome outcome = ask(worker, request);
    while (outcome == VB_WORKER_OK) {
        outcome = read_answer(worker, limit_ns, line, &done);
        if (outcome != VB_WORKER_OK)
            return outcome;
        if (done)
            return timed ? VB_WORKER_OK : garbage(worker);
        if (take_block_line(block, line) != 0)
            return garbage(worker);
        timed = timed || strncmp(line, "time ", 5) == 0;
    }
    return outcome;
}

vb_worker_outcome vb_worker_forget(vb_worker *worker)
{
    return ask_only(worker, "forget\n");
}

/* Takes one line of the latencies' answer. 0 or a negative error. */
static int take_latency_line(vb_histogram *histogram, const char *line)
{
    uint64_t low, high, number;
    if (sscanf(line, "bucket %" SCNu64 " %" SCNu64, &low, &number) == 2)
        return vb_histogram_add(histogram, low, number);
    if (sscanf(line, "range %" SCNu64 " %" SCNu64 " %" SCNu64, &low, &high, &number) == 3)
        return vb_histogram_restore(histogram, low, high, number);
    return -EPROTO;
}

vb_worker_outcome vb_worker_latencies(vb_worker *worker, vb_histogram **histogram)
{
    char line[VB_LINE_MAX];
    bool done = false;
    vb_histogram *sent = NULL;
    vb_worker_outcome outcome = ask(worker, "latency\n");
    while (outcome == VB_WORKER_OK) {
        outcome = read_answer(worker, worker->time_limit_ns, line, &done);
        if (outcome != VB_WORKER_OK || done)
            break;
        int status = sent ? 0 : vb_histogram_create(&sent);
        if (status == 0)
            status = take_latency_line(sent, line);
        if (status == -ENOMEM)
            outcome = broken(worker, status, 0);
        else if (status != 0)
            outcome = garbage(worker);
    }
    if (outcome == VB_WORKER_OK && sent && *histogram)
        vb_histogram_merge(*histogram, sent);
    if (outcome == VB_WORKER_OK && sent && !*histogram) {
        *histogram = sent;
        sent = NULL;
    }
    vb_histogram_free(sent);
    return outcome;
}
