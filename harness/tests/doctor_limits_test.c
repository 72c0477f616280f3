/* What a process may use, as made-up control groups and files of /proc tell it. */
#define _GNU_SOURCE
#include "test_tree.h"

#include "runner/system_file.h"

static void all_cpus_are_ok(void **state)
{
    (void)state;
    put("/sys/devices/system/cpu/online", "0-3\n");
    vb_doctor_cpus(&view, &findings);
    assert_found(VB_FINDING_OK, "All 4 CPUs may be used (0-3)");
}

static void a_part_of_the_cpus_is_a_note_that_names_them(void **state)
{
    (void)state;
    static const int some[] = {0, 1, 4, 9, 10, 11};
    put("/sys/devices/system/cpu/online", "0-15\n");
    view.cpus = some;
    view.cpu_count = 6;
    vb_doctor_cpus(&view, &findings);
    assert_found(VB_FINDING_NOTE, "6 of 16 CPUs may be used (0-1,4,9-11)");
    assert_mended_by("taskset");
}

static void one_cpu_is_a_warning(void **state)
{
    (void)state;
    put("/sys/devices/system/cpu/online", "0\n");
    view.cpu_count = 1;
    vb_doctor_cpus(&view, &findings);
    assert_found(VB_FINDING_WARNING, "A single CPU");
    assert_mended_by("second CPU");
    assert_true(only_finding()->is_noise);
}

static void garbage_in_the_list_of_cpus_does_no_harm(void **state)
{
    (void)state;
    put("/sys/devices/system/cpu/online", hostile);
    vb_doctor_cpus(&view, &findings);
    assert_found(VB_FINDING_OK, "All 4 CPUs");
}

static void lists_of_cpus_are_counted_up_to_the_first_mistake(void **state)
{
    (void)state;
    assert_int_equal(vb_system_count_cpus("0-1,4"), 3);
    assert_int_equal(vb_system_count_cpus(""), 0);
    assert_int_equal(vb_system_count_cpus("5-2"), 0);
    assert_int_equal(vb_system_count_cpus("0,1-9223372036854775807"), 1);
    assert_int_equal(vb_system_count_cpus("1,x,2"), 1);
    assert_int_equal(vb_system_count_cpus("-3"), 0);
}

static void a_quota_of_version_2_is_a_warning(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "0::/app.slice/run\n");
    put("/sys/fs/cgroup/app.slice/run/cpu.max", "150000 100000\n");
    put("/sys/fs/cgroup/app.slice/run/cpu.stat", "usage_usec 5\nnr_periods 10\nnr_throttled 7\n");
    vb_doctor_quota(&view, &findings);
    assert_found(VB_FINDING_WARNING,
                 "the time of 1.5 CPUs, of 4; what runs here was stopped 7 times so far");
    assert_mended_by("docker update --cpus=4");
}

static void a_quota_of_a_group_above_counts(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "0::/app.slice/run\n");
    put("/sys/fs/cgroup/app.slice/run/cpu.max", "max 100000\n");
    put("/sys/fs/cgroup/app.slice/cpu.max", "200000 100000\n");
    vb_doctor_quota(&view, &findings);
    assert_found(VB_FINDING_WARNING, "2 CPUs, of 4");
}

static void of_several_quotas_the_least_counts(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "0::/app.slice/run\n");
    put("/sys/fs/cgroup/app.slice/run/cpu.max", "300000 100000\n");
    put("/sys/fs/cgroup/app.slice/cpu.max", "200000 100000\n");
    put("/sys/fs/cgroup/cpu.max", "350000 100000\n");
    vb_doctor_quota(&view, &findings);
    assert_found(VB_FINDING_WARNING, "2 CPUs, of 4");
}

static void a_quota_that_a_container_sees_at_its_root_counts(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "0::/docker/0123456789abcdef\n");
    put("/sys/fs/cgroup/cpu.max", "50000 100000\n");
    vb_doctor_quota(&view, &findings);
    assert_found(VB_FINDING_PROBLEM, "0.5 CPUs");
}

