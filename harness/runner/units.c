#include "runner/units.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>

/* Three significant digits; all those before the point up to 100000, an exponent from there on, so
 * that any number fits. */
static int format_digits(double value, char *text, int bytes)
{
    if (value >= 99999.5)
        return snprintf(text, (size_t)bytes, "%.2e", value);
    int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
    return snprintf(text, (size_t)bytes, "%.*f", decimals, value);
}

const char *vb_format_time_ns(double ns, char text[VB_UNIT_TEXT_MAX])
{
    static const char *const units[] = {"ns", "\xC2\xB5s", "ms", "s"};
    int unit = 0;
    while (unit < 3 && ns >= 999.5) {
        ns /= 1000;
        unit++;
    }
    int length = format_digits(ns, text, VB_UNIT_TEXT_MAX);
    snprintf(text + length, (size_t)(VB_UNIT_TEXT_MAX - length), " %s", units[unit]);
    return text;
}

const char *vb_format_rate(double per_sec, const char *unit, char text[VB_UNIT_TEXT_MAX])
{
    static const char *const prefixes[] = {"", "k", "M", "G", "T"};
    int prefix = 0;
    while (prefix < 4 && per_sec >= 999.5) {
        per_sec /= 1000;
        prefix++;
    }
    int length = format_digits(per_sec, text, VB_UNIT_TEXT_MAX);
    snprintf(text + length, (size_t)(VB_UNIT_TEXT_MAX - length), " %s%s", prefixes[prefix],
             prefix == 0 && unit[0] == ' ' ? unit + 1 : unit);
    return text;
}

const char *vb_format_number(double number, char text[VB_UNIT_TEXT_MAX])
{
    bool whole = number == floor(number) && fabs(number) < 1e15;
    snprintf(text, VB_UNIT_TEXT_MAX, whole || (number >= 999.5 && number < 1e15) ? "%.0f" : "%.3g",
             number);
    return text;
}

const char *vb_format_change(double share, char text[VB_UNIT_TEXT_MAX])
{
    double value = fabs(share) < 0.00005 ? 0 : 100 * share; /* -0.00 would be odd */
    double size = fabs(value);
    if (size >= 99999.5)
        snprintf(text, VB_UNIT_TEXT_MAX, "%+.2e", value);
    else
        snprintf(text, VB_UNIT_TEXT_MAX, "%+.*f", size < 9.995 ? 2 : size < 99.95 ? 1 : 0, value);
    return text;
}

const char *vb_format_duration_s(double seconds, char text[VB_UNIT_TEXT_MAX])
{
    long whole = lround(seconds > 0 ? seconds : 0);
    snprintf(text, VB_UNIT_TEXT_MAX, "%ld:%02ld", whole / 60, whole % 60);
    return text;
}
