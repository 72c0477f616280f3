/* What control groups allow, read from made-up systems. */
#define _GNU_SOURCE
#include "test_tree.h"

#include "runner/control_group.h"
#include "runner/shortfall.h"

#include <math.h>

#define V2 "/sys/fs/cgroup"
#define V1 "/sys/fs/cgroup/cpu"

static void assert_quota(double cpus)
{
    double found = vb_control_group_limits(tree).cpus;
    assert_int_equal(vb_shortfall(), 0);
    if (isnan(cpus) ? !isnan(found) : found != cpus)
        fail_msg("the quota is %g, not %g", found, cpus);
}

static void a_system_without_groups_has_no_quota(void **state)
{
    (void)state;
    assert_quota(NAN);
    put("/proc/self/cgroup", "0::/a/b\n");
    assert_quota(NAN);
    put("/proc/self/cgroup", "");
    assert_quota(NAN);
}

static void version_2_has_quota_and_period_in_one_file(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "0::/a/b\n");
    put(V2 "/a/b/cpu.max", "50000 100000\n");
    assert_quota(0.5);
    put(V2 "/a/b/cpu.max", "150000 100000\n");
    assert_quota(1.5);
    put(V2 "/a/b/cpu.max", "max 100000\n");
    assert_quota(NAN);
}

static void the_narrowest_of_the_groups_above_counts(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "0::/a/b/c\n");
    put(V2 "/a/b/c/cpu.max", "200000 100000\n");
    put(V2 "/a/b/cpu.max", "max 100000\n");
    put(V2 "/a/cpu.max", "25000 50000\n");
    put(V2 "/other/cpu.max", "1000 100000\n");
    put("/cpu.max", "1000 100000\n"); /* outside of the groups */
    put("/sys/fs/cpu.max", "1000 100000\n");
    assert_quota(0.5);
    put(V2 "/a/b/c/cpu.max", "30000 100000\n");
    assert_quota(0.3);
}

static void version_1_has_quota_and_period_in_a_file_each(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "3:cpuset:/x\n2:cpu,cpuacct:/a\n1:name=systemd:/\n0::/\n");
    put(V1 "/a/cpu.cfs_quota_us", "-1\n");
    put(V1 "/a/cpu.cfs_period_us", "100000\n");
    assert_quota(NAN);
    put(V1 "/a/cpu.cfs_quota_us", "75000\n");
    assert_quota(0.75);
    put("/proc/self/cgroup", "2:cpuacct:/a\n3:cpuset:/a\n");
    assert_quota(NAN);
}

static void a_group_that_a_container_cannot_see_is_asked_through_the_mounted_one(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "2:cpu:/docker/0123\n0::/../../0123\n");
    put(V1 "/cpu.cfs_quota_us", "40000\n");
    put(V1 "/cpu.cfs_period_us", "20000\n");
    assert_quota(2);
}

static void both_versions_at_once_are_asked(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "1:cpu:/\n0::/a\n");
    put(V1 "/cpu.cfs_quota_us", "300000\n");
    put(V1 "/cpu.cfs_period_us", "100000\n");
    put(V2 "/unified/a/cpu.max", "100000 100000\n");
    assert_quota(1);
}

static void what_is_no_quota_is_none(void **state)
{
    (void)state;
    static const char *const texts[] = {"",          "\n",         "max\n",       "50000\n",
                                        "50000 0\n", "0 100000\n", "-1 100000\n", "nan 100000\n",
                                        "x y\n"};
    put("/proc/self/cgroup", "nothing\nto:see\n0::/\n");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        put(V2 "/cpu.max", texts[i]);
        assert_quota(NAN);
    }
}

static void stops_of_all_groups_are_counted_together(void **state)
{
    (void)state;
    assert_int_equal(vb_control_group_limits(tree).stops, 0);
    put("/proc/self/cgroup", "0::/a/b\n");
    put(V2 "/a/b/cpu.stat", "usage_usec 5\nnr_periods 40\nnr_throttled 7\nthrottled_usec 9\n");
    put(V2 "/a/cpu.stat", "usage_usec 5\n");
    put(V2 "/cpu.stat", "nr_throttled 3\n");
    assert_int_equal(vb_control_group_limits(tree).stops, 10);
}

