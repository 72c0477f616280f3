/* Counters that lose one of 50 adds, which the suite must notice. */
#define velox_statistics_add sound_add
#include "../../core/statistics.c"
#undef velox_statistics_add

void velox_statistics_add(velox_statistics *statistics, size_t counter, uint64_t amount)
{
    static _Thread_local unsigned count;
    if (++count % 50 != 0)
        sound_add(statistics, counter, amount);
}
