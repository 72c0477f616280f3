/*
 * A histogram for people to read: figures, and 13 bands of latency with a bar each.
 *
 *     100001 samples, mean 434 ns, min 42 ns, max 2.5 ms
 *              p50         p90         p95         p99       p99.9      p99.99
 *           261 ns      703 ns      1.5 µs     3.01 µs     7.01 µs     30.1 µs
 *         0-100 ns      3   <0.01 %  ▏
 *       100-200 ns  20000   20.00 %  █████████▉
 *       200-500 ns  65000   65.00 %  ████████████████████████████████
 *      500 ns-1 µs   9000    9.00 %  ████▍
 *     ...
 *     above 500 µs      1   <0.01 %  ▏
 *
 * Knows the histogram and nothing else of the engine.
 */
#ifndef VELOX_INSTRUMENTS_HISTOGRAM_PRINT_H
#define VELOX_INSTRUMENTS_HISTOGRAM_PRINT_H

#include "histogram.h"

#include <stdio.h>

#define VELOX_HISTOGRAM_BANDS 13

/*
 * How many recordings fall into each band, which begins with its lower edge and ends before its
 * upper one: 0, 100, 200, 500 ns, 1, 2, 5, 10, 20, 50, 100, 200, 500 µs; velox_histogram_split()
 * says how. Any thread; while another one records, the newest recordings may be missing.
 */
void velox_histogram_bands(const velox_histogram *histogram,
                           uint64_t counts[VELOX_HISTOGRAM_BANDS]);

/*
 * Prints count, mean, minimum, maximum and quantiles, then a line a band: label, count, share, and
 * a bar as long as the count, in UTF-8 blocks. The longest bar has 32 columns; eighths of a block
 * are shown, and one of them for every band that is not empty. No line has more than 80 columns. An
 * empty histogram prints "no samples".
 *
 * Any thread; what is printed is one snapshot, and agrees with itself. Uses 80 KiB of stack.
 * Returns 0 or -errno of the failed write, and has then perhaps written a part; `out` is flushed.
 */
int velox_histogram_print(const velox_histogram *histogram, FILE *out);

/* A duration in ns as it is printed there, "12.3 µs": three significant digits. Returns `word`. */
#define VELOX_DURATION_TEXT_BYTES 32
const char *velox_duration_text(double ns, char word[VELOX_DURATION_TEXT_BYTES]);

#endif
