/* The ladder of extra blocks in a run: when it is climbed, and that it counts for nothing else. The
 * workers are shell scripts that tell a fixed time and note what they are asked for. */
#define _GNU_SOURCE
#include "test_files.h"
#include "test_near.h"

#include <string.h>

#include "runner/ladder.h"
#include "runner/measure.h"

enum { NS = 1000, PROCESSES = 3, REQUESTS_MAX = 20000 };

static char notes[TEST_PATH_MAX], path[TEST_PATH_MAX];
static vb_suite suite = {.name = (char *)"suite"};
static vb_benchmark_list list;

/* What the workers were asked for, in order: iterations, or one of these. */
static const uint64_t hello = UINT64_MAX, forget = UINT64_MAX - 1, other = UINT64_MAX - 2;
static uint64_t requests[REQUESTS_MAX];
static size_t request_count;

static void read_notes(void)
{
    char line[256];
    FILE *file = fopen(notes, "r");
    assert_non_null(file);
    request_count = 0;
    while (fgets(line, sizeof line, file)) {
        assert_true(request_count < REQUESTS_MAX);
        requests[request_count++] = strncmp(line, "block ", 6) == 0   ? strtoul(line + 6, NULL, 10)
                                    : strncmp(line, "hello", 5) == 0  ? hello
                                    : strncmp(line, "forget", 6) == 0 ? forget
                                                                      : other;
    }
    fclose(file);
}

/* The one benchmark of a worker that begins so, which may set $dies. */
static vb_benchmark *measure(double budget_s, const char *beginning)
{
    char body[2000];
    const vb_measure_options options = {
        .budget_s = budget_s, .processes = PROCESSES, .seed = 7, .time_limit_ns = 20000000000u};
    vb_progress progress;
    in_test_folder("notes", notes);
    snprintf(
        body, sizeof body,
        "%s\n"
        "echo hello >>%s\n"
        "printf 'vbench-worker 2\\nend\\n' >&3\n"
        "while read -r word n <&3; do\n"
        "  echo \"$word $n\" >>%s\n"
        "  case $word in\n"
        "  block) if [ \"$n\" = \"$dies\" ]; then exit 1; fi\n"
        "    printf 'time %%d %%d\\nitems 1\\ncounter 0 1 sum\\nend\\n' $((n * %d)) $((n * %d))"
        " >&3 ;;\n"
        "  memory) printf 'peak 4096\\nend\\n' >&3 ;;\n"
        "  *) echo end >&3 ;;\n"
        "  esac\n"
        "  if [ $word = quit ]; then exit; fi\n"
        "done",
        beginning, notes, notes, NS, NS);
    write_script("worker", body, path);
    suite.path = path;
    vb_benchmark *added = vb_benchmark_list_add(&list);
    assert_non_null(added);
    added->suite = &suite;
    added->name = strdup("case");
    added->threads = 1;
    vb_progress_begin(&progress, PROCESSES, "processes", 1);
    assert_int_equal(vb_measure(&list, &options, &progress), 0);
    vb_progress_end(&progress);
    read_notes();
    return &list.items[0];
}

static int clean_up(void **state)
{
    (void)state;
    vb_benchmark_list_free(&list);
    unlink(notes);
    return 0;
}

/* Where the process of this number begins. */
static size_t begin_of(size_t process)
{
    for (size_t i = 0; i < request_count; i++) {
        if (requests[i] == hello && process-- == 0)
            return i;
    }
    fail_msg("there are fewer processes");
    return 0;
}

static size_t next_forget(size_t at)
{
    while (at < request_count && requests[at] != forget)
        at++;
    assert_true(at < request_count);
    return at;
}

static void assert_blocks(const vb_benchmark *benchmark)
{
    for (size_t process = 0; process < benchmark->process_count; process++) {
        const vb_process_samples *samples = &benchmark->processes[process];
        assert_int_equal(samples->block_count, benchmark->blocks);
        for (size_t i = 0; i < samples->block_count; i++)
            assert_int_equal(samples->block_ns[i], NS * benchmark->iterations);
        assert_near(samples->items, (double)benchmark->blocks, 0);
        assert_near(samples->counters[0].value, (double)benchmark->blocks, 0);
        assert_near(samples->real_ns,
                    (double)benchmark->blocks * NS * (double)benchmark->iterations, 0.5);
    }
}

