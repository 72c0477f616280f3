/* The command line: what each command takes, and how wrong ones are refused. */
#include "test_near.h"

#include "runner/layouts.h"
#include "runner/options.h"

#include <stdio.h>
#include <string.h>

static vb_options options;
static vb_message message;

#define parse(...) parse_words((char *[]){"vbench", __VA_ARGS__, NULL})

static int parse_words(char **words)
{
    int count = 0;
    while (words[count])
        count++;
    memset(&options, 0xa5, sizeof options);
    strcpy(message.text, "");
    return vb_options_parse(count, words, &options, &message);
}

#define assert_refused(sentence, ...)                                                              \
    do {                                                                                           \
        assert_int_equal(parse(__VA_ARGS__), -1);                                                  \
        assert_string_equal(message.text, sentence);                                               \
    } while (0)

static void missing_command_is_refused(void **state)
{
    (void)state;
    assert_int_equal(parse_words((char *[]){"vbench", NULL}), -1);
    assert_string_equal(message.text,
                        "a command is missing: list, run, save, compare, report or doctor; see "
                        "`vbench --help`.");
}

static void unknown_command_is_refused(void **state)
{
    (void)state;
    assert_refused(
        "there is no command \"runn\", only list, run, save, compare, report and doctor; "
        "see `vbench --help`.",
        "runn");
    assert_int_equal(parse("--budget", "3", "run"), -1);
}

static void help_and_version_are_commands(void **state)
{
    (void)state;
    assert_int_equal(parse("--help"), 0);
    assert_int_equal(options.command, VB_COMMAND_HELP);
    assert_null(options.help_for);
    assert_int_equal(parse("help"), 0);
    assert_int_equal(options.command, VB_COMMAND_HELP);
    assert_int_equal(parse("--version"), 0);
    assert_int_equal(options.command, VB_COMMAND_VERSION);
}

static void every_command_has_help_even_without_its_operands(void **state)
{
    (void)state;
    char *const commands[] = {"list", "run", "save", "compare", "report", "doctor"};
    for (int i = 0; i < 6; i++) {
        assert_int_equal(parse(commands[i], "--help"), 0);
        assert_int_equal(options.command, VB_COMMAND_HELP);
        assert_string_equal(options.help_for, commands[i]);
    }
}

static void defaults_hold_where_nothing_is_said(void **state)
{
    (void)state;
    assert_int_equal(parse("run"), 0);
    assert_int_equal(options.command, VB_COMMAND_RUN);
    assert_near(options.budget_s, 2, 0);
    assert_int_equal(options.processes, 9);
    assert_near(options.time_limit_s, 10, 0);
    assert_false(options.seed_given);
    assert_null(options.filter);
    assert_null(options.json);
    assert_null(options.out);
    assert_string_equal(options.baselines, "baselines");
    assert_false(options.host_name);
    assert_true(options.pin);
    assert_false(options.allocations);
    assert_int_equal(options.suite_count, 0);
}

static void run_takes_its_options(void **state)
{
    (void)state;
    assert_int_equal(parse("run", "--filter", "ring", "--budget", "0.5", "--processes=3", "--seed",
                           "42", "--time-limit", "7", "--json", "-", "--out", "reports",
                           "--host-name", "--no-pin", "--allocations"),
                     0);
    assert_string_equal(options.filter, "ring");
    assert_near(options.budget_s, 0.5, 0);
    assert_int_equal(options.processes, 3);
    assert_true(options.seed_given);
    assert_int_equal(options.seed, 42);
    assert_near(options.time_limit_s, 7, 0);
    assert_string_equal(options.json, "-");
    assert_string_equal(options.out, "reports");
    assert_true(options.host_name);
    assert_false(options.pin);
    assert_true(options.allocations);
}

static void the_files_for_ci_are_taken_by_what_has_a_result(void **state)
{
    (void)state;
    static char *const commands[] = {"run", "compare", "report"};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        assert_int_equal(parse(commands[i], "x", "--markdown", "-", "--junit", "j.xml"), 0);
        assert_string_equal(options.markdown, "-");
        assert_string_equal(options.junit, "j.xml");
        assert_int_equal(parse(commands[i], "x"), 0);
        assert_null(options.markdown);
        assert_null(options.junit);
    }
    assert_refused("vbench save has no option \"--junit\"; see `vbench save --help`.", "save", "x",
                   "--junit", "j.xml");
    assert_refused("--markdown takes a name, not an empty one.", "run", "--markdown", "");
}

static void save_takes_a_name_and_its_options(void **state)
{
    (void)state;
    assert_int_equal(parse("save", "first", "--baselines", "elsewhere", "--budget", "1"), 0);
    assert_int_equal(options.command, VB_COMMAND_SAVE);
    assert_string_equal(options.target, "first");
    assert_string_equal(options.baselines, "elsewhere");
    assert_int_equal(options.suite_count, 0);
}

