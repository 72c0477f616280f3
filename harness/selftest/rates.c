/* Exact 95 % intervals for counts: reads lines "hits trials", answers each with "low high". */
#include "rate.h"

#include <inttypes.h>
#include <stdio.h>

int main(void)
{
    char line[64];
    for (unsigned number = 1; fgets(line, sizeof line, stdin); number++) {
        uint64_t hits, trials;
        char end;
        vb_rate rate;
        if (sscanf(line, "%" SCNu64 " %" SCNu64 " %c", &hits, &trials, &end) != 2 ||
            vb_rate_interval(hits, trials, 0.95, &rate) != 0) {
            fprintf(stderr, "rates: line %u is not \"hits trials\" with hits <= trials.\n", number);
            return 2;
        }
        printf("%.9g %.9g\n", rate.low, rate.high);
    }
    if (ferror(stdin) || fflush(stdout) != 0) {
        fputs("rates: reading or writing failed.\n", stderr);
        return 2;
    }
    return 0;
}
