/* `vbench doctor`: whether this machine and its tools are fit to measure with. */
#ifndef VBENCH_DOCTOR_H
#define VBENCH_DOCTOR_H

#include "runner/options.h"

/* Checks (doctor_checks.h), prints what was found, and measures the machine's noise
 * (doctor_noise.h) unless options->noise is false; options->budget_s is for all of that. The
 * findings are a result, not an error: returns 0, or VB_EXIT_BAD where it could not do its work. */
int vb_doctor(const vb_options *options);

#endif
