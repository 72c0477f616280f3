/* The order book with one fault, chosen by FAULT: what the suite must notice. Without one (0) it
 * gives up often, and says so: that is no fault. */
#include <stdatomic.h>
#include <stdbool.h>

enum { LOST = 1, REPEATED = 2, MISPLACED = 3, CARRY = 4, GAVE_UP_SILENTLY = 5, DENIED = 6 };

/* Every so many updates one goes wrong. */
static bool is_due(void)
{
    static _Thread_local unsigned count;
    return ++count % 50 == 0;
}

/* As if other threads had got in between, as often as attempts are allowed. Only within an update:
 * the suite's check of limits is at a quiet moment, when an attempt cannot fail. */
static _Thread_local bool within_update;

static bool is_beaten(void)
{
    static _Thread_local unsigned count;
    return (FAULT == 0 || FAULT == GAVE_UP_SILENTLY) && within_update &&
           ++count % 50 < VELOX_ORDER_BOOK_ATTEMPTS_MAX;
}

/* The weak exchange is used because a macro cannot expand to itself. */
#undef atomic_compare_exchange_strong_explicit
#define atomic_compare_exchange_strong_explicit(object, expected, desired, success, failure)       \
    (!is_beaten() &&                                                                               \
     atomic_compare_exchange_weak_explicit(object, expected, desired, success, failure))

#define velox_order_book_update sound_update
#define velox_order_book_add    sound_add
#include "../../core/order_book.c"
#undef velox_order_book_update
#undef velox_order_book_add

int velox_order_book_update(velox_order_book *book, const velox_transaction *transaction,
                            uint64_t *retries)
{
    velox_transaction done = *transaction;
    if (FAULT == LOST && is_due())
        return 0;
    if (FAULT == MISPLACED && is_due())
        done.side ^= 1; /* to another word, also where there is one level a side */
    within_update = true;
    int status = sound_update(book, &done, retries);
    within_update = false;
    if (FAULT == REPEATED && status == 0 && is_due())
        sound_update(book, &done, retries);
    if (FAULT == GAVE_UP_SILENTLY && status == -EAGAIN)
        return 0;
    if (FAULT == DENIED && status == 0 && is_due())
        return -EAGAIN;
    return status;
}

int velox_order_book_add(velox_order_book *book, unsigned side, uint32_t tick, uint64_t quantity,
                         uint64_t *retries)
{
    size_t index;
    if (FAULT != CARRY || !find(book, side, tick, &index))
        return sound_add(book, side, tick, quantity, retries);
    atomic_fetch_add_explicit(&book->words[index], ONE_ORDER + quantity, memory_order_relaxed);
    return 0;
}
