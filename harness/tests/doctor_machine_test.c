/* How the processor and the kernel are set, as made-up trees of /proc and /sys tell it. */
#define _GNU_SOURCE
#include "test_tree.h"

#define CPU           "/sys/devices/system/cpu/"
#define GOVERNOR(cpu) CPU "cpu" cpu "/cpufreq/scaling_governor"

static void a_powersave_governor_is_a_warning_with_the_command_that_mends_it(void **state)
{
    (void)state;
    put(GOVERNOR("0"), "powersave\n");
    put(GOVERNOR("1"), "performance\n");
    put(GOVERNOR("2"), "powersave\n");
    vb_doctor_governor(&view, &findings);
    assert_found(VB_FINDING_WARNING, "\"powersave\" on 2 of 3 CPUs");
    assert_mended_by("echo performance | sudo tee " GOVERNOR("*"));
    assert_true(only_finding()->is_noise);
}

static void a_performance_governor_is_ok(void **state)
{
    (void)state;
    put(GOVERNOR("0"), "performance\n");
    vb_doctor_governor(&view, &findings);
    assert_found(VB_FINDING_OK, "\"performance\"");
}

static void the_governor_of_a_cpu_that_may_not_be_used_does_not_matter(void **state)
{
    (void)state;
    put(GOVERNOR("0"), "performance\n");
    put(GOVERNOR("7"), "powersave\n");
    vb_doctor_governor(&view, &findings);
    assert_found(VB_FINDING_OK, "\"performance\"");
}

static void a_machine_that_tells_no_governor_is_a_note(void **state)
{
    (void)state;
    vb_doctor_governor(&view, &findings);
    assert_found(VB_FINDING_NOTE, "No frequency governor is to be seen");
}

static void boost_that_is_on_is_a_warning(void **state)
{
    (void)state;
    put(CPU "cpufreq/boost", "1\n");
    vb_doctor_boost(&view, &findings);
    assert_found(VB_FINDING_WARNING, "boost is on");
    assert_mended_by("echo 0 | sudo tee " CPU "cpufreq/boost");
}

static void turbo_that_is_on_is_a_warning(void **state)
{
    (void)state;
    put(CPU "intel_pstate/no_turbo", "0\n");
    vb_doctor_boost(&view, &findings);
    assert_found(VB_FINDING_WARNING, "boost is on");
    assert_mended_by("echo 1 | sudo tee " CPU "intel_pstate/no_turbo");
}

static void boost_that_is_off_is_ok(void **state)
{
    (void)state;
    put(CPU "intel_pstate/no_turbo", "1\n");
    vb_doctor_boost(&view, &findings);
    assert_found(VB_FINDING_OK, "boost is off");
}

static void a_machine_without_a_switch_of_boost_is_a_note(void **state)
{
    (void)state;
    vb_doctor_boost(&view, &findings);
    assert_found(VB_FINDING_NOTE, "No switch");
}

static void a_hypervisors_flag_tells_a_virtual_machine(void **state)
{
    (void)state;
    put("/proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu sse2 hypervisor lahf_lm\n");
    vb_doctor_virtual(&view, &findings);
    assert_found(VB_FINDING_NOTE, "This is a virtual machine.");
}

static void a_flag_that_only_looks_alike_is_none(void **state)
{
    (void)state;
    put("/proc/cpuinfo", "flags\t\t: fpu hypervisor_not nohypervisor\n");
    vb_doctor_virtual(&view, &findings);
    assert_found(VB_FINDING_OK, "No virtual machine");
}

static void the_firmware_names_a_virtual_machine(void **state)
{
    (void)state;
    put("/sys/class/dmi/id/sys_vendor", "QEMU\n");
    put("/sys/class/dmi/id/product_name", "KVM Virtual Machine\n");
    vb_doctor_virtual(&view, &findings);
    assert_found(VB_FINDING_NOTE, "(QEMU, KVM Virtual Machine)");
}

static void cpus_that_share_a_core_are_named(void **state)
{
    (void)state;
    put(CPU "cpu0/topology/thread_siblings_list", "0,4\n");
    vb_doctor_siblings(&view, &findings);
    assert_found(VB_FINDING_NOTE, "0,4 are one");
    assert_mended_by("smt/control");
}

