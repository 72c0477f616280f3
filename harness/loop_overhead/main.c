/*
 * loop_overhead [SECONDS]: how much slower VB_LOOP is than Google Benchmark's range-for, for the
 * same body of 16 dependent multiplications.
 *
 * For each of the 16 links (either loop at each of four offsets) two workers, one a loop, take
 * turns on one CPU in random order, in blocks of about 1 ms; the log of each pair's ratio is a
 * sample, and their median is the link's value. The result is the mean over links with a 99 % t
 * interval. Exit code 0 if the interval lies within 1 % of 0, 1 if it does not (a sentence says
 * whether the loop costs more or the measurement was too short to tell), 2 if nothing was measured.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/affinity.h"
#include "runner/judge.h"
#include "runner/random.h"
#include "runner/worker.h"

enum { OFFSETS = 4, LINKS = OFFSETS * OFFSETS, PAIRS_MAX = 100000, CALIBRATION = 20000 };

static const uint64_t time_limit_ns = 10000000000u;
static const char *const names[2] = {"loop/vb", "loop/native"};

typedef struct {
    vb_worker workers[2]; /* VB_LOOP, native */
    int offsets[2];
} contest;

static int complain(const char *what, const vb_message *why)
{
    if (vb_process_interrupted())
        fprintf(stderr, "loop_overhead: interrupted.\n");
    else
        fprintf(stderr, "loop_overhead: %s: %s.\n", what, why->text);
    return -1;
}

static int start(contest *made, const char *path, const int *cpus, int cpu_count)
{
    vb_suite suite = {.path = (char *)path};
    for (int i = 0; i < 2; i++) {
        vb_benchmark benchmark = {.suite = &suite, .name = (char *)names[i], .threads = 1};
        vb_block block;
        vb_worker *worker = &made->workers[i];
        if (vb_worker_start(worker, &suite, time_limit_ns) != VB_WORKER_OK ||
            vb_worker_select(worker, &benchmark, cpus, cpu_count) != VB_WORKER_OK ||
            vb_worker_block(worker, CALIBRATION, 0, &block) != VB_WORKER_OK)
            return complain(path, &worker->why);
        made->offsets[i] = (int)block.counters[0].value;
    }
    return 0;
}

static void stop(contest *made)
{
    for (int i = 0; i < 2; i++)
        vb_worker_stop(&made->workers[i]);
}

/* The median log ratio VB_LOOP / native over `seconds` of timed blocks. */
static int compare(contest *made, double seconds, uint64_t *random, double *median, double *ns)
{
    static double ratios[PAIRS_MAX];
    size_t pairs = 0;
    double timed_ns = 0;
    double native_ns = 0;
    vb_block blocks[2];
    if (vb_worker_block(&made->workers[1], CALIBRATION, 0, &blocks[1]) != VB_WORKER_OK)
        return complain(names[1], &made->workers[1].why);
    uint64_t iterations = (uint64_t)(CALIBRATION * 1e6 / blocks[1].real_ns) + 1;
    while (pairs < PAIRS_MAX && (timed_ns < seconds * 1e9 || pairs == 0)) {
        int first = (int)(vb_random_next(random) & 1);
        for (int turn = 0; turn < 2; turn++) {
            int i = first ^ turn;
            if (vb_worker_block(&made->workers[i], iterations, 0, &blocks[i]) != VB_WORKER_OK)
                return complain(names[i], &made->workers[i].why);
        }
        ratios[pairs++] = log(blocks[0].real_ns / blocks[1].real_ns);
        timed_ns += blocks[0].real_ns + blocks[1].real_ns;
        native_ns += blocks[1].real_ns / (double)iterations;
    }
    *ns = native_ns / (double)pairs;
    *median = vb_judge_summary(ratios, pairs).median;
    return 0;
}

int main(int argc, char **argv)
{
    double seconds = argc > 1 ? atof(argv[1]) : 32;
    double values[LINKS];
    int cpus[VB_CPUS_MAX];
    int cpu_count = 0;
    double ns = 0;
    uint64_t random = (uint64_t)time(NULL);
    if (argc > 2 || !(seconds > 0)) {
        fprintf(stderr, "usage: loop_overhead [SECONDS]\n");
        return 2;
    }
    vb_process_catch_interrupts();
    if (vb_affinity_get(cpus, &cpu_count) == 0 && cpu_count > 1) {
        vb_affinity_set(cpus, 1); /* this program on the first CPU, both workers on the last */
        cpus[0] = cpus[cpu_count - 1];
        cpu_count = 1;
    }

    printf("offsets modulo 64    VB_LOOP against Google Benchmark's range-for\n");
    for (int link = 0; link < LINKS; link++) {
        contest made = {.workers = {{.process = {.socket = -1, .output = -1}},
                                    {.process = {.socket = -1, .output = -1}}}};
        char path[4096];
        int length = (int)(strrchr(argv[0], '/') ? strrchr(argv[0], '/') - argv[0] : 0);
        snprintf(path, sizeof path, "%.*s/../loop_overhead/loop_%d_%d", length ? length : 1,
                 length ? argv[0] : ".", link / OFFSETS * 16, link % OFFSETS * 16);
        int status = start(&made, path, cpus, cpu_count);
        if (status == 0)
            status = compare(&made, seconds / LINKS, &random, &values[link], &ns);
        stop(&made);
        if (status != 0)
            return 2;
        if (made.offsets[0] != link / OFFSETS * 16 || made.offsets[1] != link % OFFSETS * 16) {
            fprintf(stderr,
                    "loop_overhead: the linker placed the loops of %s at %d and %d modulo 64.\n",
                    path, made.offsets[0], made.offsets[1]);
            return 2;
        }
        printf("%8d, %2d          %+.3f %%   (an iteration of %.1f ns)\n", made.offsets[0],
               made.offsets[1], 100 * expm1(values[link]), ns);
    }
    vb_interval interval = vb_judge_mean(values, LINKS, 0.99);
    double low = 100 * expm1(interval.low), high = 100 * expm1(interval.high);
    printf("\nVB_LOOP takes %+.3f %% more time than the native loop, 99 %% interval %+.3f to %+.3f "
           "%%,\n"
           "over %d links, %.0f s measured.\n",
           100 * expm1(interval.estimate), low, high, LINKS, seconds);
    if (low > -1 && high < 1)
        return 0;
    printf(low >= 1 || high <= -1
               ? "The loops differ by more than 1 %%.\n"
               : "Undecided: the interval reaches beyond 1 %%; measure longer.\n");
    return 1;
}
