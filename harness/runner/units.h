/* Numbers as people read them. */
#ifndef VBENCH_UNITS_H
#define VBENCH_UNITS_H

enum { VB_UNIT_TEXT_MAX = 48 };

/* "6.71 ns", "12.3 µs": three significant digits, the unit that fits. Return `text`. */
const char *vb_format_time_ns(double ns, char text[VB_UNIT_TEXT_MAX]);
/* With an SI prefix before the unit: "B/s" gives "149 MB/s", " items/s" gives "149 M items/s". */
const char *vb_format_rate(double per_sec, const char *unit, char text[VB_UNIT_TEXT_MAX]);
/* A number without a unit: whole ones in full, others with three significant digits. */
const char *vb_format_number(double number, char text[VB_UNIT_TEXT_MAX]);
/* A signed share as percent, "+4.87", without the sign of percent: three significant digits, but no
 * more than hundredths, and an exponent where the number would be very long. */
const char *vb_format_change(double share, char text[VB_UNIT_TEXT_MAX]);
/* "1:05" minutes and seconds. */
const char *vb_format_duration_s(double seconds, char text[VB_UNIT_TEXT_MAX]);

#endif
