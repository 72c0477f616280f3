/* The renamed copy itself: see instruments.h. */
#include "common/instruments.h"

#include "instruments/clock.c"
#include "instruments/histogram.c"
