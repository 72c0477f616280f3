#include "runner/pairing_plan.h"

#include <math.h>

#include "runner/blocks.h"
#include "runner/sequential.h"
#include "runner/units.h"

enum {
    LONG_BLOCK_MAX_NS = 50000000,
    PAIR_BLOCKS_MAX = 200,   /* of each side: they are all kept */
    THREADED_BLOCKS_MIN = 2, /* of each side in a pair */
    CACHE_BLOCKS = 5,        /* of each kind, to see what alternating costs */
    SETTLING = 3,            /* of those in turns, before they count */
    LONGER = 4,              /* times, if it costs too much */
    CYCLES_MAX = 1000000,
    STARTS_IN_PAIR = 4, /* a pair's blocks take so many times the start of its processes */
};
/*
 * The shortest block of one thread, as a share of those of a run. Where a host disturbs every few
 * blocks of a millisecond, twice as many of half the length hold more that nothing disturbed: on
 * such a host, in turns, blocks of 1 ms found +0.5 % in 19 of 24 comparisons of 1 s, those of 0.5
 * ms in 23 of 24, and their estimates scattered by 0.11 and 0.03 %. With 0.25 ms less than four
 * fifths of the time would lie within blocks; for the same reason they are six times as long as
 * what happens between two of them, up to four times the shortest.
 */
static const double shortest_share = 0.5, times_outside = 6, longest_of_shortest = 4;

/* What alternating may cost before it is told, and before something is done about it. */
static const double cost_told = 0.05, cost_max = 4;

/* So many iterations times the factor, as far as the limits of both sides allow. */
static uint64_t scaled(const vb_live_pair *pair, uint64_t iterations, double factor)
{
    uint64_t old = vb_blocks_scaled(pair->benchmarks[VB_OLD], iterations, factor);
    uint64_t new = vb_blocks_scaled(pair->benchmarks[VB_NEW], iterations, factor);
    return old < new ? old : new;
}

/*
 * What alternating costs, as a share, of the side that suffers more: the fastest of alternated
 * blocks against the fastest of blocks in a row. Both kinds are slowed down by whatever else the
 * machine does, but seldom all of them.
 */
static vb_worker_outcome measure_sharing(vb_live_pair *pair, uint64_t iterations, uint64_t warm_up,
                                         double *excess)
{
    double in_a_row[VB_SIDES] = {INFINITY, INFINITY}, in_turns[VB_SIDES] = {INFINITY, INFINITY};
    vb_block blocks[VB_SIDES];
    vb_worker_outcome outcome = VB_WORKER_OK;
    for (int side = 0; side < VB_SIDES; side++) {
        /* One more than counts: the first finds what the other side has left. */
        for (int i = 0; i < CACHE_BLOCKS + 1 && outcome == VB_WORKER_OK; i++) {
            outcome = vb_live_pair_run(pair, side, iterations, &blocks[side]);
            if (outcome == VB_WORKER_OK && i > 0)
                in_a_row[side] = fmin(in_a_row[side], blocks[side].real_ns);
        }
    }
    /* Here, too, the first ones find the cache as the blocks in a row have left it. */
    for (int i = 0; i < CACHE_BLOCKS + SETTLING && outcome == VB_WORKER_OK; i++) {
        outcome = vb_live_pair_run_both(pair, VB_OLD, iterations, warm_up, blocks);
        for (int side = 0; side < VB_SIDES && outcome == VB_WORKER_OK && i >= SETTLING; side++)
            in_turns[side] = fmin(in_turns[side], blocks[side].real_ns);
    }
    *excess = 0;
    for (int side = 0; side < VB_SIDES && outcome == VB_WORKER_OK; side++)
        *excess = fmax(*excess, in_turns[side] / fmax(in_a_row[side], 1) - 1);
    return outcome;
}

/*
 * Old and new push each other's data out of the cache, and each other's branches out of the
 * predictor. What that costs is told. Only where it makes the time five times as long is each block
 * warmed up by half of itself, and made longer until it does no more: random loads over 4 MiB
 * scattered by 0.3 % in blocks of a millisecond, and by 2.4 % in blocks of 17 ms with a warm-up.
 * Where even the longest does not help, the blocks stay short.
 */
