#include "runner/layout_plan.h"

#include "runner/layouts.h"
#include "runner/random.h"

/* Apart, so that the order says nothing of the offsets. */
enum { OFFSETS, RANKS };

/* FNV-1a (Fowler, Noll, Vo) of the name, then mixed with what it is for. */
static uint64_t seed_of(const char *key, uint64_t purpose, uint64_t number)
{
    uint64_t hash = 0xCBF29CE484222325u;
    for (const char *c = key; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 0x100000001B3u;
    uint64_t mixed = vb_random_next(&hash) ^ purpose;
    return vb_random_next(&mixed) ^ number;
}

size_t vb_layout_choices(uint64_t alignment_bytes)
{
    if (alignment_bytes <= VB_LAYOUT_STEP)
        return VB_LAYOUT_CYCLE;
    return alignment_bytes < VB_LAYOUT_LINE ? VB_LAYOUT_LINE / (size_t)alignment_bytes : 1;
}

uint64_t vb_layout_offset_bytes(const char *key, uint64_t alignment_bytes, size_t layout)
{
    const size_t choices = vb_layout_choices(alignment_bytes);
    uint64_t state = seed_of(key, OFFSETS, layout / VB_LAYOUT_CYCLE);
    size_t order[VB_LAYOUT_CYCLE];
    for (size_t i = 0; i < VB_LAYOUT_CYCLE; i++)
        order[i] = i % choices;
    vb_random_shuffle(order, VB_LAYOUT_CYCLE, &state);
    return order[layout % VB_LAYOUT_CYCLE] * (VB_LAYOUT_LINE / choices);
}

uint64_t vb_layout_rank(const char *key, size_t layout)
{
    uint64_t state = seed_of(key, RANKS, layout);
    return vb_random_next(&state);
}