static void assert_memory(uint64_t bytes)
{
    assert_int_equal(vb_control_group_limits(tree).memory_bytes, bytes);
    assert_int_equal(vb_shortfall(), 0);
}

static void the_narrowest_limit_on_memory_counts_in_either_version(void **state)
{
    put("/proc/self/cgroup", "0::/a/b\n");
    put(V2 "/a/b/memory.max", "max\n");
    assert_memory(0);
    put(V2 "/a/memory.max", "1048576\n");
    put(V2 "/memory.max", "4194304\n");
    assert_memory(1048576);

    begin_tree(state);
    put("/proc/self/cgroup", "2:memory:/a\n");
    put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    assert_memory(0);
    put("/sys/fs/cgroup/memory/a/memory.limit_in_bytes", "2097152\n");
    put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "1048576\n");
    put("/sys/fs/cgroup/cpu/memory.limit_in_bytes", "4096\n"); /* of another controller */
    assert_memory(1048576);
}

static void controllers_that_share_a_folder_are_counted_once(void **state)
{
    (void)state;
    char path[TEST_PATH_MAX + 32];
    put("/proc/self/cgroup", "2:cpu,cpuacct,memory:/\n");
    put(V1 "/cpu.stat", "nr_throttled 3\n");
    snprintf(path, sizeof path, "%s/sys/fs/cgroup/memory", tree);
    assert_int_equal(symlink("cpu", path), 0);
    assert_int_equal(vb_control_group_limits(tree).stops, 3);
}

static void a_group_above_the_mounted_one_leads_nowhere_else(void **state)
{
    (void)state;
    static const char *const lists[] = {"0::/..\n", "0::/../../x\n"};
    put("/sys/x/cpu.max", "1000 100000\n");
    put("/sys/fs/cpu.max", "1000 100000\n");
    put(V2 "/cpu.max", "200000 100000\n");
    put(V2 "/cpu.stat", "nr_throttled 3\n");
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        put("/proc/self/cgroup", lists[i]);
        assert_quota(2);
        assert_int_equal(vb_control_group_limits(tree).stops, 3);
    }
}

static void whose_groups_are_not_told_is_in_the_mounted_one(void **state)
{
    (void)state;
    char text[6000] = "0::/";
    put(V2 "/cpu.max", "200000 100000\n");
    assert_quota(2);
    memset(text + 4, 'a', sizeof text - 5); /* longer than a path can be */
    put("/proc/self/cgroup", text);
    assert_quota(2);
}

static void what_cannot_be_read_is_noted(void **state)
{
    (void)state;
    char path[TEST_PATH_MAX + 32];
    put("/proc/self/other", "");
    snprintf(path, sizeof path, "%s/proc/self/cgroup", tree);
    assert_int_equal(symlink("cgroup", path), 0); /* leads to itself */
    assert_true(isnan(vb_control_group_limits(tree).cpus));
    assert_int_equal(vb_shortfall(), ELOOP);
    vb_shortfall_forget();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        tree_test(a_system_without_groups_has_no_quota),
        tree_test(version_2_has_quota_and_period_in_one_file),
        tree_test(the_narrowest_of_the_groups_above_counts),
        tree_test(version_1_has_quota_and_period_in_a_file_each),
        tree_test(a_group_that_a_container_cannot_see_is_asked_through_the_mounted_one),
        tree_test(both_versions_at_once_are_asked),
        tree_test(what_is_no_quota_is_none),
        tree_test(stops_of_all_groups_are_counted_together),
        tree_test(the_narrowest_limit_on_memory_counts_in_either_version),
        tree_test(controllers_that_share_a_folder_are_counted_once),
        tree_test(a_group_above_the_mounted_one_leads_nowhere_else),
        tree_test(whose_groups_are_not_told_is_in_the_mounted_one),
        tree_test(what_cannot_be_read_is_noted),
    };
    return cmocka_run_group_tests_name("control_group", tests, make_test_folder,
                                       remove_test_folder);
}