static vb_worker_outcome settle_sharing(vb_live_pair *pair, vb_block_length *length,
                                        double longest_ns)
{
    vb_paired_case *paired = pair->paired;
    const vb_block_length shortest = *length;
    double cost = 0, cost_of_shortest = 0;
    for (;;) {
        vb_worker_outcome outcome =
            measure_sharing(pair, length->iterations, paired->warm_up, &cost);
        paired->cache_shared = cost > cost_told ? cost : 0;
        if (outcome != VB_WORKER_OK || cost <= cost_max)
            return outcome;
        uint64_t longer = length->iterations;
        if (paired->warm_up > 0) {
            double factor = fmin(LONGER, longest_ns / length->block_ns);
            longer = scaled(pair, length->iterations, factor);
            if (factor < 1.1 || longer <= length->iterations)
                break;
        } else {
            cost_of_shortest = cost;
        }
        length->block_ns *= (double)longer / (double)length->iterations;
        length->iterations = longer;
        paired->warm_up = (longer + 1) / 2;
    }
    *length = shortest;
    paired->warm_up = 0;
    paired->cache_shared = cost_of_shortest;
    return VB_WORKER_OK;
}

/* How many times as long a block should be for what happens between blocks, reset and finish say,
 * to be a small part of the time. */
static double lengthening(const vb_block_length *length, double least_ns)
{
    double wanted_ns = fmin(times_outside * length->outside_ns, longest_of_shortest * least_ns);
    return fmax(1, wanted_ns / length->block_ns);
}

size_t vb_pairing_usual_cycles(double budget_s)
{
    const double cycles = budget_s * 1e9 / (VB_CYCLE_PAIRS * (double)VB_PAIR_NS);
    return (size_t)fmin(fmax(cycles, VB_CYCLES_MIN), CYCLES_MAX);
}

size_t vb_pairing_groups(const vb_paired_case *paired)
{
    if (!vb_paired_has_layouts(paired))
        return 0;
    size_t old = paired->old_layouts->executables.count;
    size_t new = paired->new_layouts->executables.count;
    return (old < new ? old : new) / VB_CYCLE_PAIRS;
}

/* What the pairs of the natural links come to, where there are others. */
static double natural_share(const vb_paired_case *paired)
{
    return vb_paired_has_layouts(paired) ? 1 + 1.0 / (VB_CYCLE_PAIRS * VB_NATURAL_EVERY) : 1;
}

/* So many whole cycles take so long; what has much untimed work gets a multiple of it by the clock.
 */
static double cycles_within(const vb_paired_case *paired, double budget_s)
{
    const double cycles = fmin(budget_s * 1e9 / paired->cycle_ns,
                               VB_WALL_FACTOR * budget_s * 1e9 / paired->wall_cycle_ns);
    return floor(cycles + 0.5);
}

static void plan_looks(vb_paired_case *paired, const vb_measure_options *options)
{
    const double budget = cycles_within(paired, options->budget_s);
    const double most = cycles_within(paired, options->max_budget_s);
    vb_sequential_plan(paired, (size_t)fmin(fmax(budget, VB_CYCLES_MIN), CYCLES_MAX),
                       (size_t)fmin(most, CYCLES_MAX));
}

void vb_pairing_plan_cycles(vb_paired_case *paired, const vb_measure_options *options)
{
    const double untimed_ns = paired->wall_cycle_ns - paired->cycle_ns;
    if (!(paired->timed_ns > 0))
        return;
    paired->cycle_ns = paired->timed_ns * natural_share(paired);
    paired->wall_cycle_ns = paired->cycle_ns + untimed_ns;
    plan_looks(paired, options);
}

