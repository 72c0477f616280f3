#define _GNU_SOURCE
#include "runner/deliver.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/json.h"
#include "runner/process.h"
#include "runner/report.h"
#include "runner/report_document.h"
#include "runner/report_extras.h"
#include "runner/write_file.h"

int vb_complain(const vb_message *message)
{
    fprintf(stderr, "vbench: %s\n", message->text);
    return VB_EXIT_BAD;
}

/* Ends as an interrupted program should, so that the shell and make know. */
static int end_by_signal(const char *consequence)
{
    int number = vb_process_interrupted();
    sigset_t set;
    fprintf(stderr, "vbench: interrupted; %s.\n", consequence);
    signal(number, SIG_DFL);
    raise(number);
    sigemptyset(&set);
    sigaddset(&set, number);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    return 128 + number;
}

int vb_give_up(int status, const vb_message *message)
{
    return status == -EINTR ? end_by_signal("nothing was written") : vb_complain(message);
}

static bool is_stdout(const char *path)
{
    return path && strcmp(path, "-") == 0;
}

bool vb_result_to_stdout(const vb_options *options)
{
    return is_stdout(options->json);
}

FILE *vb_table_stream(const vb_options *options)
{
    return is_stdout(options->json) || is_stdout(options->markdown) || is_stdout(options->csv)
               ? stderr
               : stdout;
}

/* Leaves the result where the user can find it again: its report was not made. */
static void keep(const char *text)
{
    char path[4096];
    vb_message message;
    int status = vb_report_temporary_path("vbench-result", path, sizeof path, &message);
    int fd = status == 0 ? mkstemp(path) : -1;
    if (fd >= 0) {
        close(fd);
        status = vb_write_file(path, text, strlen(text), &message);
        if (status != 0)
            unlink(path);
    } else if (status == 0) {
        status = vb_say(&message, "%s cannot be made: %s.", path, strerror(errno));
    }
    if (status != 0)
        vb_complain(&message);
    else
        fprintf(stderr, "vbench: the result is kept in %s; `vbench report` makes its report.\n",
                path);
}

/* The report of a result that may be in a file already. Returns the exit code. */
static int make_report(const vb_options *options, const char *text, const char *file)
{
    struct stat found; /* what went into a pipe or a device cannot be read again */
    json_error_t error;
    json_t *document = vb_json_parse(text, strlen(text), &error);
    if (file && (stat(file, &found) != 0 || !S_ISREG(found.st_mode)))
        file = NULL;
    int status = VB_EXIT_BAD;
    if (document)
        status = vb_report_make(document, file ? file : "this run", options);
    else
        fprintf(stderr, "vbench: the report cannot be made: %s.\n", error.text);
    json_decref(document);
    if (status != 0 && !file)
        keep(text);
    return status;
}

int vb_deliver(const vb_options *options, const vb_campaign *campaign, const char *text,
               const char *file)
{
    int exit_code = campaign->failed > 0 ? VB_EXIT_BAD : 0;
    if (campaign->failed > 0)
        fprintf(stderr, "vbench: %zu of %zu benchmarks failed; their rows say why.\n",
                campaign->failed, campaign->list.count);
    if (vb_report_wanted(options)) {
        int status = make_report(options, text, file);
        if (status != 0 && vb_process_interrupted())
            return vb_end_without_report();
        if (status != 0)
            exit_code = VB_EXIT_BAD;
    }
    return exit_code;
}

int vb_write_result(const vb_options *options, const char *text, vb_message *message)
{
    if (!options->json)
        return 0;
    if (!vb_result_to_stdout(options))
        return vb_write_file(options->json, text, strlen(text), message);
    if (fputs(text, stdout) == EOF || fflush(stdout) != 0)
        return vb_say(message, "The result cannot be printed: %s.", strerror(errno));
    return 0;
}

int vb_end_without_report(void)
{
    return end_by_signal("the report was not made");
}

int vb_check_not_written(const vb_options *options, const char *read, vb_message *message)
{
    const struct {
        const char *option;
        const char *path;
    } files[] = {{"json", options->json},
                 {"markdown", options->markdown},
                 {"junit", options->junit},
                 {"csv", options->csv}};
    struct stat found, written;
    if (!read || stat(read, &found) != 0 || !S_ISREG(found.st_mode))
        return 0;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        const char *path = files[i].path;
        if (path && !is_stdout(path) && stat(path, &written) == 0 &&
            written.st_dev == found.st_dev && written.st_ino == found.st_ino)
            return vb_say(message, "--%s %s would be written over what is read; name another file.",
                          files[i].option, path);
    }
    return 0;
}

int vb_check_result_place(const vb_options *options, vb_message *message)
{
    const struct {
        const char *option;
        const char *path;
    } files[] = {{"json", options->json},
                 {"markdown", options->markdown},
                 {"junit", options->junit},
                 {"csv", options->csv},
                 {"terminal", options->terminal ? "-" : NULL}};
    enum { FILES = sizeof files / sizeof *files };
    for (size_t i = 0; i < FILES; i++) {
        const char *path = files[i].path;
        for (size_t k = 0; k < i && path; k++) {
            if (files[k].path && strcmp(files[k].path, path) == 0)
                return vb_say(message, "--%s and --%s both write to %s; name another file.",
                              files[k].option, files[i].option,
                              is_stdout(path) ? "standard output" : path);
        }
        if (path && !is_stdout(path) && vb_check_writable(path, message) != 0)
            return -1;
    }
    if (is_stdout(options->junit))
        return vb_say(message, "--junit takes a file's name; only --json, --markdown and --csv "
                               "write to standard output.");
    if (vb_check_not_written(options, options->doctor_file, message) != 0 ||
        vb_check_not_written(options, options->selftest_file, message) != 0)
        return -1;
    return vb_report_extras_check(options, message);
}
