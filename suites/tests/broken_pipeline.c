/* The stages of the pipeline with one fault, chosen by FAULT: what the suite must notice. */
#include "copy_transaction.h"
#include "velox/order_book.h"

enum { LOST_QUANTITY = 1, SWAPPED_SEQUENCE = 2, CANCEL_NOT_TOLD = 3 };

static inline void spoiled_copy(velox_transaction *to, const velox_transaction *from)
{
    velox_copy_transaction(to, from);
    if (FAULT == LOST_QUANTITY)
        to->quantity = 0;
    if (FAULT == SWAPPED_SEQUENCE && to->sequence % 50 == 0)
        to->sequence ^= 1;
}

static inline int spoiled_update(velox_order_book *book, const velox_transaction *transaction,
                                 uint64_t *retries)
{
    bool lost = FAULT == CANCEL_NOT_TOLD && transaction->kind == VELOX_KIND_CANCEL;
    return lost ? 0 : velox_order_book_update(book, transaction, retries);
}

#define velox_copy_transaction  spoiled_copy
#define velox_order_book_update spoiled_update
#include "../../core/pipeline_stages.c"
