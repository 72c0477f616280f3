/* The runner's side of the protocol against workers that keep to it or do not. The workers are
 * shell scripts; descriptor 3 is their socket. */
#define _GNU_SOURCE
#include "test_files.h"
#include "test_near.h"

#include "common/protocol.h"
#include "runner/worker.h"

#include <signal.h>
#include <sys/wait.h>

static const uint64_t patience_ns = 20000000000u;
static const uint64_t moment_ns = 300000000;

#define HELLO  "printf 'vbench-worker 2\\nend\\n' >&3\n"
#define ANSWER "read -r request <&3\nprintf '%s' >&3\nread -r request <&3"

static vb_worker worker;
static vb_suite suite;
static vb_benchmark_list list;
static vb_histogram *histogram;
static char script_path[TEST_PATH_MAX];

static int fresh(void **state)
{
    (void)state;
    memset(&worker, 0, sizeof worker);
    worker.process.socket = worker.process.output = -1;
    memset(&suite, 0, sizeof suite);
    suite.path = script_path;
    suite.name = "fake";
    return 0;
}

static int clean_up(void **state)
{
    (void)state;
    vb_worker_stop(&worker);
    vb_benchmark_list_free(&list);
    vb_histogram_free(histogram);
    histogram = NULL;
    return 0;
}

static vb_worker_outcome start_within(const char *body, uint64_t limit_ns)
{
    write_script("worker", body, script_path);
    return vb_worker_start(&worker, &suite, limit_ns);
}

/* A worker that says a proper hello and then does what `body` says. */
static void start_with_hello(const char *body, uint64_t limit_ns)
{
    char text[3000];
    snprintf(text, sizeof text, "%s%s", HELLO, body);
    assert_int_equal(start_within(text, limit_ns), VB_WORKER_OK);
}

/* A worker that gives `answer` (printf's format) to the one request that comes. */
static void start_answering(const char *answer)
{
    char text[3000];
    snprintf(text, sizeof text, ANSWER, answer);
    start_with_hello(text, patience_ns);
}

static vb_worker_outcome block(const char *answer, vb_block *out)
{
    start_answering(answer);
    vb_worker_outcome outcome = vb_worker_block(&worker, 10, 0, out);
    vb_worker_stop(&worker);
    return outcome;
}

static void assert_broken_block(const char *answer)
{
    vb_block out;
    assert_int_equal(block(answer, &out), VB_WORKER_BROKEN);
    assert_string_equal(worker.why.text, "its process sent garbage to the runner");
}

static vb_worker_outcome ask_list(const char *answer)
{
    start_answering(answer);
    vb_worker_outcome outcome = vb_worker_list(&worker, &suite, &list);
    vb_worker_stop(&worker);
    return outcome;
}

static void assert_broken_list(const char *answer)
{
    assert_int_equal(ask_list(answer), VB_WORKER_BROKEN);
    assert_string_equal(worker.why.text, "its process sent garbage to the runner");
}

static vb_worker_outcome ask_latencies(const char *answer)
{
    start_answering(answer);
    vb_worker_outcome outcome = vb_worker_latencies(&worker, &histogram);
    vb_worker_stop(&worker);
    return outcome;
}

static void hello_fills_in_what_the_suite_says(void **state)
{
    (void)state;
    assert_int_equal(start_within("printf 'vbench-worker 2\\ninfo compiler gcc 12.2.0\\n"
                                  "info google_benchmark 1.7.1\\ninfo c_library glibc 2.36\\n"
                                  "info later something new\\nend\\n' >&3; read -r request <&3",
                                  patience_ns),
                     VB_WORKER_OK);
    assert_string_equal(suite.compiler, "gcc 12.2.0");
    assert_string_equal(suite.google_benchmark, "1.7.1");
    assert_string_equal(suite.c_library, "glibc 2.36");
}

static void worker_is_told_its_descriptor(void **state)
{
    (void)state;
    assert_int_equal(start_within("[ \"$1\" = --vbench-worker=3 ] && " HELLO, patience_ns),
                     VB_WORKER_OK);
}

