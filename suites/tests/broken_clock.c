/* A clock that runs a tenth too fast, which the suite must notice. */
#define velox_clock_init sound_init
#include "../../core/instruments/clock.c"
#undef velox_clock_init

int velox_clock_init(velox_clock *clock, velox_clock_source source)
{
    int status = sound_init(clock, source);
    if (status == 0) {
        clock->base_ticks = velox_clock_ticks(clock); /* so that only the rate is wrong */
        clock->ns_per_tick_scaled += clock->ns_per_tick_scaled / 10;
    }
    return status;
}
