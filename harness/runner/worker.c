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
enum {
    EXPECTED_FACTOR = 20,
    ANSWER_LINES_MAX = 1000000, /* a list of 100,000 cases has half as many */
    OVERDUE_NS = 100000000,     /* to read what had come when the limit was found to be over */
};

/* An answer that is being read: it ends in time and within so many lines, or it is none. */
typedef struct {
    uint64_t limit_ns;
    uint64_t begin_ns;
    uint64_t overdue_ns; /* when it was first seen to be late; 0: not yet */
    size_t lines;
    char line[VB_LINE_MAX]; /* the newest */
} reply;

/* Says how a child died, with its last line of output where there is one. */
static void describe_death(vb_worker *worker, int status)
{
    char how[128];
    if (worker->process.was_killed)
        snprintf(how, sizeof how, "its process closed the connection to the runner");
    else if (WIFSIGNALED(status))
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
            vb_say(&worker->why, "it hung: no answer within %.3g s (--time-limit)",
                   (double)limit_ns / 1e9);
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

static void await(reply *answer, uint64_t limit_ns)
{
    answer->limit_ns = limit_ns;
    answer->begin_ns = vb_process_now_ns();
    answer->overdue_ns = 0;
    answer->lines = 0;
}

/* Reads one data line. VB_WORKER_OK with *done at the answer's `end`; REFUSED at `error`. */
static vb_worker_outcome read_answer(vb_worker *worker, reply *answer, bool *done)
{
    /* The runner may have been stopped itself, by Ctrl-Z say: what has come meanwhile counts. */
    uint64_t now_ns = vb_process_now_ns();
    uint64_t passed_ns = now_ns - answer->begin_ns;
    if (passed_ns >= answer->limit_ns && answer->overdue_ns == 0)
        answer->overdue_ns = now_ns;
    if (answer->overdue_ns != 0 && now_ns - answer->overdue_ns > OVERDUE_NS)
        return broken(worker, -ETIMEDOUT, answer->limit_ns);
    if (answer->lines++ == ANSWER_LINES_MAX)
        return garbage(worker);
    uint64_t left_ns = passed_ns < answer->limit_ns ? answer->limit_ns - passed_ns : 0;
    int status = vb_process_read_line(&worker->process, left_ns, answer->line, sizeof answer->line);
    if (status != 1)
        return broken(worker, status, answer->limit_ns);
    if (strncmp(answer->line, "error ", 6) == 0) {
        vb_say(&worker->why, "%s", answer->line + 6);
        return VB_WORKER_REFUSED;
    }
    *done = strcmp(answer->line, "end") == 0;
    return VB_WORKER_OK;
}

/* Sends a request whose answer is to be read within the limit. */
static vb_worker_outcome ask(vb_worker *worker, const char *request, uint64_t limit_ns,
                             reply *answer)
{
    int status = vb_process_send(&worker->process, request);
    await(answer, limit_ns);
    return status == 0 ? VB_WORKER_OK : broken(worker, status, limit_ns);
}

/* Sends a request whose answer holds no data. */
static vb_worker_outcome ask_only(vb_worker *worker, const char *request)
{
    reply answer;
    bool done = false;
    vb_worker_outcome outcome = ask(worker, request, worker->time_limit_ns, &answer);
    if (outcome == VB_WORKER_OK)
        outcome = read_answer(worker, &answer, &done);
    if (outcome == VB_WORKER_OK && !done)
        outcome = garbage(worker);
    return outcome;
}

/* The compiler is libvbench's: the suite's own recipe, where there is one, knows it better. */
static void take_info(vb_suite *suite, const char *line)
{
    char compiler[VB_INFO_MAX] = "";
    struct {
        const char *key;
        char *text;
    } known[] = {{"google_benchmark ", suite->google_benchmark},
                 {"compiler ", compiler},
                 {"c_library ", suite->c_library},
                 {"sanitizer ", suite->sanitizer}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        size_t length = strlen(known[i].key);
        if (strncmp(line, known[i].key, length) == 0)
            snprintf(known[i].text, VB_INFO_MAX, "%s", line + length);
    }
    bool told = suite->compiler[0] != '\0' && strcmp(suite->compiler, "unknown") != 0;
    if (!told && compiler[0] != '\0')
        memcpy(suite->compiler, compiler, sizeof compiler);
}

vb_worker_outcome vb_worker_start(vb_worker *worker, vb_suite *suite, uint64_t time_limit_ns)
{
    return vb_worker_start_preloaded(worker, suite, time_limit_ns, NULL);
}

vb_worker_outcome vb_worker_start_preloaded(vb_worker *worker, vb_suite *suite,
                                            uint64_t time_limit_ns, const char *preload)
{
    vb_worker_outcome outcome = vb_worker_launch(worker, suite->path, time_limit_ns, preload);
    return outcome == VB_WORKER_OK ? vb_worker_greet(worker, suite) : outcome;
}

vb_worker_outcome vb_worker_launch(vb_worker *worker, const char *executable,
                                   uint64_t time_limit_ns, const char *preload)
{
    char flag[32];
    memset(worker, 0, sizeof *worker);
    worker->time_limit_ns = time_limit_ns;
    snprintf(flag, sizeof flag, "%s%d", VB_WORKER_FLAG, VB_CHILD_SOCKET);
    int status = vb_process_start_preloaded(&worker->process, executable, flag, preload);
    if (status == 0)
        return VB_WORKER_OK;
    vb_say(&worker->why, "it cannot be started: %s", strerror(-status));
    return VB_WORKER_REFUSED;
}

vb_worker_outcome vb_worker_greet(vb_worker *worker, vb_suite *suite)
{
    reply answer;
    bool done = false;
    await(&answer, worker->time_limit_ns);
    vb_worker_outcome outcome = read_answer(worker, &answer, &done);
    if (outcome != VB_WORKER_OK)
        return outcome;
    int version = 0;
    if (sscanf(answer.line, "vbench-worker %d", &version) != 1)
        return garbage(worker);
    if (version != VB_PROTOCOL_VERSION) {
        vb_say(&worker->why,
               "%s speaks version %d of the worker protocol, this vbench version %d; build both "
               "from the same vbench",
               suite->path, version, VB_PROTOCOL_VERSION);
        return VB_WORKER_REFUSED;
    }
    while ((outcome = read_answer(worker, &answer, &done)) == VB_WORKER_OK && !done) {
        if (strncmp(answer.line, "info ", 5) != 0)
            return garbage(worker);
        take_info(suite, answer.line + 5);
    }
    return outcome;
}

void vb_worker_stop(vb_worker *worker)
{
    vb_process_stop(&worker->process, 0);
}

vb_worker_outcome vb_worker_quit(vb_worker *worker)
{
    vb_worker_outcome outcome = ask_only(worker, "quit\n"); /* its `end` comes after teardown */
    if (outcome != VB_WORKER_OK)
        return outcome;
    int status = vb_process_stop(&worker->process, quit_grace_ns);
    if (worker->process.was_killed)
        vb_say(&worker->why, "its process did not exit after teardown");
    else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        describe_death(worker, status);
    else
        return VB_WORKER_OK;
    return vb_process_interrupted() ? VB_WORKER_INTERRUPTED : VB_WORKER_BROKEN;
}

/* The name that ends a line, after the one space that follows its last number. NULL: none, or one
 * too long. A name may itself begin with a space, which is why scanf does not look for it. */
static const char *name_after(const char *line, int number_end, size_t bytes_max)
{
    if (number_end == 0 || line[number_end] != ' ')
        return NULL;
    const char *name = line + number_end + 1;
    return name[0] != '\0' && strlen(name) <= bytes_max ? name : NULL;
}

static int take_case(vb_benchmark_list *list, const vb_suite *suite, const char *line)
{
    int threads, number_end = 0;
    uint64_t max_iterations, p99_limit_ns;
    double tolerance_percent;
    size_t case_bytes;
    if (sscanf(line, "case %d %" SCNu64 " %lf %" SCNu64 " %zu%n", &threads, &max_iterations,
               &tolerance_percent, &p99_limit_ns, &case_bytes, &number_end) != 5)
        return -EPROTO;
    const char *name = name_after(line, number_end, VB_NAME_MAX);
    if (!name || threads < 1 || threads > VB_THREADS_MAX || case_bytes == 0 ||
        case_bytes > strlen(name))
        return -EPROTO;
    vb_benchmark *added = vb_benchmark_list_add(list);
    if (!added)
        return -ENOMEM;
    added->suite = suite;
    added->threads = threads;
    added->max_iterations = max_iterations;
    added->tolerance_percent = tolerance_percent;
    added->p99_limit_ns = p99_limit_ns;
    added->case_bytes = case_bytes;
    added->name = strdup(name);
    return added->name ? 0 : -ENOMEM;
}

static int take_parameter(vb_benchmark_list *list, size_t first, const char *line)
{
    int64_t value;
    int number_end = 0;
    if (sscanf(line, "parameter %" SCNd64 "%n", &value, &number_end) != 1)
        return -EPROTO;
    const char *told = name_after(line, number_end, VB_LINE_MAX);
    if (!told || list->count == first)
        return -EPROTO;
    vb_benchmark *benchmark = &list->items[list->count - 1];
    if (benchmark->parameter_count == VB_AXES_MAX)
        return -EPROTO;
    char *name = strdup(told);
    if (!name)
        return -ENOMEM;
    benchmark->parameters[benchmark->parameter_count++] = (vb_parameter){name, value};
    return 0;
}

vb_worker_outcome vb_worker_list(vb_worker *worker, const vb_suite *suite, vb_benchmark_list *list)
{
    reply answer;
    bool done = false;
    const size_t first = list->count;
    vb_worker_outcome outcome = ask(worker, "list\n", worker->time_limit_ns, &answer);
    while (outcome == VB_WORKER_OK) {
        outcome = read_answer(worker, &answer, &done);
        if (outcome != VB_WORKER_OK || done)
            return outcome;
        int status = strncmp(answer.line, "case ", 5) == 0
                         ? take_case(list, suite, answer.line)
                         : take_parameter(list, first, answer.line);
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

/* Zero and more: what a time or an amount can be. */
static bool is_amount(double value)
{
    return isfinite(value) && value >= 0;
}

/* Takes one line of a block's answer. 0 or -EPROTO: an unknown line, or a number that is none. */
static int take_block_line(vb_block *block, const char *line)
{
    int number_end = 0;
    int kind;
    uint64_t count, bytes;
    double value, second;
    if (sscanf(line, "time %lf %lf%n", &value, &second, &number_end) == 2 &&
        line[number_end] == '\0' && is_amount(value) && is_amount(second)) {
        block->real_ns = value;
        block->cpu_ns = second;
        return 0;
    }
    if (sscanf(line, "items %lf%n", &value, &number_end) == 1 && line[number_end] == '\0' &&
        is_amount(value)) {
        block->items = value;
        return 0;
    }
    if (sscanf(line, "bytes %lf%n", &value, &number_end) == 1 && line[number_end] == '\0' &&
        is_amount(value)) {
        block->bytes = value;
        return 0;
    }
    if (sscanf(line, "allocations %" SCNu64 " %" SCNu64 "%n", &count, &bytes, &number_end) == 2 &&
        line[number_end] == '\0' && count <= INT64_MAX && bytes <= INT64_MAX) {
        block->allocations_told = true;
        block->allocations = count;
        block->allocated_bytes = bytes;
        return 0;
    }
    if (sscanf(line, "counter %d %lf%n", &kind, &value, &number_end) == 2 && isfinite(value) &&
        kind >= VB_SUM && kind <= VB_MEAN && block->counter_count < VB_COUNTERS_MAX) {
        vb_block_counter *counter = &block->counters[block->counter_count];
        const char *name = name_after(line, number_end, sizeof counter->name - 1);
        if (!name)
            return -EPROTO;
        strcpy(counter->name, name);
        counter->kind = (vb_kind)kind;
        counter->value = value;
        block->counter_count++;
        return 0;
    }
    return -EPROTO;
}

vb_worker_outcome vb_worker_block(vb_worker *worker, uint64_t iterations, uint64_t expected_ns,
                                  vb_block *block)
{
    reply answer;
    char request[64];
    bool done = false;
    bool timed = false;
    uint64_t limit_ns = worker->time_limit_ns;
    if (expected_ns > limit_ns / EXPECTED_FACTOR)
        limit_ns =
            expected_ns < UINT64_MAX / EXPECTED_FACTOR ? expected_ns * EXPECTED_FACTOR : UINT64_MAX;

    memset(block, 0, sizeof *block);
    snprintf(request, sizeof request, "block %" PRIu64 "\n", iterations);
    vb_worker_outcome outcome = ask(worker, request, limit_ns, &answer);
    while (outcome == VB_WORKER_OK) {
        outcome = read_answer(worker, &answer, &done);
        if (outcome != VB_WORKER_OK)
            return outcome;
        if (done)
            return timed ? VB_WORKER_OK : garbage(worker);
        if (take_block_line(block, answer.line) != 0)
            return garbage(worker);
        timed = timed || strncmp(answer.line, "time ", 5) == 0;
    }
    return outcome;
}

vb_worker_outcome vb_worker_count_allocations(vb_worker *worker)
{
    return ask_only(worker, "allocations\n");
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
    reply answer;
    bool done = false;
    vb_histogram *sent = NULL;
    vb_worker_outcome outcome = ask(worker, "latency\n", worker->time_limit_ns, &answer);
    while (outcome == VB_WORKER_OK) {
        outcome = read_answer(worker, &answer, &done);
        if (outcome != VB_WORKER_OK || done)
            break;
        int status = sent ? 0 : vb_histogram_create(&sent);
        if (status == 0)
            status = take_latency_line(sent, answer.line);
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

vb_worker_outcome vb_worker_peak_memory(vb_worker *worker, uint64_t *bytes)
{
    reply answer;
    bool done = false;
    int number_end = 0;
    vb_worker_outcome outcome = ask(worker, "memory\n", worker->time_limit_ns, &answer);
    if (outcome == VB_WORKER_OK)
        outcome = read_answer(worker, &answer, &done);
    if (outcome != VB_WORKER_OK)
        return outcome;
    if (sscanf(answer.line, "peak %" SCNu64 "%n", bytes, &number_end) != 1 ||
        answer.line[number_end] != '\0' || *bytes == 0 || *bytes > INT64_MAX)
        return garbage(worker);
    outcome = read_answer(worker, &answer, &done);
    return outcome == VB_WORKER_OK && !done ? garbage(worker) : outcome;
}
