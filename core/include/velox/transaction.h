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
 * The checksum of every field but `checksum`. The same on every byte order. Not cryptographic: it
 * finds torn and mixed copies. An all-zero transaction does not carry its own checksum, so a slot
 * that was never written is found too.
 */
uint32_t velox_transaction_checksum(const velox_transaction *transaction);

/* Stores the checksum in the transaction. Call it last, after the other fields are set. */
void velox_transaction_seal(velox_transaction *transaction);

/* True if the stored checksum is that of the other fields. */
bool velox_transaction_verify(const velox_transaction *transaction);

#ifdef __cplusplus
}
#endif

#endif
