/* Hands a result to the report generator, a program of its own. */
#ifndef VBENCH_REPORT_H
#define VBENCH_REPORT_H

/* Makes folder/index.html of a result file; the generator prints where it is, or what is wrong.
 * Returns its exit code; 2 and a sentence on stderr where it cannot be started. */
int vb_report_make(const char *result_path, const char *folder);

#endif
