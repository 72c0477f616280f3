/* The schedule of pairs, with workers that are shell scripts: each tells how long a block took by a
 * fixed time an iteration, and notes every block that it is asked for. */
#define _GNU_SOURCE
#include "test_files.h"
#include "test_near.h"

#include "runner/pairing.h"
#include "runner/process.h"
#include "runner/suites.h"

#include <math.h>

enum { OLD, NEW, SIDES };

static const double budget_s = 0.064; /* four cycles of pairs of two blocks of a millisecond */

static char notes[TEST_PATH_MAX];
static vb_suite suites[SIDES];
static vb_benchmark benchmarks[2][SIDES];
static vb_layouts layouts[SIDES];
static vb_paired_case cases[2];
static size_t case_count;
static vb_progress progress;

static void free_benchmark(vb_benchmark *benchmark)
{
    for (size_t i = 0; i < benchmark->process_count; i++)
        free(benchmark->processes[i].block_ns);
    free(benchmark->processes);
    free(benchmark->error);
    for (int i = 0; i < benchmark->warning_count; i++)
        free(benchmark->warnings[i]);
    *benchmark = (vb_benchmark){0};
}

static int clean_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        vb_paired_case_free(&cases[i]);
        cases[i] = (vb_paired_case){0};
        for (int side = 0; side < SIDES; side++)
            free_benchmark(&benchmarks[i][side]);
    }
    for (int side = 0; side < SIDES; side++) {
        free(suites[side].path);
        suites[side] = (vb_suite){0};
        vb_layouts_free(&layouts[side]);
    }
    unlink(notes);
    case_count = 0;
    return 0;
}

/* A worker whose blocks take so long an iteration; `extra` comes before a block's answer, with $n
 * the iterations, and may change $ns; `last` is done at the end. */
static void write_worker(const char *name, int ns, const char *extra, const char *last)
{
    char body[3000], path[TEST_PATH_MAX];
    in_test_folder("notes", notes);
    snprintf(body, sizeof body,
             "printf 'vbench-worker 2\\nend\\n' >&3\n"
             "me=${0##*/}\n"
             "while read -r word n <&3; do\n"
             "  ns=%d\n"
             "  case $word in\n"
             "  select) selected=$n; echo \"$me select $n\" >>%s; echo end >&3 ;;\n"
             "  block) echo \"$me block $n\" >>%s; %s\n"
             "    printf 'time %%d %%d\\nend\\n' $((n * ns)) $((n * ns)) >&3 ;;\n"
             "  memory) printf 'peak 4096\\nend\\n' >&3 ;;\n"
             "  *) echo end >&3 ;;\n"
             "  esac\n"
             "  if [ $word = quit ]; then %s\nexit; fi\n"
             "done",
             ns, notes, notes, extra, last);
    write_script(name, body, path);
}

/* One side: its natural link is NAME, its layouts are NAME-0, NAME-1, ... */
static void make_side(int side, int ns, size_t layout_count, const char *extra, const char *last)
{
    const char *name = side == OLD ? "old" : "new";
    char path[TEST_PATH_MAX], link[TEST_PATH_MAX];
    write_worker(name, ns, extra, last);
    suites[side].path = strdup(in_test_folder(name, path));
    suites[side].name = (char *)"suite";
    for (size_t i = 0; i < layout_count; i++) {
        snprintf(link, sizeof link, "%s-%zu", name, i);
        write_worker(link, ns, extra, last);
        assert_int_equal(vb_texts_add(&layouts[side].executables, "%s/%s", test_folder, link), 0);
    }
}

static void add_case(const char *name)
{
    vb_benchmark *pair = benchmarks[case_count];
    for (int side = 0; side < SIDES; side++)
        pair[side] = (vb_benchmark){.suite = &suites[side], .name = (char *)name, .threads = 1};
    cases[case_count++] = (vb_paired_case){.old = &pair[OLD],
                                           .new = &pair[NEW],
                                           .old_layouts = &layouts[OLD],
                                           .new_layouts = &layouts[NEW]};
}

