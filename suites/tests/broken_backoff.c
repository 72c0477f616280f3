/* A backoff that does not sleep where it says that it does, which the suite must notice. */
#include <time.h>
#define nanosleep(time, left) ((void)(time), (void)(left))
#include "../../core/backoff.c"
