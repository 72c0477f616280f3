/* What the judge says of simulated measurements, kind by kind, as a table in Markdown:
 * `simulation_table [COMPARISONS [BUDGET_CYCLES [HYPOTHESES [CHANGE_PERCENT]]]]`. */
#include "simulator.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "selftest/rate.h"

static double argument(int count, char **arguments, int index, double usual)
{
    return count > index ? strtod(arguments[index], NULL) : usual;
}

int main(int count, char **arguments)
{
    const int comparisons = (int)argument(count, arguments, 1, 1000);
    const size_t budget = (size_t)argument(count, arguments, 2, 16);
    const sim_plan plan = {.budget_cycles = budget,
                           .cycles_max = 4 * budget,
                           .hypotheses = (size_t)argument(count, arguments, 3, 1),
                           .change = log1p(argument(count, arguments, 4, 0) / 100)};
    printf(
        "| kind | comparisons | regressed | improved | of 100 (95 %%) | equivalent | inconclusive "
        "| outside its interval | half-width, %% | cycles | by groups, pairs, quiet |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
    for (size_t i = 0; i < sim_kind_count; i++) {
        sim_tally tally;
        vb_rate rate;
        sim_repeat(&sim_kinds[i], &plan, comparisons, 1, &tally);
        const int told = tally.verdicts[VB_REGRESSED] + tally.verdicts[VB_IMPROVED];
        if (vb_rate_interval((uint64_t)told, (uint64_t)tally.count, 0.95, &rate) != 0)
            return 1;
        printf("| %s | %d | %d | %d | %.2f to %.2f | %d | %d | %d | %.3f | %.1f | %d, %d, %d |\n",
               sim_kinds[i].name, tally.count, tally.verdicts[VB_REGRESSED],
               tally.verdicts[VB_IMPROVED], 100 * rate.low, 100 * rate.high,
               tally.verdicts[VB_EQUIVALENT], tally.verdicts[VB_INCONCLUSIVE], tally.missed,
               100 * tally.half_width, tally.cycles, tally.by[VB_BY_GROUPS], tally.by[VB_BY_PAIRS],
               tally.by[VB_BY_QUIET]);
        fflush(stdout);
        if (tally.failed > 0)
            fprintf(stderr, "%s: %d of %d could not be judged.\n", sim_kinds[i].name, tally.failed,
                    tally.count);
    }
    return 0;
}
