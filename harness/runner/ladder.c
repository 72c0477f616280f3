#include "runner/ladder.h"

#include "runner/random.h"

void vb_ladder_plan(uint64_t iterations, uint64_t seed, size_t process, vb_ladder *ladder)
{
    uint64_t lengths[VB_LADDER_STEPS_MAX];
    size_t order[VB_LADDER_STEPS_MAX], count = 0;
    for (uint64_t step = 1; step <= VB_LADDER_STEPS_MAX; step++) {
        const uint64_t length = iterations / VB_LADDER_STEPS_MAX * step +
                                iterations % VB_LADDER_STEPS_MAX * step / VB_LADDER_STEPS_MAX;
        if (length > 0 && (count == 0 || length != lengths[count - 1]))
            lengths[count++] = length;
    }
    *ladder = (vb_ladder){.count = count > 1 ? count : 0};
    for (size_t i = 0; i < ladder->count; i++)
        order[i] = i;
    uint64_t random = seed ^ (process + 1) * 0xD1B54A32D192ED03u;
    vb_random_shuffle(order, ladder->count, &random);
    for (size_t i = 0; i < ladder->count; i++)
        ladder->steps[i].iterations = lengths[order[i]];
}

void vb_ladder_keep(vb_ladder *ladder, size_t step, const vb_block *block)
{
    ladder->steps[step].ns = (uint64_t)(block->real_ns + 0.5);
}
