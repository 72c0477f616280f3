/*
 * Where each unit of code lies in each layout: pure arithmetic on names. A unit's place depends on
 * its own key and the layout's number alone, so that what has the same name in two builds is placed
 * the same way in both, whatever else they hold.
 */
#ifndef VBENCH_LAYOUT_PLAN_H
#define VBENCH_LAYOUT_PLAN_H

#include <stddef.h>
#include <stdint.h>

/* Offsets are planned modulo this: a cache line, which is also what fetching and decoding see of an
 * address on the machines that are measured. VB_LAYOUT_PLAN_VERSION changes with any of this. */
enum { VB_LAYOUT_LINE = 64, VB_LAYOUT_PLAN_VERSION = 1 };

/* How many of the offsets 0, 16, 32 and 48 a unit can start at: 4, 2 or 1 (it does not move), for
 * an alignment of up to 16, of 32, and of 64 or more bytes. */
size_t vb_layout_choices(uint64_t alignment_bytes);

/* The unit's offset modulo 64 in this layout. Over each cycle of VB_LAYOUT_CYCLE layouts it has
 * each that it can have equally often, in a random order. */
uint64_t vb_layout_offset_bytes(const char *key, uint64_t alignment_bytes, size_t layout);

/* Where it stands in the layout's random order: units are sorted by this. */
uint64_t vb_layout_rank(const char *key, size_t layout);

#endif
