/* The bundler with one fault, chosen by FAULT: what the suite must notice. */
#define velox_bundler_is_due sound_is_due
#define velox_bundler_close  sound_close
#include "../../core/bundle.c"
#undef velox_bundler_is_due
#undef velox_bundler_close

enum { LOST_LAST = 1, NEVER_DUE = 2, DUE_EARLY = 3, WRONG_COUNT = 4, DIRTY_SLOTS = 5 };

bool velox_bundler_is_due(const velox_bundler *bundler, uint64_t now_ns)
{
    if (FAULT == NEVER_DUE)
        return false;
    if (FAULT == DUE_EARLY) /* by a nanosecond */
        return sound_is_due(bundler, now_ns + 1);
    return sound_is_due(bundler, now_ns);
}

velox_bundle *velox_bundler_close(velox_bundler *bundler, uint8_t reason, uint64_t now_ns)
{
    velox_bundle *bundle = sound_close(bundler, reason, now_ns);
    if (bundle == NULL)
        return NULL;
    if (FAULT == LOST_LAST)
        memset(&bundle->transactions[bundle->count - 1], 0, sizeof bundle->transactions[0]);
    if (FAULT == WRONG_COUNT)
        bundle->count--;
    if (FAULT == DIRTY_SLOTS && bundle->count < VELOX_BUNDLE_CAPACITY)
        bundle->transactions[bundle->count].quantity = 1;
    return bundle;
}
