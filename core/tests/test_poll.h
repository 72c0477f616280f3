/* A pipeline without threads, whose stages the test itself polls. */
#ifndef VELOX_TEST_POLL_H
#define VELOX_TEST_POLL_H

#include "test_pipeline.h"

#include "instruments/clock.h"

static velox_clock test_clock; /* calibrated once */

static inline int set_up(void **state)
{
    (void)state;
    return velox_clock_init(&test_clock, VELOX_CLOCK_MONOTONIC);
}

/* As fast as it goes, bundles only when full. */
static inline velox_pipeline_options unpaced(void)
{
    velox_pipeline_options options;
    velox_pipeline_defaults(&options);
    options.clock = &test_clock;
    options.rate_per_sec = 0;
    options.flush_when_idle = false;
    options.flush_after_ns = UINT64_MAX;
    return options;
}

static inline void poll_to_the_end(velox_pipeline *pipeline)
{
    for (unsigned polls = 0; polls < 100000000 && !velox_pipeline_is_done(pipeline); polls++)
        velox_pipeline_poll(pipeline);
    assert_true(velox_pipeline_is_done(pipeline));
}

static inline velox_pipeline_statistics read_statistics(const velox_pipeline *pipeline)
{
    velox_pipeline_statistics statistics;
    velox_pipeline_read(pipeline, &statistics);
    return statistics;
}

#endif
