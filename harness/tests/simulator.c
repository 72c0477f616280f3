#include "simulator.h"

#include "test_cmocka.h"

#include <errno.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <string.h>

#include "runner/pair_value.h"
#include "runner/paired_judge.h"
#include "runner/sequential.h"
#include "test_normal.h"
#include "test_pairs.h"

/* What the insertion sort of 16 takes behind 0, 16, 32 or 48 bytes of padding: logarithms of 4689,
 * 4259, 4812 and 6282 ns, less their mean. */
#define SORT_OFFSETS                                                                               \
    {                                                                                              \
        -0.0573, -0.1535, -0.0314, 0.2352                                                          \
    }
#define SORT_ROTATED                                                                               \
    {                                                                                              \
        0.2352, -0.0573, -0.1535, -0.0314                                                          \
    }

const sim_kind sim_kinds[] = {
    {.name = "quiet", .block = {0.0006}, .process = {0.0001}},
    {.name = "ring", .block = {0.03, SIM_SKEWED}, .process = {0.002}},
    {.name = "chase", .block = {0.02}, .process = {0.04, SIM_HEAVY}},
    {.name = "sort",
     .block = {0.02},
     .process = {0.005},
     .layout = {0.03},
     .offsets = SORT_OFFSETS},
    {.name = "sort, other code",
     .block = {0.02},
     .process = {0.005},
     .layout = {0.03},
     .other_code = true,
     .offsets = SORT_OFFSETS,
     .new_offsets = SORT_ROTATED},
    {.name = "one side has offsets",
     .block = {0.01},
     .process = {0.005},
     .other_code = true,
     .offsets = {-0.1, -0.1, -0.1, 0.3}},
    {.name = "other layouts",
     .block = {0.01},
     .process = {0.002},
     .layout = {0.03},
     .other_code = true},
    {.name = "drift", .block = {0.005}, .process = {0.001}, .drift = 0.0005, .wander = 0.003},
    {.name = "steps", .block = {0.005}, .process = {0.001}, .step = 0.2, .step_blocks = 20},
    {.name = "short bursts",
     .block = {0.005},
     .process = {0.001},
     .load = {.share = 0.1, .blocks = 2, .low = 1.3, .high = 10, .each_block_own = true}},
    {.name = "long bursts",
     .block = {0.005},
     .process = {0.001},
     .load = {.share = 0.1, .blocks = 40, .low = 1.3, .high = 10, .each_block_own = true}},
    {.name = "heavy tails", .block = {0.02, SIM_HEAVY}, .process = {0.02, SIM_WILD}},
    {.name = "wild processes", .block = {0.005}, .process = {0.005, SIM_CAUCHY}},
    {.name = "skewed", .block = {0.1, SIM_SKEWED}, .process = {0.03, SIM_SKEWED}},
    {.name = "clock of 1 us", .block = {0.002}, .process = {0.0002}, .clock_ns = 1e3},
    {.name = "clock of 10 us", .block = {0.002}, .process = {0.0002}, .clock_ns = 1e4},
    {.name = "clock of 100 us", .block = {0.002}, .process = {0.0002}, .clock_ns = 1e5},
    {.name = "clock of 1 ms", .block = {0.002}, .process = {0.0002}, .clock_ns = 1e6},
    {.name = "constant"},
    {.name = "load, short turns",
     .block = {0.005},
     .process = {0.001},
     .load = {.share = 0.5, .blocks = 3, .low = 1.5, .high = 2}},
    {.name = "load, long turns",
     .block = {0.005},
     .process = {0.001},
     .load = {.share = 0.5, .blocks = 50, .low = 1.5, .high = 2}},
    {.name = "load from half-way",
     .block = {0.005},
     .process = {0.001},
     .load = {.share = 0.7, .blocks = 10, .low = 1.5, .high = 2, .from_half_way = true}},
    {.name = "rare slow processes", .block = {0.005}, .process = {0.26, SIM_RARE}},
    {.name = "modes of processes", .block = {0.0006}, .process = {0.095, SIM_MODES}},
    {.name = "modes, one link", .block = {0.0006}, .process = {0.095, SIM_MODES}, .natural = true},
    {.name = "rare slow, one link",
     .block = {0.0006},
     .process = {0.26, SIM_RARE},
     .natural = true},
    {.name = "skewed layouts of new",
     .block = {0.01},
     .process = {0.002},
     .layout = {0.001},
     .new_layout = {0.03, SIM_SKEWED},
     .other_code = true,
     .lopsided = true},
};
const size_t sim_kind_count = sizeof sim_kinds / sizeof *sim_kinds;

const sim_kind *sim_kind_named(const char *name)
{
    for (size_t i = 0; i < sim_kind_count; i++) {
        if (strcmp(sim_kinds[i].name, name) == 0)
            return &sim_kinds[i];
    }
    fail_msg("there is no kind %s", name);
    return NULL;
}

/* Above 0, and at most 1. */
static double draw_uniform(uint64_t *random)
{
    return ((double)(random_next(random) >> 11) + 1) / 9007199254740992.0; /* 2^53 */
}

