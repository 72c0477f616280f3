/*
 * One event of an order feed: the 32-byte element that every ring of the engine carries.
 *
 * Plain data, copied by value. It knows nothing of rings, books or clocks.
 */
#ifndef VELOX_TRANSACTION_H
#define VELOX_TRANSACTION_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Values of velox_transaction.side. */
enum { VELOX_SIDE_BID = 0, VELOX_SIDE_ASK = 1 };

/* Values of velox_transaction.kind. */
enum { VELOX_KIND_ADD = 0, VELOX_KIND_CANCEL = 1 };

/*
 * Two to a cache line of 64 bytes, so the size is part of the contract. The checksum comes last:
 * a copy that was cut short, or mixed from two elements, does not match it.
 */
typedef struct {
    uint64_t sequence;   /* the feed's own number; consecutive from the producer */
    uint64_t ingress_ns; /* when the transaction was due to arrive, not when it was handled */
    uint32_t price_tick; /* price, as a number of ticks */
    uint32_t quantity;
    uint8_t side;      /* VELOX_SIDE_* */
    uint8_t kind;      /* VELOX_KIND_* */
    uint16_t reserved; /* 0; covered by the checksum */
    uint32_t checksum; /* velox_transaction_checksum() of the 28 bytes above */
} velox_transaction;

static_assert(sizeof(velox_transaction) == 32, "two transactions to a 64-byte line");
static_assert(offsetof(velox_transaction, sequence) == 0, "layout");
static_assert(offsetof(velox_transaction, ingress_ns) == 8, "layout");
static_assert(offsetof(velox_transaction, price_tick) == 16, "layout");
static_assert(offsetof(velox_transaction, quantity) == 20, "layout");
static_assert(offsetof(velox_transaction, side) == 24, "layout");
static_assert(offsetof(velox_transaction, kind) == 25, "layout");
static_assert(offsetof(velox_transaction, reserved) == 26, "layout");
static_assert(offsetof(velox_transaction, checksum) == 28, "no padding before the checksum");

/*
 * A bijection of 64 bits: multiplying by an odd number and xor-ing the upper half down both can be
 * undone. A change confined to one word therefore always changes the 64-bit state; only the
 * last fold to 32 bits can hide it, once in 2^32. The constant is 2^64 divided by the golden
 * ratio, made odd, as in Steele, Lea and Flood, "Fast splittable pseudorandom number generators"
 * (OOPSLA 2014).
 */
static inline uint64_t velox_transaction_mix(uint64_t state, uint64_t word)
{
    state = (state ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return state ^ (state >> 32);
}

/*
 * The checksum of every field but `checksum`. The same on every byte order. Not cryptographic: it
 * finds torn and mixed copies. An all-zero transaction does not carry its own checksum, so a slot
 * that was never written is found too.
 *
 * Inline, so that a transaction that is being made can stay in registers meanwhile: to read words
 * back just after their parts were stored waits for the store buffer.
 */
static inline uint32_t velox_transaction_checksum(const velox_transaction *transaction)
{
    /* Words are put together from fields, not read from memory, so that byte order is no matter. */
    uint64_t price_and_quantity = transaction->price_tick | ((uint64_t)transaction->quantity << 32);
    uint64_t small_fields = transaction->side | ((uint64_t)transaction->kind << 8) |
                            ((uint64_t)transaction->reserved << 16);
    uint64_t state = UINT64_C(0x56454c4f58000001); /* not 0: mix(0, 0) is 0 */
    state = velox_transaction_mix(state, transaction->sequence);
    state = velox_transaction_mix(state, transaction->ingress_ns);
    state = velox_transaction_mix(state, price_and_quantity);
    state = velox_transaction_mix(state, small_fields);
    return (uint32_t)state;
}

/* Stores the checksum in the transaction. Call it last, after the other fields are set. */
static inline void velox_transaction_seal(velox_transaction *transaction)
{
    transaction->checksum = velox_transaction_checksum(transaction);
}

/* True if the stored checksum is that of the other fields. */
static inline bool velox_transaction_verify(const velox_transaction *transaction)
{
    return transaction->checksum == velox_transaction_checksum(transaction);
}

#ifdef __cplusplus
}
#endif

#endif