static void cpus_with_cores_of_their_own_are_ok(void **state)
{
    (void)state;
    put(CPU "cpu0/topology/thread_siblings_list", "0\n");
    vb_doctor_siblings(&view, &findings);
    assert_found(VB_FINDING_OK, "No two CPUs");
}

#define CLOCK "/sys/devices/system/clocksource/clocksource0/"

static void the_tsc_is_a_good_clock(void **state)
{
    (void)state;
    put(CLOCK "current_clocksource", "tsc\n");
    vb_doctor_clock(&view, &findings);
    assert_found(VB_FINDING_OK, "tsc");
}

static void a_slow_clock_is_a_warning_and_the_tsc_mends_it_where_there_is_one(void **state)
{
    (void)state;
    put(CLOCK "current_clocksource", "hpet\n");
    put(CLOCK "available_clocksource", "hpet tsc acpi_pm \n");
    vb_doctor_clock(&view, &findings);
    assert_found(VB_FINDING_WARNING, "\"hpet\"");
    assert_mended_by("echo tsc | sudo tee " CLOCK "current_clocksource");
}

static void a_slow_clock_without_a_tsc_is_left_to_the_kernels_log(void **state)
{
    (void)state;
    put(CLOCK "current_clocksource", "acpi_pm\n");
    put(CLOCK "available_clocksource", "acpi_pm tsc-early \n");
    vb_doctor_clock(&view, &findings);
    assert_mended_by("dmesg");
}

#define HUGE_PAGES "/sys/kernel/mm/transparent_hugepage/enabled"

static void huge_pages_for_all_are_a_note(void **state)
{
    (void)state;
    put(HUGE_PAGES, "[always] madvise never\n");
    vb_doctor_huge_pages(&view, &findings);
    assert_found(VB_FINDING_NOTE, "always");
    assert_mended_by("echo madvise | sudo tee " HUGE_PAGES);
}

static void huge_pages_for_those_who_ask_are_ok(void **state)
{
    (void)state;
    put(HUGE_PAGES, "always [madvise] never\n");
    vb_doctor_huge_pages(&view, &findings);
    assert_found(VB_FINDING_OK, "madvise");
}

static void random_addresses_are_ok_and_it_says_why(void **state)
{
    (void)state;
    put("/proc/sys/kernel/randomize_va_space", "2\n");
    vb_doctor_addresses(&view, &findings);
    assert_found(VB_FINDING_OK, "as it should be: each process lies elsewhere");
}

static void fixed_addresses_are_a_warning(void **state)
{
    (void)state;
    put("/proc/sys/kernel/randomize_va_space", "0\n");
    vb_doctor_addresses(&view, &findings);
    assert_found(VB_FINDING_WARNING, "is off.");
    assert_mended_by("sudo sysctl kernel.randomize_va_space=2");
}

static void addresses_fixed_for_this_process_are_a_warning(void **state)
{
    (void)state;
    put("/proc/sys/kernel/randomize_va_space", "2\n");
    view.addresses_fixed = true;
    vb_doctor_addresses(&view, &findings);
    assert_found(VB_FINDING_WARNING, "off for this process");
    assert_mended_by("setarch -R");
}

static void a_heap_that_is_not_random_is_a_note(void **state)
{
    (void)state;
    put("/proc/sys/kernel/randomize_va_space", "1\n");
    vb_doctor_addresses(&view, &findings);
    assert_found(VB_FINDING_NOTE, "heap");
}

typedef void check(const vb_doctor_view *, vb_findings *);
static const struct {
    const char *path;
    check *check;
} read_by[] = {{GOVERNOR("0"), vb_doctor_governor},
               {CPU "cpufreq/boost", vb_doctor_boost},
               {CPU "cpu0/topology/thread_siblings_list", vb_doctor_siblings},
               {CLOCK "current_clocksource", vb_doctor_clock},
               {HUGE_PAGES, vb_doctor_huge_pages},
               {"/proc/cpuinfo", vb_doctor_virtual},
               {"/sys/hypervisor/type", vb_doctor_virtual},
               {"/proc/sys/kernel/randomize_va_space", vb_doctor_addresses}};