static void compare_takes_an_old_side_and_new_ones(void **state)
{
    (void)state;
    assert_int_equal(parse("compare"), 0);
    assert_null(options.target);
    assert_int_equal(options.layouts, VB_LAYOUTS_DEFAULT);
    assert_false(options.layouts_given);
    assert_false(options.suite_new);
    assert_false(options.all);
    assert_null(options.cache);
    assert_null(options.revision);
    assert_int_equal(parse("compare", "old", "new", "newer", "--layouts", "8", "--suite=new",
                           "--cache", "c", "--all"),
                     0);
    assert_string_equal(options.target, "old");
    assert_int_equal(options.suite_count, 2);
    assert_string_equal(options.suites[1], "newer");
    assert_int_equal(options.layouts, 8);
    assert_true(options.layouts_given);
    assert_true(options.suite_new);
    assert_true(options.all);
    assert_string_equal(options.cache, "c");
    assert_int_equal(parse("compare", "--suite", "own", "--layouts", "0", "x"), 0);
    assert_false(options.suite_new);
    assert_int_equal(options.layouts, 0);
}

static void doctor_takes_twenty_seconds_and_no_operand(void **state)
{
    (void)state;
    assert_int_equal(parse("doctor"), 0);
    assert_int_equal(options.command, VB_COMMAND_DOCTOR);
    assert_near(options.budget_s, 20, 0);
    assert_true(options.noise);
    assert_int_equal(parse("doctor", "--no-noise", "--budget", "3", "--json", "-", "--cache", "c"),
                     0);
    assert_false(options.noise);
    assert_near(options.budget_s, 3, 0);
    assert_string_equal(options.cache, "c");
    assert_refused("vbench doctor takes options only, not \"suite\".", "doctor", "suite");
}

static void with_a_revision_all_operands_are_the_new_side(void **state)
{
    (void)state;
    assert_int_equal(parse("compare", "first", "--rev", "HEAD~1", "second"), 0);
    assert_string_equal(options.revision, "HEAD~1");
    assert_null(options.target);
    assert_int_equal(options.suite_count, 2);
    assert_string_equal(options.suites[0], "first");
}

static void what_compare_does_not_know_is_refused(void **state)
{
    (void)state;
    assert_refused("--layouts takes a multiple of 4, not 3.", "compare", "--layouts", "3");
    assert_refused("--layouts takes a whole number up to 1024, not \"1028\".", "compare",
                   "--layouts", "1028");
    assert_int_equal(parse("compare", "--layouts", "-4"), -1);
    assert_refused("--suite takes own or new, not \"old\".", "compare", "--suite", "old");
    assert_refused("--rev takes a name, not an empty one.", "compare", "--rev", "");
    assert_refused("--cache takes a name, not an empty one.", "compare", "--cache=");
    assert_refused("vbench save has no option \"--layouts\"; see `vbench save --help`.", "save",
                   "x", "--layouts", "4");
}

static void judge_is_told_its_rules_in_percent(void **state)
{
    (void)state;
    assert_int_equal(parse("compare"), 0);
    assert_near(options.level, 0.01, 0);
    assert_near(options.min_effect, 0.0025, 0);
    assert_near(options.tolerance, 0.01, 0);
    assert_near(options.fail_above, 0, 0);
    assert_false(options.fail_on_inconclusive);
    assert_near(options.time_cap_s, 0, 0);
    assert_int_equal(parse("compare", "--level", "5", "--min-effect=0.5", "--tolerance", "2.5",
                           "--fail-above", "10", "--fail-on=inconclusive", "--time-cap", "90"),
                     0);
    assert_near(options.level, 0.05, 1e-15);
    assert_near(options.min_effect, 0.005, 1e-15);
    assert_near(options.tolerance, 0.025, 1e-15);
    assert_near(options.fail_above, 0.1, 1e-15);
    assert_true(options.fail_on_inconclusive);
    assert_near(options.time_cap_s, 90, 0);
    assert_int_equal(parse("compare", "--min-effect", "0", "--fail-above", "0"), 0);
    assert_near(options.min_effect, 0, 0);
    assert_int_equal(parse("compare", "--level", "1e-6", "--tolerance", "1000"), 0);
    assert_int_equal(parse("compare", "--level", "50", "--fail-above", "100000"), 0);
}

static void undecided_benchmarks_may_take_four_budgets_unless_said_otherwise(void **state)
{
    (void)state;
    assert_int_equal(parse("compare"), 0);
    assert_near(options.max_budget_s, 8, 0);
    assert_int_equal(parse("compare", "--budget", "0.5"), 0);
    assert_near(options.max_budget_s, 2, 0);
    assert_int_equal(parse("compare", "--max-budget", "3"), 0);
    assert_near(options.max_budget_s, 3, 0);
    assert_int_equal(parse("compare", "--max-budget", "3", "--budget", "3"), 0);
    assert_refused("--max-budget is less than --budget, 2 s; leave it out, or say more.", "compare",
                   "--max-budget", "1.9");
    assert_refused("--max-budget is less than --budget, 4 s; leave it out, or say more.", "compare",
                   "--max-budget", "3", "--budget", "4");
}

