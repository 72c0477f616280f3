/*
 * The noise test of `vbench doctor`: small workloads compared with themselves. Whatever the
 * comparison shows is the machine's noise, and how large a change would have shown is what the
 * machine can see.
 *
 * It runs this program's own `vbench compare`, once or several times, and reads its JSON. One
 * layout a side: the code is the same on both, so that placement plays no part.
 */
#ifndef VBENCH_DOCTOR_NOISE_H
#define VBENCH_DOCTOR_NOISE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "runner/doctor_findings.h"
#include "runner/message.h"

/* One workload of harness/noise. */
typedef struct {
    const char *name;        /* of the benchmark */
    const char *words;       /* "arithmetic" */
    double visible_percent;  /* the largest of all rounds, and no less than what is mistaken; NAN:
                                no round could tell */
    double mistaken_percent; /* the change that a round found where there is none; 0: none did */
} vb_noise_row;

enum { VB_NOISE_ROWS = 4 };
typedef struct {
    vb_message reason;                /* why there is no result; empty: there is one */
    double budget_s;                  /* of each benchmark in a round */
    int rounds;                       /* so far */
    vb_noise_row rows[VB_NOISE_ROWS]; /* once judged: the worst first */
    double floor_percent;             /* by which one side was favoured where a round's noise floor
                                         (noise_floor.h) was exceeded; 0: none was */
    bool is_noisy;
    vb_message sentence; /* what the machine can see */
    vb_message verdict;  /* that it is noisy and the likely cause; empty: it is not */
} vb_noise;

/* The suite's path, where it is built or installed. 0 or -errno; it need not be there. */
int vb_noise_find_suite(char *path, size_t path_bytes);

/* All of it, in about so many seconds; at least one round, which takes about a second. `cache` as
 * vbench compare has it, or NULL. A suite that is NULL was not found. 0, also where `reason` says
 * why there is no result; -EINTR. */
int vb_noise_measure(const char *suite, double seconds, const char *cache,
                     const vb_findings *findings, vb_noise *noise);

/* Its parts. What is empty before the first round. */
void vb_noise_begin(double seconds, vb_noise *noise);
/* Takes a comparison's JSON. 0; or -1 where it is none, and `reason` says so. */
int vb_noise_add(const json_t *result, vb_noise *noise);
/* The sentences. The cause of noise is the worst of the findings that move times. */
void vb_noise_judge(const vb_findings *findings, vb_noise *noise);

/* The `noise` object of harness/doctor.schema.json. */
json_t *vb_noise_json(const vb_noise *noise);

#endif
