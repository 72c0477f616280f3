/*
 * The readable view of a histogram: against a golden file, and properties of any view.
 *
 * After a wanted change of the view, the failing test prints the new text, to be put into
 * golden/histogram_print.txt once it has been read.
 */
#include "test_cmocka.h"
#include "test_random.h"

#include "instruments/histogram_print.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { HEAD_LINES = 3, BAR_EIGHTHS = 32 * 8, LINES_MAX = 32 };

/* The view of a histogram, and its lines, without their ends. */
typedef struct {
    char *bytes;
    int count;
    char *lines[LINES_MAX];
} view;

static char *printed(const velox_histogram *histogram)
{
    char *bytes = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&bytes, &length);
    assert_non_null(out);
    assert_int_equal(velox_histogram_print(histogram, out), 0);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(strlen(bytes), length);
    return bytes;
}

static view view_of(const velox_histogram *histogram)
{
    view made = {.bytes = printed(histogram)};
    char *rest = made.bytes;
    for (char *line; (line = strsep(&rest, "\n")) != NULL && rest != NULL;) {
        assert_true(made.count < LINES_MAX);
        made.lines[made.count++] = line;
    }
    return made;
}

static velox_histogram *make_histogram(void)
{
    velox_histogram *histogram = NULL;
    assert_int_equal(velox_histogram_create(&histogram), 0);
    return histogram;
}

static void record_times(velox_histogram *histogram, uint64_t ns, int times)
{
    for (int i = 0; i < times; i++)
        velox_histogram_record(histogram, ns);
}

static size_t columns(const char *line)
{
    size_t count = 0;
    for (; *line != '\0'; line++)
        count += ((unsigned char)*line & 0xc0) != 0x80;
    return count;
}

static int bar_eighths(const char *line)
{
    int eighths = 0;
    for (const char *c = line; (c = strstr(c, "\xe2\x96")) != NULL; c += 3) {
        unsigned char last = (unsigned char)c[2];
        assert_in_range(last, 0x88, 0x8f);
        eighths += 0x90 - last;
    }
    return eighths;
}

/* The count in a band's line, which is the number before the share. */
static uint64_t count_in(const char *line)
{
    const char *end = strchr(line, '%');
    assert_non_null(end);
    for (int word = 0; word < 2; word++) { /* back over " %", the share, and what parts it */
        while (end[-1] == ' ')
            end--;
        if (word == 0) {
            while (end[-1] != ' ')
                end--;
        }
    }
    while (end[-1] >= '0' && end[-1] <= '9')
        end--;
    return strtoull(end, NULL, 10);
}

static void record_spread(velox_histogram *histogram, uint64_t seed, int values)
{
    for (int i = 0; i < values; i++) {
        uint64_t magnitude = UINT64_C(1) << random_below(&seed, 43);
        velox_histogram_record(histogram, magnitude + random_below(&seed, magnitude));
    }
}

static void view_is_that_of_the_golden_file(void **state)
{
    (void)state;
    static char expected[8192];
    FILE *golden = fopen(GOLDEN_FILE, "r");
    assert_non_null(golden);
    assert_true(fread(expected, 1, sizeof expected - 1, golden) > 0);
    assert_int_equal(fclose(golden), 0);

    velox_histogram *histogram = make_histogram();
    record_times(histogram, 42, 3);
    record_times(histogram, 130, 20000);
    record_times(histogram, 260, 65000);
    record_times(histogram, 700, 9000);
    record_times(histogram, 1500, 4000);
    record_times(histogram, 3000, 1500);
    record_times(histogram, 7000, 400);
    record_times(histogram, 15000, 80);
    record_times(histogram, 30000, 16);
    record_times(histogram, 150000, 1);
    record_times(histogram, 2500000, 1);
    char *text = printed(histogram);
    assert_string_equal(text, expected);
    free(text);
    velox_histogram_free(histogram);
}

static void empty_histogram_prints_one_line(void **state)
{
    (void)state;
    velox_histogram *histogram = make_histogram();
    char *text = printed(histogram);
    assert_string_equal(text, "no samples\n");
    free(text);
    velox_histogram_free(histogram);
}

static void first_value_of_a_band_is_in_it_and_the_one_before_is_not(void **state)
{
    (void)state;
    const uint64_t edges_ns[] = {0,     100,   200,   500,    1000,   2000,  5000,
                                 10000, 20000, 50000, 100000, 200000, 500000};
    for (int band = 0; band < VELOX_HISTOGRAM_BANDS; band++) {
        velox_histogram *histogram = make_histogram();
        uint64_t counts[VELOX_HISTOGRAM_BANDS];
        velox_histogram_record(histogram, edges_ns[band]);
        velox_histogram_bands(histogram, counts);
        assert_int_equal(counts[band], 1);
        if (band > 0) {
            /* Exact up to 2 µs; above it because the maximum is. */
            velox_histogram_init(histogram);
            velox_histogram_record(histogram, edges_ns[band] - 1);
            velox_histogram_bands(histogram, counts);
            assert_int_equal(counts[band - 1], 1);
        }
        velox_histogram_free(histogram);
    }
}

