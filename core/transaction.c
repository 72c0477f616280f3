/* The checksum of a transaction. */
#include "velox/transaction.h"

/*
 * A bijection of 64 bits: multiplying by an odd number and xor-ing the upper half down both can be
 * undone. A change confined to one word therefore always changes the 64-bit state; only the
 * last fold to 32 bits can hide it, once in 2^32. The constant is 2^64 divided by the golden
 * ratio, made odd, as in Steele, Lea and Flood, "Fast splittable pseudorandom number generators"
 * (OOPSLA 2014).
 */
static inline uint64_t mix(uint64_t state, uint64_t word)
{
    state = (state ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return state ^ (state >> 32);
}

uint32_t velox_transaction_checksum(const velox_transaction *transaction)
{
    /* Words are put together from fields, not read from memory, so that byte order is no matter. */
    uint64_t price_and_quantity = transaction->price_tick | ((uint64_t)transaction->quantity << 32);
    uint64_t small_fields = transaction->side | ((uint64_t)transaction->kind << 8) |
                            ((uint64_t)transaction->reserved << 16);

    uint64_t state = UINT64_C(0x56454c4f58000001); /* not 0: mix(0, 0) is 0 */
    state = mix(state, transaction->sequence);
    state = mix(state, transaction->ingress_ns);
    state = mix(state, price_and_quantity);
    state = mix(state, small_fields);
    return (uint32_t)state;
}

void velox_transaction_seal(velox_transaction *transaction)
{
    transaction->checksum = velox_transaction_checksum(transaction);
}

bool velox_transaction_verify(const velox_transaction *transaction)
{
    return transaction->checksum == velox_transaction_checksum(transaction);
}
