/* The settings and the result of a run as JSON. */
#ifndef VELOX_PROGRAM_RESULT_H
#define VELOX_PROGRAM_RESULT_H

#include "options.h"

/* Writes it to options->json, as velox_file_write() does. Returns 0 or -errno. */
int velox_result_write(const velox_program_options *options, const velox_pipeline *pipeline);

#endif
