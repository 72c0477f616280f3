/* A paired comparison that was made up, as vbench writes it: `paired_sample json`, `table` or
 * `all`. */
#include "test_paired_sides.h"

#include <stdio.h>

/* Cases of fill_sample that stand for a way to stop. */
enum { HOPELESS = 4, QUIET = 5, TIME_CAP = 6, BUDGET = 9 };

static void add_floor_pairs(vb_paired_case *paired, uint64_t *random)
{
    const double noise = 0.004;
    for (size_t cycle = 0; cycle < paired->cycles; cycle += 2) {
        vb_process_pair *pair = add_pair(&paired->floor);
        *pair = (vb_process_pair){.cycle = cycle,
                                  .old_layout = VB_NATURAL_LAYOUT,
                                  .new_layout = VB_NATURAL_LAYOUT,
                                  .log_ratio = noise * random_normal(random),
                                  .old_ns = 1,
                                  .new_ns = 1};
    }
}

/* What the schedule leaves behind: looks, why a case stopped, quiet moments, and the floor. */
static void measure(paired_sides *both)
{
    const double quiet_share = 0.02;
    for (size_t i = 0; i < both->count; i++) {
        vb_paired_case *paired = &both->cases[i];
        paired->stop = i == HOPELESS   ? VB_STOP_HOPELESS
                       : i == TIME_CAP ? VB_STOP_TIME_CAP
                       : i == BUDGET   ? VB_STOP_BUDGET
                                       : VB_STOP_DECIDED;
        paired->cycles_planned = i == BUDGET ? paired->cycles : 8 * paired->cycles;
        paired->looks = 5;
        paired->looks_taken = i == BUDGET ? paired->looks : 2;
        paired->timed_ns =
            (double)(2 * paired->pair_blocks * paired->pairs.count) * paired->block_ns;
        paired->busy_ns = 1.25 * paired->timed_ns;
        for (size_t k = 0; i == QUIET && k < paired->pairs.count; k++)
            paired->pairs.items[k].quiet_log_ratio *= quiet_share;
        add_floor_pairs(paired, &both->random);
    }
}

int main(int count, char **arguments)
{
    const char *what = count == 2 ? arguments[1] : "";
    paired_sides both;
    fill_sample(&both);
    measure(&both);
    compare_paired(&both);
    if (strcmp(what, "json") == 0) {
        json_t *comparison = vb_comparison_json(&both.comparison, &test_gate);
        char *text = result_text(&both.new, TEST_STARTED, comparison);
        fputs(text, stdout);
        free(text);
        json_decref(comparison);
    } else {
        vb_comparison_print(stdout, &both.comparison, strcmp(what, "all") == 0);
    }
    for (size_t i = 0; i < both.count; i++)
        free(both.cases[i].floor.items);
    let_go_of_pairs(&both);
    return 0;
}
