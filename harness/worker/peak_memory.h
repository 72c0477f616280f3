/* The most memory that this process has had resident. The OS part. */
#ifndef VBENCH_PEAK_MEMORY_H
#define VBENCH_PEAK_MEMORY_H

#include <stdint.h>

/*
 * Bytes, since the process's own program began; pages shared with other processes count in full.
 * The kernel keeps its counters a thread and adds them up now and then: expect an error of some
 * 256 KiB a thread.
 */
uint64_t vb_peak_memory_bytes(void);

#endif
