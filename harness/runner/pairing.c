#include "runner/pairing.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/allocation_pass.h"
#include "runner/blocks.h"
#include "runner/checks.h"
#include "runner/judge.h"
#include "runner/paired_judge.h"
#include "runner/random.h"
#include "runner/units.h"
#include "runner/worker.h"

enum { OLD, NEW, SIDES };

enum {
    PAIR_NS = 60000000, /* of timed blocks, both sides together */
    LONG_BLOCK_MAX_NS = 50000000,
    THREADED_BLOCKS_MIN = 2, /* of each side in a pair */
    NATURAL_EVERY = 2,       /* cycles: the natural arm is an eighth of the time */
    CACHE_BLOCKS = 5,        /* of each kind, to see what alternating costs */
    LONGER = 4,              /* times, if it costs too much */
    WARM_UP_SHARE = 5,       /* of a longer block: a fifth of it, untimed, before it */
};
static const double cache_shared_max = 0.05; /* what alternating may cost */

/* A pair of processes while it is alive. */
typedef struct {
    vb_paired_case *paired;
    const vb_measure_options *options;
    vb_benchmark *benchmarks[SIDES];
    vb_worker workers[SIDES];
    int broken; /* the side that an outcome other than OK is about */
} live_pair;

bool vb_paired_has_layouts(const vb_paired_case *paired)
{
    return paired->old_layouts && paired->new_layouts &&
           paired->old_layouts->executables.count >= VB_CYCLE_PAIRS &&
           paired->new_layouts->executables.count >= VB_CYCLE_PAIRS;
}

static vb_worker_outcome run_block(live_pair *pair, int side, uint64_t iterations, vb_block *block)
{
    pair->broken = side;
    return vb_blocks_run(&pair->workers[side], pair->benchmarks[side], iterations, block);
}

/* One block of each side, `first` before the other one; each after its warm-up. */
static vb_worker_outcome run_both(live_pair *pair, int first, uint64_t iterations, uint64_t warm_up,
                                  vb_block blocks[SIDES])
{
    vb_worker_outcome outcome = VB_WORKER_OK;
    for (int turn = 0; turn < SIDES && outcome == VB_WORKER_OK; turn++) {
        int side = turn == 0 ? first : 1 - first;
        if (warm_up > 0)
            outcome = run_block(pair, side, warm_up, &blocks[side]);
        if (outcome == VB_WORKER_OK)
            outcome = run_block(pair, side, iterations, &blocks[side]);
    }
    return outcome;
}

static double median(double *values, size_t count)
{
    return vb_judge_summary(values, count).median;
}

/*
 * What alternating costs, as a share, of the side that suffers more: the fastest of alternated
 * blocks against the fastest of blocks in a row. Both kinds are slowed down by whatever else the
 * machine does, but seldom all of them.
 */
static vb_worker_outcome measure_sharing(live_pair *pair, uint64_t iterations, uint64_t warm_up,
                                         double *excess)
{
    double in_a_row[SIDES] = {INFINITY, INFINITY}, in_turns[SIDES] = {INFINITY, INFINITY};
    vb_block blocks[SIDES];
    vb_worker_outcome outcome = VB_WORKER_OK;
    for (int side = 0; side < SIDES; side++) {
        /* One more than counts: the first finds what the other side has left. */
        for (int i = 0; i < CACHE_BLOCKS + 1 && outcome == VB_WORKER_OK; i++) {
            outcome = run_block(pair, side, iterations, &blocks[side]);
            if (i > 0)
                in_a_row[side] = fmin(in_a_row[side], blocks[side].real_ns);
        }
    }
    for (int i = 0; i < CACHE_BLOCKS && outcome == VB_WORKER_OK; i++) {
        outcome = run_both(pair, OLD, iterations, warm_up, blocks);
        for (int side = 0; side < SIDES; side++)
            in_turns[side] = fmin(in_turns[side], blocks[side].real_ns);
    }
    *excess = 0;
    for (int side = 0; side < SIDES && outcome == VB_WORKER_OK; side++)
        *excess = fmax(*excess, in_turns[side] / fmax(in_a_row[side], 1) - 1);
    return outcome;
}

/*
 * Makes the blocks longer, with a short warm-up before each, until old and new no longer push each
 * other's data out of the cache, or each other's branches out of the predictor, or there is no time
 * for longer ones.
 */
