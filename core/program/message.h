/* A sentence for the user: what was wrong, where, and what to do. */
#ifndef VELOX_PROGRAM_MESSAGE_H
#define VELOX_PROGRAM_MESSAGE_H

enum { VELOX_MESSAGE_BYTES = 512 };

/* Writes a sentence to the message, cut off where it is too long. Returns -1, so that it can end a
 * function. */
__attribute__((format(printf, 2, 3))) int velox_say(char message[VELOX_MESSAGE_BYTES],
                                                    const char *format, ...);

#endif
