/* A made-up tree of /proc and /sys for tests of what reads them, vbench doctor above all. Include
 * after _GNU_SOURCE. */
#ifndef VBENCH_TEST_TREE_H
#define VBENCH_TEST_TREE_H

#include "test_files.h"

#include "runner/doctor_checks.h"

#include <errno.h>

static char tree[TEST_PATH_MAX]; /* its root */
static vb_findings findings;
static const int test_cpus[] = {0, 1, 2, 3};
static vb_doctor_view view;

/* A setup of each test: an empty tree, four CPUs, nothing found. */
static inline int begin_tree(void **state)
{
    static int count;
    char name[32];
    (void)state;
    snprintf(name, sizeof name, "tree-%d", count++);
    in_test_folder(name, tree);
    findings.count = 0;
    view = (vb_doctor_view){.root = tree, .cpus = test_cpus, .cpu_count = 4};
    return mkdir(tree, 0755);
}

/* Writes a file of the tree, with the folders above it. */
static inline void put(const char *path, const char *text)
{
    char whole[2 * TEST_PATH_MAX];
    snprintf(whole, sizeof whole, "%s%s", tree, path);
    for (char *slash = whole + strlen(tree) + 1; (slash = strchr(slash, '/')); *slash++ = '/') {
        *slash = '\0';
        assert_true(mkdir(whole, 0755) == 0 || errno == EEXIST);
    }
    write_text(whole, text, 0644);
}

static inline const vb_finding *only_finding(void)
{
    assert_int_equal(findings.count, 1);
    return &findings.items[0];
}

/* That one thing was found, of this severity, and that its sentence has these words in it. */
static inline void assert_found(vb_severity severity, const char *words)
{
    const vb_finding *found = only_finding();
    if (!strstr(found->what.text, words))
        fail_msg("\"%s\" is not in \"%s\"", words, found->what.text);
    assert_string_equal(vb_severity_name(found->severity), vb_severity_name(severity));
    for (const char *c = found->what.text; *c; c++)
        assert_false((unsigned char)*c < ' ' || *c == 0x7f);
}

static inline void assert_mended_by(const char *words)
{
    const vb_finding *found = only_finding();
    if (!strstr(found->mend.text, words))
        fail_msg("\"%s\" is not in \"%s\"", words, found->mend.text);
    assert_true(found->effect.text[0] != '\0');
}

#define tree_test(name) cmocka_unit_test_setup(name, begin_tree)

/* What a file may hold that is none of its words. */
static const char hostile[] =
    "\x1b[31m\a\b\t\xff\xfe[%s%n]\x7f 99999999999999999999999999 -1,-,\n(\n)";

#endif