static void suite_that_cannot_be_started_is_refused(void **state)
{
    (void)state;
    in_test_folder("missing", script_path);
    assert_int_equal(vb_worker_start(&worker, &suite, patience_ns), VB_WORKER_REFUSED);
    assert_non_null(strstr(worker.why.text, "it cannot be started: No such file"));
}

static void other_version_of_the_protocol_is_refused(void **state)
{
    (void)state;
    assert_int_equal(start_within("printf 'vbench-worker 1\\nend\\n' >&3", patience_ns),
                     VB_WORKER_REFUSED);
    assert_non_null(strstr(worker.why.text, "speaks version 1 of the worker protocol, this vbench "
                                            "version 2; build both from the same vbench"));
}

static void hello_of_another_program_is_broken(void **state)
{
    (void)state;
    assert_int_equal(start_within("echo 'hello there' >&3", patience_ns), VB_WORKER_BROKEN);
    assert_string_equal(worker.why.text, "its process sent garbage to the runner");
}

static void unknown_line_in_the_hello_is_broken(void **state)
{
    (void)state;
    assert_int_equal(start_within("printf 'vbench-worker 2\\nsurprise\\nend\\n' >&3", patience_ns),
                     VB_WORKER_BROKEN);
}

static void program_that_ends_without_a_hello_is_broken_with_its_exit_code(void **state)
{
    (void)state;
    assert_int_equal(start_within("exit 7", patience_ns), VB_WORKER_BROKEN);
    assert_string_equal(worker.why.text, "its process ended with exit code 7");
}

static void last_line_of_output_says_why_it_ended(void **state)
{
    (void)state;
    assert_int_equal(
        start_within("echo starting; echo 'entry 1 has no name' >&2; exit 2", patience_ns),
        VB_WORKER_BROKEN);
    assert_string_equal(worker.why.text, "its process ended with exit code 2: entry 1 has no name");
}

static void worker_killed_by_a_signal_is_broken_with_its_name(void **state)
{
    (void)state;
    vb_block out;
    start_with_hello("read -r request <&3; kill -SEGV $$", patience_ns);
    assert_int_equal(vb_worker_block(&worker, 1, 0, &out), VB_WORKER_BROKEN);
    assert_string_equal(worker.why.text, "it was killed by signal 11 (Segmentation fault)");
}

static void worker_that_dies_in_the_middle_of_an_answer_is_broken(void **state)
{
    (void)state;
    vb_block out;
    start_with_hello("read -r request <&3; printf 'time 1 1\\n' >&3; exit 3", patience_ns);
    assert_int_equal(vb_worker_block(&worker, 1, 0, &out), VB_WORKER_BROKEN);
    assert_string_equal(worker.why.text, "its process ended with exit code 3");
}

static void worker_that_is_gone_before_the_request_is_broken(void **state)
{
    (void)state;
    vb_block out;
    start_with_hello("exit 4", patience_ns);
    siginfo_t ended;
    assert_int_equal(waitid(P_PID, (id_t)worker.process.pid, &ended, WEXITED | WNOWAIT), 0);
    assert_int_equal(vb_worker_block(&worker, 1, 0, &out), VB_WORKER_BROKEN);
    assert_string_equal(worker.why.text, "its process ended with exit code 4");
}

static void worker_that_only_closes_its_socket_is_not_said_to_be_killed(void **state)
{
    (void)state;
    vb_block out;
    start_with_hello("read -r request <&3; exec 3>&-; exec sleep 100", patience_ns);
    assert_int_equal(vb_worker_block(&worker, 1, 0, &out), VB_WORKER_BROKEN);
    assert_string_equal(worker.why.text, "its process closed the connection to the runner");
}

static void worker_that_never_says_hello_hangs(void **state)
{
    (void)state;
    assert_int_equal(start_within("exec sleep 100", moment_ns), VB_WORKER_BROKEN);
    assert_string_equal(worker.why.text, "it hung: no answer within 0.3 s (--time-limit)");
}