static void a_quota_of_version_1_is_a_warning(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "12:cpuset:/\n3:cpu,cpuacct:/docker/abc\n2:memory:/docker/abc\n");
    put("/sys/fs/cgroup/cpu/docker/abc/cpu.cfs_quota_us", "300000\n");
    put("/sys/fs/cgroup/cpu/docker/abc/cpu.cfs_period_us", "100000\n");
    vb_doctor_quota(&view, &findings);
    assert_found(VB_FINDING_WARNING, "3 CPUs, of 4");
}

static void no_quota_of_either_version_is_ok(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "3:cpu,cpuacct:/\n0::/\n");
    put("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
    put("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
    put("/sys/fs/cgroup/cpu.max", "max 100000\n");
    vb_doctor_quota(&view, &findings);
    assert_found(VB_FINDING_OK, "No limit on CPU time binds");
}

static void a_quota_above_all_cpus_does_not_bind(void **state)
{
    (void)state;
    put("/sys/fs/cgroup/cpu.max", "400000 100000\n");
    vb_doctor_quota(&view, &findings);
    assert_found(VB_FINDING_OK, "binds");
}

static void a_limit_on_memory_is_a_note_in_either_version(void **state)
{
    put("/proc/meminfo", "MemTotal:       16384000 kB\n");
    put("/sys/fs/cgroup/memory.max", "1073741824\n");
    vb_doctor_memory_limit(&view, &findings);
    assert_found(VB_FINDING_NOTE, "1024 MiB");

    begin_tree(state);
    put("/proc/self/cgroup", "2:memory:/x\n");
    put("/sys/fs/cgroup/memory/x/memory.limit_in_bytes", "104857600\n");
    vb_doctor_memory_limit(&view, &findings);
    assert_found(VB_FINDING_WARNING, "100 MiB");
}

static void a_limit_that_is_none_is_ok(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "2:memory:/\n");
    put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    put("/sys/fs/cgroup/memory.max", "max\n");
    vb_doctor_memory_limit(&view, &findings);
    assert_found(VB_FINDING_OK, "No limit on memory");
}

static void garbage_and_paths_that_lead_out_are_no_limit(void **state)
{
    put("/proc/self/cgroup", hostile);
    put("/sys/fs/cgroup/cpu.max", hostile);
    put("/sys/fs/cgroup/memory.max", hostile);
    vb_doctor_quota(&view, &findings);
    assert_found(VB_FINDING_OK, "");
    findings.count = 0;
    vb_doctor_memory_limit(&view, &findings);
    assert_found(VB_FINDING_OK, "");

    begin_tree(state);
    char text[8192];
    int length = snprintf(text, sizeof text, "0::/../../..\n1:cpu\n2:cpu,,memory:x\n::\n0::");
    memset(text + length, '/', sizeof text - 1 - (size_t)length);
    text[sizeof text - 1] = '\0';
    put("/proc/self/cgroup", text);
    vb_doctor_quota(&view, &findings);
    assert_found(VB_FINDING_OK, "");
}

static void counters_that_can_be_read_are_ok(void **state)
{
    (void)state;
    vb_doctor_counters(&view, &findings);
    assert_found(VB_FINDING_OK, "can be read");
}

static void forbidden_counters_name_the_switch(void **state)
{
    (void)state;
    put("/proc/sys/kernel/perf_event_paranoid", "3\n");
    view.counters_error = EACCES;
    vb_doctor_counters(&view, &findings);
    assert_found(VB_FINDING_NOTE, "perf_event_paranoid is 3");
    assert_mended_by("sudo sysctl kernel.perf_event_paranoid=1");
}

static void counters_that_a_container_forbids_are_not_the_switchs_fault(void **state)
{
    (void)state;
    put("/proc/sys/kernel/perf_event_paranoid", "-1\n");
    view.counters_error = EPERM;
    vb_doctor_counters(&view, &findings);
    assert_found(VB_FINDING_NOTE, "forbidden");
    assert_mended_by("--cap-add=PERFMON");
}

