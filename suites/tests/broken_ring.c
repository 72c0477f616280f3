/* The ring with one fault, chosen by FAULT: what the suite must notice. */
#define velox_ring_push       sound_push
#define velox_ring_pop        sound_pop
#define velox_ring_push_batch sound_push_batch
#define velox_ring_pop_batch  sound_pop_batch
#include "../../core/ring.c"
#undef velox_ring_push
#undef velox_ring_pop
#undef velox_ring_push_batch
#undef velox_ring_pop_batch

enum { SWAPPED_SEQUENCE = 1, LOST_PAYLOAD = 2, LOST_ITEM = 3 };

/* Every so many items one goes wrong. */
static bool is_due(void)
{
    static _Thread_local unsigned count;
    return ++count % 50 == 0;
}

static void spoil(velox_transaction *item)
{
    if (FAULT == SWAPPED_SEQUENCE && is_due())
        item->sequence ^= 1;
    if (FAULT == LOST_PAYLOAD)
        item->quantity = 0;
}

bool velox_ring_push(velox_ring *ring, const velox_transaction *item)
{
    return FAULT == LOST_ITEM && is_due() ? true : sound_push(ring, item);
}

size_t velox_ring_push_batch(velox_ring *ring, const velox_transaction *items, size_t count)
{
    if (FAULT == LOST_ITEM && is_due() && count > 1)
        return sound_push_batch(ring, items, count - 1) + 1;
    return sound_push_batch(ring, items, count);
}

bool velox_ring_pop(velox_ring *ring, velox_transaction *item)
{
    bool popped = sound_pop(ring, item);
    if (popped)
        spoil(item);
    return popped;
}

size_t velox_ring_pop_batch(velox_ring *ring, velox_transaction *items, size_t count)
{
    size_t popped = sound_pop_batch(ring, items, count);
    for (size_t i = 0; i < popped; i++)
        spoil(&items[i]);
    return popped;
}
