/*
 * The ring: one thread pushing and popping, bulk transfers, and two threads.
 *
 * Inside the loop, differences between the sequence number that comes out and the one that must
 * come out next are gathered: an xor and an or of values at hand, because the elements are gone
 * after it. They are judged in finish, outside of the time; there, too, the ring is filled once
 * with sealed transactions, and all 32 bytes of each must come out again.
 */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "velox/pause.h"
#include "velox/ring.h"

#include "suite_inputs.h"

#include <vbench/vbench.h>

enum { BATCH = 16 };

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
    /* Not at 0: batches then cross the wrap of the storage, as they do in a pipeline. */
    velox_ring_reset(fixture->ring, BATCH / 2 - 1);
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

/* Fills the empty ring `batch` at a time and empties it again; 0 if every byte came out as it went
 * in, and nothing else. */
static int pass_sealed(velox_ring *ring, size_t batch)
{
    const size_t capacity = velox_ring_capacity(ring);
    velox_transaction items[BATCH];
    for (size_t done = 0; done < capacity; done += batch) {
        for (size_t i = 0; i < batch; i++)
            items[i] = sealed(done + i);
        size_t pushed =
            batch == 1 ? velox_ring_push(ring, items) : velox_ring_push_batch(ring, items, batch);
        if (pushed != batch)
            return -EIO;
    }
    if (velox_ring_push(ring, items))
        return -EIO; /* it is full */
    for (size_t done = 0; done < capacity; done += batch) {
        size_t popped =
            batch == 1 ? velox_ring_pop(ring, items) : velox_ring_pop_batch(ring, items, batch);
        if (popped != batch)
            return -EIO;
        for (size_t i = 0; i < batch; i++) {
            velox_transaction expected = sealed(done + i);
            if (!velox_transaction_verify(&items[i]) ||
                memcmp(&items[i], &expected, sizeof expected) != 0)
                return -EIO;
        }
    }
    return velox_ring_pop(ring, items) ? -EIO : 0; /* it is empty */
}

static void check_results(vb_run *run)
{
    ring_fixture *fixture = vb_fixture(run);
    velox_ring *ring = fixture->ring;
    if (fixture->wrong != 0) {
        vb_fail(run, "a transaction came out of sequence");
        return;
    }
    if (fixture->next_in - fixture->next_out != velox_ring_size(ring)) {
        vb_fail(run, "the ring does not hold what went in and did not come out");
        return;
    }
    velox_transaction left;
    while (velox_ring_pop(ring, &left)) {
        if (left.sequence != fixture->next_out++) {
            vb_fail(run, "what was left in the ring came out of sequence");
            return;
        }
    }
    if (pass_sealed(ring, 1) != 0 || pass_sealed(ring, BATCH) != 0)
        vb_fail(run, "a full ring of sealed transactions did not come out as it went in");
}

static void push_pop(vb_run *run)
{
    ring_fixture *fixture = vb_fixture(run);
    velox_ring *ring = fixture->ring;
    velox_transaction in = {.sequence = fixture->next_in};
    velox_transaction out = {.sequence = ~fixture->next_out};
    uint64_t next_out = fixture->next_out;
    uint64_t wrong = 0;
    VB_LOOP (run) {
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
    VB_LOOP (run) {
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
    velox_pause();
}

/* Thread 0 pushes and thread 1 pops; one iteration is one transaction handed over. */
static void spsc_cross_thread(vb_run *run)
{
    ring_fixture *fixture = vb_fixture(run);
    velox_ring *ring = fixture->ring;
    unsigned tries;
    if (vb_thread(run) == 0) {
        velox_transaction in = {0};
        VB_LOOP (run) {
            for (tries = 0; !velox_ring_push(ring, &in);)
                wait_a_moment(&tries);
            in.sequence++;
        }
        fixture->next_in = in.sequence;
    } else {
        velox_transaction out = {0};
        uint64_t next_out = 0;
        uint64_t wrong = 0;
        VB_LOOP (run) {
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
        .finish = check_results,
        .teardown = teardown_ring,
        .axes = {VB_VALUES("capacity", 64, 1024, 4096)},
    },
    {
        .name = "ring_bulk_throughput/1M_ops",
        .fn = bulk_throughput,
        .setup = setup_ring,
        .reset = reset_empty,
        .finish = check_results,
        .teardown = teardown_ring,
        .axes = {VB_FIXED("capacity", 1024), VB_FIXED("operations", 1000000)},
    },
    {
        .name = "ring_bulk_throughput/10M_ops",
        .fn = bulk_throughput,
        .setup = setup_ring,
        .reset = reset_empty,
        .finish = check_results,
        .teardown = teardown_ring,
        .axes = {VB_FIXED("capacity", 1024), VB_FIXED("operations", 10000000)},
    },
    {
        .name = "ring_spsc_cross_thread",
        .fn = spsc_cross_thread,
        .setup = setup_ring,
        .reset = reset_empty,
        .finish = check_results,
        .teardown = teardown_ring,
        .axes = {VB_FIXED("capacity", 1024)},
        .threads = VB_FIXED("threads", 2),
    },
};

VB_MAIN(table)