static int measure_by(const vb_measure_options *options, double level)
{
    const vb_change_rules rules = {.level = level, .tolerance = 0.01};
    vb_progress_begin(&progress, case_count, "cycles", 1);
    int status = vb_pairing_measure(cases, case_count, options, &rules, &progress);
    vb_progress_end(&progress);
    return status;
}

/* No verdict is ever that certain, unless no two pairs differ. */
static const double never = 1e-300;

static int measure(uint64_t seed, double seconds)
{
    const vb_measure_options options = {
        .budget_s = seconds, .max_budget_s = seconds, .seed = seed, .time_limit_ns = 20000000000u};
    return measure_by(&options, never);
}

static void make_plain(size_t layout_count)
{
    make_side(OLD, 1000, layout_count, "", "");
    make_side(NEW, 2000, layout_count, "", "");
    add_case("case");
}

/* No two processes take as long; but all so nearly that a plan by the first holds for the others.
 */
static void make_noisy(void)
{
    make_side(OLD, 10000, 0, "ns=$((ns + $$ % 97));", "");
    make_side(NEW, 10000, 0, "ns=$((ns + $$ % 89));", "");
    add_case("case");
}

static void
each_side_visits_four_layouts_a_cycle_once_and_the_next_ones_in_the_next_cycle(void **state)
{
    (void)state;
    make_plain(8);
    assert_int_equal(measure(1, budget_s), 0);
    assert_true(cases[0].cycles >= 4);
    assert_int_equal(cases[0].pairs.count, 4 * cases[0].cycles);
    size_t in_order[SIDES] = {0, 0}, alike = 0;
    for (size_t cycle = 0; cycle < cases[0].cycles; cycle++) {
        int seen[SIDES][8] = {{0}};
        for (size_t i = 0; i < 4; i++) {
            const vb_process_pair *pair = &cases[0].pairs.items[4 * cycle + i];
            in_order[OLD] += (size_t)pair->old_layout % 4 == i;
            in_order[NEW] += (size_t)pair->new_layout % 4 == i;
            alike += pair->old_layout == pair->new_layout;
            assert_int_equal(pair->cycle, cycle);
            seen[OLD][pair->old_layout]++;
            seen[NEW][pair->new_layout]++;
        }
        for (size_t i = 0; i < 8; i++) {
            assert_int_equal(seen[OLD][i], i / 4 == cycle % 2);
            assert_int_equal(seen[NEW][i], i / 4 == cycle % 2);
        }
    }
    assert_true(in_order[OLD] < cases[0].pairs.count); /* each in a random order of its own */
    assert_true(in_order[NEW] < cases[0].pairs.count);
    assert_true(alike < cases[0].pairs.count);
}

static void links_as_built_are_paired_after_every_second_cycle(void **state)
{
    (void)state;
    make_plain(4);
    assert_int_equal(measure(1, budget_s), 0);
    assert_int_equal(cases[0].natural.count, cases[0].cycles / 2);
    for (size_t i = 0; i < cases[0].natural.count; i++) {
        assert_int_equal(cases[0].natural.items[i].cycle, 2 * i + 1);
        assert_int_equal(cases[0].natural.items[i].old_layout, VB_NATURAL_LAYOUT);
        assert_int_equal(cases[0].natural.items[i].new_layout, VB_NATURAL_LAYOUT);
    }
    assert_int_equal(cases[0].new->process_count, 4 * cases[0].cycles); /* not their samples */
}