static void worker_that_does_not_answer_hangs(void **state)
{
    (void)state;
    vb_block out;
    start_with_hello("exec sleep 100", 3 * moment_ns);
    worker.time_limit_ns = moment_ns;
    assert_int_equal(vb_worker_block(&worker, 1, 0, &out), VB_WORKER_BROKEN);
    assert_string_equal(worker.why.text, "it hung: no answer within 0.3 s (--time-limit)");
}

static void longer_block_gets_twenty_times_its_expected_length(void **state)
{
    (void)state;
    vb_block out;
    start_with_hello("read -r request <&3; sleep 0.6; printf 'time 1 1\\nend\\n' >&3", patience_ns);
    worker.time_limit_ns = moment_ns;
    assert_int_equal(vb_worker_block(&worker, 1, patience_ns / 20, &out), VB_WORKER_OK);
}

static void expected_length_without_bounds_is_no_short_limit(void **state)
{
    (void)state;
    vb_block out;
    start_with_hello("read -r request <&3; sleep 0.05; printf 'time 1 1\\nend\\n' >&3",
                     patience_ns);
    assert_int_equal(vb_worker_block(&worker, 1, UINT64_MAX / 20 + 1, &out), VB_WORKER_OK);
}

static void block_brings_times_throughput_and_counters(void **state)
{
    (void)state;
    vb_block out;
    assert_int_equal(block("time 1500.5 1400.25\\nitems 10\\nbytes 80\\ncounter 1 2.5 a rate\\n"
                           "counter 0 -3 sum\\nend\\n",
                           &out),
                     VB_WORKER_OK);
    assert_near(out.real_ns, 1500.5, 0);
    assert_near(out.cpu_ns, 1400.25, 0);
    assert_near(out.items, 10, 0);
    assert_near(out.bytes, 80, 0);
    assert_int_equal(out.counter_count, 2);
    assert_string_equal(out.counters[0].name, "a rate");
    assert_int_equal(out.counters[0].kind, VB_PER_SEC);
    assert_near(out.counters[0].value, 2.5, 0);
    assert_near(out.counters[1].value, -3, 0);
}

static void hello_tells_a_sanitizer(void **state)
{
    (void)state;
    assert_int_equal(start_within("printf 'vbench-worker 2\\ninfo sanitizer AddressSanitizer\\n"
                                  "end\\n' >&3; read -r request <&3",
                                  patience_ns),
                     VB_WORKER_OK);
    assert_string_equal(suite.sanitizer, "AddressSanitizer");
}

static void allocations_are_asked_for(void **state)
{
    (void)state;
    start_with_hello("read -r request <&3; [ \"$request\" = allocations ] && echo end >&3; "
                     "read -r request <&3",
                     patience_ns);
    assert_int_equal(vb_worker_count_allocations(&worker), VB_WORKER_OK);
    assert_string_equal(suite.sanitizer, "");
}

static void allocations_that_cannot_be_counted_are_refused_with_the_reason(void **state)
{
    (void)state;
    start_answering("error the suite brings an allocator of its own\\n");
    assert_int_equal(vb_worker_count_allocations(&worker), VB_WORKER_REFUSED);
    assert_string_equal(worker.why.text, "the suite brings an allocator of its own");
}

static void block_brings_its_allocations(void **state)
{
    (void)state;
    vb_block out;
    assert_int_equal(block("time 1 1\\nallocations 3072 147456\\nend\\n", &out), VB_WORKER_OK);
    assert_true(out.allocations_told);
    assert_int_equal(out.allocations, 3072);
    assert_int_equal(out.allocated_bytes, 147456);
}

static void block_without_allocations_is_not_one_with_none(void **state)
{
    (void)state;
    vb_block out;
    assert_int_equal(block("time 1 1\\nend\\n", &out), VB_WORKER_OK);
    assert_false(out.allocations_told);
    assert_int_equal(block("time 1 1\\nallocations 0 0\\nend\\n", &out), VB_WORKER_OK);
    assert_true(out.allocations_told);
}

