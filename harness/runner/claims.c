#include "runner/claims.h"

#include <errno.h>
#include <stdlib.h>

#include "runner/judge.h"
#include "runner/sequential.h"

/* What a claim is about; a quantile is its own number. */
enum { CLAIM_LIMIT = VB_QUANTILES, CLAIM_TIME, CLAIMS };

typedef struct {
    vb_comparison_row *row;
    size_t what;
} claim;

/* 0, -EDOM or -ENOMEM. */
static int judge_unpaired(vb_comparison_row *row, const vb_change_rules *rules)
{
    const vb_baseline_benchmark *old = row->baseline, *stored = row->stored;
    if (stored)
        return vb_change_judge(old->medians_ns, old->process_count, stored->medians_ns,
                               stored->process_count, rules, &row->change);
    double *medians_ns = malloc(row->new->process_count * sizeof *medians_ns);
    int status = medians_ns ? vb_judge_medians(row->new, medians_ns) : -ENOMEM;
    if (status == 0)
        status = vb_change_judge(old->medians_ns, old->process_count, medians_ns,
                                 row->new->process_count, rules, &row->change);
    free(medians_ns);
    return status;
}

/* 0 or -ENOMEM. */
static int judge_time(vb_comparison_row *row, const vb_change_rules *rules)
{
    int status = row->paired ? vb_paired_judge(row->paired, rules, &row->change)
                             : judge_unpaired(row, rules);
    row->status = status == 0 ? VB_COMPARED : VB_NO_RATIO;
    return status == -ENOMEM ? -ENOMEM : 0;
}

/* 0 or -ENOMEM. */
static int judge_claim(const vb_comparison *comparison, const claim *of, double level)
{
    vb_comparison_row *row = of->row;
    const vb_change_rules rules = vb_sequential_rules(&comparison->rules, row->new, level);
    if (of->what == CLAIM_TIME)
        return judge_time(row, &rules);
    if (of->what == CLAIM_LIMIT)
        return vb_quantile_check_limit(row->paired, &rules, &row->p99_limit);
    return vb_quantile_judge(row->paired, of->what, &rules, &row->quantiles[of->what]);
}

/* Whether its interval leaves out what is doubted. */
static bool holds(const claim *of)
{
    const vb_comparison_row *row = of->row;
    if (of->what == CLAIM_TIME)
        return vb_change_excludes_zero(&row->change);
    if (of->what == CLAIM_LIMIT)
        return row->p99_limit.verdict != VB_LIMIT_UNDECIDED;
    return !row->quantiles[of->what].reason &&
           vb_change_excludes_zero(&row->quantiles[of->what].change);
}

/* Those of one row. Returns how many. */
static size_t add_claims(vb_comparison_row *row, claim *claims)
{
    size_t count = 0;
    if (row->status != VB_COMPARED)
        return 0;
    claims[count++] = (claim){row, CLAIM_TIME}; /* first: it tells whether there is any ratio */
    row->has_quantiles = row->paired && vb_quantile_claims(row->paired) > 0;
    row->has_limit = row->has_quantiles && row->new->p99_limit_ns > 0;
    for (size_t i = 0; row->has_quantiles && i < VB_QUANTILES; i++)
        claims[count++] = (claim){row, i};
    if (row->has_limit)
        claims[count++] = (claim){row, CLAIM_LIMIT};
    return count;
}

/* Holm's procedure. 0 or -ENOMEM. */
static int judge_all(const vb_comparison *comparison, const claim *claims, size_t count)
{
    size_t holding = 0, before;
    int status = 0;
    for (bool first = true; status == 0; first = false) {
        const size_t left = count - holding;
        const double level = comparison->rules.level / (double)(left > 0 ? left : 1);
        before = holding;
        for (size_t i = 0; i < count && status == 0; i++) {
            const claim *of = &claims[i];
            /* what holds, does at a level that was stricter than what is left */
            if (of->row->status != VB_COMPARED || (!first && holds(of)))
                continue;
            status = judge_claim(comparison, of, level);
            holding += of->row->status == VB_COMPARED && holds(of);
        }
        if (holding == before)
            break;
    }
    return status;
}

int vb_claims_judge(vb_comparison *comparison)
{
    claim *claims = malloc((comparison->count * CLAIMS + 1) * sizeof *claims);
    if (!claims)
        return -ENOMEM;
    comparison->hypotheses = 0;
    for (size_t i = 0; i < comparison->count; i++)
        comparison->hypotheses += add_claims(&comparison->rows[i], claims + comparison->hypotheses);
    int status = judge_all(comparison, claims, comparison->hypotheses);
    free(claims);
    return status;
}

void vb_claims_veto(vb_comparison *comparison)
{
    for (size_t i = 0; i < comparison->count; i++) {
        vb_comparison_row *row = &comparison->rows[i];
        row->change.verdict = VB_INCONCLUSIVE;
        for (size_t k = 0; k < VB_QUANTILES; k++)
            row->quantiles[k].change.verdict = VB_INCONCLUSIVE;
        row->p99_limit.verdict = VB_LIMIT_UNDECIDED;
    }
}
