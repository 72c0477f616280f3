#include "runner/pairing.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "runner/allocation_pass.h"
#include "runner/blocks.h"
#include "runner/checks.h"
#include "runner/ladder.h"
#include "runner/live_pair.h"
#include "runner/pair_value.h"
#include "runner/paired_judge.h"
#include "runner/pairing_plan.h"
#include "runner/random.h"
#include "runner/sequential.h"
#include "runner/suites.h"
#include "runner/worker.h"

enum {
    THREADED_UNTIMED_SHARE = 8,
};

/* What a pair is for. */
typedef enum { ARM_CYCLE, ARM_NATURAL, ARM_FLOOR } arm;

bool vb_paired_has_layouts(const vb_paired_case *paired)
{
    return paired->old_layouts && paired->new_layouts &&
           paired->old_layouts->executables.count >= VB_CYCLE_PAIRS &&
           paired->new_layouts->executables.count >= VB_CYCLE_PAIRS;
}

/* The blocks of a pair, and its value; the samples, if they are to be kept (NULL: not). */
static vb_worker_outcome run_blocks(vb_live_pair *pair, vb_process_samples *kept[VB_SIDES],
                                    uint64_t *random, vb_process_pair *value)
{
    vb_paired_case *paired = pair->paired;
    const size_t count = paired->pair_blocks;
    double *figures = malloc((VB_SIDES + 1) * count * sizeof *figures);
    if (!figures) {
        vb_say(&pair->workers[pair->broken].why, "there is not enough memory for its samples");
        return VB_WORKER_REFUSED;
    }
    double *ns[VB_SIDES] = {figures, figures + count};
    vb_worker_outcome outcome = VB_WORKER_OK;
    int first = pair->first;
    const uint64_t begin_ns = vb_process_now_ns();
    for (size_t i = 0; i < count && outcome == VB_WORKER_OK; i++) {
        vb_block blocks[VB_SIDES];
        /* Where the cache matters each block finds what the other side has left, and its warm-up:
         * so they alternate strictly. Elsewhere chance decides, so that nothing periodic meets one
         * side alone. */
        if (paired->warm_up == 0)
            first = (int)(vb_random_next(random) >> 63);
        outcome =
            vb_live_pair_run_both(pair, first, paired->new->iterations, paired->warm_up, blocks);
        for (int side = 0; side < VB_SIDES && outcome == VB_WORKER_OK; side++) {
            pair->broken = side;
            ns[side][i] = blocks[side].real_ns / (double)paired->new->iterations;
            paired->timed_ns += blocks[side].real_ns;
            if (kept[side])
                outcome = vb_blocks_keep(&pair->workers[side], kept[side], &blocks[side]);
        }
    }
    paired->busy_ns += (double)(vb_process_now_ns() - begin_ns);
    if (outcome == VB_WORKER_OK)
        vb_pair_value_take(ns[VB_OLD], ns[VB_NEW], count, figures + VB_SIDES * count, value);
    free(figures);
    return outcome;
}

static const char *executable_of(const vb_suite *suite, const vb_layouts *layouts, int layout)
{
    return layout == VB_NATURAL_LAYOUT ? suite->path : layouts->executables.items[layout];
}

/* Layouts lie in the cache and stay as they are; the suite as it was built is in a build's folder.
 */
static bool is_unchanged(const vb_suite *suite, const char *executable)
{
    return executable != suite->path || suite->file == 0 ||
           vb_suite_file(executable) == suite->file;
}

/* Starts both processes, which load at the same time, and has their setups done one by one. */
static vb_worker_outcome start_pair(vb_live_pair *pair, const vb_process_pair *value)
{
    const char *executables[VB_SIDES] = {
        executable_of(pair->benchmarks[VB_OLD]->suite, pair->paired->old_layouts,
                      value->old_layout),
        executable_of(pair->benchmarks[VB_NEW]->suite, pair->paired->new_layouts,
                      value->new_layout)};
    const int turns[VB_SIDES] = {pair->first, 1 - pair->first};
    vb_worker_outcome outcome = VB_WORKER_OK;
    for (int turn = 0; turn < VB_SIDES && outcome == VB_WORKER_OK; turn++) {
        const int side = pair->broken = turns[turn];
        if (!is_unchanged(pair->benchmarks[side]->suite, executables[side])) {
            vb_say(&pair->workers[side].why, "its suite was built anew while it was measured");
            return VB_WORKER_REFUSED;
        }
        outcome = vb_worker_launch(&pair->workers[side], executables[side],
                                   pair->options->time_limit_ns, NULL);
    }
    for (int turn = 0; turn < VB_SIDES && outcome == VB_WORKER_OK; turn++) {
        const int side = pair->broken = turns[turn];
        outcome = vb_blocks_open(&pair->workers[side], pair->benchmarks[side], pair->options);
    }
    return outcome;
}

