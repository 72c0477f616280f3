/*
 * Benchmarks whose allocations are known, and ways to make counting them fail. Each process writes
 * a line into the file that VBENCH_TEST_LOG names: whether it was started with the counting
 * library.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vbench/vbench.h>

static int counted_process(void)
{
    return dlsym(RTLD_DEFAULT, "vb_allocations_start") != NULL;
}

static int note_process(vb_run *run, void **fixture)
{
    (void)run;
    (void)fixture;
    const char *path = getenv("VBENCH_TEST_LOG");
    FILE *log = path ? fopen(path, "a") : NULL;
    if (log) {
        const char *preload = getenv("LD_PRELOAD");
        fprintf(log, "%s LD_PRELOAD=%s\n", counted_process() ? "counted" : "timed",
                preload ? preload : "");
        fclose(log);
    }
    return 0;
}

static void use(void *block)
{
    VB_KEEP(block);
    free(block);
}

static void none(vb_run *run)
{
    char *before = malloc(100); /* around the loop */
    VB_LOOP (run) {
        uint64_t number = 3;
        VB_KEEP(number);
    }
    use(before);
    use(malloc(1000));
}

static void three_of_48(vb_run *run)
{
    VB_LOOP (run) {
        use(malloc(48));
        use(calloc(3, 16));
        use(malloc(48));
    }
}

static void strings(vb_run *run)
{
    VB_LOOP (run)
        use(strdup("seven b"));
}

static void reallocs(vb_run *run)
{
    VB_LOOP (run) {
        char *block = realloc(NULL, 10); /* 1 */
        VB_KEEP(block);
        block = realloc(block, 1000); /* 2: grows */
        VB_KEEP(block);
        block = realloc(block, 20); /* 3: shrinks */
        VB_KEEP(block);
        block = reallocarray(block, 5, 6); /* 4 */
        VB_KEEP(block);
        block = realloc(block, 0); /* is free */
        use(block);
    }
}

/* All of them 64 bytes but the last, a page. */
static void aligned(vb_run *run)
{
    VB_LOOP (run) {
        void *block = NULL;
        use(aligned_alloc(64, 64));
        if (posix_memalign(&block, 64, 64) == 0)
            use(block);
        use(memalign(64, 64));
        use(valloc(64));
        use(pvalloc(4096));
    }
}

static volatile size_t half_of_everything = SIZE_MAX / 2 + 2;

static void refused(vb_run *run)
{
    VB_LOOP (run) {
        void *block;
        use(calloc(half_of_everything, 2));
        use(reallocarray(NULL, half_of_everything, 2));
        use(malloc(SIZE_MAX / 2 + half_of_everything / 4));
        if (posix_memalign(&block, 3, 64) == 0)
            use(block);
        use(malloc(0)); /* this one is a block */
    }
}

static void threads(vb_run *run)
{
    VB_LOOP (run)
        use(malloc(10 + (size_t)vb_thread(run)));
    if (vb_thread(run) == 0)
        usleep(1000); /* the others get past their loops and allocate */
    else
        use(malloc(77));
}

static void *kept;

static int allocate_outside(vb_run *run, void **fixture)
{
    note_process(run, fixture);
    use(malloc(300));
    return 0;
}

static int reset_outside(vb_run *run)
{
    for (uint64_t i = 0; i < vb_iterations(run); i++)
        use(malloc(300));
    free(kept);
    kept = NULL;
    return 0;
}

static void finish_outside(vb_run *run)
{
    use(malloc(300));
    vb_counter(run, "outside", 1, VB_SUM);
}

static void once_a_block(vb_run *run)
{
    VB_LOOP (run) {
        if (!kept)
            kept = malloc(5000);
        VB_KEEP(kept);
    }
}

static void once_a_process(vb_run *run)
{
    static void *table;
    VB_LOOP (run) {
        if (!table)
            table = malloc(5000);
        VB_KEEP(table);
        use(malloc(8));
    }
}

/* Every fourth iteration allocates, whatever the block. */
static void every_fourth(vb_run *run)
{
    uint64_t number = 0;
    VB_LOOP (run) {
        if (number++ % 4 == 0)
            use(malloc(40));
    }
}