static void allocations_that_are_no_counts_are_broken(void **state)
{
    (void)state;
    assert_broken_block("time 1 1\\nallocations\\nend\\n");
    assert_broken_block("time 1 1\\nallocations 1\\nend\\n");
    assert_broken_block("time 1 1\\nallocations 1 -1\\nend\\n");
    assert_broken_block("time 1 1\\nallocations -1 1\\nend\\n");
    assert_broken_block("time 1 1\\nallocations 1.5 1\\nend\\n");
    assert_broken_block("time 1 1\\nallocations 1 1 1\\nend\\n");
    assert_broken_block("time 1 1\\nallocations 1 99999999999999999999\\nend\\n");
}

static void block_is_asked_for_by_its_iterations(void **state)
{
    (void)state;
    vb_block out;
    start_with_hello("read -r request <&3; [ \"$request\" = 'block 12345' ] && "
                     "printf 'time 1 1\\nend\\n' >&3",
                     patience_ns);
    assert_int_equal(vb_worker_block(&worker, 12345, 0, &out), VB_WORKER_OK);
}

static void error_of_the_worker_is_refused_with_its_reason(void **state)
{
    (void)state;
    vb_block out;
    assert_int_equal(block("error its reset failed: Input/output error\\n", &out),
                     VB_WORKER_REFUSED);
    assert_string_equal(worker.why.text, "its reset failed: Input/output error");
}

static void time_that_is_no_number_is_broken(void **state)
{
    (void)state;
    assert_broken_block("time nan nan\\nend\\n");
    assert_broken_block("time inf 1\\nend\\n");
    assert_broken_block("time 1 -inf\\nend\\n");
    assert_broken_block("time 1\\nend\\n");
    assert_broken_block("time x y\\nend\\n");
    assert_broken_block("time 1 1 1\\nend\\n");
}

static void negative_time_is_broken(void **state)
{
    (void)state;
    assert_broken_block("time -1 1\\nend\\n");
    assert_broken_block("time 1 -1\\nend\\n");
}

static void block_without_a_time_is_broken(void **state)
{
    (void)state;
    assert_broken_block("end\\n");
    assert_broken_block("items 5\\nend\\n");
}

static void throughput_that_is_no_amount_is_broken(void **state)
{
    (void)state;
    assert_broken_block("time 1 1\\nitems nan\\nend\\n");
    assert_broken_block("time 1 1\\nitems -1\\nend\\n");
    assert_broken_block("time 1 1\\nitems 5x\\nend\\n");
    assert_broken_block("time 1 1\\nbytes inf\\nend\\n");
}

static void counter_that_is_none_is_broken(void **state)
{
    (void)state;
    assert_broken_block("time 1 1\\ncounter 0 nan a\\nend\\n");
    assert_broken_block("time 1 1\\ncounter 3 1 a\\nend\\n");
    assert_broken_block("time 1 1\\ncounter 0 1\\nend\\n");
    assert_broken_block("time 1 1\\ncounter 0 1 \\nend\\n");
    assert_broken_block(
        "time 1 1\\ncounter 0 1 a234567890123456789012345678901234567890123456789012"
        "345678901234\\nend\\n");
}

static void more_counters_than_a_block_holds_are_broken(void **state)
{
    (void)state;
    vb_block out;
    start_with_hello(
        "read -r request <&3; echo 'time 1 1' >&3; for i in 1 2 3 4 5 6 7 8 9 10 11 12 "
        "13 14 15 16 17; do echo \"counter 0 1 c$i\" >&3; done; echo end >&3",
        patience_ns);
    assert_int_equal(vb_worker_block(&worker, 1, 0, &out), VB_WORKER_BROKEN);
}

static void unknown_line_in_a_block_is_broken(void **state)
{
    (void)state;
    assert_broken_block("time 1 1\\nsurprise\\nend\\n");
    assert_broken_block("time 1 1\\n\\nend\\n");
    assert_broken_block("Time 1 1\\nend\\n");
}

static void control_characters_in_an_answer_are_broken(void **state)
{
    (void)state;
    assert_broken_block("time 1 1\\ncounter 0 1 a\\033b\\nend\\n");
    assert_broken_block("\\000\\001\\002\\n");
}

