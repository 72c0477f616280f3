/* Comparing numbers that are not whole, with both of them printed where they differ. */
#ifndef VBENCH_TEST_NEAR_H
#define VBENCH_TEST_NEAR_H

#include "test_cmocka.h"

#include <math.h>

/* NAN is near nothing. */
#define assert_near(actual, expected, tolerance)                                                   \
    do {                                                                                           \
        double actual_ = (actual), expected_ = (expected);                                         \
        if (!(fabs(actual_ - expected_) <= (tolerance)))                                           \
            fail_msg("%.12g is not %.12g +- %.3g", actual_, expected_, (double)(tolerance));       \
    } while (0)

#define assert_between(actual, low, high)                                                          \
    do {                                                                                           \
        double actual_ = (actual), low_ = (low), high_ = (high);                                   \
        if (!(actual_ >= low_ && actual_ <= high_))                                                \
            fail_msg("%.12g is not between %.12g and %.12g", actual_, low_, high_);                \
    } while (0)

#endif
