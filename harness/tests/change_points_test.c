/* Change points: found where they are, and not where there are none. */
#include "test_near.h"

#include "runner/change_points.h"
#include "test_normal.h"

enum { LONGEST = 200 };

static vb_change_point points[LONGEST];
static size_t found;

static void find(const double *values, size_t count)
{
    assert_int_equal(vb_change_points_find(values, count, points, &found), 0);
}

/* `count` values around `level`, which scatter by `share`. */
static void append(double *values, size_t *filled, size_t count, double level, double share,
                   uint64_t *state)
{
    for (size_t i = 0; i < count; i++)
        values[(*filled)++] = level * exp(share * random_normal(state));
}

static void a_step_is_found_at_its_place(void **state)
{
    (void)state;
    static const size_t places[] = {4, 8, 13, 16};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        double values[20];
        size_t filled = 0;
        uint64_t random = i + 1;
        append(values, &filled, places[i], 100, 0.005, &random);
        append(values, &filled, 20 - places[i], 110, 0.005, &random);
        find(values, 20);
        assert_int_equal(found, 1);
        assert_int_equal(points[0].point, places[i]);
        assert_near(points[0].before_ns, 100, 1);
        assert_near(points[0].after_ns, 110, 1);
        assert_true(points[0].p_value <= 0.01 && points[0].p_value > 0);
    }
}

static void a_step_down_and_one_up_are_two(void **state)
{
    (void)state;
    double values[30];
    size_t filled = 0;
    uint64_t random = 1;
    append(values, &filled, 10, 100, 0.004, &random);
    append(values, &filled, 10, 80, 0.004, &random);
    append(values, &filled, 10, 120, 0.004, &random);
    find(values, 30);
    assert_int_equal(found, 2);
    assert_int_equal(points[0].point, 10);
    assert_int_equal(points[1].point, 20);
    assert_near(points[0].after_ns, 80, 1);
    assert_near(points[1].before_ns, points[0].after_ns, 1e-9);
}

/* 3 sigma of the binomial distribution at 1 % of 2,000 series are 0.7 %. */
static void noise_alone_has_a_change_in_one_of_a_hundred_series(void **state)
{
    (void)state;
    enum { SERIES = 2000 };
    static const size_t lengths[] = {11, 20, 50};
    for (size_t k = 0; k < sizeof lengths / sizeof *lengths; k++) {
        uint64_t random = 7 + k;
        size_t mistaken = 0;
        for (size_t i = 0; i < SERIES; i++) {
            double values[LONGEST];
            size_t filled = 0;
            append(values, &filled, lengths[k], 100, 0.05, &random);
            find(values, lengths[k]);
            mistaken += found > 0;
        }
        assert_true(mistaken <= SERIES * 17 / 1000);
    }
}

static void a_constant_series_has_none(void **state)
{
    (void)state;
    double values[50];
    for (size_t i = 0; i < 50; i++)
        values[i] = 0.1;
    find(values, 50);
    assert_int_equal(found, 0);
}

static void a_step_of_a_series_without_noise_is_found(void **state)
{
    (void)state;
    double values[12];
    for (size_t i = 0; i < 12; i++)
        values[i] = i < 6 ? 5 : 6;
    find(values, 12);
    assert_int_equal(found, 1);
    assert_int_equal(points[0].point, 6);
}

static void a_change_below_one_percent_is_none(void **state)
{
    (void)state;
    double values[40];
    size_t filled = 0;
    uint64_t random = 3;
    append(values, &filled, 20, 100, 0.0005, &random);
    append(values, &filled, 20, 100.8, 0.0005, &random);
    find(values, 40);
    assert_int_equal(found, 0);
}

static void a_time_of_zero_is_passed_over(void **state)
{
    (void)state;
    double values[24];
    size_t filled = 0;
    uint64_t random = 5;
    append(values, &filled, 12, 100, 0.005, &random);
    append(values, &filled, 12, 150, 0.005, &random);
    values[0] = values[12] = values[20] = 0;
    find(values, 24);
    assert_int_equal(found, 1);
    assert_int_equal(points[0].point, 13);
    for (size_t i = 0; i < 24; i++)
        values[i] = 0;
    find(values, 24);
    assert_int_equal(found, 0);
}

static void eleven_points_are_enough_for_a_clean_step(void **state)
{
    (void)state;
    double values[11];
    for (size_t place = 4; place <= 7; place++) {
        for (size_t i = 0; i < 11; i++)
            values[i] = (i < place ? 100 : 200) + 0.01 * (double)i;
        find(values, 10);
        assert_int_equal(found, 0);
        find(values, 11);
        assert_int_equal(found, 1);
        assert_int_equal(points[0].point, place);
    }
    find(values, 0);
    assert_int_equal(found, 0);
}

static void a_spike_is_no_change(void **state)
{
    (void)state;
    double values[40];
    size_t filled = 0;
    uint64_t random = 11;
    append(values, &filled, 40, 100, 0.005, &random);
    values[20] = 300;
    find(values, 40);
    assert_int_equal(found, 0);
}

static void the_same_series_gives_the_same_answer(void **state)
{
    (void)state;
    double values[20];
    size_t filled = 0;
    uint64_t random = 13;
    append(values, &filled, 10, 100, 0.02, &random);
    append(values, &filled, 10, 104, 0.02, &random);
    find(values, 20);
    const size_t once = found;
    const double p_value = points[0].p_value;
    find(values, 20);
    assert_int_equal(found, once);
    assert_near(points[0].p_value, p_value, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_is_found_at_its_place),
        cmocka_unit_test(a_step_down_and_one_up_are_two),
        cmocka_unit_test(noise_alone_has_a_change_in_one_of_a_hundred_series),
        cmocka_unit_test(a_constant_series_has_none),
        cmocka_unit_test(a_step_of_a_series_without_noise_is_found),
        cmocka_unit_test(a_change_below_one_percent_is_none),
        cmocka_unit_test(a_time_of_zero_is_passed_over),
        cmocka_unit_test(eleven_points_are_enough_for_a_clean_step),
        cmocka_unit_test(a_spike_is_no_change),
        cmocka_unit_test(the_same_series_gives_the_same_answer),
    };
    return cmocka_run_group_tests_name("change_points", tests, NULL, NULL);
}
