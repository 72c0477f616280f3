/* The readable view of a histogram. The text is made in memory first, so that it is written once.
 */
#include "histogram_print.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>

enum {
    BAR_COLUMNS = 32,
    EIGHTHS = 8,
    QUANTILE_COLUMNS = 12,
    LABEL_COLUMNS = 12,
    TEXT_BYTES = 4096, /* 16 lines, of which none has more than 80 columns of 3 bytes */
};

static const struct {
    uint64_t lower_ns;
    const char *label;
} bands[VELOX_HISTOGRAM_BANDS] = {
    {0, "0-100 ns"},          {100, "100-200 ns"},  {200, "200-500 ns"},    {500, "500 ns-1 µs"},
    {1000, "1-2 µs"},         {2000, "2-5 µs"},     {5000, "5-10 µs"},      {10000, "10-20 µs"},
    {20000, "20-50 µs"},      {50000, "50-100 µs"}, {100000, "100-200 µs"}, {200000, "200-500 µs"},
    {500000, "above 500 µs"},
};

static const struct {
    double q;
    const char *label;
} quantiles[] = {
    {VELOX_HISTOGRAM_P50, "p50"},     {VELOX_HISTOGRAM_P90, "p90"},
    {VELOX_HISTOGRAM_P95, "p95"},     {VELOX_HISTOGRAM_P99, "p99"},
    {VELOX_HISTOGRAM_P99_9, "p99.9"}, {VELOX_HISTOGRAM_P99_99, "p99.99"},
};
enum { QUANTILES = sizeof quantiles / sizeof quantiles[0] };

typedef struct {
    size_t length;
    char bytes[TEXT_BYTES];
} text;

__attribute__((format(printf, 2, 3))) static void append(text *to, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int added = vsnprintf(to->bytes + to->length, TEXT_BYTES - to->length, format, arguments);
    va_end(arguments);
    assert(added >= 0 && to->length + (size_t)added < TEXT_BYTES);
    to->length += (size_t)added;
}

/* printf() pads by bytes, but a character of UTF-8 has more of them than columns. */
static void append_right(text *to, int columns, const char *word)
{
    for (const char *c = word; *c != '\0'; c++)
        columns -= ((unsigned char)*c & 0xc0) != 0x80;
    append(to, "%*s%s", columns > 0 ? columns : 0, "", word);
}

/* Three significant digits, in the unit that leaves 1 to 3 of them before the point; whole seconds
 * above 1000; and what can only be a fault, above 11 days, in few columns. */
const char *velox_duration_text(double ns, char word[VELOX_DURATION_TEXT_BYTES])
{
    static const char *const units[] = {"ns", "µs", "ms", "s"};
    enum { LAST = sizeof units / sizeof units[0] - 1 };
    int unit = 0;
    for (; ns >= 999.5 && unit < LAST; unit++)
        ns /= 1000;
    snprintf(word, VELOX_DURATION_TEXT_BYTES, ns < 999.5 || ns >= 999999.5 ? "%.3g %s" : "%.0f %s",
             ns, units[unit]);
    return word;
}

static void append_share(text *to, uint64_t count, uint64_t total)
{
    double percent = 100.0 * (double)count / (double)total;
    if (count > 0 && percent < 0.005)
        append(to, "   <0.01 %%");
    else
        append(to, "  %6.2f %%", percent);
}

static void append_bar(text *to, uint64_t count, uint64_t largest)
{
    if (count == 0)
        return;
    double share = (double)count / (double)largest;
    int eighths = (int)(share * BAR_COLUMNS * EIGHTHS + 0.5);
    if (eighths == 0)
        eighths = 1;
    append(to, "  ");
    for (; eighths >= EIGHTHS; eighths -= EIGHTHS)
        append(to, "\u2588");
    /* U+2589 is seven eighths of a block, and so on down to U+258F, one. */
    if (eighths > 0)
        append(to, "\xe2\x96%c", 0x90 - eighths);
}

static void append_figures(text *to, const velox_histogram *histogram)
{
    char word[VELOX_DURATION_TEXT_BYTES];
    append(to, "%" PRIu64 " samples", velox_histogram_count(histogram));
    append(to, ", mean %s", velox_duration_text(velox_histogram_mean(histogram), word));
    append(to, ", min %s", velox_duration_text((double)velox_histogram_min(histogram), word));
    append(to, ", max %s\n", velox_duration_text((double)velox_histogram_max(histogram), word));
    for (int i = 0; i < QUANTILES; i++)
        append_right(to, QUANTILE_COLUMNS, quantiles[i].label);
    append(to, "\n");
    for (int i = 0; i < QUANTILES; i++) {
        uint64_t ns = velox_histogram_quantile(histogram, quantiles[i].q);
        append_right(to, QUANTILE_COLUMNS, velox_duration_text((double)ns, word));
    }
    append(to, "\n");
}

static void append_bands(text *to, const velox_histogram *histogram)
{
    uint64_t counts[VELOX_HISTOGRAM_BANDS];
    velox_histogram_bands(histogram, counts);
    uint64_t largest = 0;
    for (int band = 0; band < VELOX_HISTOGRAM_BANDS; band++) {
        if (counts[band] > largest)
            largest = counts[band];
    }
    int digits = snprintf(NULL, 0, "%" PRIu64, largest);

    for (int band = 0; band < VELOX_HISTOGRAM_BANDS; band++) {
        append_right(to, LABEL_COLUMNS, bands[band].label);
        append(to, "  %*" PRIu64, digits, counts[band]);
        append_share(to, counts[band], velox_histogram_count(histogram));
        append_bar(to, counts[band], largest);
        append(to, "\n");
    }
}

void velox_histogram_bands(const velox_histogram *histogram, uint64_t counts[VELOX_HISTOGRAM_BANDS])
{
    uint64_t edges_ns[VELOX_HISTOGRAM_BANDS - 1];
    for (int band = 1; band < VELOX_HISTOGRAM_BANDS; band++)
        edges_ns[band - 1] = bands[band].lower_ns;
    velox_histogram_split(histogram, edges_ns, VELOX_HISTOGRAM_BANDS - 1, counts);
}

int velox_histogram_print(const velox_histogram *histogram, FILE *out)
{
    velox_histogram snapshot;
    velox_histogram_snapshot(&snapshot, histogram);

    text made = {.length = 0};
    if (velox_histogram_count(&snapshot) == 0) {
        append(&made, "no samples\n");
    } else {
        append_figures(&made, &snapshot);
        append_bands(&made, &snapshot);
    }
    errno = 0;
    if (fwrite(made.bytes, 1, made.length, out) != made.length || fflush(out) != 0)
        return errno != 0 ? -errno : -EIO;
    return 0;
}
