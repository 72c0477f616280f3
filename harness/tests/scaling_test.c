/* The Universal Scalability Law and what it is fitted to. */
#include "test_near.h"
#include "test_normal.h"
#include "test_results.h"

#include "runner/scaling.h"
#include "test_memory.h"
#include "test_random.h"

#include <errno.h>

static double random_uniform(uint64_t *random)
{
    return (double)(random_next(random) >> 11) / 9007199254740992.0; /* 2^53 */
}

/* Of N / X, as the fit has it. */
static double relative_squares(const vb_scaling_law *law, const double *threads,
                               const double *per_sec, size_t count)
{
    double squares = 0;
    for (size_t i = 0; i < count; i++)
        squares += pow(per_sec[i] / vb_scaling_law_per_sec(law, threads[i]) - 1, 2);
    return squares;
}

/* --- The law --- */

static void throughputs_of_a_law_give_that_law(void **state)
{
    (void)state;
    static const vb_scaling_law laws[] = {{100, 0, 0},       {3e8, 0.05, 0}, {2, 0, 0.01},
                                          {1e6, 0.3, 0.002}, {50, 1.7, 0},   {7, 1, 0.5}};
    static const double threads[] = {1, 2, 3, 4, 6, 8, 64};
    for (size_t i = 0; i < sizeof laws / sizeof *laws; i++) {
        double per_sec[7];
        for (size_t k = 0; k < 7; k++)
            per_sec[k] = vb_scaling_law_per_sec(&laws[i], threads[k]);
        for (size_t count = VB_SCALING_POINTS_MIN; count <= 7; count++) {
            vb_scaling_law law = vb_scaling_law_fit(threads, per_sec, count);
            assert_near(law.lambda_per_sec / laws[i].lambda_per_sec, 1, 1e-9);
            assert_near(law.sigma, laws[i].sigma, 1e-9);
            assert_near(law.kappa, laws[i].kappa, 1e-9);
        }
    }
}

static void more_than_a_multiple_of_one_thread_is_no_negative_contention(void **state)
{
    (void)state;
    static const double threads[] = {1, 2, 4, 8}, per_sec[] = {100, 220, 480, 1000};
    vb_scaling_law law = vb_scaling_law_fit(threads, per_sec, 4);
    assert_near(law.sigma, 0, 0);
    assert_near(law.kappa, 0, 0);
    assert_true(isnan(vb_scaling_law_peak_threads(&law)));
}

static void no_law_nearby_fits_better(void **state)
{
    (void)state;
    static const double threads[] = {1, 2, 3, 4, 6, 8, 12};
    uint64_t random = 5;
    for (int set = 0; set < 500; set++) {
        const vb_scaling_law truth = {100, 0.4 * random_uniform(&random) - 0.03,
                                      0.02 * random_uniform(&random) - 0.001};
        double per_sec[7];
        for (size_t i = 0; i < 7; i++)
            per_sec[i] =
                vb_scaling_law_per_sec(&truth, threads[i]) * (0.9 + 0.2 * random_uniform(&random));
        vb_scaling_law law = vb_scaling_law_fit(threads, per_sec, 7);
        double least = relative_squares(&law, threads, per_sec, 7);
        for (int step = 0; step < 100; step++) {
            vb_scaling_law other = {law.lambda_per_sec * (1 + 0.01 * random_normal(&random)),
                                    fmax(0, law.sigma + 0.01 * random_normal(&random)),
                                    fmax(0, law.kappa + 0.001 * random_normal(&random))};
            assert_true(relative_squares(&other, threads, per_sec, 7) >= least);
        }
    }
}

static void the_peak_is_where_one_more_thread_does_not_help(void **state)
{
    (void)state;
    const vb_scaling_law law = {100, 0.02, 0.0005};
    double peak = vb_scaling_law_peak_threads(&law);
    assert_near(peak, sqrt(0.98 / 0.0005), 1e-9);
    double most = vb_scaling_law_per_sec(&law, peak);
    assert_true(most > vb_scaling_law_per_sec(&law, peak - 1));
    assert_true(most > vb_scaling_law_per_sec(&law, peak + 1));
    assert_near(vb_scaling_law_peak_threads(&(vb_scaling_law){1, 0.5, 3}), 1, 0);
    assert_near(vb_scaling_law_peak_threads(&(vb_scaling_law){1, 1.2, 0.01}), 1, 0);
}

/* --- Families --- */

static vb_benchmark_list list;

/* So many ns of an iteration in each process. */
static vb_benchmark *add_threads(const char *family, int threads, const double *medians_ns,
                                 size_t count)
{
    char name[64];
    snprintf(name, sizeof name, "%s/%d_threads", family, threads);
    vb_benchmark *added = add_measured(&list, name, medians_ns, count);
    added->threads = threads;
    return added;
}

/* As fast as this law says, in three equal processes. */
static vb_benchmark *add_exact(const char *family, int threads, const vb_scaling_law *law)
{
    double ns = threads / vb_scaling_law_per_sec(law, threads) * 1e9;
    return add_threads(family, threads, (const double[]){ns, ns, ns}, 3);
}