static vb_worker_outcome settle_sharing(live_pair *pair, vb_block_length *length, double longest_ns)
{
    vb_paired_case *paired = pair->paired;
    for (;;) {
        double excess = 0;
        vb_worker_outcome outcome =
            measure_sharing(pair, length->iterations, paired->warm_up, &excess);
        if (outcome != VB_WORKER_OK)
            return outcome;
        paired->cache_shared = excess > cache_shared_max ? excess : 0;
        double factor = fmin(LONGER, longest_ns / length->block_ns);
        uint64_t longer = vb_blocks_scaled(pair->benchmarks[NEW], length->iterations, factor);
        if (paired->cache_shared == 0 || factor < 1.1 || longer <= length->iterations)
            return VB_WORKER_OK;
        length->block_ns *= (double)longer / (double)length->iterations;
        length->iterations = longer;
        paired->warm_up = longer / WARM_UP_SHARE;
    }
}

/* Groups of four layouts, each a cycle's; 0: none are placed. */
static size_t group_count(const vb_paired_case *paired)
{
    if (!vb_paired_has_layouts(paired))
        return 0;
    size_t old = paired->old_layouts->executables.count;
    size_t new = paired->new_layouts->executables.count;
    return (old < new ? old : new) / VB_CYCLE_PAIRS;
}

/* More cycles than groups visit each group equally often. */
static size_t whole_rounds(const vb_paired_case *paired, double cycles)
{
    double groups = (double)group_count(paired);
    return (size_t)(groups > 0 && cycles > groups ? groups * floor(cycles / groups + 0.5) : cycles);
}

/*
 * Plans all pairs of a case by its first one: one number of iterations for both sides, so that a
 * ratio of times is a ratio of work, and a number of blocks that is fixed beforehand, so that no
 * length is favoured.
 */
static vb_worker_outcome plan_pairs(live_pair *pair, double start_ns)
{
    vb_paired_case *paired = pair->paired;
    const double budget_ns = pair->options->budget_s * 1e9;
    const bool threaded = paired->new->threads > 1;
    const double least_ns = vb_blocks_least_ns(paired->new);
    vb_block_length lengths[SIDES];
    for (int side = 0; side < SIDES; side++) {
        pair->broken = side;
        vb_worker_outcome outcome = vb_blocks_calibrate(
            &pair->workers[side], pair->benchmarks[side], least_ns, &lengths[side]);
        if (outcome != VB_WORKER_OK)
            return outcome;
    }
    /* The faster side's count is the larger one; but the slower side must not take for ever. */
    int faster = lengths[OLD].iterations > lengths[NEW].iterations ? OLD : NEW;
    int slower = 1 - faster;
    vb_block_length length = lengths[faster];
    double slow_ns =
        lengths[slower].block_ns * (double)length.iterations / (double)lengths[slower].iterations;
    if (slow_ns > LONG_BLOCK_MAX_NS && slow_ns > lengths[slower].block_ns) {
        double shrink = fmax(LONG_BLOCK_MAX_NS, lengths[slower].block_ns) / slow_ns;
        length.iterations = vb_blocks_scaled(paired->new, length.iterations, shrink);
        slow_ns *= shrink;
    }
    uint64_t limit = paired->old->max_iterations;
    if (limit > 0 && length.iterations > limit)
        length.iterations = limit;
    length.block_ns = (slow_ns + length.block_ns) / 2;

    if (!threaded) {
        const double longest_ns =
            fmin(LONG_BLOCK_MAX_NS, budget_ns / (VB_CYCLES_MIN * VB_CYCLE_PAIRS * SIDES));
        vb_worker_outcome outcome = settle_sharing(pair, &length, longest_ns);
        if (outcome != VB_WORKER_OK)
            return outcome;
    }
    /* Four cycles must go into the budget; within that, processes that take long to start live
     * longer. */
    double longest_pair_ns = budget_ns / (VB_CYCLES_MIN * VB_CYCLE_PAIRS);
    double pair_ns = fmin(fmax(PAIR_NS, 2 * start_ns), longest_pair_ns);
    double blocks =
        fmax(threaded ? THREADED_BLOCKS_MIN : 1, floor(pair_ns / (SIDES * length.block_ns) + 0.5));
    double cycle_ns = VB_CYCLE_PAIRS * SIDES * blocks * length.block_ns;
    double cycles = floor(budget_ns / cycle_ns + 0.5);
    paired->block_ns = length.block_ns;
    paired->pair_blocks = (size_t)blocks;
    paired->cycles_planned = whole_rounds(paired, fmax(cycles, VB_CYCLES_MIN));
    paired->old->iterations = paired->new->iterations = length.iterations;
    paired->old->blocks = paired->new->blocks = paired->pair_blocks;
    if (cycles < VB_CYCLES_MIN) {
        char needed[VB_UNIT_TEXT_MAX];
        vb_benchmark_warn(paired->new, "%d cycles take %s, longer than the budget", VB_CYCLES_MIN,
                          vb_format_time_ns(VB_CYCLES_MIN * cycle_ns, needed));
    }
    return VB_WORKER_OK;
}

