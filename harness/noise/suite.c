/*
 * Four workloads of about a microsecond, each bound by another part of the processor: what one
 * machine measures well another need not. Their names are those in runner/doctor_noise.c.
 */
#include <errno.h>
#include <stdlib.h>

#include <vbench/vbench.h>

enum { ADDITIONS = 500, TURNS = 400, RING_WORDS = 1024, LOADS = 64, NUMBERS = 16, STARTS = 256 };

/* Each step waits for the one before: multiplication and addition, four or five cycles. */
static void arithmetic(vb_run *run)
{
    uint64_t value = 1;
    VB_LOOP (run) {
        for (int i = 0; i < ADDITIONS; i++)
            value = value * 0x5851F42D4C957F2Du + 0x14057B7EF767814Fu;
        VB_KEEP(value);
    }
}

static int make_ring(vb_run *run, void **fixture)
{
    (void)run;
    *fixture = calloc(RING_WORDS, sizeof(uint64_t));
    return *fixture ? 0 : -ENOMEM;
}

/* A ring of 8 KiB: a word is written, and the one a quarter further is read. (Half way round would
 * be 4 KiB, which the processor takes for the same address at first.) */
static void cache(vb_run *run)
{
    uint64_t *ring = vb_fixture(run);
    uint64_t head = 0, total = 0;
    VB_LOOP (run) {
        for (int i = 0; i < TURNS; i++, head++) {
            ring[head % RING_WORDS] = total + head;
            total += ring[(head + RING_WORDS / 4) % RING_WORDS];
            VB_KEEP(total);
        }
    }
}

/* Lengths of Collatz sequences: nobody can predict where one ends. */
static void branches(vb_run *run)
{
    uint64_t start = 0;
    VB_LOOP (run) {
        uint64_t steps = 0;
        for (int i = 0; i < NUMBERS; i++) {
            start = (start + 97) % STARTS;
            for (uint64_t n = start + 1; n != 1; steps++)
                n = n % 2 ? 3 * n + 1 : n / 2;
        }
        VB_KEEP(steps);
    }
}

typedef struct line {
    const struct line *next;
    char rest[64 - sizeof(void *)];
} line;

/* Links all cache lines of 1 MiB into one cycle, which jumps about: i -> 5 i + 12345 modulo a power
 * of two visits each i (T. E. Hull and A. R. Dobell, "Random number generators", 1962). */
static int make_lines(vb_run *run, void **fixture)
{
    (void)run;
    const size_t count = (1 << 20) / sizeof(line);
    line *lines = aligned_alloc(sizeof(line), count * sizeof(line));
    for (size_t i = 0; lines && i < count; i++)
        lines[i].next = &lines[(5 * i + 12345) % count];
    *fixture = lines;
    return lines ? 0 : -ENOMEM;
}

/* Each load waits for the one before, which says where it goes. */
static void memory(vb_run *run)
{
    const line *at = vb_fixture(run);
    VB_LOOP (run) {
        for (int i = 0; i < LOADS; i++)
            at = at->next;
        VB_KEEP(at);
    }
}

static const vb_bench table[] = {
    {.name = "arithmetic", .fn = arithmetic},
    {.name = "cache", .fn = cache, .setup = make_ring, .teardown = free},
    {.name = "branches", .fn = branches},
    {.name = "memory", .fn = memory, .setup = make_lines, .teardown = free},
};
VB_MAIN(table)
