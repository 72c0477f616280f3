#include "runner/report_command.h"

#include "runner/against.h"
#include "runner/deliver.h"
#include "runner/process.h"
#include "runner/report.h"
#include "runner/result_file.h"

/* 0, or -1 with a sentence. */
static int compare(const vb_options *options, vb_baseline *result, vb_message *message)
{
    vb_baseline old;
    if (vb_result_file_find(options->baselines, options->against, &old, message) != 0)
        return -1;
    int status = vb_check_not_written(options, old.path, message);
    if (status == 0)
        status = vb_against_compare(&old, result, message);
    vb_baseline_free(&old);
    return status;
}

int vb_report_command(const vb_options *options)
{
    vb_baseline result = {0};
    vb_message message;
    int status = vb_check_result_place(options, &message);
    if (status == 0)
        status = vb_check_not_written(options, options->target, &message);
    if (status == 0)
        status = vb_result_file_load(options->target, &result, &message);
    if (status == 0 && options->against)
        status = compare(options, &result, &message);
    int exit_code = status == 0 ? vb_report_make(result.document, options->target, options)
                                : vb_complain(&message);
    vb_baseline_free(&result);
    return exit_code != 0 && vb_process_interrupted() ? vb_end_without_report() : exit_code;
}
