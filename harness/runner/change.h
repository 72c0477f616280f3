/*
 * The judge of a change: how much slower or faster new is than old, and how sure that is, when each
 * side was measured in several processes but the two did not run side by side.
 *
 * The replicate is the process: each gives the median of its blocks. On their logarithms the
 * interval for the difference of two means with unequal variances (B. L. Welch, "The generalization
 * of Student's problem when several different population variances are involved", Biometrika 34,
 * 1947; degrees of freedom after Satterthwaite, Biometrics Bulletin 2, 1946).
 *
 * It takes about nine processes a side: where three bring most of the variance, an interval of 99 %
 * covers the truth in 97 of 100 comparisons only (change_test.c).
 *
 * That interval covers what differs between processes. It knows nothing of what the machine did
 * between the two runs, which moves all processes of a side together. So it is widened on both ends
 * by an allowance for drift: a figure measured beforehand, not derived from the samples. While the
 * allowance is wider than the tolerance, nothing can be shown to be equivalent.
 */
#ifndef VBENCH_CHANGE_H
#define VBENCH_CHANGE_H

#include <stdbool.h>
#include <stddef.h>

typedef enum {
    VB_REGRESSED,    /* slower: the interval lies above 0, the estimate reaches the least effect */
    VB_IMPROVED,     /* faster: the same, below */
    VB_EQUIVALENT,   /* the interval lies within the tolerance */
    VB_INCONCLUSIVE, /* none of these can be said */
} vb_verdict;
enum { VB_VERDICTS = 4 };

/* Shares, not percent: 0.01 is 1 %. */
typedef struct {
    double level;      /* how often an interval may miss the truth: 0.01 */
    double drift;      /* allowance for what changed between the two runs */
    double min_effect; /* smaller changes are no regression or improvement, however sure */
    double tolerance;  /* what counts as equivalent */
} vb_change_rules;

/* Of a comparison, unless it is told others. */
extern const vb_change_rules vb_paired_rules, vb_unpaired_rules;

/* What an interval is taken from. */
typedef enum {
    VB_BY_PROCESSES, /* Welch's, over the processes of two runs */
    VB_BY_GROUPS,    /* paired_judge.h has the others */
    VB_BY_PAIRS,
    VB_BY_QUIET,
} vb_estimator;
enum { VB_ESTIMATORS = VB_BY_QUIET + 1 };

/* Of a logarithm. Without an interval low is -INFINITY and high INFINITY. */
typedef struct {
    double estimate, low, high;
} vb_log_interval;

typedef struct {
    double old_ns; /* geometric means over the processes: their ratio is the change */
    double new_ns;
    double estimate; /* new_ns / old_ns - 1 */
    double low;      /* the interval that the verdict used; NAN where there is none */
    double high;
    double level;   /* that of the interval */
    double p_value; /* the least level that would leave out 0; NAN where it is not known */
    double low_95;  /* a plain 95 % interval: as if this were all that is looked at, and once */
    double high_95;
    vb_estimator estimator;
    double
        visible; /* about the smallest change that could have been told from none; NAN likewise */
    vb_verdict verdict;
} vb_change;

/* Of at least one median a side, in ns. 0, or -EDOM where one of them is not above 0, or one side
 * takes more than a billion times the other's time. */
int vb_change_judge(const double *old_ns, size_t old_count, const double *new_ns, size_t new_count,
                    const vb_change_rules *rules, vb_change *change);
/* The change by `ratio`, an interval for the logarithm of new/old, of something whose two sides
 * have `both_log` as the mean of their logarithms of ns; and its verdict: what the judges have in
 * common. 0, or -EDOM likewise. */
int vb_change_of_logs(double both_log, const vb_log_interval *ratio, const vb_change_rules *rules,
                      vb_change *change);
/* Of an interval of 95 %. */
extern const double vb_plain_level;
/* Sets the plain interval. */
void vb_change_take_plain(vb_change *change, const vb_log_interval *plain);
/* Whether the interval leaves out 0. */
bool vb_change_excludes_zero(const vb_change *change);
/* "regressed", ... */
const char *vb_verdict_name(vb_verdict verdict);

#endif