static void a_machine_without_counters_is_told_from_one_that_forbids_them(void **state)
{
    (void)state;
    view.counters_error = ENOENT;
    vb_doctor_counters(&view, &findings);
    assert_found(VB_FINDING_NOTE, "has no hardware counters");
}

static void opening_a_counter_ends_in_an_answer(void **state)
{
    (void)state;
    assert_true(vb_doctor_try_counters() >= 0);
}

static void the_space_for_a_cache_that_is_not_there_yet_is_that_above_it(void **state)
{
    (void)state;
    char place[2 * TEST_PATH_MAX];
    snprintf(place, sizeof place, "%s/not/there/yet", tree);
    view.cache = place;
    vb_doctor_disk(&view, &findings);
    const vb_finding *found = only_finding();
    assert_non_null(strstr(found->what.text, "/not/there/yet"));
    assert_null(strstr(found->what.text, "not told"));
    assert_int_equal(access(place, F_OK), -1);
}

static void no_place_for_a_cache_is_a_warning(void **state)
{
    (void)state;
    vb_doctor_disk(&view, &findings);
    assert_found(VB_FINDING_WARNING, "no folder for the cache");
    assert_mended_by("--cache");
}

static void a_missing_program_is_named_with_what_it_is_for_and_its_package(void **state)
{
    (void)state;
    char path[TEST_PATH_MAX], kept[4096];
    snprintf(kept, sizeof kept, "%s", getenv("PATH"));
    view.has_apt = true;
    write_script("ld", "", path);
    write_script("git", "", path);
    setenv("PATH", test_folder, 1);
    vb_doctor_programs(&view, &findings);
    setenv("PATH", kept, 1);
    const vb_finding *gnuplot = NULL;
    for (size_t i = 0; i < findings.count; i++) {
        assert_null(strstr(findings.items[i].what.text, "git is not here"));
        if (strstr(findings.items[i].what.text, "gnuplot is not here."))
            gnuplot = &findings.items[i];
    }
    assert_non_null(gnuplot);
    assert_string_equal(gnuplot->mend.text, "sudo apt-get install gnuplot-nox");
    assert_string_equal(findings.items[findings.count - 1].what.text,
                        "These programs are here: ld, git.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        tree_test(all_cpus_are_ok),
        tree_test(a_part_of_the_cpus_is_a_note_that_names_them),
        tree_test(one_cpu_is_a_warning),
        tree_test(garbage_in_the_list_of_cpus_does_no_harm),
        tree_test(lists_of_cpus_are_counted_up_to_the_first_mistake),
        tree_test(a_quota_of_version_2_is_a_warning),
        tree_test(a_quota_of_a_group_above_counts),
        tree_test(of_several_quotas_the_least_counts),
        tree_test(a_quota_that_a_container_sees_at_its_root_counts),
        tree_test(a_quota_of_version_1_is_a_warning),
        tree_test(no_quota_of_either_version_is_ok),
        tree_test(a_quota_above_all_cpus_does_not_bind),
        tree_test(a_limit_on_memory_is_a_note_in_either_version),
        tree_test(a_limit_that_is_none_is_ok),
        tree_test(garbage_and_paths_that_lead_out_are_no_limit),
        tree_test(counters_that_can_be_read_are_ok),
        tree_test(forbidden_counters_name_the_switch),
        tree_test(counters_that_a_container_forbids_are_not_the_switchs_fault),
        tree_test(a_machine_without_counters_is_told_from_one_that_forbids_them),
        tree_test(opening_a_counter_ends_in_an_answer),
        tree_test(the_space_for_a_cache_that_is_not_there_yet_is_that_above_it),
        tree_test(no_place_for_a_cache_is_a_warning),
        tree_test(a_missing_program_is_named_with_what_it_is_for_and_its_package),
    };
    return cmocka_run_group_tests_name("doctor_limits", tests, make_test_folder,
                                       remove_test_folder);
}