static void old_is_paired_with_itself_after_the_other_cycles_outside_the_budget(void **state)
{
    (void)state;
    for (size_t layout_count = 0; layout_count <= 4; layout_count += 4) {
        make_plain(layout_count);
        assert_int_equal(measure(1, budget_s), 0);
        const vb_paired_case *paired = &cases[0];
        assert_true(paired->cycles >= 4);
        assert_int_equal(paired->floor.count, (paired->cycles + 1) / 2);
        for (size_t i = 0; i < paired->floor.count; i++) {
            assert_int_equal(paired->floor.items[i].cycle, 2 * i);
            assert_int_equal(paired->floor.items[i].old_layout, VB_NATURAL_LAYOUT);
            assert_int_equal(paired->floor.items[i].new_layout, VB_NATURAL_LAYOUT);
            assert_near(paired->floor.items[i].log_ratio, 0, 1e-12);
            assert_near(paired->floor.items[i].new_ns, 1000, 1e-6); /* old's time */
        }
        assert_int_equal(paired->old->process_count, 4 * paired->cycles); /* not their samples */
        assert_int_equal(paired->natural.count, layout_count > 0 ? paired->cycles / 2 : 0);
        const double pairs = (double)(paired->pairs.count + paired->natural.count);
        const double pair_ns = 3000 * (double)paired->new->iterations *(double)paired->pair_blocks;
        assert_near(paired->timed_ns, pairs * pair_ns, 1);
        clean_up(NULL);
    }
}

static void old_is_not_paired_with_itself_beyond_the_budget(void **state)
{
    (void)state;
    const vb_measure_options options = {.budget_s = budget_s,
                                        .max_budget_s = 3 * budget_s,
                                        .seed = 1,
                                        .time_limit_ns = 20000000000u};
    make_noisy();
    assert_int_equal(measure_by(&options, never), 0);
    assert_true(cases[0].cycles >= cases[0].cycles_budget);
    assert_int_equal(cases[0].floor.count, (cases[0].cycles_budget + 1) / 2);
}

static void layouts_that_have_met_meet_again(void **state)
{
    (void)state;
    make_plain(8);
    assert_int_equal(measure(3, budget_s), 0);
    assert_true(cases[0].cycles >= 4); /* twice the eight layouts */
    int partner[8];
    for (size_t i = 0; i < cases[0].pairs.count; i++) {
        const vb_process_pair *pair = &cases[0].pairs.items[i];
        if (i < 8)
            partner[pair->old_layout] = pair->new_layout;
        else
            assert_int_equal(partner[pair->old_layout], pair->new_layout);
    }
}

static void a_case_that_has_changed_stops_before_its_budget(void **state)
{
    (void)state;
    /* However long its processes take to start, more than four cycles go into the budget. */
    const vb_measure_options options = {
        .budget_s = 20, .max_budget_s = 80, .seed = 1, .time_limit_ns = 20000000000u};
    make_plain(0);
    assert_int_equal(measure_by(&options, 0.01), 0);
    assert_true(cases[0].cycles < cases[0].cycles_budget);
    assert_int_equal(cases[0].stop, VB_STOP_DECIDED);
    assert_int_equal(cases[0].looks_taken, 1);
    assert_true(cases[0].looks >= 4);
}

static void a_case_that_is_undecided_takes_all_that_it_may(void **state)
{
    (void)state;
    /* Of pairs so long that the start of processes, on a busy machine, too, is little beside them.
     */
    const double budget = 0.42;
    const vb_measure_options options = {
        .budget_s = budget, .max_budget_s = 2.6 * budget, .seed = 1, .time_limit_ns = 20000000000u};
    make_noisy();
    assert_int_equal(measure_by(&options, never), 0);
    assert_true(cases[0].cycles_budget >= 4);
    /* Both numbers are rounded to whole cycles. */
    assert_between((double)cases[0].cycles_planned, 2.6 * (double)cases[0].cycles_budget - 1.8,
                   2.6 * (double)cases[0].cycles_budget + 1.8);
    assert_int_equal(cases[0].cycles, cases[0].cycles_planned);
    assert_true(cases[0].looks >= 3); /* after 4, 8 and 10, say */
    assert_int_equal(cases[0].looks_taken, cases[0].looks);
    assert_int_equal(cases[0].stop, VB_STOP_BUDGET);
}

