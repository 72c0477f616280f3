/* What tests of paired comparisons have in common: the machine that disturbs nothing, and the one
 * that runs out of memory. */
#ifndef VBENCH_TEST_PAIRED_COMPARISON_H
#define VBENCH_TEST_PAIRED_COMPARISON_H

#include "test_comparison.h"
#include "test_paired_sides.h"

static const simulated quiet = {.cycles = 8, .base_ns = 100};

/* Whichever allocation fails: the comparison of these cases fails with a sentence, or is whole. */
static inline void assert_want_of_memory_is_told(paired_sides *both)
{
    int status = -1;
    set_facts(both);
    for (long allowed = 0; status != 0; allowed++) {
        vb_message message = {""};
        vb_json_watch();
        fail_allocation_after(allowed);
        status = make_paired(both, &message);
        bool failed = allocation_has_failed();
        /* What jansson dropped from an entry is noted, where it does not fail. */
        assert_true(failed == (status != 0 || vb_shortfall() != 0));
        if (status != 0)
            assert_string_equal(message.text, "There is not enough memory.");
        if (failed)
            status = -1;
        vb_comparison_free(&both->comparison);
    }
    vb_json_watch();
}

#endif
