#include "runner/doctor_findings.h"

#include <stdarg.h>

#include "runner/json.h"

vb_finding *vb_findings_add(vb_findings *findings, const char *check, vb_severity severity,
                            const char *what, ...)
{
    if (findings->count == VB_FINDINGS_MAX) /* more checks than room: the last one gives way */
        findings->count--;
    vb_finding *finding = &findings->items[findings->count++];
    finding->check = check;
    finding->severity = severity;
    finding->is_noise = false;
    finding->effect.text[0] = '\0';
    finding->mend.text[0] = '\0';
    va_list arguments;
    va_start(arguments, what);
    vb_say_list(&finding->what, what, arguments);
    va_end(arguments);
    return finding;
}

const char *vb_severity_name(vb_severity severity)
{
    static const char *const names[VB_SEVERITIES] = {"ok", "note", "warning", "problem"};
    return names[severity];
}

const vb_finding *vb_findings_worst_noise(const vb_findings *findings)
{
    const vb_finding *worst = NULL;
    for (size_t i = 0; i < findings->count; i++) {
        const vb_finding *finding = &findings->items[i];
        if (finding->is_noise && finding->severity > VB_FINDING_OK &&
            (!worst || finding->severity > worst->severity))
            worst = finding;
    }
    return worst;
}

static json_t *text_or_null(const vb_message *text)
{
    return text->text[0] ? vb_json_string(text->text) : json_null();
}

json_t *vb_findings_json(const vb_findings *findings)
{
    json_t *array = json_array();
    for (size_t i = 0; i < findings->count; i++) {
        const vb_finding *finding = &findings->items[i];
        json_t *object = json_object();
        json_object_set_new(object, "check", vb_json_string(finding->check));
        json_object_set_new(object, "severity",
                            vb_json_string(vb_severity_name(finding->severity)));
        json_object_set_new(object, "what", vb_json_string(finding->what.text));
        json_object_set_new(object, "effect", text_or_null(&finding->effect));
        json_object_set_new(object, "mend", text_or_null(&finding->mend));
        json_array_append_new(array, object);
    }
    return array;
}
