/* How the processor and the kernel are set. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/doctor_checks.h"
#include "runner/system_file.h"

enum { LINE_MAX_BYTES = 256 };

/* Whether one of the words, which blanks part, is this one. */
static bool has_word(const char *words, const char *word)
{
    size_t length = strlen(word);
    for (const char *c = words; *c; c += strcspn(c, " "), c += strspn(c, " ")) {
        if (strcspn(c, " ") == length && strncmp(c, word, length) == 0)
            return true;
    }
    return false;
}

/* The kernel marks what is chosen: "always [madvise] never". Empty where nothing is marked. */
static void chosen_word(const char *line, char *word, size_t word_bytes)
{
    const char *open = strchr(line, '[');
    const char *close = open ? strchr(open, ']') : NULL;
    int length = close ? (int)(close - open - 1) : 0;
    snprintf(word, word_bytes, "%.*s", length, open ? open + 1 : "");
}

static bool is_virtual(const char *root, const char *product)
{
    static const char *const products[] = {"KVM", "QEMU", "VMware", "VirtualBox",
                                           "Virtual Machine"};
    char *flags = vb_system_value(root, "/proc/cpuinfo", "flags");
    bool found = flags && has_word(flags, "hypervisor");
    free(flags);
    char type[LINE_MAX_BYTES];
    found = found || vb_system_line(root, "/sys/hypervisor/type", type, sizeof type);
    for (size_t i = 0; i < sizeof products / sizeof *products; i++)
        found = found || strstr(product, products[i]);
    return found;
}

void vb_doctor_virtual(const vb_doctor_view *view, vb_findings *findings)
{
    char vendor[LINE_MAX_BYTES] = "", product[LINE_MAX_BYTES] = "";
    vb_system_line(view->root, "/sys/class/dmi/id/sys_vendor", vendor, sizeof vendor);
    vb_system_line(view->root, "/sys/class/dmi/id/product_name", product, sizeof product);
    if (!is_virtual(view->root, product)) {
        vb_findings_add(findings, "virtual", VB_FINDING_OK,
                        "No virtual machine, as far as it tells.");
        return;
    }
    bool named = vendor[0] || product[0];
    vb_finding *found = vb_findings_add(
        findings, "virtual", VB_FINDING_NOTE, "This is a virtual machine%s%s%s%s%s.",
        named ? " (" : "", vendor, vendor[0] && product[0] ? ", " : "", product, named ? ")" : "");
    found->is_noise = true;
    vb_say(&found->effect, "Its host shares cores, caches and memory with others and changes the "
                           "frequency; from here only steal time shows of it.");
    vb_say(&found->mend, "Compare side by side (vbench compare), where it cancels; for times that "
                         "hold over days take a machine of your own.");
}

void vb_doctor_governor(const vb_doctor_view *view, vb_findings *findings)
{
    char other[LINE_MAX_BYTES] = "";
    int told = 0, others = 0;
    for (int i = 0; i < view->cpu_count; i++) {
        char path[128], governor[LINE_MAX_BYTES];
        snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/cpufreq/scaling_governor",
                 view->cpus[i]);
        if (!vb_system_line(view->root, path, governor, sizeof governor))
            continue;
        told++;
        if (strcmp(governor, "performance") != 0 && others++ == 0)
            memcpy(other, governor, sizeof other);
    }
    if (told == 0) {
        vb_finding *found = vb_findings_add(
            findings, "governor", VB_FINDING_NOTE,
            "No frequency governor is to be seen, as is usual in a virtual machine.");
        vb_say(&found->effect, "Whether the frequency changes cannot be told; side by side it "
                               "cancels, between runs it does not.");
    } else if (others == 0) {
        vb_findings_add(findings, "governor", VB_FINDING_OK,
                        "The frequency governor is \"performance\".");
    } else {
        vb_finding *found = vb_findings_add(findings, "governor", VB_FINDING_WARNING,
                                            "The frequency governor is \"%s\" on %d of %d CPUs.",
                                            other, others, told);
        found->is_noise = true;
        vb_say(&found->effect, "The frequency follows the load: what begins after a pause runs "
                               "slower, by up to a few times.");
        vb_say(&found->mend, "echo performance | sudo tee "
                             "/sys/devices/system/cpu/cpu*/cpufreq/scaling_governor");
    }
}

void vb_doctor_boost(const vb_doctor_view *view, vb_findings *findings)
{
    static const struct {
        const char *path;
        char on, off;
    } switches[] = {{"/sys/devices/system/cpu/intel_pstate/no_turbo", '0', '1'},
                    {"/sys/devices/system/cpu/cpufreq/boost", '1', '0'}};
    for (size_t i = 0; i < sizeof switches / sizeof *switches; i++) {
        char value[LINE_MAX_BYTES];
        if (!vb_system_line(view->root, switches[i].path, value, sizeof value))
            continue;
        bool one_letter = value[0] && !value[1];
        if (one_letter && value[0] == switches[i].off) {
            vb_findings_add(findings, "boost", VB_FINDING_OK, "Turbo boost is off.");
            return;
        }
        bool is_on = one_letter && value[0] == switches[i].on;
        vb_finding *found =
            is_on ? vb_findings_add(findings, "boost", VB_FINDING_WARNING, "Turbo boost is on.")
                  : vb_findings_add(findings, "boost", VB_FINDING_NOTE,
                                    "%s says \"%.40s\", which is neither 0 nor 1.",
                                    switches[i].path, value);
        found->is_noise = is_on;
        vb_say(&found->effect,
               "The frequency depends on heat and on how many cores are busy: times "
               "of two runs differ by it. Side by side it cancels.");
        vb_say(&found->mend, "echo %c | sudo tee %s", switches[i].off, switches[i].path);
        return;
    }
    vb_findings_add(findings, "boost", VB_FINDING_NOTE,
                    "No switch of turbo boost is to be seen, as is usual in a virtual machine.");
}

