/* The loop as a suite writes it. */
#include "loop_body.h"

void vb_loop_under_test(vb_run *run);

void vb_loop_under_test(vb_run *run)
{
    uint64_t x = vb_iterations(run);
    VB_LOOP (run)
        LOOP_BODY(x);
}