static void line_without_end_is_broken(void **state)
{
    (void)state;
    vb_block out;
    start_with_hello("read -r request <&3; exec head -c 100000 /dev/zero >&3", patience_ns);
    assert_int_equal(vb_worker_block(&worker, 1, 0, &out), VB_WORKER_BROKEN);
}

static void data_without_end_is_broken_by_the_time_limit(void **state)
{
    (void)state;
    vb_block out;
    /* Slower than the limit of lines, and never silent. */
    start_with_hello("read -r request <&3; while :; do echo 'time 1 1' >&3; sleep 0.01; done",
                     patience_ns);
    worker.time_limit_ns = moment_ns;
    assert_int_equal(vb_worker_block(&worker, 1, 0, &out), VB_WORKER_BROKEN);
    assert_string_equal(worker.why.text, "it hung: no answer within 0.3 s (--time-limit)");
}

static void data_without_end_is_broken_by_the_limit_of_lines(void **state)
{
    (void)state;
    vb_block out;
    start_with_hello("read -r request <&3; exec yes 'time 1 1' >&3", patience_ns);
    assert_int_equal(vb_worker_block(&worker, 1, patience_ns, &out), VB_WORKER_BROKEN);
    assert_string_equal(worker.why.text, "its process sent garbage to the runner");
}

static void hello_without_end_is_broken(void **state)
{
    (void)state;
    assert_int_equal(
        start_within("echo 'vbench-worker 2' >&3; exec yes 'info compiler x' >&3", moment_ns),
        VB_WORKER_BROKEN);
}

static void list_without_end_is_broken(void **state)
{
    (void)state;
    start_with_hello("read -r request <&3; while :; do echo 'case 1 0 0 0 1 a' >&3; done",
                     patience_ns);
    worker.time_limit_ns = moment_ns;
    assert_int_equal(vb_worker_list(&worker, &suite, &list), VB_WORKER_BROKEN);
}

static void latencies_without_end_are_broken(void **state)
{
    (void)state;
    start_with_hello("read -r request <&3; exec yes 'bucket 1 1' >&3", patience_ns);
    worker.time_limit_ns = moment_ns;
    assert_int_equal(vb_worker_latencies(&worker, &histogram), VB_WORKER_BROKEN);
    assert_null(histogram);
}

static void list_brings_cases_with_their_parameters(void **state)
{
    (void)state;
    assert_int_equal(
        ask_list("case 4 1000 1.5 0 9 ring/push/64/4_threads\\nparameter 64 capacity\\n"
                 "parameter -1 a depth\\ncase 1 0 0 0 9 ring/push\\nend\\n"),
        VB_WORKER_OK);
    assert_int_equal(list.count, 2);
    const vb_benchmark *first = &list.items[0];
    assert_string_equal(first->name, "ring/push/64/4_threads");
    assert_ptr_equal(first->suite, &suite);
    assert_int_equal(first->threads, 4);
    assert_int_equal(first->max_iterations, 1000);
    assert_int_equal(first->case_bytes, 9);
    assert_int_equal(first->parameter_count, 2);
    assert_string_equal(first->parameters[0].name, "capacity");
    assert_int_equal(first->parameters[0].value, 64);
    assert_string_equal(first->parameters[1].name, "a depth");
    assert_int_equal(first->parameters[1].value, -1);
    assert_int_equal(list.items[1].parameter_count, 0);
}

static void list_goes_behind_what_is_listed_already(void **state)
{
    (void)state;
    assert_int_equal(ask_list("case 1 0 0 0 1 a\\nend\\n"), VB_WORKER_OK);
    assert_int_equal(ask_list("case 1 0 0 0 1 b\\nend\\n"), VB_WORKER_OK);
    assert_int_equal(list.count, 2);
    assert_string_equal(list.items[1].name, "b");
}