/* A normal over the root of a mean of squares. */
static double draw_t(int degrees, uint64_t *random)
{
    double squares = 0;
    for (int i = 0; i < degrees; i++) {
        double normal = random_normal(random);
        squares += normal * normal;
    }
    return random_normal(random) / sqrt(squares / degrees);
}

static double draw(const sim_scatter *scatter, uint64_t *random)
{
    static const double share_of_rare = 1.0 / 20;
    if (scatter->size == 0)
        return 0;
    switch (scatter->draw) {
    case SIM_NORMAL:
        return scatter->size * random_normal(random);
    case SIM_HEAVY:
        return scatter->size * draw_t(3, random);
    case SIM_WILD:
        return scatter->size * draw_t(2, random);
    case SIM_CAUCHY:
        return scatter->size * fmax(-100, fmin(100, draw_t(1, random)));
    case SIM_SKEWED:
        return scatter->size * (-log(draw_uniform(random)) - 1);
    case SIM_MODES:
        return scatter->size * (draw_uniform(random) <= 0.5);
    case SIM_RARE:
        return scatter->size * (draw_uniform(random) <= share_of_rare);
    }
    return 0;
}

/* A case while it is measured. */
typedef struct {
    const sim_kind *kind;
    const sim_plan *plan;
    uint64_t *random;
    double layout_logs[VB_SIDES][SIM_LAYOUTS];
    int partners[VB_SIDES][SIM_LAYOUTS]; /* in the order of a group's pairs: layouts that meet */
    double blocks_done;
    double machine_log; /* how slow drift has made it */
    bool stepped, loaded;
    double load_factor;
} machine;

static double draw_load_factor(machine *on)
{
    const sim_load *load = &on->kind->load;
    return load->low * pow(load->high / load->low, draw_uniform(on->random));
}

/* Whether the next block finds the load; its stays and absences are geometric. */
static void move_load(machine *on)
{
    const sim_load *load = &on->kind->load;
    const double budget_blocks =
        (double)on->plan->budget_cycles * VB_CYCLE_PAIRS * VB_SIDES * SIM_PAIR_BLOCKS;
    if (load->share == 0 || (load->from_half_way && on->blocks_done < budget_blocks / 2))
        return;
    const double leaves = 1 / load->blocks;
    const double comes = leaves * load->share / (1 - load->share);
    const bool was = on->loaded;
    if (draw_uniform(on->random) <= (on->loaded ? leaves : comes))
        on->loaded = !on->loaded;
    if (on->loaded && (!was || load->each_block_own))
        on->load_factor = draw_load_factor(on);
}

/* The logarithm of what the machine does to the block that comes now, whatever it is. */
static double next_moment(machine *on)
{
    const sim_kind *kind = on->kind;
    on->blocks_done++;
    on->machine_log += kind->drift;
    if (kind->wander > 0)
        on->machine_log += kind->wander * random_normal(on->random);
    if (kind->step != 0 && draw_uniform(on->random) <= 1 / kind->step_blocks)
        on->stepped = !on->stepped;
    move_load(on);
    return on->machine_log + (on->stepped ? kind->step : 0) +
           (on->loaded ? log(on->load_factor) : 0);
}

static double block_ns(machine *on, double side_log)
{
    static const double usual_ns = 1.3e6;
    double ns = usual_ns * exp(side_log + next_moment(on) + draw(&on->kind->block, on->random));
    const double step = on->kind->clock_ns;
    if (step > 0) { /* what the clock showed before and after */
        double begin = step * draw_uniform(on->random);
        ns = step * (floor((begin + ns) / step) - floor(begin / step));
    }
    return ns;
}

/* A pair: two processes whose blocks take turns, either first by chance. */
static void run_pair(machine *on, const double logs[VB_SIDES], vb_process_pair *value)
{
    double ns[VB_SIDES][SIM_PAIR_BLOCKS], space[SIM_PAIR_BLOCKS], side_logs[VB_SIDES];
    for (int side = 0; side < VB_SIDES; side++)
        side_logs[side] = logs[side] + draw(&on->kind->process, on->random);
    for (size_t i = 0; i < SIM_PAIR_BLOCKS; i++) {
        const int first = (int)(random_next(on->random) >> 63);
        ns[first][i] = block_ns(on, side_logs[first]);
        ns[1 - first][i] = block_ns(on, side_logs[1 - first]);
    }
    vb_pair_value_take(ns[VB_OLD], ns[VB_NEW], SIM_PAIR_BLOCKS, space, value);
}

/* What each layout does. A group of four has each offset once, in an order of its own; the same
 * code has it at the same offset in the same layout. */
