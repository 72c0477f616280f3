/*
 * The harness's own copy of core/instruments, under its own names.
 *
 * The subject may hold the same code, changed on purpose: that is what is being measured, and it
 * must not become the instrument. So the harness compiles these files once more (instruments.c)
 * with every external symbol renamed; the types come along so that its code reads in one voice.
 */
#ifndef VBENCH_INSTRUMENTS_H
#define VBENCH_INSTRUMENTS_H

/* external symbols */
#define velox_clock_init            vb_clock_init
#define velox_histogram_init        vb_histogram_init
#define velox_histogram_create      vb_histogram_create
#define velox_histogram_free        vb_histogram_free
#define velox_histogram_merge       vb_histogram_merge
#define velox_histogram_quantile    vb_histogram_quantile
#define velox_histogram_next_bucket vb_histogram_next_bucket
#define velox_histogram_add         vb_histogram_add
#define velox_histogram_split       vb_histogram_split
#define velox_histogram_restore     vb_histogram_restore
/* types and inline functions that the harness uses */
#define velox_clock                    vb_clock
#define velox_clock_now_ns             vb_clock_now_ns
#define velox_histogram                vb_histogram
#define velox_histogram_record         vb_histogram_record
#define velox_histogram_count          vb_histogram_count
#define velox_histogram_min            vb_histogram_min
#define velox_histogram_max            vb_histogram_max
#define velox_histogram_sum            vb_histogram_sum
#define velox_histogram_mean           vb_histogram_mean
#define velox_histogram_bucket_of      vb_histogram_bucket_of
#define velox_histogram_bucket_lowest  vb_histogram_bucket_lowest
#define velox_histogram_bucket_highest vb_histogram_bucket_highest

#include "instruments/clock.h"
#include "instruments/histogram.h"

#endif
