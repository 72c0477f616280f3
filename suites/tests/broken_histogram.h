/*
 * A histogram that counts some values one bucket too high. Recording is inline, so the suite must
 * be made to include this before it includes anything.
 */
#ifndef BROKEN_HISTOGRAM_H
#define BROKEN_HISTOGRAM_H

#define velox_histogram_record sound_record
#include "instruments/histogram.h"
#undef velox_histogram_record

static inline void velox_histogram_record(velox_histogram *histogram, uint64_t ns)
{
    static _Thread_local unsigned count;
    sound_record(histogram, ns);
    if (++count % 50 == 0) {
        size_t bucket = velox_histogram_bucket_of(ns);
        histogram->buckets[bucket]--;
        histogram->buckets[bucket + 1]++;
    }
}

#endif
