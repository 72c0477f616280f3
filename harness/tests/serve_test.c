/* The worker's side of the protocol: requests in one end of a socket pair, answers out of it. */
#include "test_cmocka.h"

#include "worker/allocation_count.h"
#include "worker/serve.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char fault[512];
static vb_case *cases;
static size_t count;
static char answers[65536]; /* to the last conversation, without the hello */
static int torn_down;

static int fail_setup(vb_run *run, void **fixture)
{
    (void)fixture;
    vb_fail(run, "not today");
    return 0;
}

static void note_teardown(void *fixture)
{
    (void)fixture;
    torn_down++;
}

static void busy(vb_run *run)
{
    VB_LOOP (run) {
        vb_latency_ns(run, 100 + (uint64_t)vb_thread(run));
    }
    vb_items(run, 2);
    vb_bytes(run, 16);
    vb_counter(run, "hits of it", 1, VB_SUM);
}

static void nothing(vb_run *run)
{
    VB_LOOP (run)
        ;
}

static void fails(vb_run *run)
{
    nothing(run);
    vb_fail(run, "wrong\nresult");
}

static const vb_bench table[] = {
    {.name = "group/busy",
     .fn = busy,
     .teardown = note_teardown,
     .axes = {VB_VALUES("size", 64), VB_FIXED("depth", 3)},
     .threads = VB_VALUES("threads", 2),
     .max_iterations = 1000,
     .tolerance_percent = 1.5,
     .p99_limit_ns = 250},
    {.name = "quiet case", .fn = nothing},
    {.name = "unready", .fn = nothing, .setup = fail_setup},
    {.name = "failing", .fn = fails},
};

static int make_cases(void **state)
{
    (void)state;
    return vb_cases_create(table, sizeof table / sizeof *table, fault, sizeof fault, &cases,
                           &count);
}

static int free_cases(void **state)
{
    (void)state;
    vb_cases_free(cases, count);
    return 0;
}

/* Says all of it at once, then hangs up; the answers fit into the socket. */
static void converse(const char *requests)
{
    int ends[2];
    size_t length = strlen(requests), filled = 0;
    torn_down = 0;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    assert_int_equal(write(ends[0], requests, length), length);
    assert_int_equal(shutdown(ends[0], SHUT_WR), 0);
    assert_int_equal(vb_serve(ends[1], cases, count), 0);
    ssize_t got;
    while ((got = read(ends[0], answers + filled, sizeof answers - 1 - filled)) > 0)
        filled += (size_t)got;
    close(ends[0]);
    answers[filled] = '\0';
    char *hello_end = strstr(answers, "end\n");
    assert_non_null(hello_end);
    memmove(answers, hello_end + 4, strlen(hello_end + 4) + 1);
}

static void assert_answers(const char *requests, const char *expected)
{
    converse(requests);
    assert_string_equal(answers, expected);
}

static bool says(const char *line)
{
    return strstr(answers, line) != NULL;
}

static void list_tells_every_case_with_its_parameters(void **state)
{
    (void)state;
    assert_answers("list\n", "case 2 1000 1.5 250 10 group/busy/64/2_threads\nparameter 64 size\n"
                             "parameter 3 depth\ncase 1 0 0 0 10 quiet case\n"
                             "case 1 0 0 0 7 unready\ncase 1 0 0 0 7 failing\nend\n");
}

static void block_tells_time_and_what_all_threads_did(void **state)
{
    (void)state;
    double real_ns, cpu_ns;
    converse("select group/busy/64/2_threads\nblock 10\n");
    assert_int_equal(sscanf(answers, "end\ntime %lf %lf\n", &real_ns, &cpu_ns), 2);
    assert_true(real_ns > 0);
    assert_true(says("\nitems 40\nbytes 320\ncounter 0 2 hits of it\nend\n"));
}

static void block_without_throughput_tells_its_time_only(void **state)
{
    (void)state;
    converse("select quiet case\nblock 10\n");
    assert_false(says("items"));
    assert_false(says("counter"));
    assert_true(says("\nend\n"));
}

static void latencies_of_all_threads_are_merged(void **state)
{
    (void)state;
    converse("select group/busy/64/2_threads\nblock 10\nblock 5\nlatency\n");
    assert_true(says("bucket 100 15\nbucket 101 15\nrange 100 101 3015\nend\n"));
}

static void forgotten_latencies_do_not_come_back(void **state)
{
    (void)state;
    converse("select group/busy/64/2_threads\nblock 10\nforget\nblock 1\nlatency\n");
    assert_true(says("bucket 100 1\nbucket 101 1\nrange 100 101 201\nend\n"));
}

static void no_latencies_are_an_empty_answer(void **state)
{
    (void)state;
    assert_answers("select quiet case\nlatency\n", "end\nend\n");
}

