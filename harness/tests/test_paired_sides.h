/* Two sides that were measured in pairs, made up by simulation; then compared. */
#ifndef VBENCH_TEST_PAIRED_SIDES_H
#define VBENCH_TEST_PAIRED_SIDES_H

#include "runner/comparison.h"
#include "test_pairs.h"

enum { PAIRED_CASES_MAX = 40 };

/* Make it all zeros, add cases, then compare_paired. */
typedef struct {
    vb_benchmark_list old, new;
    vb_paired_case cases[PAIRED_CASES_MAX];
    size_t old_index[PAIRED_CASES_MAX], new_index[PAIRED_CASES_MAX]; /* a list moves as it grows */
    size_t count;
    vb_layouts old_layouts, new_layouts; /* of the first suite */
    vb_texts notes;
    uint64_t random;
    vb_side_facts old_facts, new_facts;
    vb_comparison comparison;
} paired_sides;

static inline void add_samples(vb_benchmark *benchmark, double ns)
{
    enum { ITERATIONS = 1000 };
    vb_process_samples *samples = vb_benchmark_add_process(benchmark);
    const vb_block block = {.real_ns = ns * ITERATIONS};
    assert_non_null(samples);
    samples->iterations_per_block = ITERATIONS;
    assert_int_equal(vb_process_samples_add(samples, &block), 0);
}

/* A case of both sides. The pointer is good until PAIRED_CASES_MAX are there. */
static inline vb_paired_case *add_case(paired_sides *both, const char *name, const simulated *how)
{
    assert_true(both->count < PAIRED_CASES_MAX);
    vb_paired_case *paired = &both->cases[both->count];
    simulate(how, paired, &both->random);
    paired->stop = VB_STOP_DECIDED; /* every case that a comparison sees has an end */
    vb_benchmark *old = add_measured(&both->old, name, NULL, 0);
    vb_benchmark *new = add_measured(&both->new, name, NULL, 0);
    for (size_t i = 0; i < paired->pairs.count; i++) {
        add_samples(old, paired->pairs.items[i].old_ns);
        add_samples(new, paired->pairs.items[i].new_ns);
    }
    both->old_index[both->count] = both->old.count - 1;
    both->new_index[both->count] = both->new.count - 1;
    both->count++;
    return paired;
}

/* A case of which `side` ("old", "new" or "both") failed. */
static inline void add_failed_case(paired_sides *both, const char *name, const char *side)
{
    static const simulated nothing;
    add_case(both, name, &nothing);
    if (strcmp(side, "new") != 0)
        vb_benchmark_fail(&both->old.items[both->old.count - 1], "it hung");
    if (strcmp(side, "old") != 0)
        vb_benchmark_fail(&both->new.items[both->new.count - 1], "it crashed");
}

/* 16 layouts of two functions, each at each offset once a cycle. */
static inline void fill_layouts(vb_layouts *layouts)
{
    json_t *first = json_array(), *second = json_array();
    for (int i = 0; i < TEST_LAYOUTS; i++) {
        assert_int_equal(vb_texts_add(&layouts->executables, "cache/layout_%d", i), 0);
        json_array_append_new(first, json_integer(i % VB_LAYOUT_CYCLE * VB_LAYOUT_STEP));
        json_array_append_new(second, json_integer((3 - i % VB_LAYOUT_CYCLE) * VB_LAYOUT_STEP));
    }
    layouts->functions = json_pack("[{s:s, s:o}, {s:s, s:o}]", "name", "push", "offsets", first,
                                   "name", "pop", "offsets", second);
}

/* The facts are made here; what else was set stays. 0, or -1 with a sentence. */
static inline int make_paired(paired_sides *both, vb_message *message)
{
    for (size_t i = 0; i < both->count; i++) {
        both->cases[i].old = &both->old.items[both->old_index[i]];
        both->cases[i].new = &both->new.items[both->new_index[i]];
    }
    return vb_comparison_make_paired(&both->old_facts, &both->new_facts, &both->old, &both->new,
                                     both->cases, both->count, &vb_paired_rules, &both->notes,
                                     &both->comparison, message);
}

