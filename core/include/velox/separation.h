/*
 * How far apart in memory things lie that different threads write. Adjacent-line prefetchers fetch
 * pairs of 64-byte lines, and some aarch64 lines have 128: what is closer travels together,
 * although no two threads use the same of it (false sharing).
 */
#ifndef VELOX_SEPARATION_H
#define VELOX_SEPARATION_H

/* A power of two. What memory given to a velox_..._init() must be aligned to. */
#define VELOX_SEPARATION_BYTES 128

#endif