static void name_keeps_its_spaces(void **state)
{
    (void)state;
    assert_int_equal(ask_list("case 1 0 0 0 8  a  case \\nparameter 1  a size\\nend\\n"),
                     VB_WORKER_OK);
    assert_string_equal(list.items[0].name, " a  case ");
    assert_string_equal(list.items[0].parameters[0].name, " a size");
}

static void faulty_case_is_broken(void **state)
{
    (void)state;
    assert_broken_list("case 0 0 0 0 1 a\\nend\\n");    /* no thread */
    assert_broken_list("case 1025 0 0 0 1 a\\nend\\n"); /* too many */
    assert_broken_list("case 1 0 0 0 0 a\\nend\\n");    /* no case in the name */
    assert_broken_list("case 1 0 0 0 2 a\\nend\\n");    /* more case than name */
    assert_broken_list("case 1 0 0 0 1\\nend\\n");      /* no name */
    assert_broken_list("case 1 0 0 0 a\\nend\\n");      /* a number short */
    assert_broken_list("cases\\nend\\n");
}

static void name_longer_than_any_is_broken(void **state)
{
    (void)state;
    start_with_hello("read -r request <&3; printf 'case 1 0 0 0 1 %0301d\\nend\\n' 1 >&3",
                     patience_ns);
    assert_int_equal(vb_worker_list(&worker, &suite, &list), VB_WORKER_BROKEN);
}

static void faulty_parameter_is_broken(void **state)
{
    (void)state;
    assert_broken_list("case 1 0 0 0 1 a\\nparameter x name\\nend\\n");
    assert_broken_list("case 1 0 0 0 1 a\\nparameter 1\\nend\\n");
    assert_broken_list("case 1 0 0 0 1 a\\nparameter 1 a\\nparameter 1 b\\nparameter 1 c\\n"
                       "parameter 1 d\\nparameter 1 e\\nend\\n");
}

static void parameter_before_any_case_is_broken(void **state)
{
    (void)state;
    assert_int_equal(ask_list("case 1 0 0 0 1 a\\nend\\n"), VB_WORKER_OK);
    assert_broken_list("parameter 1 name\\nend\\n"); /* it is not that of another suite's case */
    assert_int_equal(list.items[0].parameter_count, 0);
}

static void selecting_pins_first(void **state)
{
    (void)state;
    const vb_benchmark benchmark = {.name = "ring/push 64"};
    start_with_hello("read -r first <&3; echo end >&3; read -r second <&3\n"
                     "[ \"$first\" = 'pin 2 3' ] && [ \"$second\" = 'select ring/push 64' ] && "
                     "echo end >&3",
                     patience_ns);
    assert_int_equal(vb_worker_select(&worker, &benchmark, (const int[]){2, 3}, 2), VB_WORKER_OK);
}

static void failing_setup_is_refused(void **state)
{
    (void)state;
    const vb_benchmark benchmark = {.name = "a"};
    start_with_hello("read -r pin <&3; echo end >&3; read -r select <&3\n"
                     "echo 'error its setup failed: Cannot allocate memory' >&3; read -r rest <&3",
                     patience_ns);
    assert_int_equal(vb_worker_select(&worker, &benchmark, NULL, 0), VB_WORKER_REFUSED);
    assert_string_equal(worker.why.text, "its setup failed: Cannot allocate memory");
}

static void data_in_an_answer_that_has_none_is_broken(void **state)
{
    (void)state;
    start_answering("time 1 1\\nend\\n");
    assert_int_equal(vb_worker_forget(&worker), VB_WORKER_BROKEN);
}

static void latencies_of_processes_are_merged(void **state)
{
    (void)state;
    const char *answer = "bucket 100 2\\nbucket 200 1\\nrange 100 200 400\\nend\\n";
    assert_int_equal(ask_latencies(answer), VB_WORKER_OK);
    assert_int_equal(ask_latencies(answer), VB_WORKER_OK);
    assert_int_equal(vb_histogram_count(histogram), 6);
    assert_int_equal(vb_histogram_sum(histogram), 800);
    assert_int_equal(vb_histogram_min(histogram), 100);
    assert_int_equal(vb_histogram_max(histogram), 200);
}