static inline void set_facts(paired_sides *both)
{
    both->old_facts = (vb_side_facts){
        .name = "before",
        .kind = "archive",
        .text = "baselines/before.json, archived 2026-11-21 15:28 UTC at commit 255894d628",
        .machine = json_pack("{s:s, s:s, s:i, s:[], s:i, s:s, s:s}", "architecture", "x86_64",
                             "cpu_model", "A", "cpu_count", 2, "cpu_features", "memory_bytes", 1,
                             "kernel", "1", "operating_system", "B"),
        .source = json_pack("{s:s, s:b}", "commit", "255894d628", "dirty", 0),
        .suites = vb_result_suites(&both_suites),
    };
    both->new_facts = (vb_side_facts){.name = "bin", .kind = "suites", .text = "build/release/bin"};
}

static inline void compare_paired(paired_sides *both)
{
    vb_message message;
    set_facts(both);
    if (make_paired(both, &message) != 0)
        fail_msg("%s", message.text);
}

static inline void free_layouts(vb_layouts *layouts)
{
    vb_texts_free(&layouts->executables);
    json_decref(layouts->functions);
}

static inline void let_go_of_pairs(paired_sides *both)
{
    vb_comparison_free(&both->comparison);
    for (size_t i = 0; i < both->count; i++)
        free_pairs(&both->cases[i]);
    vb_benchmark_list_free(&both->old);
    vb_benchmark_list_free(&both->new);
    free_layouts(&both->old_layouts);
    free_layouts(&both->new_layouts);
    vb_texts_free(&both->notes);
    json_decref(both->old_facts.machine);
    json_decref(both->old_facts.source);
    json_decref(both->old_facts.suites);
}

/* A comparison with something of everything, of 32 benchmarks. */
static inline void fill_sample(paired_sides *both)
{
    static const simulated usual = {.cycles = 8,
                                    .base_ns = 12.5,
                                    .noise = 0.004,
                                    .old_offset = {0, 0.1, 0.05, -0.02},
                                    .new_offset = {-0.02, 0.1, 0, 0.05},
                                    .old_natural = 1e-6,
                                    .new_natural = 1e-6};
    *both = (paired_sides){.random = 11};
    fill_layouts(&both->old_layouts);
    fill_layouts(&both->new_layouts);
    assert_int_equal(
        vb_texts_add(&both->notes, "%s", "One CPU only: vbench shares it with what it measures."),
        0);
    simulated how = usual;
    how.change = 0.0812;
    add_case(both, "ring_buffer/push_pop/64", &how);
    how.change = 0.31;
    how.base_ns = 42;
    add_case(both, "orderbook_cas_pressure/single_level/4_threads", &how)->benchmark_changed = true;
    how.change = -0.389;
    how.base_ns = 5.98;
    add_case(both, "ring_buffer/push_pop/4096", &how);
    how = usual;
    how.new_natural = 0.14;
    add_case(both, "orderbook_update/bid", &how);
    how.base_ns = 1.93e7;
    how.noise = 0.05;
    how.natural_only = true;
    how.new_natural = how.old_natural = 0;
    add_case(both, "ring_bulk_throughput/10M_ops", &how);
    add_case(both, "ring_bulk_throughput/1M_ops", &how);
    how = usual;
    add_case(both, "bundle_cycle_with_tsc", &how)->cache_shared = 0.12;
    add_failed_case(both, "ring_spsc_cross_thread", "new");
    add_failed_case(both, "ring_spsc_cross_core", "old");
    for (int i = 0; i < 21; i++) {
        char name[48];
        snprintf(name, sizeof name, "statistics_add/packed/%d", i);
        how.noise = i % 4 == 0 ? 0.06 : 0.004;
        add_case(both, name, &how);
    }
    for (size_t i = 0; i < both->count; i++) {
        if (strncmp(both->new.items[i].name, "ring_bulk", 9) == 0)
            continue;
        both->cases[i].old_layouts = &both->old_layouts;
        both->cases[i].new_layouts = &both->new_layouts;
    }
    add_constant(&both->new, "ring_buffer/peek", 5);
    add_constant(&both->old, "ring_buffer/old_peek", 5);
}

#endif
