/* The command line of velox, as values. */
#ifndef VELOX_PROGRAM_OPTIONS_H
#define VELOX_PROGRAM_OPTIONS_H

#include "message.h"
#include "velox/pipeline.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum { DO_RUN, DO_HELP, DO_VERSION } velox_action;

/* Files named "-" are standard output. */
typedef struct {
    velox_action action;
    velox_pipeline_options pipeline;
    uint64_t seed;       /* of the made-up market */
    const char *replay;  /* a file to take transactions from; NULL: the made-up market */
    const char *record;  /* a file to write the made-up market to, and nothing else; NULL: none */
    const char *trace;   /* a file for the spans in Chrome's format; NULL: none */
    const char *otlp;    /* the same as OTLP/JSON, or the address of a collector */
    const char *metrics; /* an address to serve metrics at; NULL: none */
    const char *json;    /* a file for the result; NULL: none */
} velox_program_options;

/* 0, or -1 with a sentence in `message`. */
int velox_options_parse(int argc, char **argv, velox_program_options *options,
                        char message[VELOX_MESSAGE_BYTES]);

/* The text of --help. */
const char *velox_options_help(void);

#endif