/* The blocks of a pair, and its value; the samples, if they are to be kept (NULL: not). */
static vb_worker_outcome run_blocks(live_pair *pair, vb_process_samples *kept[SIDES],
                                    uint64_t *random, vb_process_pair *value)
{
    vb_paired_case *paired = pair->paired;
    const size_t count = paired->pair_blocks;
    double *figures = malloc((SIDES + 1) * count * sizeof *figures);
    if (!figures) {
        vb_say(&pair->workers[pair->broken].why, "there is not enough memory for its samples");
        return VB_WORKER_REFUSED;
    }
    double *ns[SIDES] = {figures, figures + count};
    double *log_ratios = figures + SIDES * count;
    vb_worker_outcome outcome = VB_WORKER_OK;
    const uint64_t begin_ns = vb_process_now_ns();
    for (size_t i = 0; i < count && outcome == VB_WORKER_OK; i++) {
        vb_block blocks[SIDES];
        int first = (int)(vb_random_next(random) >> 63);
        outcome = run_both(pair, first, paired->new->iterations, paired->warm_up, blocks);
        for (int side = 0; side < SIDES && outcome == VB_WORKER_OK; side++) {
            pair->broken = side;
            ns[side][i] = blocks[side].real_ns / (double)paired->new->iterations;
            paired->timed_ns += blocks[side].real_ns;
            if (kept[side])
                outcome = vb_blocks_keep(&pair->workers[side], kept[side], &blocks[side]);
        }
        if (outcome == VB_WORKER_OK)
            log_ratios[i] = log(ns[NEW][i] / ns[OLD][i]);
    }
    paired->busy_ns += (double)(vb_process_now_ns() - begin_ns);
    if (outcome == VB_WORKER_OK) {
        value->log_ratio = median(log_ratios, count);
        value->old_ns = median(ns[OLD], count);
        value->new_ns = median(ns[NEW], count);
    }
    free(figures);
    return outcome;
}

static const char *executable_of(const vb_suite *suite, const vb_layouts *layouts, int layout)
{
    return layout == VB_NATURAL_LAYOUT ? suite->path : layouts->executables.items[layout];
}

/* Brings both processes up to their first timed block. */
static vb_worker_outcome open_pair(live_pair *pair, const vb_process_pair *value)
{
    const char *executables[SIDES] = {
        executable_of(pair->paired->old->suite, pair->paired->old_layouts, value->old_layout),
        executable_of(pair->paired->new->suite, pair->paired->new_layouts, value->new_layout)};
    vb_worker_outcome outcome = VB_WORKER_OK;
    const uint64_t begin_ns = vb_process_now_ns();
    for (int side = 0; side < SIDES && outcome == VB_WORKER_OK; side++) {
        pair->broken = side;
        outcome = vb_blocks_open(&pair->workers[side], pair->benchmarks[side], executables[side],
                                 pair->options);
    }
    if (outcome == VB_WORKER_OK && pair->paired->pair_blocks == 0)
        outcome = plan_pairs(pair, (double)(vb_process_now_ns() - begin_ns));
    vb_block untimed[SIDES]; /* what happens once in a process is not to be measured */
    if (outcome == VB_WORKER_OK)
        outcome = run_both(pair, OLD, pair->paired->new->iterations, 0, untimed);
    for (int side = 0; side < SIDES && outcome == VB_WORKER_OK; side++) {
        pair->broken = side;
        outcome = vb_worker_forget(&pair->workers[side]);
    }
    return outcome;
}

/* Ends both processes as they should end. What breaks in teardown may have been wrong all along: it
 * fails the benchmark. */
