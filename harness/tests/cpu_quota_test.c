/* The quota of a control group, read from made-up systems. */
#define _GNU_SOURCE
#include "test_files.h"

#include "runner/cpu_quota.h"
#include "runner/shortfall.h"

#include <errno.h>
#include <math.h>

#define V2 "sys/fs/cgroup"
#define V1 "sys/fs/cgroup/cpu"

static char root[TEST_PATH_MAX];

/* A system of its own for each test. */
static int make_system(void **state)
{
    static int number;
    char name[16];
    (void)state;
    vb_shortfall_forget();
    snprintf(name, sizeof name, "%d", number++);
    in_test_folder(name, root);
    return mkdir(root, 0755);
}

/* A file of the system, with the folders above it. */
static void put(const char *name, const char *text)
{
    char path[2 * TEST_PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", root, name);
    for (char *slash = path + strlen(root) + 1; (slash = strchr(slash, '/')); *slash++ = '/') {
        *slash = '\0';
        mkdir(path, 0755);
    }
    write_text(path, text, 0644);
}

static void assert_quota(double cpus)
{
    double found = vb_cpu_quota(root);
    assert_int_equal(vb_shortfall(), 0);
    if (isnan(cpus) ? !isnan(found) : found != cpus)
        fail_msg("the quota is %g, not %g", found, cpus);
}

static void a_system_without_groups_has_no_quota(void **state)
{
    (void)state;
    assert_quota(NAN);
    put("proc/self/cgroup", "0::/a/b\n");
    assert_quota(NAN);
    put("proc/self/cgroup", "");
    assert_quota(NAN);
}

static void version_2_has_quota_and_period_in_one_file(void **state)
{
    (void)state;
    put("proc/self/cgroup", "0::/a/b\n");
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
    put("proc/self/cgroup", "0::/a/b/c\n");
    put(V2 "/a/b/c/cpu.max", "200000 100000\n");
    put(V2 "/a/b/cpu.max", "max 100000\n");
    put(V2 "/a/cpu.max", "25000 50000\n");
    put(V2 "/other/cpu.max", "1000 100000\n");
    put("cpu.max", "1000 100000\n"); /* outside of the groups */
    put("sys/fs/cpu.max", "1000 100000\n");
    assert_quota(0.5);
    put(V2 "/a/b/c/cpu.max", "30000 100000\n");
    assert_quota(0.3);
}

static void version_1_has_quota_and_period_in_a_file_each(void **state)
{
    (void)state;
    put("proc/self/cgroup", "3:cpuset:/x\n2:cpu,cpuacct:/a\n1:name=systemd:/\n0::/\n");
    put(V1 "/a/cpu.cfs_quota_us", "-1\n");
    put(V1 "/a/cpu.cfs_period_us", "100000\n");
    assert_quota(NAN);
    put(V1 "/a/cpu.cfs_quota_us", "75000\n");
    assert_quota(0.75);
    put("proc/self/cgroup", "2:cpuacct:/a\n3:cpuset:/a\n");
    assert_quota(NAN);
}

static void a_group_that_a_container_cannot_see_is_asked_through_the_mounted_one(void **state)
{
    (void)state;
    put("proc/self/cgroup", "2:cpu:/docker/0123\n0::/../../0123\n");
    put(V1 "/cpu.cfs_quota_us", "40000\n");
    put(V1 "/cpu.cfs_period_us", "20000\n");
    assert_quota(2);
}

static void both_versions_at_once_are_asked(void **state)
{
    (void)state;
    put("proc/self/cgroup", "1:cpu:/\n0::/a\n");
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
    put("proc/self/cgroup", "nothing\nto:see\n0::/\n");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        put(V2 "/cpu.max", texts[i]);
        assert_quota(NAN);
    }
}

static void stops_of_all_groups_are_counted_together(void **state)
{
    (void)state;
    assert_int_equal(vb_cpu_quota_stops(root), 0);
    put("proc/self/cgroup", "0::/a/b\n");
    put(V2 "/a/b/cpu.stat", "usage_usec 5\nnr_periods 40\nnr_throttled 7\nthrottled_usec 9\n");
    put(V2 "/a/cpu.stat", "usage_usec 5\n");
    put(V2 "/cpu.stat", "nr_throttled 3\n");
    assert_int_equal(vb_cpu_quota_stops(root), 10);
}

static void assert_told(uint64_t stops_before, const char *sentence)
{
    vb_texts notes = {0};
    assert_int_equal(vb_cpu_quota_tell(root, stops_before, &notes), 0);
    assert_int_equal(notes.count, sentence ? 1 : 0);
    if (sentence)
        assert_string_equal(notes.items[0], sentence);
    vb_texts_free(&notes);
}

static void a_quota_is_told_with_how_often_it_struck(void **state)
{
    (void)state;
    put("proc/self/cgroup", "0::/a\n");
    put(V2 "/a/cpu.stat", "nr_throttled 7\n");
    assert_told(0, NULL);
    put(V2 "/a/cpu.max", "50000 100000\n");
    assert_told(7, "There is a CPU quota of 0.5 CPUs: it never struck.");
    assert_told(6, "There is a CPU quota of 0.5 CPUs: it struck 1 time, on old and new alike, so "
                   "that intervals may be wider than on a machine of its own.");
}

static void what_cannot_be_read_is_noted(void **state)
{
    (void)state;
    char path[TEST_PATH_MAX + 32];
    put("proc/self/other", "");
    snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    assert_int_equal(symlink("cgroup", path), 0); /* leads to itself */
    assert_true(isnan(vb_cpu_quota(root)));
    assert_int_equal(vb_shortfall(), ELOOP);
    vb_shortfall_forget();
}

#define IN_A_SYSTEM(f) cmocka_unit_test_setup(f, make_system)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_SYSTEM(a_system_without_groups_has_no_quota),
        IN_A_SYSTEM(version_2_has_quota_and_period_in_one_file),
        IN_A_SYSTEM(the_narrowest_of_the_groups_above_counts),
        IN_A_SYSTEM(version_1_has_quota_and_period_in_a_file_each),
        IN_A_SYSTEM(a_group_that_a_container_cannot_see_is_asked_through_the_mounted_one),
        IN_A_SYSTEM(both_versions_at_once_are_asked),
        IN_A_SYSTEM(what_is_no_quota_is_none),
        IN_A_SYSTEM(stops_of_all_groups_are_counted_together),
        IN_A_SYSTEM(a_quota_is_told_with_how_often_it_struck),
        IN_A_SYSTEM(what_cannot_be_read_is_noted),
    };
    return cmocka_run_group_tests_name("cpu_quota", tests, make_test_folder, remove_test_folder);
}
