#include "workloads.h"

uint64_t workload_hash(uint64_t value, int rounds)
{
    for (int i = 0; i < rounds; i++) {
        value += 0x9E3779B97F4A7C15u;
        value = (value << 23) | (value >> 41);
        value *= 0xBF58476D1CE4E5B9u;
    }
    return value;
}

uint32_t workload_chase(const uint32_t *links, uint32_t position, int loads)
{
    for (int i = 0; i < loads; i++)
        position = links[position];
    return position;
}

static void push(workload_ring *ring, const workload_item *item)
{
    ring->items[ring->head++ % WORKLOAD_RING_ITEMS] = *item;
}

static void pop(workload_ring *ring, workload_item *item)
{
    *item = ring->items[ring->tail++ % WORKLOAD_RING_ITEMS];
}

uint64_t workload_ring_pass(workload_ring *ring, int times)
{
    workload_item item = {{1, 2, 3, 4}};
    for (int i = 0; i < times; i++) {
        item.words[0]++;
        push(ring, &item);
        pop(ring, &item);
    }
    return item.words[0];
}

void workload_sort(int32_t *numbers, int count)
{
    for (int i = 1; i < count; i++) {
        int32_t moved = numbers[i];
        int k = i;
        while (k > 0 && numbers[k - 1] > moved) {
            numbers[k] = numbers[k - 1];
            k--;
        }
        numbers[k] = moved;
    }
}

int workload_add(uint64_t *word)
{
    int failed = 0;
    uint64_t seen = __atomic_load_n(word, __ATOMIC_RELAXED);
    while (
        !__atomic_compare_exchange_n(word, &seen, seen + 1, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        failed++;
    return failed;
}
