#define _GNU_SOURCE
#include "runner/deliver.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/process.h"
#include "runner/report.h"
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
    return is_stdout(options->json) || is_stdout(options->markdown) ? stderr : stdout;
}

/* The report of a result that is in a file already (result_path), or goes to a temporary one. */
static int make_report(const vb_options *options, const char *text, const char *result_path,
                       vb_message *message)
{
    const char *temporary_folder = getenv("TMPDIR");
    char temporary[4096];
    snprintf(temporary, sizeof temporary, "%s/vbench-result-XXXXXX",
             temporary_folder && temporary_folder[0] ? temporary_folder : "/tmp");
    if (!result_path) {
        int fd = mkstemp(temporary);
        if (fd < 0)
            return vb_say(message, "%s cannot be made: %s.", temporary, strerror(errno));
        close(fd);
        if (vb_write_file(temporary, text, strlen(text), message) != 0) {
            unlink(temporary);
            return -1;
        }
    }
    int status = vb_report_make(result_path ? result_path : temporary, options);
    if (!result_path && status == 0)
        unlink(temporary);
    else if (!result_path)
        fprintf(stderr, "vbench: the result is kept in %s; `vbench report` makes its report.\n",
                temporary);
    return status;
}

int vb_deliver(const vb_options *options, const vb_campaign *campaign, const char *text,
               const char *file)
{
    vb_message message;
    int exit_code = campaign->failed > 0 ? VB_EXIT_BAD : 0;
    if (campaign->failed > 0)
        fprintf(stderr, "vbench: %zu of %zu benchmarks failed; their rows say why.\n",
                campaign->failed, campaign->list.count);
    if (vb_report_wanted(options)) {
        struct stat found; /* what went into a pipe or a device cannot be read again */
        if (file && (stat(file, &found) != 0 || !S_ISREG(found.st_mode)))
            file = NULL;
        int status = make_report(options, text, file, &message);
        if (status < 0)
            return vb_complain(&message);
        if (status != 0 && vb_process_interrupted())
            return vb_end_without_report();
        if (status > 0)
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

int vb_check_result_place(const vb_options *options, vb_message *message)
{
    const struct {
        const char *option;
        const char *path;
    } files[] = {
        {"json", options->json}, {"markdown", options->markdown}, {"junit", options->junit}};
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
    return is_stdout(options->junit)
               ? vb_say(message, "--junit takes a file's name; only --json and --markdown write to "
                                 "standard output.")
               : 0;
}