static vb_worker_outcome close_pair(live_pair *pair)
{
    for (int side = 0; side < SIDES; side++) {
        vb_worker *worker = &pair->workers[side];
        vb_worker_outcome outcome = vb_worker_quit(worker);
        if (outcome == VB_WORKER_INTERRUPTED)
            return outcome;
        if (outcome == VB_WORKER_BROKEN) {
            vb_message reason;
            vb_say(&reason, "in teardown or at exit %s", worker->why.text);
            vb_benchmark_fail(pair->benchmarks[side], reason.text);
        }
    }
    return VB_WORKER_OK;
}

static vb_worker_outcome run_pair(live_pair *pair, bool keep, uint64_t *random,
                                  vb_process_pair *value)
{
    vb_process_samples *kept[SIDES] = {NULL, NULL};
    vb_worker_outcome outcome = open_pair(pair, value);
    size_t added = 0;
    for (int side = 0; side < SIDES && keep && outcome == VB_WORKER_OK; side++) {
        kept[side] = vb_benchmark_add_process(pair->benchmarks[side]);
        if (kept[side]) {
            added++;
        } else {
            vb_say(&pair->workers[side].why, "there is not enough memory for its samples");
            pair->broken = side;
            outcome = VB_WORKER_REFUSED;
        }
    }
    if (outcome == VB_WORKER_OK)
        outcome = run_blocks(pair, kept, random, value);
    for (int side = 0; side < SIDES && keep && outcome == VB_WORKER_OK; side++) {
        pair->broken = side;
        outcome = vb_blocks_close(&pair->workers[side], pair->benchmarks[side]);
    }
    for (size_t side = 0; side < added && outcome != VB_WORKER_OK; side++)
        vb_benchmark_drop_process(pair->benchmarks[side]);
    if (outcome == VB_WORKER_OK)
        outcome = close_pair(pair);
    return outcome;
}

static int keep_pair(vb_process_pairs *pairs, const vb_process_pair *value)
{
    if (pairs->count == pairs->capacity) {
        size_t capacity = pairs->capacity ? 2 * pairs->capacity : 32;
        vb_process_pair *grown = realloc(pairs->items, capacity * sizeof *grown);
        if (!grown)
            return -ENOMEM;
        pairs->items = grown;
        pairs->capacity = capacity;
    }
    pairs->items[pairs->count++] = *value;
    return 0;
}

/* One pair; started again once in a case if a process breaks, after that the case has failed. 0 or
 * -EINTR. */
static int measure_pair(vb_paired_case *paired, const vb_measure_options *options, bool natural_arm,
                        uint64_t *random, vb_process_pair value)
{
    for (;;) {
        live_pair pair = {
            .paired = paired, .options = options, .benchmarks = {paired->old, paired->new}};
        for (int side = 0; side < SIDES; side++)
            pair.workers[side].process.socket = pair.workers[side].process.output = -1;
        vb_worker_outcome outcome = run_pair(&pair, !natural_arm, random, &value);
        vb_worker_stop(&pair.workers[OLD]);
        vb_worker_stop(&pair.workers[NEW]);
        if (outcome == VB_WORKER_INTERRUPTED || vb_process_interrupted())
            return -EINTR;
        if (outcome == VB_WORKER_OK) {
            if (keep_pair(natural_arm ? &paired->natural : &paired->pairs, &value) != 0)
                vb_benchmark_fail(paired->new, "there is not enough memory for its pairs");
            return 0;
        }
        vb_benchmark *broken = pair.benchmarks[pair.broken];
        const char *why = pair.workers[pair.broken].why.text;
        if (outcome == VB_WORKER_REFUSED || broken->restarts > 0) {
            vb_benchmark_fail(broken, why);
            return 0;
        }
        broken->restarts++;
        vb_benchmark_warn(broken, "a worker was started again: %s", why);
    }
}

static bool is_done(const vb_paired_case *paired)
{
    return paired->old->error || paired->new->error ||
           (paired->pair_blocks > 0 && paired->cycles >= paired->cycles_planned);
}

