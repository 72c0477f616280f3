#define _GNU_SOURCE
#include "worker/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__GLIBC__)
#include <gnu/libc-version.h>
#endif

#include "common/affinity.h"
#include "common/protocol.h"
#include "worker/allocation_count.h"
#include "worker/gbench_shim.h"
#include "worker/peak_memory.h"
#include "worker/session.h"

typedef struct {
    FILE *in;
    FILE *out;
    const vb_case *cases;
    size_t count;
    int cpus[VB_CPUS_MAX];
    int cpu_count;
    const vb_allocation_counter *allocations; /* NULL: not counted */
    vb_session *session;                      /* NULL until select */
} server;

static void send_info(server *srv)
{
    fprintf(srv->out, "vbench-worker %d\n", VB_PROTOCOL_VERSION);
    fprintf(srv->out, "info google_benchmark %s\n", vb_gbench_version());
#if defined(__clang__)
    fprintf(srv->out, "info compiler clang %d.%d.%d\n", __clang_major__, __clang_minor__,
            __clang_patchlevel__);
#elif defined(__GNUC__)
    fprintf(srv->out, "info compiler gcc %d.%d.%d\n", __GNUC__, __GNUC_MINOR__,
            __GNUC_PATCHLEVEL__);
#endif
#if defined(__GLIBC__)
    fprintf(srv->out, "info c_library glibc %s\n", gnu_get_libc_version());
#endif
    if (vb_allocation_sanitizer())
        fprintf(srv->out, "info sanitizer %s\n", vb_allocation_sanitizer());
    fprintf(srv->out, "end\n");
}

static void send_cases(server *srv)
{
    for (size_t i = 0; i < srv->count; i++) {
        const vb_case *spec = &srv->cases[i];
        fprintf(srv->out, "case %d %" PRIu64 " %.17g %" PRIu64 " %zu %s\n", spec->threads,
                spec->bench->max_iterations, spec->bench->tolerance_percent,
                spec->bench->p99_limit_ns, strlen(spec->bench->name), spec->name);
        for (int axis = 0; axis < spec->param_count; axis++)
            fprintf(srv->out, "parameter %" PRId64 " %s\n", spec->params[axis],
                    spec->bench->axes[axis].name);
    }
    fprintf(srv->out, "end\n");
}

