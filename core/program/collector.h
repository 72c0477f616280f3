/* Sending what would go into a file to a collector instead. */
#ifndef VELOX_PROGRAM_COLLECTOR_H
#define VELOX_PROGRAM_COLLECTOR_H

#include "files.h"
#include "message.h"

#include <stdbool.h>

/* Whether this is an address of one, not the name of a file: begins with http:// or https://. */
bool velox_collector_is_url(const char *text);

/* Posts as JSON what the writer writes, and waits for the answer, 10 s at most. 0 for an answer of
 * 2xx, or -1 with a sentence. */
int velox_collector_post(const char *url, velox_file_writer *writer, const void *context,
                         char message[VELOX_MESSAGE_BYTES]);

#endif
