#include "rate.h"

#include <errno.h>
#include <gsl/gsl_cdf.h>

int vb_rate_interval(uint64_t hits, uint64_t trials, double confidence, vb_rate *rate)
{
    if (hits > trials || !(confidence > 0 && confidence < 1))
        return -EINVAL;
    /* Each end leaves half of what is not covered: quantiles of the beta distribution. */
    double tail = (1 - confidence) / 2;
    double k = (double)hits, rest = (double)(trials - hits);
    rate->low = hits == 0 ? 0 : gsl_cdf_beta_Pinv(tail, k, rest + 1);
    rate->high = hits == trials ? 1 : gsl_cdf_beta_Qinv(tail, k + 1, rest);
    return 0;
}