static void pin(server *srv, char *list)
{
    if (srv->session) {
        fprintf(srv->out, "error pin comes before select\n");
        return;
    }
    srv->cpu_count = 0;
    char *rest = list;
    for (char *word = strtok_r(list, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        if (srv->cpu_count < VB_CPUS_MAX)
            srv->cpus[srv->cpu_count++] = atoi(word);
    }
    /* Setup, and the threads that it starts, may use all of them: the runner, whose child this is,
     * keeps itself to one. Measured threads are pinned while fn runs. */
    if (srv->cpu_count > 0)
        vb_affinity_set(srv->cpus, srv->cpu_count);
    fprintf(srv->out, "end\n");
}

static void count_allocations(server *srv)
{
    const char *obstacle = "counting allocations comes before select";
    if (!srv->session)
        srv->allocations = vb_allocation_counter_find(&obstacle);
    if (!srv->session && srv->allocations)
        fprintf(srv->out, "end\n");
    else
        fprintf(srv->out, "error %s\n", obstacle);
}

static void select_case(server *srv, const char *name)
{
    char error[VB_LINE_MAX / 2];
    if (srv->session) {
        fprintf(srv->out, "error a worker serves one benchmark\n");
        return;
    }
    for (size_t i = 0; i < srv->count; i++) {
        if (strcmp(srv->cases[i].name, name) == 0) {
            if (vb_session_open(&srv->cases[i], srv->cpus, srv->cpu_count, error, sizeof error,
                                &srv->session) == 0) {
                srv->session->allocations = srv->allocations;
                fprintf(srv->out, "end\n");
            } else {
                fprintf(srv->out, "error %s\n", error);
            }
            return;
        }
    }
    fprintf(srv->out, "error the suite has no benchmark of this name\n");
}

static void send_throughput(server *srv)
{
    double items = 0;
    double bytes = 0;
    for (int i = 0; i < srv->session->spec->threads; i++) {
        const vb_run *run = &srv->session->runs[i];
        items += (double)run->items_per_iteration * (double)run->iterations;
        bytes += (double)run->bytes_per_iteration * (double)run->iterations;
    }
    if (items > 0)
        fprintf(srv->out, "items %.17g\n", items);
    if (bytes > 0)
        fprintf(srv->out, "bytes %.17g\n", bytes);
}

static void send_allocations(server *srv)
{
    uint64_t count, bytes;
    if (!srv->allocations)
        return;
    srv->allocations->read(&count, &bytes);
    fprintf(srv->out, "allocations %" PRIu64 " %" PRIu64 "\n", count, bytes);
}

static void run_block(server *srv, const char *argument)
{
    char *end;
    errno = 0;
    uint64_t iterations = strtoull(argument, &end, 10);
    if (!srv->session || errno != 0 || *end != '\0' || iterations == 0 ||
        iterations > INT64_MAX / 2) {
        fprintf(srv->out, "error a block needs a selected benchmark and an iteration count\n");
        return;
    }
    vb_block_time time;
    if (vb_gbench_block(srv->session, iterations, &time) != 0) {
        fprintf(srv->out, "error %s\n", vb_session_failure(srv->session));
        return;
    }
    vb_counter_value counters[VB_COUNTERS_MAX];
    int count = vb_session_counters(srv->session, counters, VB_COUNTERS_MAX);
    if (count < 0) {
        fprintf(srv->out, "error %s\n", vb_session_failure(srv->session));
        return;
    }
    fprintf(srv->out, "time %.17g %.17g\n", time.real_ns, time.cpu_ns);
    send_throughput(srv);
    send_allocations(srv);
    for (int i = 0; i < count; i++)
        fprintf(srv->out, "counter %d %.17g %s\n", counters[i].kind, counters[i].value,
                counters[i].name);
    fprintf(srv->out, "end\n");
}

static void send_latencies(server *srv)
{
    vb_histogram *sum = NULL;
    if (!srv->session) {
        fprintf(srv->out, "error no benchmark is selected\n");
        return;
    }
    if (vb_histogram_create(&sum) != 0) {
        fprintf(srv->out, "error not enough memory for its latencies\n");
        return;
    }
    for (int i = 0; i < srv->session->spec->threads; i++)
        vb_histogram_merge(sum, srv->session->runs[i].latencies);
    size_t cursor = 0;
    uint64_t lowest_ns, samples;
    while (vb_histogram_next_bucket(sum, &cursor, &lowest_ns, &samples))
        fprintf(srv->out, "bucket %" PRIu64 " %" PRIu64 "\n", lowest_ns, samples);
    if (vb_histogram_count(sum) > 0)
        fprintf(srv->out, "range %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", vb_histogram_min(sum),
                vb_histogram_max(sum), vb_histogram_sum(sum));
    fprintf(srv->out, "end\n");
    vb_histogram_free(sum);
}

static void forget_latencies(server *srv)
{
    for (int i = 0; srv->session && i < srv->session->spec->threads; i++)
        vb_histogram_init(srv->session->runs[i].latencies);
    fprintf(srv->out, "end\n");
}

/* Answers one request; returns 0 when the runner has said quit. */
static int answer(server *srv, char *line)
{
    char *argument = strchr(line, ' ');
    if (argument)
        *argument++ = '\0';
    else
        argument = line + strlen(line);

    if (strcmp(line, "list") == 0)
        send_cases(srv);
    else if (strcmp(line, "pin") == 0)
        pin(srv, argument);
    else if (strcmp(line, "allocations") == 0)
        count_allocations(srv);
    else if (strcmp(line, "select") == 0)
        select_case(srv, argument);
    else if (strcmp(line, "block") == 0)
        run_block(srv, argument);
    else if (strcmp(line, "forget") == 0)
        forget_latencies(srv);
    else if (strcmp(line, "latency") == 0)
        send_latencies(srv);
    else if (strcmp(line, "memory") == 0)
        fprintf(srv->out, "peak %" PRIu64 "\nend\n", vb_peak_memory_bytes());
    else if (strcmp(line, "quit") == 0)
        return 0;
    else
        fprintf(srv->out, "error unknown request\n");
    return 1;
}

/* Sends what is owed and reads the next request: 1, or 0 at the end of the stream. A signal that
 * the subject asked for, an interval timer say, is no end. */
static int next_request(server *srv, char line[VB_LINE_MAX])
{
    while (fflush(srv->out) != 0) {
        if (errno != EINTR)
            return 0;
        clearerr(srv->out);
    }
    while (!fgets(line, VB_LINE_MAX, srv->in)) {
        if (!ferror(srv->in) || errno != EINTR)
            return 0;
        clearerr(srv->in);
    }
    line[strcspn(line, "\n")] = '\0';
    return 1;
}

int vb_serve(int fd, const vb_case *cases, size_t count)
{
    server srv = {.cases = cases, .count = count};
    int out_fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    srv.in = fdopen(fd, "r");
    srv.out = out_fd >= 0 ? fdopen(out_fd, "w") : NULL;
    if (!srv.in || !srv.out || fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) {
        fprintf(stderr, "vbench worker: descriptor %d cannot be used: %s\n", fd, strerror(errno));
        return 2;
    }
    send_info(&srv);

    char line[VB_LINE_MAX];
    int asked_to_quit = 0;
    while (!asked_to_quit && next_request(&srv, line))
        asked_to_quit = !answer(&srv, line);
    vb_session_close(srv.session);
    if (asked_to_quit) {
        fprintf(srv.out, "end\n");
        fflush(srv.out);
    }
    fclose(srv.in);
    fclose(srv.out);
    return 0;
}