enum { READ_BY = sizeof read_by / sizeof *read_by };

static void a_file_full_of_garbage_makes_one_printable_finding(void **state)
{
    for (size_t i = 0; i < READ_BY; i++) {
        begin_tree(state);
        put(read_by[i].path, hostile);
        read_by[i].check(&view, &findings);
        assert_found(only_finding()->severity, "");
    }
}

static void an_empty_file_a_folder_in_its_place_or_none_makes_one_finding(void **state)
{
    for (size_t i = 0; i < READ_BY; i++) {
        char below[128];
        begin_tree(state);
        put(read_by[i].path, "");
        read_by[i].check(&view, &findings);
        only_finding();
        begin_tree(state);
        snprintf(below, sizeof below, "%s/file", read_by[i].path);
        put(below, "1\n");
        read_by[i].check(&view, &findings);
        only_finding();
        begin_tree(state);
        read_by[i].check(&view, &findings);
        only_finding();
    }
}

static void the_worst_finding_that_moves_times_is_the_likely_cause(void **state)
{
    (void)state;
    assert_null(vb_findings_worst_noise(&findings));
    vb_findings_add(&findings, "programs", VB_FINDING_PROBLEM, "x");
    vb_findings_add(&findings, "load", VB_FINDING_OK, "quiet")->is_noise = true;
    assert_null(vb_findings_worst_noise(&findings));
    vb_findings_add(&findings, "virtual", VB_FINDING_NOTE, "a")->is_noise = true;
    vb_findings_add(&findings, "boost", VB_FINDING_WARNING, "b")->is_noise = true;
    vb_findings_add(&findings, "governor", VB_FINDING_WARNING, "c")->is_noise = true;
    assert_string_equal(vb_findings_worst_noise(&findings)->check, "boost");
}

static void more_findings_than_there_is_room_for_do_no_harm(void **state)
{
    (void)state;
    for (int i = 0; i < VB_FINDINGS_MAX + 10; i++)
        vb_findings_add(&findings, "x", VB_FINDING_NOTE, "%d", i);
    assert_int_equal(findings.count, VB_FINDINGS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        tree_test(a_powersave_governor_is_a_warning_with_the_command_that_mends_it),
        tree_test(a_performance_governor_is_ok),
        tree_test(the_governor_of_a_cpu_that_may_not_be_used_does_not_matter),
        tree_test(a_machine_that_tells_no_governor_is_a_note),
        tree_test(boost_that_is_on_is_a_warning),
        tree_test(turbo_that_is_on_is_a_warning),
        tree_test(boost_that_is_off_is_ok),
        tree_test(a_machine_without_a_switch_of_boost_is_a_note),
        tree_test(a_hypervisors_flag_tells_a_virtual_machine),
        tree_test(a_flag_that_only_looks_alike_is_none),
        tree_test(the_firmware_names_a_virtual_machine),
        tree_test(cpus_that_share_a_core_are_named),
        tree_test(cpus_with_cores_of_their_own_are_ok),
        tree_test(the_tsc_is_a_good_clock),
        tree_test(a_slow_clock_is_a_warning_and_the_tsc_mends_it_where_there_is_one),
        tree_test(a_slow_clock_without_a_tsc_is_left_to_the_kernels_log),
        tree_test(huge_pages_for_all_are_a_note),
        tree_test(huge_pages_for_those_who_ask_are_ok),
        tree_test(random_addresses_are_ok_and_it_says_why),
        tree_test(fixed_addresses_are_a_warning),
        tree_test(addresses_fixed_for_this_process_are_a_warning),
        tree_test(a_heap_that_is_not_random_is_a_note),
        tree_test(a_file_full_of_garbage_makes_one_printable_finding),
        tree_test(an_empty_file_a_folder_in_its_place_or_none_makes_one_finding),
        tree_test(the_worst_finding_that_moves_times_is_the_likely_cause),
        tree_test(more_findings_than_there_is_room_for_do_no_harm),
    };
    return cmocka_run_group_tests_name("doctor_machine", tests, make_test_folder,
                                       remove_test_folder);
}