void vb_doctor_siblings(const vb_doctor_view *view, vb_findings *findings)
{
    for (int i = 0; i < view->cpu_count; i++) {
        char path[128], list[LINE_MAX_BYTES];
        snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list",
                 view->cpus[i]);
        if (!vb_system_line(view->root, path, list, sizeof list) || vb_system_count_cpus(list) < 2)
            continue;
        vb_finding *found =
            vb_findings_add(findings, "siblings", VB_FINDING_NOTE,
                            "CPUs share cores (hyper-threading): %.60s are one.", list);
        found->is_noise = true;
        vb_say(&found->effect, "What runs on the sibling of a measured thread takes about half of "
                               "the core from it.");
        vb_say(&found->mend, "echo off | sudo tee /sys/devices/system/cpu/smt/control");
        return;
    }
    vb_findings_add(findings, "siblings", VB_FINDING_OK,
                    "No two CPUs share a core, as far as the system tells.");
}

void vb_doctor_clock(const vb_doctor_view *view, vb_findings *findings)
{
    /* Those that are read without a call of the kernel (the vDSO knows them). */
    static const char quick[] = "tsc kvm-clock hyperv_clocksource_tsc_page arch_sys_counter";
    static const char folder[] = "/sys/devices/system/clocksource/clocksource0";
    char path[128], source[LINE_MAX_BYTES], available[LINE_MAX_BYTES] = "";
    snprintf(path, sizeof path, "%s/available_clocksource", folder);
    vb_system_line(view->root, path, available, sizeof available);
    snprintf(path, sizeof path, "%s/current_clocksource", folder);
    if (!vb_system_line(view->root, path, source, sizeof source)) {
        vb_findings_add(findings, "clock", VB_FINDING_NOTE, "The clock source is not told.");
        return;
    }
    if (has_word(quick, source)) {
        vb_findings_add(findings, "clock", VB_FINDING_OK,
                        "The clock source is %s, which is read without a call of the kernel.",
                        source);
        return;
    }
    vb_finding *found = vb_findings_add(findings, "clock", VB_FINDING_WARNING,
                                        "The clock source is \"%s\".", source);
    found->is_noise = true;
    vb_say(&found->effect,
           "Reading it is a call of the kernel, of a microsecond perhaps: latencies "
           "are too long by as much; times of blocks hardly.");
    if (has_word(available, "tsc"))
        vb_say(&found->mend, "echo tsc | sudo tee %s", path);
    else
        vb_say(&found->mend, "Look for what `sudo dmesg` says of \"tsc\": the kernel found it "
                             "unstable, or it was booted without.");
}

void vb_doctor_huge_pages(const vb_doctor_view *view, vb_findings *findings)
{
    static const char path[] = "/sys/kernel/mm/transparent_hugepage/enabled";
    char line[LINE_MAX_BYTES], chosen[32] = "";
    if (vb_system_line(view->root, path, line, sizeof line))
        chosen_word(line, chosen, sizeof chosen);
    if (strcmp(chosen, "madvise") == 0 || strcmp(chosen, "never") == 0) {
        vb_findings_add(findings, "huge_pages", VB_FINDING_OK,
                        "Transparent huge pages: %s, so all processes get pages of the same size.",
                        chosen);
    } else if (strcmp(chosen, "always") == 0) {
        vb_finding *found = vb_findings_add(findings, "huge_pages", VB_FINDING_NOTE,
                                            "Transparent huge pages: always.");
        found->is_noise = true;
        vb_say(&found->effect, "Whether a process gets them is a matter of chance: its random "
                               "accesses to memory take two different times.");
        vb_say(&found->mend, "echo madvise | sudo tee %s", path);
    } else {
        vb_findings_add(findings, "huge_pages", VB_FINDING_NOTE,
                        "How transparent huge pages are set is not told.");
    }
}

void vb_doctor_addresses(const vb_doctor_view *view, vb_findings *findings)
{
    char value[LINE_MAX_BYTES] = "";
    vb_system_line(view->root, "/proc/sys/kernel/randomize_va_space", value, sizeof value);
    if (!view->addresses_fixed && strcmp(value, "2") == 0) {
        vb_findings_add(findings, "addresses", VB_FINDING_OK,
                        "Address space randomisation is on, as it should be: each process lies "
                        "elsewhere, so that no figure hangs on one placement.");
        return;
    }
    bool is_off = view->addresses_fixed || strcmp(value, "0") == 0;
    if (!is_off && strcmp(value, "1") != 0) {
        vb_findings_add(findings, "addresses", VB_FINDING_NOTE,
                        "Whether address spaces are randomised is not told.");
        return;
    }
    vb_finding *found =
        vb_findings_add(findings, "addresses", is_off ? VB_FINDING_WARNING : VB_FINDING_NOTE,
                        is_off ? "Address space randomisation is off%s."
                               : "The heap's address is not randomised%s.",
                        view->addresses_fixed ? " for this process" : "");
    vb_say(&found->effect, "All processes have the same stack and heap addresses: intervals look "
                           "narrow, and say nothing of other addresses.");
    if (view->addresses_fixed)
        vb_say(&found->mend, "Start vbench without `setarch -R`, and not from a debugger.");
    else
        vb_say(&found->mend, "sudo sysctl kernel.randomize_va_space=2");
}