/* Brings both processes up to their first timed block; `laddered`: with a ladder before it. */
static vb_worker_outcome open_pair(vb_live_pair *pair, const vb_process_pair *value, bool laddered)
{
    const uint64_t begin_ns = vb_process_now_ns();
    vb_worker_outcome outcome = start_pair(pair, value);
    if (outcome == VB_WORKER_OK && pair->paired->pair_blocks == 0)
        outcome = vb_pairing_plan(pair, (double)(vb_process_now_ns() - begin_ns));
    /* What happens once in a process is not to be measured. Threads' blocks are long: a part does.
     */
    vb_block untimed[VB_SIDES];
    uint64_t iterations = pair->paired->new->iterations;
    if (pair->paired->new->threads > 1)
        iterations = iterations / THREADED_UNTIMED_SHARE + 1;
    if (outcome == VB_WORKER_OK)
        outcome = vb_live_pair_run_both(pair, pair->first, iterations, 0, untimed);
    if (outcome == VB_WORKER_OK && laddered &&
        pair->paired->pair_blocks >= VB_LADDER_PAIR_BLOCKS_MIN)
        outcome = vb_live_pair_climb(pair);
    for (int side = 0; side < VB_SIDES && outcome == VB_WORKER_OK; side++) {
        pair->broken = side;
        outcome = vb_worker_forget(&pair->workers[side]);
    }
    return outcome;
}

/* Ends both processes as they should end. What breaks in teardown may have been wrong all along: it
 * fails the benchmark. */