static void nothing_begins_after_the_time_is_up(void **state)
{
    (void)state;
    vb_measure_options options = {
        .budget_s = 5, .max_budget_s = 20, .seed = 1, .time_limit_ns = 20000000000u, .stop_ns = 1};
    make_plain(0);
    assert_int_equal(measure_by(&options, never), 0);
    assert_int_equal(cases[0].stop, VB_STOP_TIME_CAP);
    assert_int_equal(cases[0].cycles, 0);
    assert_null(cases[0].new->error);
    assert_int_equal(access(notes, F_OK), -1);
    clean_up(NULL);
    make_noisy();
    add_case("other");
    options.stop_ns = vb_process_now_ns() + 400000000u; /* its 40 cycles and more take far longer */
    assert_int_equal(measure_by(&options, never), 0);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(cases[i].stop, VB_STOP_TIME_CAP);
        assert_null(cases[i].new->error);
        assert_int_equal(cases[i].pairs.count, 4 * cases[i].cycles); /* what had begun is whole */
        assert_true(cases[i].cycles_planned == 0 || cases[i].cycles < cases[i].cycles_planned);
    }
}

static void where_a_side_has_no_layouts_both_run_as_built(void **state)
{
    (void)state;
    make_side(OLD, 1000, 4, "", "");
    make_side(NEW, 1000, 0, "", "");
    add_case("case");
    assert_false(vb_paired_has_layouts(&cases[0]));
    assert_int_equal(measure(1, budget_s), 0);
    assert_int_equal(cases[0].pairs.count, 16);
    assert_int_equal(cases[0].natural.count, 0);
    for (size_t i = 0; i < 16; i++)
        assert_int_equal(cases[0].pairs.items[i].old_layout, VB_NATURAL_LAYOUT);
}

static void orders_of(uint64_t seed, int orders[32])
{
    make_plain(4);
    assert_int_equal(measure(seed, budget_s), 0);
    for (size_t i = 0; i < 16; i++) {
        orders[2 * i] = cases[0].pairs.items[i].old_layout;
        orders[2 * i + 1] = cases[0].pairs.items[i].new_layout;
    }
    clean_up(NULL);
}

static void a_seed_repeats_the_order_and_another_one_has_its_own(void **state)
{
    (void)state;
    int first[32], second[32], other[32];
    orders_of(5, first);
    orders_of(5, second);
    orders_of(6, other);
    assert_memory_equal(first, second, sizeof first);
    assert_memory_not_equal(first, other, sizeof first);
}

static void a_pair_is_worth_the_ratio_of_its_times(void **state)
{
    (void)state;
    make_plain(4);
    assert_int_equal(measure(1, budget_s), 0);
    for (size_t i = 0; i < 16; i++) {
        assert_near(cases[0].pairs.items[i].log_ratio, log(2), 1e-9);
        assert_near(cases[0].pairs.items[i].old_ns, 1000, 1e-6);
        assert_near(cases[0].pairs.items[i].new_ns, 2000, 1e-6);
    }
}

/* How often a line is noted that begins so; `*n` becomes the number at the end of the last one. */
static int count_notes(const char *beginning, unsigned long *n)
{
    char line[256];
    int count = 0;
    FILE *file = fopen(notes, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        if (strncmp(line, beginning, strlen(beginning)) != 0)
            continue;
        count++;
        if (n)
            *n = strtoul(line + strlen(beginning), NULL, 10);
    }
    fclose(file);
    return count;
}

/* Whether every block that a link noted has this length. */
static void assert_all_blocks(const char *link, uint64_t iterations)
{
    char whole[64], some[64];
    snprintf(some, sizeof some, "%s block ", link);
    snprintf(whole, sizeof whole, "%s block %llu\n", link, (unsigned long long)iterations);
    assert_true(count_notes(some, NULL) > 0);
    assert_int_equal(count_notes(some, NULL), count_notes(whole, NULL));
}