static void bands_are_off_by_less_than_one_128th_of_their_edge(void **state)
{
    (void)state;
    const uint64_t edges_ns[] = {100,   200,   500,   1000,   2000,   5000,
                                 10000, 20000, 50000, 100000, 200000, 500000};
    velox_histogram *histogram = make_histogram();
    uint64_t exact_or_near[VELOX_HISTOGRAM_BANDS] = {0}, surely[VELOX_HISTOGRAM_BANDS] = {0};
    uint64_t random = 4;
    for (int i = 0; i < 200000; i++) {
        uint64_t magnitude = UINT64_C(1) << random_below(&random, 22);
        uint64_t ns = magnitude + random_below(&random, magnitude);
        velox_histogram_record(histogram, ns);
        int band = 0, band_if_raised = 0;
        for (; band < 12 && ns >= edges_ns[band]; band++)
            ;
        for (; band_if_raised < 12 && ns + ns / 127 >= edges_ns[band_if_raised]; band_if_raised++)
            ;
        exact_or_near[band]++;
        if (band_if_raised != band)
            exact_or_near[band_if_raised]++;
        else
            surely[band]++;
    }
    uint64_t counts[VELOX_HISTOGRAM_BANDS];
    velox_histogram_bands(histogram, counts);
    for (int band = 0; band < VELOX_HISTOGRAM_BANDS; band++)
        assert_in_range(counts[band], surely[band], exact_or_near[band]);
    velox_histogram_free(histogram);
}

static void bands_below_5_us_are_exact(void **state)
{
    (void)state;
    const uint64_t edges_ns[] = {100, 200, 500, 1000, 2000};
    velox_histogram *histogram = make_histogram();
    uint64_t expected[6] = {0};
    for (uint64_t ns = 0; ns < 4900; ns++) {
        velox_histogram_record(histogram, ns);
        int band = 0;
        for (; band < 5 && ns >= edges_ns[band]; band++)
            ;
        expected[band]++;
    }
    uint64_t counts[VELOX_HISTOGRAM_BANDS];
    velox_histogram_bands(histogram, counts);
    for (int band = 0; band < 6; band++)
        assert_int_equal(counts[band], expected[band]);
    velox_histogram_free(histogram);
}

static void printed_bands_add_up_to_the_count(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 50; seed++) {
        velox_histogram *histogram = make_histogram();
        record_spread(histogram, seed, (int)(1 + seed * seed));
        view seen = view_of(histogram);
        assert_int_equal(seen.count, HEAD_LINES + VELOX_HISTOGRAM_BANDS);
        assert_int_equal(strtoull(seen.lines[0], NULL, 10), velox_histogram_count(histogram));
        uint64_t total = 0;
        for (int i = HEAD_LINES; i < seen.count; i++)
            total += count_in(seen.lines[i]);
        assert_int_equal(total, velox_histogram_count(histogram));
        free(seen.bytes);
        velox_histogram_free(histogram);
    }
}

static void bars_are_as_long_as_the_counts_and_never_nothing(void **state)
{
    (void)state;
    velox_histogram *histogram = make_histogram();
    assert_int_equal(velox_histogram_add(histogram, 10, 1000000000), 0);
    assert_int_equal(velox_histogram_add(histogram, 150, 500000000), 0);
    assert_int_equal(velox_histogram_add(histogram, 300, 250000000), 0);
    assert_int_equal(velox_histogram_add(histogram, 600, 3906250), 0); /* 1/256 */
    assert_int_equal(velox_histogram_add(histogram, 1500, 1), 0);
    const int expected[VELOX_HISTOGRAM_BANDS] = {BAR_EIGHTHS, BAR_EIGHTHS / 2, BAR_EIGHTHS / 4, 1,
                                                 1};
    view seen = view_of(histogram);
    for (int band = 0; band < VELOX_HISTOGRAM_BANDS; band++)
        assert_int_equal(bar_eighths(seen.lines[HEAD_LINES + band]), expected[band]);
    assert_non_null(strstr(seen.lines[HEAD_LINES + 4], "<0.01 %"));
    assert_non_null(strstr(seen.lines[HEAD_LINES + 5], " 0.00 %"));
    free(seen.bytes);
    velox_histogram_free(histogram);
}