static void no_latencies_make_no_histogram(void **state)
{
    (void)state;
    assert_int_equal(ask_latencies("end\\n"), VB_WORKER_OK);
    assert_null(histogram);
}

static void faulty_latencies_are_broken_and_leave_the_sum_alone(void **state)
{
    (void)state;
    static const char *const faulty[] = {
        "bucket 100\\nend\\n",  "bucket x 1\\nend\\n",
        "range 1 2 3\\nend\\n", "bucket 100 1\\nrange 200 100 1\\nend\\n",
        "surprise\\nend\\n",    "bucket 1 18446744073709551615\\nbucket 2 1\\nend\\n"};
    assert_int_equal(ask_latencies("bucket 5 1\\nrange 5 5 5\\nend\\n"), VB_WORKER_OK);
    for (size_t i = 0; i < sizeof faulty / sizeof *faulty; i++)
        assert_int_equal(ask_latencies(faulty[i]), VB_WORKER_BROKEN);
    assert_int_equal(vb_histogram_count(histogram), 1);
}

static vb_worker_outcome ask_memory(const char *answer, uint64_t *bytes)
{
    start_answering(answer);
    vb_worker_outcome outcome = vb_worker_peak_memory(&worker, bytes);
    vb_worker_stop(&worker);
    return outcome;
}

static void peak_memory_is_asked_for_and_read(void **state)
{
    (void)state;
    uint64_t bytes = 0;
    start_with_hello("read -r request <&3; [ \"$request\" = memory ] && "
                     "printf 'peak 5304320\nend\n' >&3; read -r request <&3",
                     patience_ns);
    assert_int_equal(vb_worker_peak_memory(&worker, &bytes), VB_WORKER_OK);
    assert_int_equal(bytes, 5304320);
}

static void peak_memory_that_is_none_is_broken(void **state)
{
    (void)state;
    static const char *const faulty[] = {"end\\n",
                                         "peak\\nend\\n",
                                         "peak 0\\nend\\n",
                                         "peak -1\\nend\\n",
                                         "peak 5 kB\\nend\\n",
                                         "peak 5\\npeak 5\\nend\\n",
                                         "peak 99999999999999999999\\nend\\n"};
    uint64_t bytes;
    for (size_t i = 0; i < sizeof faulty / sizeof *faulty; i++)
        assert_int_equal(ask_memory(faulty[i], &bytes), VB_WORKER_BROKEN);
}

static void quitting_lets_teardown_finish(void **state)
{
    (void)state;
    char witness[TEST_PATH_MAX], body[TEST_PATH_MAX + 128];
    in_test_folder("torn_down", witness);
    snprintf(body, sizeof body,
             "read -r request <&3; [ \"$request\" = quit ] && sleep 0.1 && : > %s; echo end >&3",
             witness);
    start_with_hello(body, patience_ns);
    assert_int_equal(vb_worker_quit(&worker), VB_WORKER_OK);
    assert_int_equal(access(witness, F_OK), 0);
}

static void crash_in_teardown_is_told(void **state)
{
    (void)state;
    start_with_hello("read -r request <&3; echo 'double free' >&2; kill -6 $$", patience_ns);
    assert_int_equal(vb_worker_quit(&worker), VB_WORKER_BROKEN);
    assert_string_equal(worker.why.text, "it was killed by signal 6 (Aborted): double free");
}

static void exit_code_after_teardown_is_told(void **state)
{
    (void)state;
    start_with_hello("read -r request <&3; echo end >&3; exit 23", patience_ns);
    assert_int_equal(vb_worker_quit(&worker), VB_WORKER_BROKEN);
    assert_string_equal(worker.why.text, "its process ended with exit code 23");
}

static void teardown_that_hangs_is_cut_short(void **state)
{
    (void)state;
    start_with_hello("read -r request <&3; exec sleep 100", patience_ns);
    worker.time_limit_ns = moment_ns;
    uint64_t begin = vb_process_now_ns();
    assert_int_equal(vb_worker_quit(&worker), VB_WORKER_BROKEN);
    assert_true(vb_process_now_ns() - begin < patience_ns);
}

