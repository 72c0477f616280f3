/*
 * Transactions from a file, and the made-up market into one.
 *
 * Text, for people: comma-separated, with this heading; due_ns counts from the start and does not
 * go back; empty lines and those that begin with # are skipped.
 *
 *     due_ns,side,kind,price_tick,quantity
 *     0,bid,add,510,250
 *     8123,bid,cancel,510,250
 *
 * Binary, for long ones: the 8 bytes "VELOXTX1", then transactions of 32 bytes as they are in
 * memory (transaction.h) on a little-endian machine, sealed, with ingress_ns as due_ns and their
 * number from 0 on as the sequence.
 *
 * A file is read whole before the engine starts, so that replaying it costs no system call.
 */
#ifndef VELOX_PROGRAM_REPLAY_H
#define VELOX_PROGRAM_REPLAY_H

#include "message.h"
#include "options.h"

#include <stddef.h>
#include <stdint.h>

typedef struct {
    velox_transaction *transactions;
    size_t count;
    size_t next; /* to be replayed */
} velox_replay;

/*
 * Reads a file of either kind, whose ticks must lie in first_tick to first_tick + levels - 1. Ends
 * with velox_replay_free(). 0, or -1 with a sentence that names the file and the line and column,
 * or the number of the transaction.
 */
int velox_replay_load(const char *path, uint32_t first_tick, uint32_t levels, velox_replay *replay,
                      char message[VELOX_MESSAGE_BYTES]);

/* A zeroed one is allowed. */
void velox_replay_free(velox_replay *replay);

/* The source of a pipeline (velox_source.next and rest); `replay` is a velox_replay. */
size_t velox_replay_next(void *replay, velox_transaction *transactions, size_t count);
uint64_t velox_replay_rest(void *replay, uint64_t before_ns);

/*
 * Writes so many orders of the made-up market as text, or as binary if the name does not end with
 * .csv. They come in bursts, at this rate on average, as feeds do. 0, or -1 with a sentence;
 * nothing is left under that name then that was not there before.
 */
int velox_replay_record(const char *path, const velox_program_options *options,
                        char message[VELOX_MESSAGE_BYTES]);

#endif