static void assert_lined_up_within_80_columns(const velox_histogram *histogram)
{
    view seen = view_of(histogram);
    assert_int_equal(columns(seen.lines[1]), columns(seen.lines[2]));
    size_t share_ends = 0;
    for (int i = 0; i < seen.count; i++) {
        assert_true(columns(seen.lines[i]) <= 80);
        assert_true(strlen(seen.lines[i]) == 0 || seen.lines[i][strlen(seen.lines[i]) - 1] != ' ');
        if (i < HEAD_LINES)
            continue;
        char *percent = strchr(seen.lines[i], '%');
        char kept = percent[1];
        percent[1] = '\0';
        if (share_ends == 0)
            share_ends = columns(seen.lines[i]);
        assert_int_equal(columns(seen.lines[i]), share_ends);
        percent[1] = kept;
    }
    free(seen.bytes);
}

static void columns_line_up_within_80_columns(void **state)
{
    (void)state;
    for (uint64_t seed = 100; seed < 130; seed++) {
        velox_histogram *histogram = make_histogram();
        record_spread(histogram, seed, (int)((seed - 99) * (seed - 99) * 10));
        assert_lined_up_within_80_columns(histogram);
        velox_histogram_free(histogram);
    }
}

static void largest_counts_and_times_fit_80_columns(void **state)
{
    (void)state;
    velox_histogram *histogram = make_histogram();
    velox_histogram_record(histogram, UINT64_MAX);
    assert_int_equal(velox_histogram_add(histogram, 1000000, UINT64_MAX - 2), 0);
    assert_int_equal(velox_histogram_add(histogram, 2000, 1), 0);
    assert_lined_up_within_80_columns(histogram);

    /* Merging can make buckets add up to more than the count can say. */
    velox_histogram *twice = make_histogram();
    assert_int_equal(velox_histogram_add(twice, 2000000, UINT64_MAX), 0);
    velox_histogram_merge(twice, histogram);
    uint64_t counts[VELOX_HISTOGRAM_BANDS];
    velox_histogram_bands(twice, counts);
    assert_true(counts[VELOX_HISTOGRAM_BANDS - 1] == UINT64_MAX);
    assert_lined_up_within_80_columns(twice);

    velox_histogram_init(twice);
    assert_int_equal(velox_histogram_add(twice, UINT64_MAX, UINT64_MAX), 0);
    assert_lined_up_within_80_columns(twice);
    velox_histogram_free(twice);
    velox_histogram_free(histogram);
}

static void times_have_three_digits_in_a_fitting_unit(void **state)
{
    (void)state;
    const struct {
        uint64_t ns;
        const char *text;
    } cases[] = {{0, "max 0 ns"},
                 {7, "max 7 ns"},
                 {999, "max 999 ns"},
                 {1000, "max 1 µs"},
                 {1234, "max 1.23 µs"},
                 {999499, "max 999 µs"},
                 {999500, "max 1 ms"},
                 {123456789, "max 123 ms"},
                 {5000000000, "max 5 s"},
                 {3600000000000, "max 3600 s"},
                 {UINT64_MAX, "max 1.84e+10 s"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        velox_histogram *histogram = make_histogram();
        velox_histogram_record(histogram, cases[i].ns);
        view seen = view_of(histogram);
        char *max = strstr(seen.lines[0], "max ");
        assert_non_null(max);
        assert_string_equal(max, cases[i].text);
        free(seen.bytes);
        velox_histogram_free(histogram);
    }
}

static void failed_write_is_reported(void **state)
{
    (void)state;
    velox_histogram *histogram = make_histogram();
    velox_histogram_record(histogram, 1);
    FILE *full = fopen("/dev/full", "w");
    assert_non_null(full);
    assert_int_equal(velox_histogram_print(histogram, full), -ENOSPC);
    fclose(full);
    FILE *unwritable = fopen("/dev/null", "r");
    assert_non_null(unwritable);
    assert_int_equal(velox_histogram_print(histogram, unwritable), -EBADF);
    fclose(unwritable);
    velox_histogram_free(histogram);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(view_is_that_of_the_golden_file),
        cmocka_unit_test(empty_histogram_prints_one_line),
        cmocka_unit_test(first_value_of_a_band_is_in_it_and_the_one_before_is_not),
        cmocka_unit_test(bands_are_off_by_less_than_one_128th_of_their_edge),
        cmocka_unit_test(bands_below_5_us_are_exact),
        cmocka_unit_test(printed_bands_add_up_to_the_count),
        cmocka_unit_test(bars_are_as_long_as_the_counts_and_never_nothing),
        cmocka_unit_test(columns_line_up_within_80_columns),
        cmocka_unit_test(largest_counts_and_times_fit_80_columns),
        cmocka_unit_test(times_have_three_digits_in_a_fitting_unit),
        cmocka_unit_test(failed_write_is_reported),
    };
    return cmocka_run_group_tests_name("histogram in bands", tests, NULL, NULL);
}
