/* What several suites feed to the engine: transactions that can be told apart, and random numbers,
 * seeded, hence the same in every run. */
#ifndef VELOX_SUITE_INPUTS_H
#define VELOX_SUITE_INPUTS_H

#include "velox/transaction.h"

#include "tests/test_random.h"

/* A sealed transaction whose every field depends on its number. */
static inline velox_transaction sealed(uint64_t sequence)
{
    velox_transaction made = {
        .sequence = sequence,
        .ingress_ns = ~sequence,
        .price_tick = (uint32_t)(3 * sequence),
        .quantity = (uint32_t)(7 * sequence),
        .side = sequence % 2 ? VELOX_SIDE_ASK : VELOX_SIDE_BID,
        .kind = sequence % 3 ? VELOX_KIND_ADD : VELOX_KIND_CANCEL,
    };
    velox_transaction_seal(&made);
    return made;
}

#endif
