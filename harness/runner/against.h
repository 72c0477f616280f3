/* Two results that were read, one against the other: `vbench report NEW --against OLD`. */
#ifndef VBENCH_AGAINST_H
#define VBENCH_AGAINST_H

#include "runner/baseline.h"
#include "runner/message.h"

/*
 * Puts the comparison into the document of the new one, as `vbench compare` does where it has an
 * old side's numbers alone; without a gate, since nothing hangs on it. 0, or -1 with a sentence:
 * also where the new one is a comparison already, or the two are known to be of two machines.
 */
int vb_against_compare(const vb_baseline *old, vb_baseline *new, vb_message *message);

#endif
