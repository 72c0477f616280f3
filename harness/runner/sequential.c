#include "runner/sequential.h"

#include <errno.h>
#include <math.h>

#include "runner/paired_judge.h"

enum { QUANTILES = 3 };

/* Whether the case is looked at after so many cycles. */
static bool is_look(const vb_paired_case *paired, size_t cycles)
{
    if (cycles == paired->cycles_planned)
        return true;
    for (size_t early = paired->cycles_budget; early >= VB_CYCLES_MIN; early /= 2) {
        if (cycles == early)
            return true;
    }
    for (size_t late = paired->cycles_budget; late < paired->cycles_planned; late *= 2) {
        if (cycles == late)
            return true;
    }
    return false;
}

void vb_sequential_plan(vb_paired_case *paired, size_t budget_cycles, size_t cycles_max)
{
    paired->cycles_budget = budget_cycles > VB_CYCLES_MIN ? budget_cycles : VB_CYCLES_MIN;
    paired->cycles_planned =
        cycles_max > paired->cycles_budget ? cycles_max : paired->cycles_budget;
    paired->looks = 0;
    for (size_t cycles = VB_CYCLES_MIN; cycles <= paired->cycles_planned; cycles++)
        paired->looks += is_look(paired, cycles);
}

size_t vb_sequential_hypotheses(const vb_paired_case *cases, size_t count)
{
    size_t hypotheses = 0;
    for (size_t i = 0; i < count; i++) {
        const vb_paired_case *paired = &cases[i];
        if (paired->old->error || paired->new->error)
            continue;
        hypotheses++;
        if (paired->new->latencies)
            hypotheses += QUANTILES + (paired->new->p99_limit_ns > 0);
    }
    return hypotheses > 0 ? hypotheses : 1;
}

/* Whether even all cycles would hardly decide it: the interval shrinks with the root of their
 * number, and would still be twice as wide as either a verdict of change or one of none needs. */
static bool is_hopeless(const vb_paired_case *paired, const vb_change_rules *rules,
                        const vb_change *change)
{
    if (isnan(change->low))
        return false;
    const double half = (change->high - change->low) / 2 *
                        sqrt((double)paired->cycles / (double)paired->cycles_planned);
    const double size = fabs(change->estimate);
    return half > 2 * fmax(size, rules->tolerance - size);
}

int vb_sequential_look(vb_paired_case *paired, const vb_change_rules *rules, size_t hypotheses)
{
    if (paired->cycles < VB_CYCLES_MIN || !is_look(paired, paired->cycles))
        return 0;
    vb_change_rules share = *rules;
    vb_change change;
    share.level /= (double)hypotheses;
    paired->looks_taken++;
    const bool budget_used = paired->cycles >= paired->cycles_budget;
    int status = vb_paired_judge(paired, &share, &change);
    if (status == 0 && (change.verdict == VB_REGRESSED || change.verdict == VB_IMPROVED) &&
        (budget_used || !paired->new->latencies))
        paired->stop = VB_STOP_DECIDED;
    else if (status == 0 && budget_used && change.verdict == VB_EQUIVALENT)
        paired->stop = VB_STOP_DECIDED;
    else if (paired->cycles >= paired->cycles_planned)
        paired->stop = VB_STOP_BUDGET;
    else if (status == 0 && budget_used && paired->may_place_more &&
             change.estimator == VB_BY_GROUPS)
        paired->stop = VB_STOP_LAYOUTS;
    else if (status == 0 && budget_used && is_hopeless(paired, rules, &change))
        paired->stop = VB_STOP_HOPELESS;
    return status == -ENOMEM ? status : 0;
}