static void draw_layouts(machine *on)
{
    const sim_kind *kind = on->kind;
    for (int group = 0; group < SIM_LAYOUTS; group += VB_LAYOUT_CYCLE) {
        int offsets[VB_LAYOUT_CYCLE], old_order[VB_LAYOUT_CYCLE], new_order[VB_LAYOUT_CYCLE];
        shuffle(offsets, on->random);
        shuffle(old_order, on->random);
        shuffle(new_order, on->random);
        for (int i = 0; i < VB_LAYOUT_CYCLE; i++) {
            double old = draw(&kind->layout, on->random), new = old;
            if (kind->other_code)
                new =
                    draw(kind->new_layout.size > 0 ? &kind->new_layout : &kind->layout, on->random);
            on->layout_logs[VB_OLD][group + i] = kind->offsets[offsets[i]] + old;
            on->layout_logs[VB_NEW][group + i] =
                (kind->other_code ? kind->new_offsets : kind->offsets)[offsets[i]] + new;
            on->partners[VB_OLD][group + i] = group + old_order[i];
            on->partners[VB_NEW][group + i] = group + new_order[i];
        }
    }
}

static void measure_cycle(machine *on, vb_paired_case *paired)
{
    const double change = on->plan->change;
    const int group = (int)(paired->cycles * VB_CYCLE_PAIRS % SIM_LAYOUTS);
    for (int i = 0; i < VB_CYCLE_PAIRS; i++) {
        vb_process_pair *value = add_pair(&paired->pairs);
        double logs[VB_SIDES] = {0, change};
        *value = (vb_process_pair){.cycle = paired->cycles,
                                   .old_layout = VB_NATURAL_LAYOUT,
                                   .new_layout = VB_NATURAL_LAYOUT};
        if (!on->kind->natural) {
            value->old_layout = on->partners[VB_OLD][group + i];
            value->new_layout = on->partners[VB_NEW][group + i];
            logs[VB_OLD] += on->layout_logs[VB_OLD][value->old_layout];
            logs[VB_NEW] += on->layout_logs[VB_NEW][value->new_layout];
        }
        run_pair(on, logs, value);
    }
    /* Where the links as they were built have no turn, old against itself has, within the budget.
     */
    const bool natural = (paired->cycles + 1) % VB_NATURAL_EVERY == 0;
    if (!natural && paired->cycles < paired->cycles_budget) {
        vb_process_pair *value = add_pair(&paired->floor);
        *value = (vb_process_pair){.cycle = paired->cycles,
                                   .old_layout = VB_NATURAL_LAYOUT,
                                   .new_layout = VB_NATURAL_LAYOUT};
        run_pair(on, (const double[VB_SIDES]){0, 0}, value);
    }
    paired->cycles++;
}

void sim_measure(const sim_kind *kind, const sim_plan *plan, const vb_change_rules *rules,
                 uint64_t *random, vb_paired_case *paired)
{
    machine on = {.kind = kind, .plan = plan, .random = random};
    draw_layouts(&on);
    paired->pair_blocks = SIM_PAIR_BLOCKS;
    vb_sequential_plan(paired, plan->budget_cycles, plan->cycles_max);
    while (paired->stop == VB_STOP_NONE) {
        measure_cycle(&on, paired);
        assert_int_equal(vb_sequential_look(paired, rules, plan->hypotheses), 0);
    }
}

int sim_compare(const sim_kind *kind, const sim_plan *plan, uint64_t *random, sim_outcome *outcome)
{
    vb_benchmark old = {.name = (char *)"a"}, new = {.name = (char *)"a"};
    vb_paired_case paired = {.old = &old, .new = &new};
    vb_change_rules rules = vb_paired_rules;
    sim_measure(kind, plan, &rules, random, &paired);
    rules.level /= (double)plan->hypotheses;
    int status = vb_paired_judge(&paired, &rules, &outcome->change);
    if (status != 0)
        outcome->change = (vb_change){.verdict = VB_INCONCLUSIVE, .low = NAN, .high = NAN};
    outcome->stop = paired.stop;
    outcome->cycles = paired.cycles;
    vb_paired_case_free(&paired);
    return status;
}

static void count_interval(const vb_change *change, double truth, sim_tally *tally)
{
    tally->by[change->estimator]++;
    tally->decided_by[change->estimator] +=
        change->verdict == VB_REGRESSED || change->verdict == VB_IMPROVED;
    /* never with NAN */
    tally->missed += log1p(change->low) > truth + 1e-12 || log1p(change->high) < truth - 1e-12;
    tally->half_width += (change->high - change->low) / 2;
}

void sim_repeat(const sim_kind *kind, const sim_plan *plan, int count, uint64_t seed,
                sim_tally *tally)
{
    uint64_t random = seed;
    *tally = (sim_tally){.count = count};
    for (int i = 0; i < count; i++) {
        sim_outcome outcome;
        if (sim_compare(kind, plan, &random, &outcome) == 0)
            count_interval(&outcome.change, plan->change, tally);
        else
            tally->failed++;
        tally->verdicts[outcome.change.verdict]++;
        tally->stops[outcome.stop]++;
        tally->cycles += (double)outcome.cycles / count;
    }
    tally->half_width /= count - tally->failed;
}

double sim_chance_of_so_many(int hits, int count, double share)
{
    return hits == 0 ? 1 : gsl_cdf_binomial_Q((unsigned)hits - 1, share, (unsigned)count);
}
