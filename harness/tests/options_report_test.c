/* The command line of reports, and what a result records of its own. */
#include "test_cmocka.h"

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

static void report_makes_a_page_unless_it_is_told_otherwise(void **state)
{
    (void)state;
    static char *const others[][2] = {
        {"--markdown", "m"}, {"--junit", "j"}, {"--csv", "-"}, {"--terminal", NULL}};
    assert_int_equal(parse("report", "x.json"), 0);
    assert_string_equal(options.out, "reports");
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (others[i][1])
            assert_int_equal(parse("report", "x.json", others[i][0], others[i][1]), 0);
        else
            assert_int_equal(parse("report", "x.json", others[i][0]), 0);
        assert_null(options.out);
    }
    assert_int_equal(parse("run"), 0);
    assert_null(options.out);
    assert_refused("--single is about the page, and none is made; give --out DIR.", "run",
                   "--single");
    assert_refused("--single is about the page, and none is made; give --out DIR.", "report", "x",
                   "--single", "--terminal");
    assert_int_equal(parse("report", "x", "--single"), 0);
    assert_true(options.single);
}

static void report_takes_what_else_it_shows(void **state)
{
    (void)state;
    assert_int_equal(parse("report", "new.json", "--against", "before", "--doctor", "d.json",
                           "--selftest", "s.json", "--baselines", "kept", "--terminal"),
                     0);
    assert_string_equal(options.against, "before");
    assert_string_equal(options.doctor_file, "d.json");
    assert_string_equal(options.selftest_file, "s.json");
    assert_string_equal(options.baselines, "kept");
    assert_true(options.terminal);
    assert_refused("vbench run has no option \"--against\"; see `vbench run --help`.", "run",
                   "--against", "x");
    assert_refused("--against takes a name, not an empty one.", "report", "x", "--against", "");
}

/* The words as they are recorded, with blanks between them. */
static const char *words(char text[256])
{
    json_t *array = vb_options_words(&options);
    json_t *word;
    size_t i;
    text[0] = '\0';
    json_array_foreach(array, i, word)
    {
        snprintf(text + strlen(text), 256 - strlen(text), "%s%s", i ? " " : "",
                 json_string_value(word));
    }
    json_decref(array);
    return text;
}

static void what_decides_the_measurement_is_recorded_as_it_was_given(void **state)
{
    (void)state;
    char text[256];
    parse("compare", "--budget", "2", "before");
    assert_string_equal(words(text), "vbench compare before --budget 2");
    parse("run", "suite", "--bud=2", "--filter", "--budget", "--no-pin", "--json", "x", "--out",
          "page", "--single", "--markdown", "m", "--junit", "j", "--csv", "c");
    assert_string_equal(words(text), "vbench run suite --bud=2 --no-pin");
    parse("save", "name", "--host-name", "--doctor", "d", "--selftest", "s", "--baselines", "b",
          "--processes", "9", "--seed=3", "--", "other");
    assert_string_equal(words(text), "vbench save name other --processes 9 --seed=3");
    parse("compare", "--baselines", "b", "--cache", "c", "--all", "--rev", "HEAD~1", "--layouts",
          "0", "--fail-on", "inconclusive");
    assert_string_equal(words(text), "vbench compare --baselines b --rev HEAD~1 --layouts 0 "
                                     "--fail-on inconclusive");
    parse("run");
    assert_string_equal(words(text), "vbench run");
    parse("run", "--seed", "3", "suite", "--", "-odd");
    assert_string_equal(words(text), "vbench run --seed 3 -- suite -odd");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(report_makes_a_page_unless_it_is_told_otherwise),
        cmocka_unit_test(report_takes_what_else_it_shows),
        cmocka_unit_test(what_decides_the_measurement_is_recorded_as_it_was_given),
    };
    return cmocka_run_group_tests_name("options_report", tests, NULL, NULL);
}