static void stopping_twice_is_harmless(void **state)
{
    (void)state;
    start_with_hello("read -r request <&3; echo end >&3", patience_ns);
    assert_int_equal(vb_worker_quit(&worker), VB_WORKER_OK);
    vb_worker_stop(&worker);
    vb_worker_stop(&worker);
}

#define worker_test(name) cmocka_unit_test_setup_teardown(name, fresh, clean_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        worker_test(hello_fills_in_what_the_suite_says),
        worker_test(worker_is_told_its_descriptor),
        worker_test(suite_that_cannot_be_started_is_refused),
        worker_test(other_version_of_the_protocol_is_refused),
        worker_test(hello_of_another_program_is_broken),
        worker_test(unknown_line_in_the_hello_is_broken),
        worker_test(program_that_ends_without_a_hello_is_broken_with_its_exit_code),
        worker_test(last_line_of_output_says_why_it_ended),
        worker_test(worker_killed_by_a_signal_is_broken_with_its_name),
        worker_test(worker_that_dies_in_the_middle_of_an_answer_is_broken),
        worker_test(worker_that_is_gone_before_the_request_is_broken),
        worker_test(worker_that_only_closes_its_socket_is_not_said_to_be_killed),
        worker_test(worker_that_never_says_hello_hangs),
        worker_test(worker_that_does_not_answer_hangs),
        worker_test(longer_block_gets_twenty_times_its_expected_length),
        worker_test(expected_length_without_bounds_is_no_short_limit),
        worker_test(block_brings_times_throughput_and_counters),
        worker_test(hello_tells_a_sanitizer),
        worker_test(allocations_are_asked_for),
        worker_test(allocations_that_cannot_be_counted_are_refused_with_the_reason),
        worker_test(block_brings_its_allocations),
        worker_test(block_without_allocations_is_not_one_with_none),
        worker_test(allocations_that_are_no_counts_are_broken),
        worker_test(block_is_asked_for_by_its_iterations),
        worker_test(error_of_the_worker_is_refused_with_its_reason),
        worker_test(time_that_is_no_number_is_broken),
        worker_test(negative_time_is_broken),
        worker_test(block_without_a_time_is_broken),
        worker_test(throughput_that_is_no_amount_is_broken),
        worker_test(counter_that_is_none_is_broken),
        worker_test(more_counters_than_a_block_holds_are_broken),
        worker_test(unknown_line_in_a_block_is_broken),
        worker_test(control_characters_in_an_answer_are_broken),
        worker_test(line_without_end_is_broken),
        worker_test(data_without_end_is_broken_by_the_time_limit),
        worker_test(data_without_end_is_broken_by_the_limit_of_lines),
        worker_test(hello_without_end_is_broken),
        worker_test(list_without_end_is_broken),
        worker_test(latencies_without_end_are_broken),
        worker_test(list_brings_cases_with_their_parameters),
        worker_test(list_goes_behind_what_is_listed_already),
        worker_test(name_keeps_its_spaces),
        worker_test(faulty_case_is_broken),
        worker_test(name_longer_than_any_is_broken),
        worker_test(faulty_parameter_is_broken),
        worker_test(parameter_before_any_case_is_broken),
        worker_test(selecting_pins_first),
        worker_test(failing_setup_is_refused),
        worker_test(data_in_an_answer_that_has_none_is_broken),
        worker_test(latencies_of_processes_are_merged),
        worker_test(no_latencies_make_no_histogram),
        worker_test(faulty_latencies_are_broken_and_leave_the_sum_alone),
        worker_test(peak_memory_is_asked_for_and_read),
        worker_test(peak_memory_that_is_none_is_broken),
        worker_test(quitting_lets_teardown_finish),
        worker_test(crash_in_teardown_is_told),
        worker_test(exit_code_after_teardown_is_told),
        worker_test(teardown_that_hangs_is_cut_short),
        worker_test(stopping_twice_is_harmless),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests_name("worker", tests, make_test_folder, remove_test_folder);
}
