/* The checks that take no time, which each result records. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#if defined(__linux__)
#include <sys/personality.h>
#endif

#include "common/affinity.h"
#include "runner/doctor_checks.h"
#include "runner/shortfall.h"

bool vb_doctor_addresses_fixed(void)
{
#if defined(__linux__)
    int now = personality(0xffffffff); /* asks */
    return now >= 0 && (now & ADDR_NO_RANDOMIZE);
#else
    return false;
#endif
}

void vb_doctor_quick(const vb_doctor_view *view, vb_findings *findings)
{
    vb_doctor_quota(view, findings);
    vb_doctor_cpus(view, findings);
    vb_doctor_governor(view, findings);
    vb_doctor_boost(view, findings);
    vb_doctor_siblings(view, findings);
    vb_doctor_clock(view, findings);
    vb_doctor_huge_pages(view, findings);
    vb_doctor_addresses(view, findings);
    vb_doctor_virtual(view, findings);
    vb_doctor_memory_limit(view, findings);
}

void vb_doctor_files(vb_findings *findings)
{
    const int error = vb_shortfall();
    if (error == 0 || error == ENOMEM)
        return;
    vb_finding *found =
        vb_findings_add(findings, "files", VB_FINDING_NOTE,
                        "A file of the system could not be read: %s.", strerror(error));
    vb_say(&found->effect, "What it says of the machine is not among these findings.");
    vb_shortfall_forget();
}

json_t *vb_doctor_record(void)
{
    int cpus[VB_CPUS_MAX] = {0};
    vb_doctor_view view = {.root = "", .cpus = cpus};
    vb_findings *findings = calloc(1, sizeof *findings);
    const bool lacked_before = vb_shortfall() != 0;
    if (!findings) {
        vb_shortfall_note(ENOMEM);
        return NULL;
    }
    if (vb_affinity_get(cpus, &view.cpu_count) != 0 || view.cpu_count < 1)
        view.cpu_count = 1;
    view.addresses_fixed = vb_doctor_addresses_fixed();
    vb_doctor_quick(&view, findings);
    if (!lacked_before) /* what others lacked is not made good by a finding */
        vb_doctor_files(findings);
    json_t *json = vb_findings_json(findings);
    free(findings);
    return json;
}
