/* The body that both loops run: a chain of dependent multiplications, about 20 ns or more. */
#ifndef LOOP_BODY_H
#define LOOP_BODY_H

#include <vbench/vbench.h>

/* A shift between the multiplications, or the compiler joins them into one. */
#define STEP(x)    x = (x ^ (x >> 29)) * 6364136223846793005u;
#define STEPS_4(x) STEP(x) STEP(x) STEP(x) STEP(x)

#define LOOP_BODY(x)                                                                               \
    {                                                                                              \
        STEPS_4(x) STEPS_4(x) STEPS_4(x) STEPS_4(x) VB_KEEP(x);                                    \
    }

#endif
