#define _GNU_SOURCE
#include "runner/report_document.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/details.h"
#include "runner/history.h"
#include "runner/path.h"
#include "runner/report_extras.h"
#include "runner/shortfall.h"

int vb_report_document_complete(const vb_options *options, const char *called, json_t *document,
                                vb_message *message)
{
    json_t *ours = json_object_get(document, "vbench");
    json_t *history = NULL, *doctor = NULL, *selftest = NULL;
    int status = vb_report_extras_load(options, &doctor, &selftest, message);
    if (status == 0)
        status = vb_details_complete(document, message);
    if (status == 0)
        status =
            vb_history_make(options->baselines, document, vb_path_name(called), &history, message);
    if (status == 0) {
        json_object_set(ours, "history", history);
        json_object_set(ours, "doctor", doctor);
        json_object_set(ours, "selftest", selftest);
    }
    json_decref(history);
    json_decref(doctor);
    json_decref(selftest);
    if (status == 0 && vb_shortfall() == ENOMEM)
        status = vb_say_no_memory(message);
    return status;
}

int vb_report_temporary_path(const char *name, char *path, size_t path_bytes, vb_message *message)
{
    const char *folder = getenv("TMPDIR");
    if (snprintf(path, path_bytes, "%s/%s-XXXXXX", folder && folder[0] ? folder : "/tmp", name) >=
        (int)path_bytes)
        return vb_say(message, "TMPDIR is too long for a path.");
    return 0;
}

/* 0 or -errno; the file is closed. */
static int dump(const json_t *document, int fd)
{
    FILE *file = fdopen(fd, "w");
    if (!file) {
        const int error = errno;
        close(fd);
        return -error;
    }
    errno = 0;
    int status = json_dumpf(document, file, JSON_COMPACT | JSON_REAL_PRECISION(10)) == 0
                     ? 0
                     : -(errno ? errno : ENOMEM);
    if (fclose(file) != 0 && status == 0)
        status = -errno;
    return status;
}

int vb_report_document_write(const json_t *document, char *path, size_t path_bytes,
                             vb_message *message)
{
    if (vb_report_temporary_path("vbench-report", path, path_bytes, message) != 0)
        return -1;
    int fd = mkostemp(path, O_CLOEXEC); /* mode 0600 */
    if (fd < 0)
        return vb_say(message, "%s cannot be made: %s; name another folder in TMPDIR.", path,
                      strerror(errno));
    int status = dump(document, fd);
    if (status == 0)
        return 0;
    unlink(path);
    if (status == -ENOMEM)
        return vb_say_no_memory(message);
    return vb_say(message, "%s cannot be written: %s; name another folder in TMPDIR.", path,
                  strerror(-status));
}