vb_worker_outcome vb_pairing_plan(vb_live_pair *pair, double start_ns)
{
    vb_paired_case *paired = pair->paired;
    const double budget_ns = pair->options->budget_s * 1e9;
    const bool threaded = paired->new->threads > 1;
    const double least_ns = vb_blocks_least_ns(paired->new) * (threaded ? 1 : shortest_share);
    vb_block_length lengths[VB_SIDES];
    paired->warm_up = 0; /* an attempt that broke may have left one */
    for (int side = 0; side < VB_SIDES; side++) {
        pair->broken = side;
        vb_worker_outcome outcome = vb_blocks_calibrate(
            &pair->workers[side], pair->benchmarks[side], least_ns, &lengths[side]);
        if (outcome != VB_WORKER_OK)
            return outcome;
    }
    /* The faster side's count is the larger one; but the slower side must not take for ever. */
    int faster = lengths[VB_OLD].iterations > lengths[VB_NEW].iterations ? VB_OLD : VB_NEW;
    int slower = 1 - faster;
    vb_block_length length = lengths[faster];
    double slow_ns =
        lengths[slower].block_ns * (double)length.iterations / (double)lengths[slower].iterations;
    if (slow_ns > LONG_BLOCK_MAX_NS && slow_ns > lengths[slower].block_ns) {
        double shrink = fmax(LONG_BLOCK_MAX_NS, lengths[slower].block_ns) / slow_ns;
        length.iterations = scaled(pair, length.iterations, shrink);
        slow_ns *= shrink;
    }
    const uint64_t calibrated = length.iterations;
    length.iterations = scaled(pair, calibrated, threaded ? 1 : lengthening(&length, least_ns));
    length.block_ns =
        (slow_ns + length.block_ns) / 2 * (double)length.iterations / (double)calibrated;

    if (!threaded) {
        const double longest_ns =
            fmin(LONG_BLOCK_MAX_NS, budget_ns / (VB_CYCLES_MIN * VB_CYCLE_PAIRS * VB_SIDES));
        vb_worker_outcome outcome = settle_sharing(pair, &length, longest_ns);
        if (outcome != VB_WORKER_OK)
            return outcome;
    }
    /* Four cycles must go into the budget; within that, processes that take long to start live
     * longer. */
    double longest_pair_ns = budget_ns / (VB_CYCLES_MIN * VB_CYCLE_PAIRS);
    double pair_ns = fmin(fmax(VB_PAIR_NS, STARTS_IN_PAIR * start_ns), longest_pair_ns);
    /* Untimed work, reset say, must not make the whole take many times the budget. */
    double wall_block_ns = length.block_ns + length.outside_ns;
    pair_ns = fmin(pair_ns, VB_WALL_FACTOR * pair_ns * length.block_ns / wall_block_ns);
    double blocks = fmin(floor(pair_ns / (VB_SIDES * length.block_ns) + 0.5), PAIR_BLOCKS_MAX);
    blocks = fmax(blocks, threaded ? THREADED_BLOCKS_MIN : 1);
    double cycle_ns = VB_CYCLE_PAIRS * VB_SIDES * blocks * length.block_ns;
    double wall_cycle_ns = cycle_ns * wall_block_ns / length.block_ns + VB_CYCLE_PAIRS * start_ns;
    paired->block_ns = length.block_ns;
    paired->pair_blocks = (size_t)blocks;
    paired->cycle_ns = cycle_ns * natural_share(paired);
    paired->wall_cycle_ns = wall_cycle_ns * natural_share(paired);
    plan_looks(paired, pair->options);
    paired->old->iterations = paired->new->iterations = length.iterations;
    paired->old->blocks = paired->new->blocks = paired->pair_blocks;
    if (cycles_within(paired, pair->options->budget_s) < VB_CYCLES_MIN) {
        double needed_ns = cycle_ns > budget_ns / VB_CYCLES_MIN ? cycle_ns : wall_cycle_ns;
        char needed[VB_UNIT_TEXT_MAX];
        vb_benchmark_warn(paired->new, "%d cycles take %s, longer than the budget", VB_CYCLES_MIN,
                          vb_format_time_ns(VB_CYCLES_MIN * needed_ns, needed));
    }
    return VB_WORKER_OK;
}
