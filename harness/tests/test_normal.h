/* Random numbers of two distributions, for simulations: seeded, hence the same in every run. */
#ifndef VBENCH_TEST_NORMAL_H
#define VBENCH_TEST_NORMAL_H

#include <math.h>

#include "test_random.h"

/* Box and Muller, Annals of Mathematical Statistics 29, 1958. */
static inline double random_normal(uint64_t *random)
{
    double u = ((double)(random_next(random) >> 11) + 1) / 9007199254740993.0; /* 2^53 + 1 */
    double v = (double)(random_next(random) >> 11) / 9007199254740992.0;
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

/* Student's t with three degrees of freedom: a normal over the root of a mean of three squares. */
static inline double random_heavy(uint64_t *random)
{
    double squares = 0;
    for (int i = 0; i < 3; i++) {
        double normal = random_normal(random);
        squares += normal * normal;
    }
    return random_normal(random) / sqrt(squares / 3);
}

#endif
