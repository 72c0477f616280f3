#include "runner/sequential.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>

#include "runner/paired_judge.h"
#include "runner/pairing_plan.h"
#include "runner/quantile_judge.h"

/* The look after `cycles`, or the first behind that; SIZE_MAX: none is left. */
static size_t look_from(const vb_paired_case *paired, size_t cycles)
{
    size_t next = paired->cycles_planned;
    if (cycles > next)
        return SIZE_MAX;
    for (size_t early = paired->cycles_budget; early >= VB_CYCLES_MIN; early /= 2)
        next = early >= cycles && early < next ? early : next;
    for (size_t late = paired->cycles_budget; late < next; late *= 2)
        next = late >= cycles ? late : next;
    return next;
}

void vb_sequential_plan(vb_paired_case *paired, size_t budget_cycles, size_t cycles_max)
{
    paired->cycles_budget = budget_cycles > VB_CYCLES_MIN ? budget_cycles : VB_CYCLES_MIN;
    paired->cycles_planned =
        cycles_max > paired->cycles_budget ? cycles_max : paired->cycles_budget;
    paired->looks = 0;
    for (size_t cycles = 0; (cycles = look_from(paired, cycles + 1)) != SIZE_MAX;)
        paired->looks++;
}

void vb_sequential_end(vb_paired_case *paired)
{
    const size_t last = paired->cycles > VB_CYCLES_MIN ? paired->cycles : VB_CYCLES_MIN;
    if (paired->cycles_planned > last)
        paired->cycles_planned = last;
    if (paired->cycles_budget > last)
        paired->cycles_budget = last;
}

vb_change_rules vb_sequential_rules(const vb_change_rules *rules, const vb_benchmark *benchmark,
                                    double level)
{
    vb_change_rules own = *rules;
    own.level = level;
    if (benchmark->tolerance_percent > 0)
        own.tolerance = benchmark->tolerance_percent / 100;
    return own;
}

size_t vb_sequential_hypotheses(const vb_paired_case *cases, size_t count)
{
    size_t hypotheses = 0;
    for (size_t i = 0; i < count; i++) {
        const vb_paired_case *paired = &cases[i];
        if (!paired->old->error && !paired->new->error)
            hypotheses += 1 + vb_quantile_claims(paired);
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

/* Whether more groups are what it lacks: theirs is the narrowest interval, or they are too few to
 * have one at all. */
static bool lacks_layouts(const vb_paired_case *paired, const vb_change_rules *share,
                          const vb_change *change)
{
    const size_t groups = vb_pairing_groups(paired);
    const bool by_groups = !isnan(change->low) && change->estimator == VB_BY_GROUPS;
    return paired->may_place_more && paired->cycles >= groups &&
           (by_groups || groups < vb_paired_groups_least(paired, share->level));
}

int vb_sequential_look(vb_paired_case *paired, const vb_change_rules *rules, size_t hypotheses)
{
    if (paired->cycles < VB_CYCLES_MIN || look_from(paired, paired->cycles) != paired->cycles)
        return 0;
    const vb_change_rules share =
        vb_sequential_rules(rules, paired->new, rules->level / (double)hypotheses);
    vb_change change;
    paired->looks_taken++;
    const bool budget_used = paired->cycles >= paired->cycles_budget;
    int status = vb_paired_judge(paired, &share, &change);
    if (status == 0 && (change.verdict == VB_REGRESSED || change.verdict == VB_IMPROVED) &&
        (budget_used || vb_quantile_claims(paired) == 0))
        paired->stop = VB_STOP_DECIDED;
    else if (status == 0 && budget_used && change.verdict == VB_EQUIVALENT)
        paired->stop = VB_STOP_DECIDED;
    else if (paired->cycles >= paired->cycles_planned)
        paired->stop = VB_STOP_BUDGET;
    else if (status == 0 && budget_used && lacks_layouts(paired, &share, &change))
        paired->stop = VB_STOP_LAYOUTS;
    else if (status == 0 && budget_used && is_hopeless(paired, &share, &change))
        paired->stop = VB_STOP_HOPELESS;
    return status == -ENOMEM ? status : 0;
}
