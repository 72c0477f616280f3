/* Numbers as people read them: where units and digits change over. */
#include "test_cmocka.h"

#include "runner/units.h"

#include <math.h>
#include <string.h>

static char text[VB_UNIT_TEXT_MAX];

static void time_has_three_digits(void **state)
{
    (void)state;
    assert_string_equal(vb_format_time_ns(6.7123, text), "6.71 ns");
    assert_string_equal(vb_format_time_ns(67.123, text), "67.1 ns");
    assert_string_equal(vb_format_time_ns(671.23, text), "671 ns");
    assert_string_equal(vb_format_time_ns(12345, text), "12.3 \xC2\xB5s");
    assert_string_equal(vb_format_time_ns(1.5e6, text), "1.50 ms");
    assert_string_equal(vb_format_time_ns(2e9, text), "2.00 s");
}

static void rounding_up_never_gives_four_digits(void **state)
{
    (void)state;
    assert_string_equal(vb_format_time_ns(9.994, text), "9.99 ns");
    assert_string_equal(vb_format_time_ns(9.995, text), "10.0 ns");
    assert_string_equal(vb_format_time_ns(99.94, text), "99.9 ns");
    assert_string_equal(vb_format_time_ns(99.95, text), "100 ns");
}

static void unit_changes_where_rounding_would_give_a_thousand(void **state)
{
    (void)state;
    assert_string_equal(vb_format_time_ns(999.4, text), "999 ns");
    assert_string_equal(vb_format_time_ns(999.6, text), "1.00 \xC2\xB5s");
    assert_string_equal(vb_format_time_ns(999.6e3, text), "1.00 ms");
    assert_string_equal(vb_format_time_ns(999.6e6, text), "1.00 s");
}

static void no_time_is_zero_ns(void **state)
{
    (void)state;
    assert_string_equal(vb_format_time_ns(0, text), "0.00 ns");
}

static void seconds_are_the_largest_unit_of_time(void **state)
{
    (void)state;
    assert_string_equal(vb_format_time_ns(1e12, text), "1000 s");
    assert_string_equal(vb_format_time_ns(3.6e15, text), "3.60e+06 s");
}

static void rate_takes_the_prefix_that_fits(void **state)
{
    (void)state;
    assert_string_equal(vb_format_rate(149.2e6, "B/s", text), "149 MB/s");
    assert_string_equal(vb_format_rate(1.234e9, "B/s", text), "1.23 GB/s");
    assert_string_equal(vb_format_rate(999.4, "B/s", text), "999 B/s");
    assert_string_equal(vb_format_rate(999.6, "B/s", text), "1.00 kB/s");
    assert_string_equal(vb_format_rate(0, "B/s", text), "0.00 B/s");
    assert_string_equal(vb_format_rate(2e12, "B/s", text), "2.00 TB/s");
}

static void unit_with_a_space_keeps_one_space(void **state)
{
    (void)state;
    assert_string_equal(vb_format_rate(149e6, " items/s", text), "149 M items/s");
    assert_string_equal(vb_format_rate(149, " items/s", text), "149 items/s");
}

static void whole_number_is_told_in_full(void **state)
{
    (void)state;
    assert_string_equal(vb_format_number(0, text), "0");
    assert_string_equal(vb_format_number(3, text), "3");
    assert_string_equal(vb_format_number(1234567, text), "1234567");
}

static void number_that_is_not_whole_has_three_digits(void **state)
{
    (void)state;
    assert_string_equal(vb_format_number(0.25, text), "0.25");
    assert_string_equal(vb_format_number(1.0 / 1024, text), "0.000977");
    assert_string_equal(vb_format_number(12.345, text), "12.3");
    assert_string_equal(vb_format_number(999.7, text), "1000");
    assert_string_equal(vb_format_number(123456.7, text), "123457");
    assert_string_equal(vb_format_number(1e15, text), "1e+15");
}

static void any_number_fits_the_text(void **state)
{
    (void)state;
    static const double numbers[] = {99999, 99999.6, 1e15, 1e22, 1e100, 1.7e308, INFINITY, NAN};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        memset(text, 'x', sizeof text);
        assert_true(strlen(vb_format_time_ns(numbers[i], text)) < 20);
        memset(text, 'x', sizeof text);
        assert_true(strlen(vb_format_rate(numbers[i], " items/s", text)) < 24);
    }
}

static void change_has_a_sign_three_digits_at_most_hundredths_and_an_exponent_if_long(void **state)
{
    (void)state;
    static const struct {
        double share;
        const char *text;
    } expected[] = {
        {0, "+0.00"},      {-0.00004, "+0.00"}, {0.00006, "+0.01"},  {-0.0487, "-4.87"},
        {0.0999, "+9.99"}, {0.09996, "+10.0"},  {0.9994, "+99.9"},   {0.9996, "+100"},
        {-1, "-100"},      {999, "+99900"},     {1000, "+1.00e+05"},
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        assert_string_equal(vb_format_change(expected[i].share, text), expected[i].text);
    }
}

static void duration_is_minutes_and_seconds(void **state)
{
    (void)state;
    assert_string_equal(vb_format_duration_s(0, text), "0:00");
    assert_string_equal(vb_format_duration_s(59.4, text), "0:59");
    assert_string_equal(vb_format_duration_s(59.6, text), "1:00");
    assert_string_equal(vb_format_duration_s(65, text), "1:05");
    assert_string_equal(vb_format_duration_s(3600, text), "60:00");
}

static void duration_that_is_none_is_zero(void **state)
{
    (void)state;
    assert_string_equal(vb_format_duration_s(-5, text), "0:00");
    assert_string_equal(vb_format_duration_s(NAN, text), "0:00");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_has_three_digits),
        cmocka_unit_test(rounding_up_never_gives_four_digits),
        cmocka_unit_test(unit_changes_where_rounding_would_give_a_thousand),
        cmocka_unit_test(no_time_is_zero_ns),
        cmocka_unit_test(seconds_are_the_largest_unit_of_time),
        cmocka_unit_test(rate_takes_the_prefix_that_fits),
        cmocka_unit_test(unit_with_a_space_keeps_one_space),
        cmocka_unit_test(whole_number_is_told_in_full),
        cmocka_unit_test(number_that_is_not_whole_has_three_digits),
        cmocka_unit_test(any_number_fits_the_text),
        cmocka_unit_test(change_has_a_sign_three_digits_at_most_hundredths_and_an_exponent_if_long),
        cmocka_unit_test(duration_is_minutes_and_seconds),
        cmocka_unit_test(duration_that_is_none_is_zero),
    };
    return cmocka_run_group_tests_name("units", tests, NULL, NULL);
}
