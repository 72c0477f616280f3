/*
 * The C side of Google Benchmark: it stays the loop, the timer and the thread starter. Everything
 * that differs between its versions 1.7 and 1.9 is behind this header, in the one C++ file.
 */
#ifndef VBENCH_GBENCH_SHIM_H
#define VBENCH_GBENCH_SHIM_H

#include "worker/session.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    double real_ns; /* of the whole block, from the first thread's begin to the last one's end */
    double cpu_ns;  /* CPU time of one thread in the whole block, mean over threads */
} vb_block_time;

/* The version of Google Benchmark that this was built with, such as "1.7.1". */
const char *vb_gbench_version(void);

/*
 * Runs one block of the session. Returns 0, or -ECANCELED where the block failed: the reason is
 * vb_session_failure's. Call it on the main thread, one at a time.
 */
int vb_gbench_block(vb_session *session, uint64_t iterations, vb_block_time *time);

/* Runs the cases as an ordinary Google Benchmark program; returns the exit code. */
int vb_gbench_main(int argc, char **argv, const vb_case *cases, size_t count);

#ifdef __cplusplus
}
#endif
#endif
