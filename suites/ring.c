/*
 * The ring: one thread pushing and popping, bulk transfers, and two threads.
 *
 * Every transaction that comes out is checked against the one that must come out next. That check
 * is an xor and an or of values at hand, inside the loop because the elements are gone after it;
 * what it found is judged in finish.
 */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>

#include "velox/ring.h"
#include "velox/transaction.h"

#include <vbench/vbench.h>

typedef struct {
    velox_ring *ring;
    uint64_t next_in;  /* sequence of the next transaction to go in */
    uint64_t next_out; /* and of the next that must come out */
    uint64_t wrong;    /* not 0: bits in which some sequence was not the expected one */
} ring_fixture;

/* Axis 0 of every case is the ring's capacity. */
static int setup_ring(vb_run *run, void **fixture)
{
    ring_fixture *made = calloc(1, sizeof *made);
    if (!made)
        return -ENOMEM;
    int status = velox_ring_create((uint32_t)vb_param(run, 0), &made->ring);
    if (status != 0) {
        free(made);
        return status;
    }
    *fixture = made;
    return 0;
}

static void teardown_ring(void *fixture)
{
    ring_fixture *made = fixture;
    velox_ring_free(made->ring);
    free(made);
}

static int reset_empty(vb_run *run)
{
    ring_fixture *fixture = vb_fixture(run);
    velox_ring_reset(fixture->ring, 0);
    fixture->next_in = fixture->next_out = fixture->wrong = 0;
    return 0;
}

/* Half full, so that what is popped was written half a ring ago, as in a pipeline that flows. */
static int reset_half_full(vb_run *run)
{
    ring_fixture *fixture = vb_fixture(run);
    reset_empty(run);
    for (size_t i = 0; i < velox_ring_capacity(fixture->ring) / 2; i++) {
        velox_transaction in = {.sequence = fixture->next_in++};
        if (!velox_ring_push(fixture->ring, &in))
            return -ENOSPC;
    }
    return 0;
}

static void check_sequence(vb_run *run)
{
    const ring_fixture *fixture = vb_fixture(run);
    if (fixture->wrong != 0)
        vb_fail(run, "a transaction came out of sequence");
    else if (fixture->next_in - fixture->next_out != velox_ring_size(fixture->ring))
        vb_fail(run, "the ring does not hold what went in and did not come out");
}

static void push_pop(vb_run *run)
{
    ring_fixture *fixture = vb_fixture(run);
    velox_ring *ring = fixture->ring;
    velox_transaction in = {.sequence = fixture->next_in};
    velox_transaction out = {.sequence = ~fixture->next_out};
    uint64_t next_out = fixture->next_out;
    uint64_t wrong = 0;
    VB_LOOP(run)
    {
        wrong |= !velox_ring_push(ring, &in);
        in.sequence++;
        wrong |= !velox_ring_pop(ring, &out);
        wrong |= out.sequence ^ next_out++;
    }
    fixture->next_in = in.sequence;
    fixture->next_out = next_out;
    fixture->wrong = wrong;
    vb_items(run, 1);
}

enum { BATCH = 16 };

/* Axis 1 is the number of transactions that one iteration takes through the ring: a multiple of
 * BATCH. */
static void bulk_throughput(vb_run *run)
{
    ring_fixture *fixture = vb_fixture(run);
    velox_ring *ring = fixture->ring;
    const int64_t operations = vb_param(run, 1);
    velox_transaction in[BATCH] = {0};
    velox_transaction out[BATCH] = {0};
    uint64_t next_in = fixture->next_in;
    uint64_t next_out = fixture->next_out;
    uint64_t wrong = 0;
    VB_LOOP(run)
    {
        for (int64_t done = 0; done < operations; done += BATCH) {
            for (int i = 0; i < BATCH; i++)
                in[i].sequence = next_in++;
            wrong |= velox_ring_push_batch(ring, in, BATCH) ^ BATCH;
            wrong |= velox_ring_pop_batch(ring, out, BATCH) ^ BATCH;
            for (int i = 0; i < BATCH; i++)
                wrong |= out[i].sequence ^ next_out++;
        }
    }
    fixture->next_in = next_in;
    fixture->next_out = next_out;
    fixture->wrong = wrong;
    vb_items(run, (uint64_t)operations);
}

/* Waiting for the other thread: a moment on the CPU, then the CPU is given away, because the other
 * thread may be waiting for just this one. */
static void wait_a_moment(unsigned *tries)
{
    enum { SPINS = 64 };
    if (++*tries >= SPINS) {
        sched_yield();
        return;
    }
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb");
#endif
}

/* Thread 0 pushes and thread 1 pops; one iteration is one transaction handed over. */
static void spsc_cross_thread(vb_run *run)
{
    ring_fixture *fixture = vb_fixture(run);
    velox_ring *ring = fixture->ring;
    unsigned tries;
    if (vb_thread(run) == 0) {
        velox_transaction in = {0};
        VB_LOOP(run)
        {
            for (tries = 0; !velox_ring_push(ring, &in);)
                wait_a_moment(&tries);
            in.sequence++;
        }
        fixture->next_in = in.sequence;
    } else {
        velox_transaction out = {0};
        uint64_t next_out = 0;
        uint64_t wrong = 0;
        VB_LOOP(run)
        {
            for (tries = 0; !velox_ring_pop(ring, &out);)
                wait_a_moment(&tries);
            wrong |= out.sequence ^ next_out++;
        }
        fixture->next_out = next_out;
        fixture->wrong = wrong;
        vb_items(run, 1);
    }
}

static const vb_bench table[] = {
    {
        .name = "ring_buffer/push_pop",
        .fn = push_pop,
        .setup = setup_ring,
        .reset = reset_half_full,
        .finish = check_sequence,
        .teardown = teardown_ring,
        .axes = {VB_VALUES("capacity", 64, 1024, 4096)},
    },
    {
        .name = "ring_bulk_throughput/1M_ops",
        .fn = bulk_throughput,
        .setup = setup_ring,
        .reset = reset_empty,
        .finish = check_sequence,
        .teardown = teardown_ring,
        .axes = {VB_FIXED("capacity", 1024), VB_FIXED("operations", 1000000)},
    },
    {
        .name = "ring_bulk_throughput/10M_ops",
        .fn = bulk_throughput,
        .setup = setup_ring,
        .reset = reset_empty,
        .finish = check_sequence,
        .teardown = teardown_ring,
        .axes = {VB_FIXED("capacity", 1024), VB_FIXED("operations", 10000000)},
    },
    {
        .name = "ring_spsc_cross_thread",
        .fn = spsc_cross_thread,
        .setup = setup_ring,
        .reset = reset_empty,
        .finish = check_sequence,
        .teardown = teardown_ring,
        .axes = {VB_FIXED("capacity", 1024)},
        .threads = VB_FIXED("threads", 2),
    },
};

VB_MAIN(table)