static void rules_that_are_no_percent_in_range_are_refused(void **state)
{
    (void)state;
    static const struct {
        char *option, *range;
        char *bad[3];
    } refused[] = {
        {"--level", "1e-06 to 50", {"0", "51", "1e-7"}},
        {"--min-effect", "0 to 1000", {"-0.1", "1001", "1e99"}},
        {"--tolerance", "1e-06 to 1000", {"0", "-1", "1000.1"}},
        {"--fail-above", "0 to 100000", {"-1", "100001", "1e9"}},
    };
    char *const no_numbers[] = {"nan", "inf", "-inf", "abc", "1x", "1%", "", "1 ", "1e999"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        for (size_t k = 0; k < 3 + sizeof no_numbers / sizeof *no_numbers; k++) {
            char *value = k < 3 ? refused[i].bad[k] : no_numbers[k - 3];
            char sentence[128];
            snprintf(sentence, sizeof sentence, "%s takes a number of percent from %s, not \"%s\".",
                     refused[i].option, refused[i].range, value);
            assert_refused(sentence, "compare", refused[i].option, value);
        }
        assert_int_equal(parse("run", refused[i].option, "1"), -1);
    }
}

static void what_else_the_gate_and_the_clock_do_not_know_is_refused(void **state)
{
    (void)state;
    assert_refused("--fail-on takes inconclusive, not \"equivalent\".", "compare", "--fail-on",
                   "equivalent");
    assert_refused("--fail-on takes inconclusive, not \"\".", "compare", "--fail-on=");
    char *const bad[] = {"0", "-1", "nan", "1e7", "1x", ""};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        static char *const names[] = {"--time-cap", "--max-budget"};
        for (size_t k = 0; k < 2; k++) {
            char sentence[128];
            snprintf(sentence, sizeof sentence,
                     "%s takes a number of seconds above 0 and up to 1000000, not \"%s\".",
                     names[k], bad[i]);
            assert_refused(sentence, "compare", names[k], bad[i]);
        }
    }
    assert_refused("vbench run has no option \"--time-cap\"; see `vbench run --help`.", "run",
                   "--time-cap", "1");
    assert_refused("vbench save has no option \"--max-budget\"; see `vbench save --help`.", "save",
                   "x", "--max-budget", "1");
}

static void report_takes_one_file(void **state)
{
    (void)state;
    assert_int_equal(parse("report", "result.json", "--out", "pages"), 0);
    assert_int_equal(options.command, VB_COMMAND_REPORT);
    assert_string_equal(options.target, "result.json");
    assert_string_equal(options.out, "pages");
    assert_refused("vbench report takes one result file, \"two.json\" is one too many.", "report",
                   "one.json", "two.json");
}

static void operand_that_a_command_needs_is_missed(void **state)
{
    (void)state;
    assert_refused("save needs a name for the baseline; see `vbench save --help`.", "save");
    assert_refused("report needs a result file; see `vbench report --help`.", "report", "--out",
                   "pages");
}

static void operands_are_suites_before_between_and_after_options(void **state)
{
    (void)state;
    assert_int_equal(parse("run", "first", "--budget", "1", "second", "--no-pin", "third"), 0);
    assert_int_equal(options.suite_count, 3);
    assert_string_equal(options.suites[0], "first");
    assert_string_equal(options.suites[1], "second");
    assert_string_equal(options.suites[2], "third");
    assert_int_equal(parse("save", "--budget", "1", "name", "first"), 0);
    assert_string_equal(options.target, "name");
    assert_int_equal(options.suite_count, 1);
    assert_string_equal(options.suites[0], "first");
}

static void words_after_two_dashes_are_operands(void **state)
{
    (void)state;
    assert_int_equal(parse("run", "--no-pin", "--", "--budget", "-x"), 0);
    assert_int_equal(options.suite_count, 2);
    assert_string_equal(options.suites[0], "--budget");
    assert_string_equal(options.suites[1], "-x");
    assert_false(options.pin);
    assert_int_equal(parse("save", "--", "-name"), 0);
    assert_string_equal(options.target, "-name");
}

static void budget_that_is_no_positive_number_of_seconds_is_refused(void **state)
{
    (void)state;
    char *const bad[] = {"0", "-1", "nan", "inf", "1e999", "1e7", "abc", "1x", "", "1 "};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char sentence[128];
        snprintf(sentence, sizeof sentence,
                 "--budget takes a number of seconds above 0 and up to 1000000, not \"%s\".",
                 bad[i]);
        assert_refused(sentence, "run", "--budget", bad[i]);
        assert_int_equal(parse("run", "--time-limit", bad[i]), -1);
    }
}

