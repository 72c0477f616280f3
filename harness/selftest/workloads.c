#include "workloads.h"

#include <math.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES = 64 };

/* Steps of a call. Exact: `usual` is a multiple of 200, and the permille of 5. */
static int steps(int usual)
{
    return usual * workload_permille / 1000;
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static uint64_t mix(uint64_t value, int rounds)
{
    for (int i = 0; i < rounds; i++) {
        value += 0x9E3779B97F4A7C15u;
        value = (value << 23) | (value >> 41);
        value *= 0xBF58476D1CE4E5B9u;
    }
    return value;
}

void *workload_make_hash(void)
{
    uint64_t *value = malloc(sizeof *value);
    if (value)
        *value = 1;
    return value;
}

void workload_hash(void *fixture)
{
    uint64_t *value = fixture;
    *value = mix(*value, steps(2000));
}

typedef struct {
    uint32_t position;
    uint32_t *links;
} chase;

/* One cycle through all cache lines in random order (S. Sattolo, "An algorithm to generate a random
 * cyclic permutation", 1986). The links stand behind the structure, in the same piece of memory. */
void *workload_make_chase(size_t kibibytes)
{
    enum { STEP = LINE_BYTES / sizeof(uint32_t) };
    size_t count = (kibibytes << 10) / LINE_BYTES;
    uint64_t random = 0x5DEECE66Du;
    uint32_t *order = malloc(count * sizeof *order);
    chase *made = aligned_alloc(LINE_BYTES, (count + 1) * LINE_BYTES);
    if (!order || !made) {
        free(order);
        free(made);
        return NULL;
    }
    memset(made, 0, (count + 1) * LINE_BYTES);
    made->links = (uint32_t *)made + STEP;
    for (size_t i = 0; i < count; i++)
        order[i] = (uint32_t)i;
    for (size_t i = count - 1; i > 0; i--) {
        size_t k = next_random(&random) % i;
        uint32_t kept = order[i];
        order[i] = order[k];
        order[k] = kept;
    }
    for (size_t i = 0; i < count; i++)
        made->links[order[i] * STEP] = order[(i + 1) % count] * STEP;
    free(order);
    return made;
}

void workload_chase(void *fixture)
{
    chase *made = fixture;
    const uint32_t *links = made->links;
    uint32_t position = made->position;
    for (int i = steps(2000); i > 0; i--)
        position = links[position];
    made->position = position;
}

enum { RING_ITEMS = 1024 };
typedef struct {
    uint64_t words[4];
} item;

typedef struct {
    uint64_t head, tail;
    item items[RING_ITEMS];
} ring;

void *workload_make_ring(void)
{
    return calloc(1, sizeof(ring));
}

static void push(ring *to, const item *in)
{
    to->items[to->head++ % RING_ITEMS] = *in;
}

static void pop(ring *from, item *out)
{
    *out = from->items[from->tail++ % RING_ITEMS];
}

void workload_ring(void *fixture)
{
    ring *made = fixture;
    item passed = {{1, 2, 3, 4}};
    for (int i = steps(2000); i > 0; i--) {
        passed.words[0]++;
        push(made, &passed);
        pop(made, &passed);
    }
}

/* The numbers are drawn anew for each sort: a branch predictor learns those of a thousand sorts by
 * heart. The fixture is where the drawing stands. */
enum { SORTED = 16 };

void *workload_make_sort(void)
{
    uint64_t *random = malloc(sizeof *random);
    if (random)
        *random = 0x2545F4914F6CDD1Du;
    return random;
}

/* A function of its own, so that it is placed on its own. */
static __attribute__((noinline)) void insertion_sort(int32_t *numbers, int count)
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

void workload_sort(void *fixture)
{
    uint64_t *random = fixture;
    for (int i = steps(200); i > 0; i--) {
        int32_t numbers[SORTED];
        for (int k = 0; k < SORTED; k++)
            numbers[k] = (int32_t)(next_random(random) >> 33);
        insertion_sort(numbers, SORTED);
        __asm__ volatile("" : : "r"(numbers) : "memory"); /* sorted, though nobody looks */
    }
}

void *workload_make_add(void)
{
    void *word = aligned_alloc(LINE_BYTES, LINE_BYTES);
    if (word)
        memset(word, 0, LINE_BYTES);
    return word;
}

void workload_add(void *fixture)
{
    uint64_t *word = fixture;
    for (int i = steps(200); i > 0; i--) {
        uint64_t seen = __atomic_load_n(word, __ATOMIC_RELAXED);
        while (!__atomic_compare_exchange_n(word, &seen, seen + 1, 0, __ATOMIC_RELAXED,
                                            __ATOMIC_RELAXED))
            ;
    }
}

/* Each side on cache lines of its own, with what it last saw of the other. */
typedef struct {
    _Alignas(LINE_BYTES) uint64_t head;
    uint64_t tail_seen;
    _Alignas(LINE_BYTES) uint64_t tail;
    uint64_t head_seen;
    _Alignas(LINE_BYTES) item items[RING_ITEMS];
} stream;

void *workload_make_stream(void)
{
    stream *made = aligned_alloc(LINE_BYTES, sizeof *made);
    if (made)
        memset(made, 0, sizeof *made);
    return made;
}

void workload_reset_stream(void *fixture)
{
    stream *made = fixture;
    made->head = made->tail = made->head_seen = made->tail_seen = 0;
}

/* A moment on the CPU, then the CPU is given away: the other thread may be waiting for just this
 * one. */
static void wait_a_moment(int *tries)
{
    enum { SPINS = 64 };
    if (++*tries % SPINS == 0)
        sched_yield();
    else
        __asm__ volatile("" : : : "memory");
}

void workload_push_stream(void *fixture)
{
    stream *made = fixture;
    uint64_t head = made->head;
    for (int i = steps(2000); i > 0; i--) {
        for (int tries = 0; head - made->tail_seen == RING_ITEMS; wait_a_moment(&tries))
            made->tail_seen = __atomic_load_n(&made->tail, __ATOMIC_ACQUIRE);
        made->items[head % RING_ITEMS] = (item){{head, 1, 2, 3}};
        __atomic_store_n(&made->head, ++head, __ATOMIC_RELEASE);
    }
}

uint64_t workload_pop_stream(void *fixture)
{
    stream *made = fixture;
    uint64_t tail = made->tail;
    item out = {{0}};
    for (int i = steps(2000); i > 0; i--) {
        for (int tries = 0; made->head_seen == tail; wait_a_moment(&tries))
            made->head_seen = __atomic_load_n(&made->head, __ATOMIC_ACQUIRE);
        out = made->items[tail % RING_ITEMS];
        __atomic_store_n(&made->tail, ++tail, __ATOMIC_RELEASE);
    }
    return out.words[0];
}

enum { REQUESTS = 16384 };
typedef struct {
    size_t next;
    uint64_t value;
    uint32_t rounds[REQUESTS];
} requests;

/* Sizes from Pareto's distribution with exponent 2.5, least 250, most 50 times that. Each is
 * rounded up or down by a lot of its own, which is the same for every permille: rounding alone
 * would leave out half a percent of 250. */
void *workload_make_requests(void)
{
    uint64_t random = 0x9E3779B97F4A7C15u;
    requests *made = calloc(1, sizeof *made);
    for (size_t i = 0; made && i < REQUESTS; i++) {
        double share = (double)(next_random(&random) >> 11) * 0x1p-53;
        double lot = (double)(next_random(&random) >> 11) * 0x1p-53;
        double size = fmin(250 * pow(1 - share, -1 / 2.5), 50 * 250);
        made->rounds[i] = (uint32_t)(size * workload_permille / 1000 + lot);
    }
    return made;
}

void workload_request(void *fixture)
{
    requests *made = fixture;
    made->value = mix(made->value, (int)made->rounds[made->next++ % REQUESTS]);
}
