/* Workers for tests of the schedule of pairs, shell scripts: each tells how long a block took by a
 * fixed time an iteration, and notes every block that it is asked for. Include after _GNU_SOURCE.
 */
#ifndef VBENCH_TEST_PAIRING_H
#define VBENCH_TEST_PAIRING_H

#include "test_files.h"

#include "runner/pairing.h"

enum { OLD, NEW, SIDES };

static const double budget_s = 0.064; /* four cycles of pairs of two blocks of a millisecond */

static char notes[TEST_PATH_MAX];
static vb_suite suites[SIDES];
static vb_benchmark benchmarks[2][SIDES];
static vb_layouts layouts[SIDES];
static vb_paired_case cases[2];
static size_t case_count;
static vb_progress progress;

static inline void free_benchmark(vb_benchmark *benchmark)
{
    for (size_t i = 0; i < benchmark->process_count; i++)
        free(benchmark->processes[i].block_ns);
    free(benchmark->processes);
    free(benchmark->error);
    for (int i = 0; i < benchmark->warning_count; i++)
        free(benchmark->warnings[i]);
    *benchmark = (vb_benchmark){0};
}

static inline int clean_up(void **state)
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
static inline void write_worker(const char *name, int ns, const char *extra, const char *last)
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
static inline void make_side(int side, int ns, size_t layout_count, const char *extra,
                             const char *last)
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

static inline void add_case(const char *name)
{
    vb_benchmark *pair = benchmarks[case_count];
    for (int side = 0; side < SIDES; side++)
        pair[side] = (vb_benchmark){.suite = &suites[side], .name = (char *)name, .threads = 1};
    cases[case_count++] = (vb_paired_case){.old = &pair[OLD],
                                           .new = &pair[NEW],
                                           .old_layouts = &layouts[OLD],
                                           .new_layouts = &layouts[NEW]};
}

static inline int measure_by(const vb_measure_options *options, double level)
{
    const vb_change_rules rules = {.level = level, .tolerance = 0.01};
    vb_progress_begin(&progress, case_count, "cycles", 1);
    int status = vb_pairing_measure(cases, case_count, options, &rules, &progress);
    vb_progress_end(&progress);
    return status;
}

/* No verdict is ever that certain, unless no two pairs differ. */
static const double never = 1e-300;

static inline int measure(uint64_t seed, double seconds)
{
    const vb_measure_options options = {
        .budget_s = seconds, .max_budget_s = seconds, .seed = seed, .time_limit_ns = 20000000000u};
    return measure_by(&options, never);
}

static inline void make_plain(size_t layout_count)
{
    make_side(OLD, 1000, layout_count, "", "");
    make_side(NEW, 2000, layout_count, "", "");
    add_case("case");
}

/* How often a line is noted that begins so; `*n` becomes the number at the end of the last one. */
static inline int count_notes(const char *beginning, unsigned long *n)
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

/* A test that leaves nothing behind. */
#define test(claim) cmocka_unit_test_teardown(claim, clean_up)

#endif