static void failed_block_is_one_line_of_error(void **state)
{
    (void)state;
    assert_answers("select failing\nblock 1\n", "end\nerror wrong result\n");
}

static void failed_setup_is_an_error(void **state)
{
    (void)state;
    assert_answers("select unready\n", "error its setup failed: not today\n");
}

static void block_longer_than_max_iterations_is_refused(void **state)
{
    (void)state;
    assert_answers("select group/busy/64/2_threads\nblock 1001\n",
                   "end\nerror a block was asked for more than its max_iterations\n");
}

static void block_without_a_proper_count_is_refused(void **state)
{
    (void)state;
    static const char *const counts[] = {"", " 0", " -5", " 1x", " ten", " 99999999999999999999"};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        char requests[128];
        snprintf(requests, sizeof requests, "select quiet case\nblock%s\n", counts[i]);
        assert_answers(requests,
                       "end\nerror a block needs a selected benchmark and an iteration count\n");
    }
}

static void requests_before_a_selection_are_refused(void **state)
{
    (void)state;
    assert_answers("block 1\nlatency\nforget\n",
                   "error a block needs a selected benchmark and an iteration count\n"
                   "error no benchmark is selected\nend\n");
}

static void second_selection_is_refused(void **state)
{
    (void)state;
    assert_answers("select quiet case\nselect failing\npin 0\n",
                   "end\nerror a worker serves one benchmark\nerror pin comes before select\n");
}

static void unknown_benchmark_and_request_are_refused(void **state)
{
    (void)state;
    assert_answers("select nobody\ndance\n\n", "error the suite has no benchmark of this name\n"
                                               "error unknown request\nerror unknown request\n");
}

static void allocations_are_not_told_without_the_library(void **state)
{
    (void)state;
    converse("allocations\nselect quiet case\nblock 10\nallocations\n");
    assert_true(strncmp(answers, "error the ", 10) == 0);
    assert_true(says(vb_allocation_sanitizer() ? "built with a sanitizer" : "was not loaded"));
    assert_false(says("\nallocations "));
    assert_true(says("end\nerror counting allocations comes before select\n"));
}

static void memory_is_told_in_bytes(void **state)
{
    (void)state;
    unsigned long long bytes = 0;
    int end = 0;
    converse("memory\n");
    assert_int_equal(sscanf(answers, "peak %llu\nend\n%n", &bytes, &end), 1);
    assert_int_equal(answers[end], '\0');
    assert_true(bytes > 500000);
}

static void memory_that_was_touched_once_stays_in_the_peak(void **state)
{
    (void)state;
    enum { TOUCHED_BYTES = 32 << 20 };
    unsigned long long before = 0, after = 0;
    converse("memory\n");
    sscanf(answers, "peak %llu", &before);
    char *touched = malloc(TOUCHED_BYTES);
    assert_non_null(touched);
    memset(touched, 1, TOUCHED_BYTES);
    VB_KEEP(touched);
    free(touched);
    converse("memory\n");
    sscanf(answers, "peak %llu", &after);
    assert_true(after >= before + TOUCHED_BYTES * 9ull / 10);
}

static void quit_tears_down_before_it_answers(void **state)
{
    (void)state;
    assert_answers("select group/busy/64/2_threads\nquit\nlist\n", "end\nend\n");
    assert_int_equal(torn_down, 1);
}

static void end_of_the_stream_tears_down_without_an_answer(void **state)
{
    (void)state;
    assert_answers("select group/busy/64/2_threads\n", "end\n");
    assert_int_equal(torn_down, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(list_tells_every_case_with_its_parameters),
        cmocka_unit_test(block_tells_time_and_what_all_threads_did),
        cmocka_unit_test(block_without_throughput_tells_its_time_only),
        cmocka_unit_test(latencies_of_all_threads_are_merged),
        cmocka_unit_test(forgotten_latencies_do_not_come_back),
        cmocka_unit_test(no_latencies_are_an_empty_answer),
        cmocka_unit_test(failed_block_is_one_line_of_error),
        cmocka_unit_test(failed_setup_is_an_error),
        cmocka_unit_test(block_longer_than_max_iterations_is_refused),
        cmocka_unit_test(block_without_a_proper_count_is_refused),
        cmocka_unit_test(requests_before_a_selection_are_refused),
        cmocka_unit_test(second_selection_is_refused),
        cmocka_unit_test(unknown_benchmark_and_request_are_refused),
        cmocka_unit_test(allocations_are_not_told_without_the_library),
        cmocka_unit_test(memory_is_told_in_bytes),
        cmocka_unit_test(memory_that_was_touched_once_stays_in_the_peak),
        cmocka_unit_test(quit_tears_down_before_it_answers),
        cmocka_unit_test(end_of_the_stream_tears_down_without_an_answer),
    };
    return cmocka_run_group_tests_name("serve", tests, make_cases, free_cases);
}