static void count_that_is_no_whole_number_in_range_is_refused(void **state)
{
    (void)state;
    char *const bad[] = {"-1", "+1", " 1", "1.5", "abc", "1x", "", "99999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(parse("run", "--processes", bad[i]), -1);
        assert_int_equal(parse("run", "--seed", bad[i]), -1);
    }
    assert_refused("--processes takes at least 1.", "run", "--processes", "0");
    assert_refused("--processes takes a whole number up to 10000, not \"10001\".", "run",
                   "--processes", "10001");
    assert_int_equal(parse("run", "--seed", "9223372036854775808"), -1);
    assert_int_equal(parse("run", "--seed", "9223372036854775807"), 0);
    assert_int_equal(parse("run", "--seed", "0"), 0);
    assert_true(options.seed_given);
}

static void missing_value_is_named(void **state)
{
    (void)state;
    assert_refused("--budget needs a value; see `vbench run --help`.", "run", "suite", "--budget");
}

static void empty_path_is_refused(void **state)
{
    (void)state;
    assert_refused("--json takes a name, not an empty one.", "run", "--json", "");
    assert_refused("--out takes a name, not an empty one.", "run", "--out=");
    assert_refused("--baselines takes a name, not an empty one.", "save", "x", "--baselines", "");
}

static void unknown_option_is_named(void **state)
{
    (void)state;
    assert_refused("vbench run has no option \"--colour\"; see `vbench run --help`.", "run",
                   "--colour", "red");
    assert_refused("vbench run has no option \"-x\"; see `vbench run --help`.", "run", "-x");
}

static void unknown_letter_among_several_is_named(void **state)
{
    (void)state;
    assert_refused("vbench run has no option \"-x\"; see `vbench run --help`.", "run", "-xyz");
}

static void value_for_an_option_without_one_is_refused(void **state)
{
    (void)state;
    assert_refused("\"--no-pin=yes\" gives a value to an option that takes none; see `vbench run "
                   "--help`.",
                   "run", "--no-pin=yes");
}

static void option_of_another_command_is_refused(void **state)
{
    (void)state;
    assert_refused("vbench list has no option \"--budget\"; see `vbench list --help`.", "list",
                   "--budget", "1");
    assert_refused("vbench list has no option \"--baselines\"; see `vbench list --help`.", "list",
                   "--baselines", "x");
    assert_refused("vbench save has no option \"--json\"; see `vbench save --help`.", "save", "x",
                   "--json", "y");
    assert_refused("vbench report has no option \"--filter\"; see `vbench report --help`.",
                   "report", "x", "--filter", "y");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(missing_command_is_refused),
        cmocka_unit_test(unknown_command_is_refused),
        cmocka_unit_test(help_and_version_are_commands),
        cmocka_unit_test(every_command_has_help_even_without_its_operands),
        cmocka_unit_test(defaults_hold_where_nothing_is_said),
        cmocka_unit_test(run_takes_its_options),
        cmocka_unit_test(the_files_for_ci_are_taken_by_what_has_a_result),
        cmocka_unit_test(save_takes_a_name_and_its_options),
        cmocka_unit_test(compare_takes_an_old_side_and_new_ones),
        cmocka_unit_test(doctor_takes_twenty_seconds_and_no_operand),
        cmocka_unit_test(with_a_revision_all_operands_are_the_new_side),
        cmocka_unit_test(what_compare_does_not_know_is_refused),
        cmocka_unit_test(judge_is_told_its_rules_in_percent),
        cmocka_unit_test(undecided_benchmarks_may_take_four_budgets_unless_said_otherwise),
        cmocka_unit_test(rules_that_are_no_percent_in_range_are_refused),
        cmocka_unit_test(what_else_the_gate_and_the_clock_do_not_know_is_refused),
        cmocka_unit_test(report_takes_one_file),
        cmocka_unit_test(operand_that_a_command_needs_is_missed),
        cmocka_unit_test(operands_are_suites_before_between_and_after_options),
        cmocka_unit_test(words_after_two_dashes_are_operands),
        cmocka_unit_test(budget_that_is_no_positive_number_of_seconds_is_refused),
        cmocka_unit_test(count_that_is_no_whole_number_in_range_is_refused),
        cmocka_unit_test(missing_value_is_named),
        cmocka_unit_test(empty_path_is_refused),
        cmocka_unit_test(unknown_option_is_named),
        cmocka_unit_test(unknown_letter_among_several_is_named),
        cmocka_unit_test(value_for_an_option_without_one_is_refused),
        cmocka_unit_test(option_of_another_command_is_refused),
    };
    return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