static vb_scaling_list find(int cpu_count)
{
    vb_scaling_list found;
    assert_int_equal(vb_scaling_find(&list, cpu_count, &found), 0);
    return found;
}

/* After a failed test, too. */
static int forget_list(void **state)
{
    (void)state;
    vb_benchmark_list_free(&list);
    return 0;
}

static const vb_scaling_law truth = {1e6, 0.1, 0.01};

static void a_family_is_what_differs_in_threads_alone(void **state)
{
    (void)state;
    static const int threads[] = {8, 1, 4, 2};
    for (size_t i = 0; i < 4; i++) {
        add_exact("a", threads[i], &truth);
        add_exact("a/b", threads[i], &truth);
        add_exact("b", 1 + threads[i] / 2, &truth); /* 5, 1, 3, 2 */
        add_exact("c", 1 + threads[i], &truth);     /* not one thread */
    }
    add_constant(&list, "a", 5);
    add_exact("few", 1, &truth);
    add_exact("few", 2, &truth);
    add_exact("few", 4, &truth);
    vb_scaling_list found = find(0);
    assert_int_equal(found.count, 3);
    assert_string_equal(found.items[0].name, "a");
    assert_string_equal(found.items[1].name, "a/b");
    assert_string_equal(found.items[2].name, "b");
    assert_int_equal(found.items[0].point_count, 4);
    assert_int_equal(found.items[0].points[0].threads, 1);
    assert_int_equal(found.items[0].points[3].threads, 8);
    assert_near(found.items[0].lambda_per_sec.estimate / 1e6, 1, 1e-3);
    assert_near(found.items[0].sigma.estimate, 0.1, 1e-3);
    assert_near(found.items[0].kappa.estimate, 0.01, 1e-3);
    vb_scaling_free(&found);
}

static void failed_benchmarks_are_no_points(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 5; threads++)
        add_exact("a", threads, &truth);
    vb_benchmark_fail(&list.items[1], "it crashed");
    vb_scaling_list found = find(0);
    assert_int_equal(found.count, 1);
    assert_int_equal(found.items[0].point_count, 4);
    assert_int_equal(found.items[0].points[1].threads, 3);
    vb_scaling_free(&found);
    vb_benchmark_fail(&list.items[2], "so did it");
    found = find(0);
    assert_int_equal(found.count, 0);
    vb_scaling_free(&found);
}

static void more_threads_than_cpus_are_marked_and_not_fitted(void **state)
{
    (void)state;
    static const double slow_ns[] = {1e6, 1e6};
    for (int threads = 1; threads <= 4; threads++)
        add_exact("a", threads, &truth);
    add_threads("a", 8, slow_ns, 2);
    vb_scaling_list found = find(4);
    const vb_scaling *a = &found.items[0];
    assert_int_equal(a->point_count, 5);
    assert_true(a->points[3].fitted && !a->points[3].shares_cpus);
    assert_true(!a->points[4].fitted && a->points[4].shares_cpus);
    assert_false(a->shares_cpus);
    assert_near(a->sigma.estimate, 0.1, 1e-3);
    vb_scaling_free(&found);
}

static void
more_threads_than_cpus_are_fitted_where_the_others_are_too_few_and_that_is_told(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 4; threads++)
        add_exact("a", threads, &truth);
    vb_scaling_list found = find(3);
    const vb_scaling *a = &found.items[0];
    assert_true(a->shares_cpus);
    assert_true(a->points[3].fitted && a->points[3].shares_cpus && !a->points[2].shares_cpus);
    vb_scaling_free(&found);
}

static void items_count_where_all_tell_them(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 4; threads++) {
        vb_benchmark *added = add_exact("a", threads, &truth);
        for (size_t i = 0; i < added->process_count; i++)
            added->processes[i].items = 1000.0 * 16; /* of 1000 iterations */
    }
    vb_scaling_list found = find(0);
    assert_true(found.items[0].items);
    assert_near(found.items[0].points[0].per_sec / 16e6, 1, 1e-6);
    assert_near(found.items[0].points[3].per_sec * 4 / (vb_scaling_law_per_sec(&truth, 4) * 16), 1,
                1e-3); /* sixteen in all, however many threads there are */
    vb_scaling_free(&found);
    list.items[2].processes[0].items = list.items[2].processes[1].items =
        list.items[2].processes[2].items = 0;
    found = find(0);
    assert_false(found.items[0].items);
    assert_near(found.items[0].points[3].per_sec / vb_scaling_law_per_sec(&truth, 4), 1, 1e-3);
    vb_scaling_free(&found);
}

static void the_deviation_is_that_of_the_fitted_points(void **state)
{
    (void)state;
    /* 10 % off in turns, about what they would be on average: 100 / N ns for each thread alone. */
    static const double ns[] = {90, 110, 90, 110, 90, 110};
    for (int threads = 1; threads <= 6; threads++)
        add_threads("a", threads, (const double[]){ns[threads - 1], ns[threads - 1]}, 2);
    vb_scaling_list found = find(0);
    assert_in_range((uintmax_t)(1000 * found.items[0].deviation), 80, 105);
    vb_scaling_free(&found);
}

