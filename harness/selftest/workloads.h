/*
 * What comparisons are tried on: small pieces of work of different kinds. How much work a call does
 * is a number in an object file of its own, so that two programs can differ by exactly 0.5 % of it
 * and by nothing else: same code, same addresses.
 *
 * Each workload is a fixture and a call. A call on one fixture is not thread-safe, but for those of
 * `add` and the two ends of `stream`.
 */
#ifndef WORKLOADS_H
#define WORKLOADS_H

#include <stddef.h>
#include <stdint.h>

/* Work of a call in thousandths of the usual: 1000, or 1005 for 0.5 % more. A multiple of 5.
 * Changing workload_permille.c's number is all that a known change does. */
extern const int workload_permille;

/* Fixtures are malloc'd, given back by free(), and NULL where there is no memory. */

/* A chain of additions, rotations and multiplications, each waiting for the one before. */
void *workload_make_hash(void);
void workload_hash(void *fixture);

/* Loads that wait for each other, over a random cycle through all cache lines of so many KiB. */
void *workload_make_chase(size_t kibibytes);
void workload_chase(void *fixture);

/* 32 bytes into a ring of 1024 and out again, on one thread. */
void *workload_make_ring(void);
void workload_ring(void *fixture);

/* Insertion sort of 16 numbers, again and again: branches nobody can predict, so that where the
 * linker puts it matters. */
void *workload_make_sort(void);
void workload_sort(void *fixture);

/* Adds to one word by compare and exchange, from any number of threads. */
void *workload_make_add(void);
void workload_add(void *fixture);

/* A ring between two threads: one pushes, one pops, a call of each hands over as many items. Both
 * have to be called equally often; workload_reset_stream empties it before. */
void *workload_make_stream(void);
void workload_reset_stream(void *fixture);
void workload_push_stream(void *fixture);
/* The last item's number; what went in first is number 0. */
uint64_t workload_pop_stream(void *fixture);

/* Requests of different sizes: most are short, one in a thousand takes ten times as long. A call
 * serves one; 16384 calls serve all, and the known change holds for all of them together. */
void *workload_make_requests(void);
void workload_request(void *fixture);

#endif