static void both_sides_get_the_same_number_of_iterations_however_long_they_take(void **state)
{
    (void)state;
    char link[16];
    make_plain(4);
    assert_int_equal(measure(1, budget_s), 0);
    uint64_t iterations = cases[0].new->iterations;
    assert_int_equal(cases[0].old->iterations, iterations);
    assert_between((double)iterations, 700, 1500); /* a millisecond of the faster one */
    int planner[SIDES] = {cases[0].pairs.items[0].old_layout, cases[0].pairs.items[0].new_layout};
    for (int i = 0; i < 4; i++) { /* the first pair has also tried other lengths */
        snprintf(link, sizeof link, "old-%d", i);
        if (i != planner[OLD])
            assert_all_blocks(link, iterations);
        snprintf(link, sizeof link, "new-%d", i);
        if (i != planner[NEW])
            assert_all_blocks(link, iterations);
    }
    assert_all_blocks("old", iterations);
}

static void a_limit_on_iterations_holds(void **state)
{
    (void)state;
    unsigned long last = 0;
    make_plain(0);
    benchmarks[0][OLD].max_iterations = benchmarks[0][NEW].max_iterations = 10;
    assert_int_equal(measure(1, 0.001), 0);
    assert_int_equal(cases[0].new->iterations, 10);
    count_notes("old block ", &last);
    assert_int_equal(last, 10);
    assert_int_equal(count_notes("old block 10\n", NULL) + count_notes("old block 1\n", NULL),
                     count_notes("old block ", NULL));
}

static void the_budget_says_how_many_cycles(void **state)
{
    (void)state;
    make_plain(0);
    assert_int_equal(measure(1, 1), 0);
    double cycle_ns = 4 * 2 * (double)cases[0].pair_blocks * cases[0].block_ns;
    assert_near((double)cases[0].cycles, 1e9 / cycle_ns, 0.5);
    assert_int_equal(cases[0].cycles, cases[0].cycles_planned);
    assert_near(cases[0].timed_ns, 1e9, 2e8);
    assert_int_equal(cases[0].new->warning_count, 0);
}

static void four_cycles_are_made_however_short_the_budget_and_that_is_told(void **state)
{
    (void)state;
    make_plain(4);
    assert_int_equal(measure(1, 0.001), 0);
    assert_int_equal(cases[0].cycles, 4);
    assert_int_equal(cases[0].pair_blocks, 1);
    assert_int_equal(cases[0].new->warning_count, 1);
    assert_non_null(strstr(cases[0].new->warnings[0], "4 cycles take "));
}

/* Both sides take so many times as long for a block that does not follow one of their own. */
static void make_sharing_sides(int times)
{
    char path[TEST_PATH_MAX];
    char shares[200];
    snprintf(shares, sizeof shares,
             "[ \"$(cat ${0%%/*}/last)\" = $me ] || ns=$((%d * ns)); echo $me >${0%%/*}/last;",
             times);
    write_text(in_test_folder("last", path), "none\n", 0644);
    make_side(OLD, 1000, 0, shares, "");
    make_side(NEW, 1000, 0, shares, "");
    add_case("case");
}

static void blocks_that_disturb_each_other_stay_short_and_what_that_costs_is_told(void **state)
{
    (void)state;
    make_sharing_sides(2);
    assert_int_equal(measure(1, budget_s), 0);
    assert_int_equal(cases[0].warm_up, 0);
    assert_near(cases[0].cache_shared, 1, 1e-6);
}

static void blocks_that_would_drown_in_it_are_warmed_up(void **state)
{
    (void)state;
    make_sharing_sides(7);
    assert_int_equal(measure(1, budget_s), 0);
    assert_true(cases[0].warm_up > 0 && cases[0].warm_up < cases[0].new->iterations);
    assert_near(cases[0].cache_shared, 0, 0);
    for (size_t i = 0; i < cases[0].pairs.count; i++)
        assert_near(cases[0].pairs.items[i].old_ns, 1000, 1e-6); /* only warm blocks count */
}

