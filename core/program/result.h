/* The settings and the result of a run as JSON, with the compiler and the machine. */
#ifndef VELOX_PROGRAM_RESULT_H
#define VELOX_PROGRAM_RESULT_H

#include "options.h"

#include <stdio.h>

/* 0, -ENOMEM, or -errno of the failed write. */
int velox_result_write(FILE *out, const velox_program_options *options,
                       const velox_pipeline *pipeline);

#endif
