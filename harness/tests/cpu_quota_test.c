/* What is said of a CPU quota; control_group_test.c has how it is read. */
#define _GNU_SOURCE
#include "test_tree.h"

#include "runner/cpu_quota.h"

static void assert_told(uint64_t stops_before, const char *sentence)
{
    vb_texts notes = {0};
    assert_int_equal(vb_cpu_quota_tell(tree, stops_before, &notes), 0);
    assert_int_equal(notes.count, sentence ? 1 : 0);
    if (sentence)
        assert_string_equal(notes.items[0], sentence);
    vb_texts_free(&notes);
}

static void a_quota_is_told_with_how_often_it_struck(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "0::/a\n");
    put("/sys/fs/cgroup/a/cpu.stat", "nr_throttled 7\n");
    assert_told(0, NULL);
    put("/sys/fs/cgroup/a/cpu.max", "50000 100000\n");
    assert_told(7, "There is a CPU quota of 0.5 CPUs: it never struck.");
    assert_told(6, "There is a CPU quota of 0.5 CPUs: it struck 1 time, on old and new alike, so "
                   "that intervals may be wider than on a machine of its own.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {tree_test(a_quota_is_told_with_how_often_it_struck)};
    return cmocka_run_group_tests_name("cpu_quota", tests, make_test_folder, remove_test_folder);
}
