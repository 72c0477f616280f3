/*
 * How often something happens, and how sure that is: the exact interval for a share of which `hits`
 * of `trials` were seen (C. J. Clopper and E. S. Pearson, "The use of confidence or fiducial limits
 * illustrated in the case of the binomial", Biometrika 26, 1934). It contains the true share with
 * at least the confidence asked for, whatever that share is; for shares near 0 and 1, which are
 * those that matter here, the approximations by a normal distribution do not.
 */
#ifndef RATE_H
#define RATE_H

#include <stdint.h>

typedef struct {
    double low; /* shares: 0.01 is 1 of 100 */
    double high;
} vb_rate;

/* 0; -EINVAL where `hits` is more than `trials`, or `confidence` not between 0 and 1. Of no trials
 * nothing is known: from 0 to 1. */
int vb_rate_interval(uint64_t hits, uint64_t trials, double confidence, vb_rate *rate);

#endif