/* A block is cold until its side has had 950 iterations in a row. */
static void blocks_become_longer_where_a_short_warm_up_does_not_help(void **state)
{
    (void)state;
    static const char shares[] =
        "read -r who many <${0%/*}/last; [ $who = $me ] || [ $who = none ] || many=0; "
        "[ $many -ge 950 ] || ns=$((7 * ns)); echo $me $((many + n)) >${0%/*}/last;";
    char path[TEST_PATH_MAX];
    write_text(in_test_folder("last", path), "none 950\n", 0644);
    make_side(OLD, 1000, 0, shares, "");
    make_side(NEW, 1000, 0, shares, "");
    add_case("case");
    assert_int_equal(measure(1, 0.64), 0);
    assert_true(cases[0].new->iterations >= 1899);
    assert_true(cases[0].warm_up >= 950 && cases[0].warm_up < cases[0].new->iterations);
    assert_near(cases[0].cache_shared, 0, 0);
}

/* A block is cold unless one of the same side and length ran before it: no warm-up is. */
static void blocks_stay_short_where_no_warm_up_helps_and_what_that_costs_is_told(void **state)
{
    (void)state;
    static const char shares[] = "[ \"$(cat ${0%/*}/last)\" = \"$me $n\" ] || ns=$((7 * ns)); "
                                 "echo $me $n >${0%/*}/last;";
    char path[TEST_PATH_MAX];
    write_text(in_test_folder("last", path), "none 0\n", 0644);
    make_side(OLD, 1000, 0, shares, "");
    make_side(NEW, 1000, 0, shares, "");
    add_case("case");
    assert_int_equal(measure(1, 0.64), 0);
    assert_int_equal(cases[0].warm_up, 0);
    assert_near(cases[0].cache_shared, 6, 1e-6);
    assert_true(cases[0].block_ns < 15e6); /* the longest that the budget allows has 20 ms */
}

/* Ten iterations are a hundredth of a millisecond, and two milliseconds pass beside each block. */
static void untimed_work_beside_short_blocks_leaves_few_of_them(void **state)
{
    (void)state;
    make_side(OLD, 1000, 0, "sleep 0.002;", "");
    make_side(NEW, 1000, 0, "sleep 0.002;", "");
    add_case("case");
    benchmarks[0][OLD].max_iterations = benchmarks[0][NEW].max_iterations = 10;
    assert_int_equal(measure(1, budget_s), 0);
    assert_true(cases[0].pair_blocks <= 3); /* without untimed work: 200 */
    assert_int_equal(cases[0].cycles, 4);
}

static void a_suite_that_is_built_anew_meanwhile_fails(void **state)
{
    (void)state;
    make_side(OLD, 1000, 0, "", "cp -p $0 $0.new; echo >>$0.new; mv $0.new $0");
    make_side(NEW, 1000, 0, "", "");
    suites[OLD].file = vb_suite_file(suites[OLD].path);
    add_case("case");
    assert_int_equal(measure(1, budget_s), 0);
    assert_string_equal(cases[0].old->error, "its suite was built anew while it was measured");
    assert_int_equal(cases[0].pairs.count, 1);
}

/* Once it exits in the middle of its timed blocks: in a process whose first block is no attempt. */
static const char breaks_once[] =
    "first=${first:-$n}; count=$((count + 1)); if [ $first -gt 1 ] && [ $count = 3 ] && "
    "[ ! -e ${0%/*}/broken ]; then touch ${0%/*}/broken; exit 3; fi;";

static void a_process_that_breaks_is_started_again_once_and_the_cycle_stays_whole(void **state)
{
    (void)state;
    char path[TEST_PATH_MAX];
    make_side(OLD, 1000, 4, "", "");
    make_side(NEW, 1000, 4, breaks_once, "");
    add_case("case");
    assert_int_equal(measure(1, budget_s), 0);
    assert_int_equal(unlink(in_test_folder("broken", path)), 0);
    assert_null(cases[0].new->error);
    assert_int_equal(cases[0].new->restarts, 1);
    assert_int_equal(cases[0].old->restarts, 0);
    bool told = false;
    for (int i = 0; i < cases[0].new->warning_count; i++)
        told = told || strstr(cases[0].new->warnings[i], "a worker was started again");
    assert_true(told);
    assert_true(cases[0].cycles >= 4);
    assert_int_equal(cases[0].pairs.count, 4 * cases[0].cycles);
    assert_int_equal(cases[0].old->process_count, 4 * cases[0].cycles);
    assert_int_equal(cases[0].new->process_count, 4 * cases[0].cycles);
}

