/* Copying one transaction; the engine's own, for its sources only. */
#ifndef VELOX_COPY_TRANSACTION_H
#define VELOX_COPY_TRANSACTION_H

#include "velox/transaction.h"

#include <string.h>

/*
 * Copies one item as four words, and keeps the compiler from joining them into vectors. An item is
 * often written field by field just before it is handed on, and a 16-byte load from two pending
 * 8-byte stores waits until both have left the store buffer (OPTIMIZATION_LOG.md has the figures).
 * Batches go through memcpy().
 */
static inline void velox_copy_transaction(velox_transaction *to, const velox_transaction *from)
{
    static_assert(sizeof *to == 4 * sizeof(uint64_t), "four words");
    const char *source = (const char *)from;
    char *target = (char *)to;
    uint64_t a, b, c, d;
    memcpy(&a, source, 8);
    memcpy(&b, source + 8, 8);
    memcpy(&c, source + 16, 8);
    memcpy(&d, source + 24, 8);
    __asm__("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d));
    memcpy(target, &a, 8);
    memcpy(target + 8, &b, 8);
    memcpy(target + 16, &c, 8);
    memcpy(target + 24, &d, 8);
}

#endif