static vb_worker_outcome close_pair(vb_live_pair *pair)
{
    for (int side = 0; side < VB_SIDES; side++) {
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

static vb_worker_outcome run_pair(vb_live_pair *pair, bool keep, uint64_t *random,
                                  vb_process_pair *value)
{
    vb_process_samples *kept[VB_SIDES] = {NULL, NULL};
    pair->first = (int)(vb_random_next(random) >> 63);
    /* Four pairs with a ladder are enough for a line; what they take does not count. */
    vb_worker_outcome outcome = open_pair(pair, value, keep && value->cycle == 0);
    size_t added = 0;
    for (int side = 0; side < VB_SIDES && keep && outcome == VB_WORKER_OK; side++) {
        kept[side] = vb_benchmark_add_process(pair->benchmarks[side]);
        if (kept[side]) {
            kept[side]->ladder = pair->ladders[side];
            added++;
        } else {
            vb_say(&pair->workers[side].why, "there is not enough memory for its samples");
            pair->broken = side;
            outcome = VB_WORKER_REFUSED;
        }
    }
    if (outcome == VB_WORKER_OK)
        outcome = run_blocks(pair, kept, random, value);
    for (int side = 0; side < VB_SIDES && keep && outcome == VB_WORKER_OK; side++) {
        pair->broken = side;
        outcome = vb_blocks_close(&pair->workers[side], pair->benchmarks[side],
                                  value->quantiles_ns[side]);
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
static int measure_pair(vb_paired_case *paired, const vb_measure_options *options, arm of,
                        uint64_t *random, vb_process_pair value)
{
    for (;;) {
        vb_live_pair pair = {
            .paired = paired,
            .options = options,
            .benchmarks = {paired->old, of == ARM_FLOOR ? paired->old : paired->new}};
        for (int side = 0; side < VB_SIDES; side++)
            pair.workers[side].process.socket = pair.workers[side].process.output = -1;
        vb_worker_outcome outcome = run_pair(&pair, of == ARM_CYCLE, random, &value);
        vb_worker_stop(&pair.workers[VB_OLD]);
        vb_worker_stop(&pair.workers[VB_NEW]);
        if (outcome == VB_WORKER_INTERRUPTED || vb_process_interrupted())
            return -EINTR;
        if (outcome == VB_WORKER_OK) {
            vb_process_pairs *const kept[] = {&paired->pairs, &paired->natural, &paired->floor};
            if (keep_pair(kept[of], &value) != 0)
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
    return paired->old->error || paired->new->error || paired->stop != VB_STOP_NONE;
}

/* The order in which a side of a cycle visits the layouts of its group: the same whenever it does,
 * so that layouts that have met meet again. */
static void draw_order(size_t order[VB_CYCLE_PAIRS], size_t group, int side, uint64_t seed)
{
    uint64_t random = seed ^ (2 * group + (size_t)side + 1) * 0x9E3779B97F4A7C15u;
    for (size_t i = 0; i < VB_CYCLE_PAIRS; i++)
        order[i] = i;
    vb_random_shuffle(order, VB_CYCLE_PAIRS, &random);
}

/* The group of layouts that was visited least, the first of these. */
static size_t next_group(const vb_paired_case *paired)
{
    const size_t groups = vb_pairing_groups(paired);
    size_t least = SIZE_MAX, next = 0;
    for (size_t group = 0; group < groups; group++) {
        size_t visits = 0;
        for (size_t i = 0; i < paired->pairs.count; i++)
            visits += (size_t)paired->pairs.items[i].new_layout / VB_CYCLE_PAIRS == group;
        if (visits < least) {
            least = visits;
            next = group;
        }
    }
    return next;
}

/* A pair of the next cycle, of the links as they were built. */
static vb_process_pair as_built(const vb_paired_case *paired)
{
    return (vb_process_pair){
        .cycle = paired->cycles, .old_layout = VB_NATURAL_LAYOUT, .new_layout = VB_NATURAL_LAYOUT};
}

/* The four pairs of a cycle. 0 or -EINTR. */
static int measure_pairs(vb_paired_case *paired, const vb_measure_options *options,
                         uint64_t *random)
{
    const bool placed = vb_paired_has_layouts(paired);
    const size_t group = placed ? next_group(paired) : 0;
    size_t orders[VB_SIDES][VB_CYCLE_PAIRS], turns[VB_CYCLE_PAIRS];
    int status = 0;
    for (int side = 0; side < VB_SIDES; side++)
        draw_order(orders[side], group, side, options->seed);
    for (size_t i = 0; i < VB_CYCLE_PAIRS; i++)
        turns[i] = i;
    vb_random_shuffle(turns, VB_CYCLE_PAIRS, random);
    for (size_t i = 0;
         i < VB_CYCLE_PAIRS && status == 0 && !paired->old->error && !paired->new->error; i++) {
        vb_process_pair value = as_built(paired);
        if (placed) {
            value.old_layout = (int)(group * VB_CYCLE_PAIRS + orders[VB_OLD][turns[i]]);
            value.new_layout = (int)(group * VB_CYCLE_PAIRS + orders[VB_NEW][turns[i]]);
        }
        status = measure_pair(paired, options, ARM_CYCLE, random, value);
    }
    return status;
}

/* A pair of old against itself; what it takes does not count. 0 or -EINTR. */
static int measure_floor(vb_paired_case *paired, const vb_measure_options *options,
                         uint64_t *random)
{
    const double timed_ns = paired->timed_ns, busy_ns = paired->busy_ns;
    int status = measure_pair(paired, options, ARM_FLOOR, random, as_built(paired));
    paired->timed_ns = timed_ns;
    paired->busy_ns = busy_ns;
    return status;
}

/* One cycle of a case, with what is its turn behind it. 0 or -EINTR. */
static int measure_cycle(vb_paired_case *paired, const vb_measure_options *options,
                         uint64_t *random)
{
    int status = measure_pairs(paired, options, random);
    if (status != 0 || paired->old->error || paired->new->error)
        return status;
    if (paired->cycles == 0)
        vb_pairing_plan_cycles(paired, options);
    const bool natural = (paired->cycles + 1) % VB_NATURAL_EVERY == 0;
    if (!natural && paired->cycles < paired->cycles_budget)
        status = measure_floor(paired, options, random);
    else if (natural && vb_paired_has_layouts(paired))
        status = measure_pair(paired, options, ARM_NATURAL, random, as_built(paired));
    paired->cycles++;
    return status;
}

/* So many cycles are still to come; a case that was not planned yet is taken for an ordinary one.
 */
static size_t cycles_left(const vb_paired_case *paired, const vb_measure_options *options)
{
    if (is_done(paired))
        return 0;
    if (paired->pair_blocks > 0) /* most are decided at their budget */
        return (paired->cycles < paired->cycles_budget ? paired->cycles_budget
                                                       : paired->cycles_planned) -
               paired->cycles;
    return vb_pairing_usual_cycles(options->budget_s);
}

static void show(vb_paired_case *cases, size_t count, const vb_paired_case *next,
                 const vb_measure_options *options, const vb_change_rules *rules,
                 vb_progress *progress)
{
    size_t left = 0;
    for (size_t i = 0; i < count; i++)
        left += cycles_left(&cases[i], options);
    progress->steps = progress->steps_done + left;
    vb_change so_far;
    bool known =
        progress->terminal && next->cycles > 0 && vb_paired_judge(next, rules, &so_far) == 0;
    vb_progress_show_change(progress, next->new->name, known ? &so_far : NULL);
}

/* Everything that has not stopped yet; where there is no time for a look the case is judged by what
 * there is. */
static void cap(vb_paired_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!is_done(&cases[i]))
            cases[i].stop = VB_STOP_TIME_CAP;
    }
}

/* A cycle of each case that is not done, in a random order; `going` tells whether there was any. 0
 * or -EINTR. */
static int measure_round(vb_paired_case *cases, size_t *order, size_t count,
                         const vb_measure_options *options, const vb_change_rules *rules,
                         vb_progress *progress, uint64_t *random, bool *going)
{
    int status = 0;
    *going = false;
    for (size_t i = 0; i < count; i++)
        order[i] = i;
    vb_random_shuffle(order, count, random);
    for (size_t i = 0; i < count && status == 0; i++) {
        vb_paired_case *paired = &cases[order[i]];
        if (options->stop_ns > 0 && vb_process_now_ns() >= options->stop_ns) {
            cap(cases, count);
            break;
        }
        if (is_done(paired))
            continue;
        *going = true;
        show(cases, count, paired, options, rules, progress);
        status = measure_cycle(paired, options, random);
        vb_progress_advance(progress);
    }
    return status;
}

/* After a round all cases are known that fail at once, and which of them record latencies. */
static void look(vb_paired_case *cases, size_t count, const vb_measure_options *options,
                 const vb_change_rules *rules)
{
    const size_t hypotheses = vb_sequential_hypotheses(cases, count);
    for (size_t i = 0; i < count; i++) {
        if (is_done(&cases[i]))
            continue;
        if (cases[i].timed_ns >= options->max_budget_s * 1e9)
            vb_sequential_end(&cases[i]);
        if (vb_sequential_look(&cases[i], rules, hypotheses) != 0)
            vb_benchmark_fail(cases[i].new, "there is not enough memory to judge it");
    }
}

int vb_pairing_measure(vb_paired_case *cases, size_t count, const vb_measure_options *options,
                       const vb_change_rules *rules, vb_progress *progress)
{
    uint64_t random = options->seed + progress->steps_done;
    size_t *order = malloc((count ? count : 1) * sizeof *order);
    if (!order) {
        for (size_t i = 0; i < count; i++)
            vb_benchmark_fail(cases[i].new, "there is not enough memory to plan the run");
        return 0;
    }
    int status = 0;
    for (bool going = true; going && status == 0;) {
        status = measure_round(cases, order, count, options, rules, progress, &random, &going);
        if (status == 0)
            look(cases, count, options, rules);
    }
    free(order);
    for (size_t i = 0; i < count; i++) {
        if (status == 0 && cases[i].stop == VB_STOP_LAYOUTS)
            return 0;
    }
    for (size_t i = 0; options->allocation_library && i < count && status == 0; i++) {
        if (!cases[i].old->error && !cases[i].new->error)
            status = vb_allocation_pass(cases[i].old, options);
        if (status == 0 && !cases[i].old->error && !cases[i].new->error)
            status = vb_allocation_pass(cases[i].new, options);
    }
    for (size_t i = 0; i < count && status == 0; i++) {
        vb_check_block_length(cases[i].old);
        vb_check_block_length(cases[i].new);
        vb_check_cpus(cases[i].new, options->usable_cpus);
    }
    return status;
}

int vb_pairing_complete_floor(vb_paired_case *cases, size_t count,
                              const vb_measure_options *options, size_t pairs)
{
    uint64_t random = ~options->seed;
    size_t measured = 0, before;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < cases[i].floor.count; k++)
            measured += isfinite(cases[i].floor.items[k].log_ratio) != 0;
    }
    do { /* one of each case in turn */
        before = measured;
        for (size_t i = 0; i < count && measured < pairs; i++) {
            vb_paired_case *paired = &cases[i];
            if (options->stop_ns > 0 && vb_process_now_ns() >= options->stop_ns)
                return 0;
            if (paired->old->error || paired->new->error || paired->cycles == 0)
                continue;
            if (measure_floor(paired, options, &random) != 0)
                return -EINTR;
            measured++;
        }
    } while (measured > before && measured < pairs);
    return 0;
}

void vb_paired_case_free(vb_paired_case *paired)
{
    if (!paired)
        return;
    free(paired->pairs.items);
    free(paired->natural.items);
    free(paired->floor.items);
    paired->pairs = paired->natural = paired->floor = (vb_process_pairs){0};
}