static void one_process_has_no_interval(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 4; threads++)
        add_threads("a", threads, (const double[]){100}, 1);
    vb_scaling_list found = find(0);
    assert_true(isnan(found.items[0].sigma.low));
    assert_true(isnan(found.items[0].sigma.high));
    vb_scaling_free(&found);
}

static void an_interval_covers_the_truth_in_95_of_100_sets(void **state)
{
    (void)state;
    enum { SETS = 200, PROCESSES = 9 };
    static const int threads[] = {1, 2, 3, 4, 6, 8};
    uint64_t random = 77;
    int lambda = 0, sigma = 0, kappa = 0;
    for (int set = 0; set < SETS; set++) {
        for (size_t i = 0; i < 6; i++) {
            double ns = threads[i] / vb_scaling_law_per_sec(&truth, threads[i]) * 1e9;
            double medians_ns[PROCESSES];
            for (size_t k = 0; k < PROCESSES; k++)
                medians_ns[k] = ns * (1 + 0.03 * random_normal(&random));
            add_threads("a", threads[i], medians_ns, PROCESSES);
        }
        vb_scaling_list found = find(0);
        const vb_scaling *a = &found.items[0];
        lambda += a->lambda_per_sec.low <= 1e6 && a->lambda_per_sec.high >= 1e6;
        sigma += a->sigma.low <= 0.1 && a->sigma.high >= 0.1;
        kappa += a->kappa.low <= 0.01 && a->kappa.high >= 0.01;
        vb_scaling_free(&found);
        vb_benchmark_list_free(&list);
    }
    /* 190 of 200, give or take three standard errors. */
    assert_in_range(lambda, 181, 199);
    assert_in_range(sigma, 181, 199);
    assert_in_range(kappa, 181, 199);
}

static void each_failed_allocation_is_reported_and_leaves_nothing(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 4; threads++) {
        add_exact("a", threads, &truth);
        add_exact("b", threads, &truth);
    }
    int status = -ENOMEM;
    for (long count = 0; status != 0; count++) {
        vb_scaling_list found;
        fail_allocation_after(count);
        status = vb_scaling_find(&list, 0, &found);
        bool failed = allocation_has_failed();
        assert_int_equal(status, failed ? -ENOMEM : 0);
        assert_int_equal(found.count, failed ? 0 : 2);
        vb_scaling_free(&found);
        assert_true(count < 1000);
    }
}

/* --- What is shown --- */

static void a_row_tells_each_law_and_a_line_that_threads_share_cpus(void **state)
{
    (void)state;
    static const vb_scaling_law free_law = {2e6, 0, 0};
    for (int threads = 1; threads <= 4; threads++) {
        add_exact("busy", threads, &truth);
        add_exact("free", threads, &free_law);
    }
    vb_scaling_list found = find(2);
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    assert_non_null(out);
    vb_scaling_print(out, &found);
    assert_int_equal(fclose(out), 0);
    assert_string_equal(
        text,
        "\nscaling with threads           one thread        contention            coherency  peak "
        "threads  off by\n"
        "busy                  1.00 M iterations/s  0.1 (0.1 to 0.1)  0.01 (0.01 to 0.01)          "
        "9.49   0.0 %\n"
        "free                  2.00 M iterations/s        0 (0 to 0)           0 (0 to 0)          "
        "none   0.0 %\n"
        "There are too few CPUs to fit only threads that have one each: these figures are the "
        "scheduler's, too.\n");
    free(text);
    vb_scaling_free(&found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(throughputs_of_a_law_give_that_law, forget_list),
        cmocka_unit_test_teardown(more_than_a_multiple_of_one_thread_is_no_negative_contention,
                                  forget_list),
        cmocka_unit_test_teardown(no_law_nearby_fits_better, forget_list),
        cmocka_unit_test_teardown(the_peak_is_where_one_more_thread_does_not_help, forget_list),
        cmocka_unit_test_teardown(a_family_is_what_differs_in_threads_alone, forget_list),
        cmocka_unit_test_teardown(failed_benchmarks_are_no_points, forget_list),
        cmocka_unit_test_teardown(more_threads_than_cpus_are_marked_and_not_fitted, forget_list),
        cmocka_unit_test_teardown(
            more_threads_than_cpus_are_fitted_where_the_others_are_too_few_and_that_is_told,
            forget_list),
        cmocka_unit_test_teardown(items_count_where_all_tell_them, forget_list),
        cmocka_unit_test_teardown(the_deviation_is_that_of_the_fitted_points, forget_list),
        cmocka_unit_test_teardown(one_process_has_no_interval, forget_list),
        cmocka_unit_test_teardown(an_interval_covers_the_truth_in_95_of_100_sets, forget_list),
        cmocka_unit_test_teardown(each_failed_allocation_is_reported_and_leaves_nothing,
                                  forget_list),
        cmocka_unit_test_teardown(a_row_tells_each_law_and_a_line_that_threads_share_cpus,
                                  forget_list),
    };
    return cmocka_run_group_tests_name("scaling", tests, NULL, NULL);
}
