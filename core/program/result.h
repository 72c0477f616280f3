/* The result of a run as JSON. */
#ifndef VELOX_PROGRAM_RESULT_H
#define VELOX_PROGRAM_RESULT_H

#include "options.h"

/* Writes it to options->json. Returns 0, or -errno; a file is then perhaps written in part. */
int velox_result_write(const velox_program_options *options, const velox_pipeline *pipeline);

#endif