static void a_side_that_breaks_again_fails_and_the_other_benchmark_goes_on(void **state)
{
    (void)state;
    make_side(OLD, 1000, 0, "[ $selected = good ] || exit 3;", "");
    make_side(NEW, 1000, 0, "", "");
    add_case("bad");
    add_case("good");
    assert_int_equal(measure(1, budget_s), 0);
    assert_non_null(cases[0].old->error);
    assert_null(cases[0].new->error);
    assert_int_equal(cases[0].old->restarts, 1);
    assert_int_equal(cases[0].pairs.count, 0);
    assert_int_equal(count_notes("old select bad", NULL), 2);
    assert_null(cases[1].old->error);
    assert_int_equal(cases[1].cycles, 4);
}

static void what_breaks_in_teardown_fails(void **state)
{
    (void)state;
    make_side(OLD, 1000, 0, "", "");
    make_side(NEW, 1000, 0, "", "exit 5");
    add_case("case");
    assert_int_equal(measure(1, budget_s), 0);
    assert_null(cases[0].old->error);
    assert_non_null(strstr(cases[0].new->error, "in teardown or at exit"));
    assert_int_equal(count_notes("new select case", NULL), 1);
}

static void cases_with_an_error_are_not_measured(void **state)
{
    (void)state;
    make_plain(0);
    benchmarks[0][OLD].error = strdup("it failed before");
    assert_int_equal(measure(1, budget_s), 0);
    assert_int_equal(cases[0].pairs.count, 0);
    assert_int_equal(access(notes, F_OK), -1);
}

#define test(claim) cmocka_unit_test_teardown(claim, clean_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(each_side_visits_four_layouts_a_cycle_once_and_the_next_ones_in_the_next_cycle),
        test(links_as_built_are_paired_after_every_second_cycle),
        test(old_is_paired_with_itself_after_the_other_cycles_outside_the_budget),
        test(old_is_not_paired_with_itself_beyond_the_budget),
        test(layouts_that_have_met_meet_again),
        test(a_case_that_has_changed_stops_before_its_budget),
        test(a_case_that_is_undecided_takes_all_that_it_may),
        test(nothing_begins_after_the_time_is_up),
        test(where_a_side_has_no_layouts_both_run_as_built),
        test(a_seed_repeats_the_order_and_another_one_has_its_own),
        test(a_pair_is_worth_the_ratio_of_its_times),
        test(both_sides_get_the_same_number_of_iterations_however_long_they_take),
        test(a_limit_on_iterations_holds),
        test(the_budget_says_how_many_cycles),
        test(four_cycles_are_made_however_short_the_budget_and_that_is_told),
        test(blocks_that_disturb_each_other_stay_short_and_what_that_costs_is_told),
        test(blocks_that_would_drown_in_it_are_warmed_up),
        test(blocks_become_longer_where_a_short_warm_up_does_not_help),
        test(blocks_stay_short_where_no_warm_up_helps_and_what_that_costs_is_told),
        test(untimed_work_beside_short_blocks_leaves_few_of_them),
        test(a_suite_that_is_built_anew_meanwhile_fails),
        test(a_process_that_breaks_is_started_again_once_and_the_cycle_stays_whole),
        test(a_side_that_breaks_again_fails_and_the_other_benchmark_goes_on),
        test(what_breaks_in_teardown_fails),
        test(cases_with_an_error_are_not_measured),
    };
    return cmocka_run_group_tests_name("pairing", tests, make_test_folder, remove_test_folder);
}
