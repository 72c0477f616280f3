/* Merging that takes one value over into the next bucket, which the suite must notice. */
#define velox_histogram_merge sound_merge
#include "../../core/instruments/histogram.c"
#undef velox_histogram_merge

void velox_histogram_merge(velox_histogram *into, const velox_histogram *from)
{
    sound_merge(into, from);
    size_t bucket = velox_histogram_bucket_of(velox_histogram_max(into));
    into->buckets[bucket]--;
    into->buckets[bucket - 1]++;
}
