/* Answers the runner's requests on one descriptor: the worker's side of common/protocol.h. */
#ifndef VBENCH_SERVE_H
#define VBENCH_SERVE_H

#include "worker/cases.h"

/* Serves until quit or the end of the stream. Returns the process's exit code. */
int vb_serve(int fd, const vb_case *cases, size_t count);

#endif