/* One cycle of a case, with the natural arm behind it where it is its turn. 0 or -EINTR. */
static int measure_cycle(vb_paired_case *paired, const vb_measure_options *options,
                         uint64_t *random)
{
    const bool placed = vb_paired_has_layouts(paired);
    size_t orders[SIDES][VB_CYCLE_PAIRS];
    size_t first_layout = 0;
    for (size_t i = 0; i < VB_CYCLE_PAIRS; i++)
        orders[OLD][i] = orders[NEW][i] = i;
    vb_random_shuffle(orders[OLD], VB_CYCLE_PAIRS, random);
    vb_random_shuffle(orders[NEW], VB_CYCLE_PAIRS, random);
    if (placed)
        first_layout = VB_CYCLE_PAIRS * (paired->cycles % group_count(paired));
    int status = 0;
    for (size_t i = 0;
         i < VB_CYCLE_PAIRS && status == 0 && !paired->old->error && !paired->new->error; i++) {
        vb_process_pair value = {
            .cycle = paired->cycles,
            .old_layout = placed ? (int)(first_layout + orders[OLD][i]) : VB_NATURAL_LAYOUT,
            .new_layout = placed ? (int)(first_layout + orders[NEW][i]) : VB_NATURAL_LAYOUT,
        };
        status = measure_pair(paired, options, false, random, value);
    }
    if (status != 0 || paired->old->error || paired->new->error)
        return status;
    if (placed && (paired->cycles + 1) % NATURAL_EVERY == 0) {
        vb_process_pair value = {.cycle = paired->cycles,
                                 .old_layout = VB_NATURAL_LAYOUT,
                                 .new_layout = VB_NATURAL_LAYOUT};
        status = measure_pair(paired, options, true, random, value);
    }
    paired->cycles++;
    return status;
}

/* So many cycles are still to come; a case that was not planned yet is taken for an ordinary one.
 */
static size_t cycles_left(const vb_paired_case *paired, const vb_measure_options *options)
{
    if (is_done(paired))
        return 0;
    if (paired->pair_blocks > 0)
        return paired->cycles_planned - paired->cycles;
    double cycles = options->budget_s * 1e9 / (VB_CYCLE_PAIRS * (double)PAIR_NS);
    return cycles < VB_CYCLES_MIN ? VB_CYCLES_MIN : (size_t)cycles;
}

static void show(vb_paired_case *cases, size_t count, const vb_paired_case *next,
                 const vb_measure_options *options, vb_progress *progress)
{
    size_t left = 0;
    for (size_t i = 0; i < count; i++)
        left += cycles_left(&cases[i], options);
    progress->steps = progress->steps_done + left;
    vb_change so_far;
    bool known = next->cycles > 0 && vb_paired_judge(next, &vb_paired_rules, &so_far) == 0;
    vb_progress_show_change(progress, next->new->name, known ? &so_far : NULL);
}

int vb_pairing_measure(vb_paired_case *cases, size_t count, const vb_measure_options *options,
                       vb_progress *progress)
{
    uint64_t random = options->seed;
    size_t *order = malloc((count ? count : 1) * sizeof *order);
    if (!order) {
        for (size_t i = 0; i < count; i++)
            vb_benchmark_fail(cases[i].new, "there is not enough memory to plan the run");
        return 0;
    }
    int status = 0;
    for (bool going = true; going && status == 0;) {
        going = false;
        for (size_t i = 0; i < count; i++)
            order[i] = i;
        vb_random_shuffle(order, count, &random);
        for (size_t i = 0; i < count && status == 0; i++) {
            vb_paired_case *paired = &cases[order[i]];
            if (is_done(paired))
                continue;
            going = true;
            show(cases, count, paired, options, progress);
            status = measure_cycle(paired, options, &random);
            vb_progress_advance(progress);
        }
    }
    free(order);
    for (size_t i = 0; options->allocation_library && i < count && status == 0; i++) {
        if (!cases[i].old->error && !cases[i].new->error)
            status = vb_allocation_pass(cases[i].old, options);
        if (status == 0 && !cases[i].old->error && !cases[i].new->error)
            status = vb_allocation_pass(cases[i].new, options);
    }
    for (size_t i = 0; i < count && status == 0; i++) {
        vb_check_p99_limit(cases[i].old);
        vb_check_p99_limit(cases[i].new);
        vb_check_block_length(cases[i].new);
        vb_check_cpus(cases[i].new, options->cpu_count);
    }
    return status;
}

void vb_paired_case_free(vb_paired_case *paired)
{
    if (!paired)
        return;
    free(paired->pairs.items);
    free(paired->natural.items);
    paired->pairs = paired->natural = (vb_process_pairs){0};
}