static void each_process_climbs_its_ladder_between_warming_up_and_forgetting_latencies(void **state)
{
    (void)state;
    const vb_benchmark *benchmark = measure(2, "");
    size_t orders = 0;
    assert_null(benchmark->error);
    assert_int_equal(benchmark->process_count, PROCESSES);
    assert_true(benchmark->blocks > VB_LADDER_BLOCKS_MIN);
    assert_blocks(benchmark);
    for (size_t process = 0; process < PROCESSES; process++) {
        const vb_ladder *ladder = &benchmark->processes[process].ladder;
        const size_t end = next_forget(begin_of(process));
        assert_int_equal(ladder->count, VB_LADDER_STEPS_MAX);
        for (size_t i = 0; i < ladder->count; i++) {
            assert_int_equal(requests[end - ladder->count + i], ladder->steps[i].iterations);
            assert_int_equal(ladder->steps[i].ns, NS * ladder->steps[i].iterations);
        }
        assert_int_equal(requests[end + 1], benchmark->iterations); /* the first timed one */
        if (process > 0)
            assert_int_equal(requests[end - ladder->count - 1], benchmark->iterations);
        orders += memcmp(ladder, &benchmark->processes[0].ladder, sizeof *ladder) != 0;
    }
    assert_true(orders > 0);
}

static void a_ladder_is_paid_for_with_blocks(void **state)
{
    (void)state;
    const vb_benchmark *benchmark = measure(2, "");
    double ns = 0;
    for (size_t i = 0; i < PROCESSES; i++) {
        ns += benchmark->processes[i].real_ns;
        for (size_t k = 0; k < benchmark->processes[i].ladder.count; k++)
            ns += (double)benchmark->processes[i].ladder.steps[k].ns;
    }
    assert_true(ns <= 2e9 * 1.01);
}

static void of_processes_with_few_blocks_only_the_first_has_a_ladder(void **state)
{
    (void)state;
    const vb_benchmark *benchmark = measure(0.01, "");
    assert_true(benchmark->blocks < VB_LADDER_BLOCKS_MIN);
    assert_blocks(benchmark);
    assert_int_equal(benchmark->processes[0].ladder.count, VB_LADDER_STEPS_MAX);
    for (size_t i = 1; i < PROCESSES; i++)
        assert_int_equal(benchmark->processes[i].ladder.count, 0);
}

static void a_process_that_breaks_on_its_ladder_is_started_again(void **state)
{
    (void)state;
    char once[TEST_PATH_MAX], beginning[4 * TEST_PATH_MAX];
    /* The second one: of the first it is not known yet how long its blocks will be. */
    snprintf(beginning, sizeof beginning,
             "echo >>%s\n[ $(wc -l <%s) -eq 2 ] && dies=$(($(grep block %s | tail -n 1 | cut -d' ' "
             "-f2) / 5))",
             in_test_folder("once", once), once, in_test_folder("notes", notes));
    const vb_benchmark *benchmark = measure(2, beginning);
    assert_null(benchmark->error);
    assert_int_equal(benchmark->restarts, 1);
    assert_int_equal(benchmark->process_count, PROCESSES);
    for (size_t i = 0; i < PROCESSES; i++)
        assert_int_equal(benchmark->processes[i].ladder.count, VB_LADDER_STEPS_MAX);
    assert_blocks(benchmark);
    unlink(once);
}

#define test(claim) cmocka_unit_test_teardown(claim, clean_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(each_process_climbs_its_ladder_between_warming_up_and_forgetting_latencies),
        test(a_ladder_is_paid_for_with_blocks),
        test(of_processes_with_few_blocks_only_the_first_has_a_ladder),
        test(a_process_that_breaks_on_its_ladder_is_started_again),
    };
    return cmocka_run_group_tests_name("ladder", tests, make_test_folder, remove_test_folder);
}
