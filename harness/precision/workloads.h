/* What the precision of comparisons is measured on: small workloads of different kinds. */
#ifndef WORKLOADS_H
#define WORKLOADS_H

#include <stddef.h>
#include <stdint.h>

/* A chain of additions, rotations and multiplications, each waiting for the one before. */
uint64_t workload_hash(uint64_t value, int rounds);

/* Follows a cycle of indices, a cache line each, `loads` steps from `position`; returns the last.
 */
uint32_t workload_chase(const uint32_t *links, uint32_t position, int loads);
enum { WORKLOAD_LINK_BYTES = 64 };

/* Puts 32 bytes into a ring of 1024 and takes them out again, `times` times. */
typedef struct {
    uint64_t words[4];
} workload_item;
enum { WORKLOAD_RING_ITEMS = 1024 };
typedef struct {
    uint64_t head, tail;
    workload_item items[WORKLOAD_RING_ITEMS];
} workload_ring;
uint64_t workload_ring_pass(workload_ring *ring, int times);

/* Sorts `count` numbers by insertion: branches that nobody can predict. */
void workload_sort(int32_t *numbers, int count);

/* Adds 1 to a word by compare and exchange; returns how often that failed. */
int workload_add(uint64_t *word);

#endif
