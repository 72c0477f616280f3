/* What VB_MAIN calls: a worker when the runner asks for one, a Google Benchmark program by hand. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/instruments.h"
#include "common/protocol.h"
#include "worker/gbench_shim.h"
#include "worker/serve.h"

/* Calibrated when it is first read: that takes 20 ms, which most benchmarks need not wait for, and a
 * worker's first block is never timed. */
static vb_clock worker_clock;
static pthread_once_t clock_once = PTHREAD_ONCE_INIT;
static int clock_ready; /* atomic */

static void make_clock(void)
{
    vb_clock_init(&worker_clock, VELOX_CLOCK_AUTO); /* vb_main has seen that it can be read */
    __atomic_store_n(&clock_ready, 1, __ATOMIC_RELEASE);
}

uint64_t vb_now_ns(void)
{
    if (!__atomic_load_n(&clock_ready, __ATOMIC_ACQUIRE))
        pthread_once(&clock_once, make_clock);
    return vb_clock_now_ns(&worker_clock);
}

int vb_main(int argc, char **argv, const vb_bench *table, size_t count)
{
    char error[VB_NAME_MAX + 256];
    vb_case *cases = NULL;
    size_t case_count = 0;
    if (vb_cases_create(table, count, error, sizeof error, &cases, &case_count) != 0) {
        fprintf(stderr, "%s: %s.\n", argv[0], error);
        return 2;
    }
    vb_clock system_clock;
    int status = vb_clock_init(&system_clock, VELOX_CLOCK_MONOTONIC);
    if (status != 0) {
        fprintf(stderr, "%s: the clock cannot be read: %s.\n", argv[0], strerror(-status));
        vb_cases_free(cases, case_count);
        return 2;
    }

    int exit_code;
    const size_t flag = strlen(VB_WORKER_FLAG);
    if (argc == 2 && strncmp(argv[1], VB_WORKER_FLAG, flag) == 0) {
        signal(SIGPIPE, SIG_IGN); /* a runner that is gone ends the stream, that is enough */
        exit_code = vb_serve(atoi(argv[1] + flag), cases, case_count);
    } else {
        vb_now_ns(); /* calibrated now: by hand the first block is timed, too */
        exit_code = vb_gbench_main(argc, argv, cases, case_count);
    }
    vb_cases_free(cases, case_count);
    return exit_code;
}
