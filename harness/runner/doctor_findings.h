/*
 * What `vbench doctor` has found: a list of findings, each with what it is, what it does to a
 * measurement, and how to mend it. Knows no machine.
 */
#ifndef VBENCH_DOCTOR_FINDINGS_H
#define VBENCH_DOCTOR_FINDINGS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "runner/message.h"

typedef enum {
    VB_FINDING_OK,
    VB_FINDING_NOTE,    /* good to know; nothing has to be done */
    VB_FINDING_WARNING, /* makes figures worse, or a part of vbench cannot work */
    VB_FINDING_PROBLEM, /* figures are not worth much while it lasts */
} vb_severity;
enum { VB_SEVERITIES = VB_FINDING_PROBLEM + 1 };

/* Texts that contain something from outside have been through vb_say: they can be printed. */
typedef struct {
    const char *check; /* its name, a static text: "governor" */
    vb_severity severity;
    bool is_noise;     /* it moves times, rather than being in the way otherwise */
    vb_message what;   /* a sentence */
    vb_message effect; /* on a measurement; empty: none */
    vb_message mend;   /* empty: nothing to mend, or nothing that can be */
} vb_finding;

/* Each check adds one finding or a few, so there is room for all. Large: not for the stack. */
enum { VB_FINDINGS_MAX = 64 };
typedef struct {
    vb_finding items[VB_FINDINGS_MAX];
    size_t count;
} vb_findings;

/* Adds one, with its sentence (printf-like), and returns it for the rest to be filled in. */
vb_finding *vb_findings_add(vb_findings *findings, const char *check, vb_severity severity,
                            const char *what, ...) __attribute__((format(printf, 4, 5)));
/* As JSON, an array; a lack of memory is noted (shortfall.h). */
json_t *vb_findings_json(const vb_findings *findings);
/* "ok", "note", "warning", "problem" */
const char *vb_severity_name(vb_severity severity);
/* The worst finding that moves times and is at least a note, the first of several; NULL: none. */
const vb_finding *vb_findings_worst_noise(const vb_findings *findings);

#endif
