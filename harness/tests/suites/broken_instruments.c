/* Has the external symbols of core/instruments, and all of them misbehave: a clock that cannot be
 * set up and a histogram that forgets. A worker that used them would not even start. */
#include "instruments/clock.h"
#include "instruments/histogram.h"

#include <errno.h>
#include <string.h>

int velox_clock_init(velox_clock *clock, velox_clock_source source)
{
    (void)source;
    memset(clock, 0, sizeof *clock);
    return -EIO;
}

void velox_histogram_init(velox_histogram *histogram)
{
    (void)histogram;
}

int velox_histogram_create(velox_histogram **histogram)
{
    *histogram = NULL;
    return -EIO;
}