static void few_iterations(vb_run *run)
{
    if (vb_iterations(run) > 1)
        vb_fail(run, "more iterations than max_iterations");
    VB_LOOP (run) {
        for (int i = 0; i < 1000; i++)
            use(malloc(8));
    }
}

/* ---- a thread of the subject's own ---- */

static sem_t wanted, done;
static pthread_t helper;
static volatile int helper_ends;

static void *help(void *unused)
{
    (void)unused;
    for (;;) {
        while (sem_wait(&wanted) != 0)
            ;
        if (helper_ends)
            return NULL;
        use(malloc(24));
        use(malloc(26));
        sem_post(&done);
    }
}

static int start_helper(vb_run *run, void **fixture)
{
    note_process(run, fixture);
    sem_init(&wanted, 0, 0);
    sem_init(&done, 0, 0);
    return -pthread_create(&helper, NULL, help, NULL);
}

static void stop_helper(void *fixture)
{
    (void)fixture;
    helper_ends = 1;
    sem_post(&wanted);
    pthread_join(helper, NULL);
}

static void own_thread(vb_run *run)
{
    VB_LOOP (run) {
        sem_post(&wanted);
        while (sem_wait(&done) != 0)
            ;
    }
}

/* ---- children ---- */

static void child_process(vb_run *run)
{
    VB_LOOP (run) {
        pid_t child = fork();
        if (child == 0) {
            for (int i = 0; i < 100; i++)
                use(malloc(8));
            _exit(0);
        }
        use(malloc(32));
        waitpid(child, NULL, 0);
    }
}

/* ---- what goes wrong where it is counted ---- */

static void crashes_when_counted(vb_run *run)
{
    VB_LOOP (run) {
        if (counted_process())
            raise(SIGSEGV);
        use(malloc(8));
    }
}

static void hangs_when_counted(vb_run *run)
{
    VB_LOOP (run) {
        while (counted_process())
            pause();
        use(malloc(8));
    }
}

static void fails_when_counted(vb_run *run)
{
    VB_LOOP (run)
        use(malloc(8));
    if (counted_process())
        vb_fail(run, "the sum is 4, not 5");
}

static void crash_when_counted(void *fixture)
{
    (void)fixture;
    if (counted_process())
        abort();
}

/* ---- memory ---- */

enum { LARGE_BYTES = 64 << 20 };

static int touch_large(vb_run *run, void **fixture)
{
    note_process(run, fixture);
    *fixture = malloc(LARGE_BYTES);
    if (!*fixture)
        return -ENOMEM;
    memset(*fixture, 1, LARGE_BYTES);
    return 0;
}

static const vb_bench table[] = {
    {.name = "none", .fn = none, .setup = note_process},
    {.name = "three_of_48", .fn = three_of_48, .setup = note_process},
    {.name = "strings", .fn = strings},
    {.name = "reallocs", .fn = reallocs},
    {.name = "aligned", .fn = aligned},
    {.name = "refused", .fn = refused},
    {.name = "threads", .fn = threads, .threads = VB_VALUES("threads", 4)},
    {.name = "outside",
     .fn = none,
     .setup = allocate_outside,
     .reset = reset_outside,
     .finish = finish_outside,
     .max_iterations = 10000},
    {.name = "once_a_block", .fn = once_a_block, .reset = reset_outside, .max_iterations = 1000},
    {.name = "once_a_process", .fn = once_a_process},
    {.name = "every_fourth", .fn = every_fourth},
    {.name = "few_iterations", .fn = few_iterations, .max_iterations = 1},
    {.name = "own_thread", .fn = own_thread, .setup = start_helper, .teardown = stop_helper},
    {.name = "child_process", .fn = child_process},
    {.name = "crashes_when_counted", .fn = crashes_when_counted},
    {.name = "hangs_when_counted", .fn = hangs_when_counted},
    {.name = "fails_when_counted", .fn = fails_when_counted},
    {.name = "crashes_in_teardown_when_counted", .fn = none, .teardown = crash_when_counted},
    {.name = "large_fixture", .fn = none, .setup = touch_large, .teardown = free},
};

VB_MAIN(table)
